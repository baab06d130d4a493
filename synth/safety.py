"""The incident system's files: incidents with a row for each person, and restrictive interventions.

Here: their cells, in the words people type. Not here: the incidents themselves (``risk``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth import quirks
from synth.calendar import day_number, run_time
from synth.cells import NEVER, blank_where, days, flags, ids, words
from synth.forms import Extract, Form, between
from synth.risk import KINDS, Safety
from synth.shape import Shape
from synth.world import Told, World, sheet

Ints = npt.NDArray[np.int64]
UNKNOWN_PLACE = "Old Ward 7 (closed)"
LFPSE = ("No physical harm", "Low physical harm", "Moderate physical harm", "Severe physical harm", "Fatal")
LOCAL = ("NONE", "LOW", "MEDIUM", "HIGH", "CATA")
WORDED = {
    "01": ("Physical restraint - Prone", "Prone", "Face down"), "04": ("Mechanical restraint",),
    "05": ("Seclusion",),
    "07": ("Physical restraint - Standing", "Standing"),
    "08": ("Physical restraint - Restrictive escort", "Restrictive escort"),
    "09": ("Physical restraint - Supine", "Supine"), "10": ("Physical restraint - Side",),
    "11": ("Physical restraint - Seated", "Seated"), "12": ("Physical restraint - Kneeling",),
    "14": ("Chemical restraint - Injection (Rapid Tranquillisation)", "Rapid tranquillisation", "RT"),
    "16": ("Chemical restraint - Oral",),
}  # fmt: skip
_STORIES = (
    "Patient became distressed after a visit.\nStaff offered time in the quiet room.\r\nNo further concern.",
    'Found on the floor by the bed, "felt dizzy".\nObservations taken; doctor informed.',
    "Omitted dose noticed at handover, pharmacy told.",
)
_REPORTERS = ("Invented, Ada", "Invented, Bertram", "Invented, Cyril")


class _System:
    """Prints the two reports of one world's incidents."""

    def __init__(self, world: World, safety: Safety) -> None:
        self.world, self.safety = world, safety
        rng = world.chance("typed incidents")
        incidents = safety.incidents
        self.flags = quirks.draw(
            len(safety.persons.row),
            rng,
            reissued=False,
            but=(quirks.LATE, quirks.CHANGED, quirks.WITHDRAWN, quirks.UNMAPPED),
        )
        self.choice = rng.integers(0, 60_000, len(incidents))
        self.places = _places(world.shape, safety, self.choice)
        self.lost = rng.random(len(incidents)) < 0.004
        self.regraded = (rng.random(len(incidents)) < 0.02) & (incidents.harm < 4)

    def person_cells(self, rows: Ints, date_of_upgrade: int, limit: int) -> pa.Table:
        """The cells of these persons' rows; harm is as it was graded when asked at day ``limit``."""
        i, p = self.safety.incidents, self.safety.persons
        row = p.row[rows]
        category = np.array([KINDS[kind][0] for kind in i.kind[row]], dtype="<U40")
        renamed = (category == "Violence and Aggression") & (i.day[row] >= date_of_upgrade)
        category = np.where(renamed, "Abuse and Violence", category)
        first_grade = self.regraded[row] & (limit < i.day[row] + 60)
        harm = np.where(first_grade, np.minimum(i.harm[row] + 1, 3), i.harm[row])
        local = (self.choice[row] % 10 < 2).astype(np.int64)
        times = [_clock(m, c) for m, c in zip(i.minute[row].tolist(), self.choice[row].tolist(), strict=True)]
        places = [
            UNKNOWN_PLACE if lost else place for place, lost in zip(self.places[row], self.lost[row], strict=True)
        ]
        return pa.table({
            "incident_ref": ids("W", i.number[row], 6),
            "person_seq": pa.array(p.sequence[rows]),
            "incident_date": days(i.day[row]),
            "incident_time": pa.array(times, pa.string()),
            "reported_date": days(i.reported[row]),
            "directorate": words(("Inpatient", "Community"), (i.ward[row] < 0).astype(np.int64)),
            "location": pa.array(places, pa.string()),
            "incident_type": pa.array(p.kind[rows].tolist(), pa.string()),
            "category": pa.array(category.tolist(), pa.string()),
            "sub_category": pa.array([KINDS[kind][1] for kind in i.kind[row]], pa.string()),
            "harm": words((*LFPSE, *LOCAL), harm + 5 * local),
            "approval_status": pa.array(i.status[row].tolist(), pa.string()),
            "duplicate_of": ids("W", i.duplicate_of[row], 6),
            "serious_incident": flags(i.serious[row], "Yes", "No"),
            "person_type": pa.array(p.kind[rows].tolist(), pa.string()),
            "patient_id": ids("P", p.patient[rows], 7),
            "description": words(_STORIES, self.choice[row] % 3),
            "reporter_name": words(_REPORTERS, self.choice[row] % 3),
        })  # fmt: skip

    def incident_files(self) -> Iterator[Extract]:
        """One file a month; every fourth is issued again, with late reports in it and harm graded anew."""
        i, p = self.safety.incidents, self.safety.persons
        for index, month in enumerate(self.world.calendar):
            low, high = day_number(month.first_day), day_number(month.last_day)
            in_month = (i.day >= low) & (i.day <= high)
            name = f"Incidents_{month.first_day:%Y%m%d}_{month.last_day:%Y%m%d}"
            form = Form(
                "xlsx", true_dates=index % 3 == 1, headings=int(index >= 12), blank_rows=1, footer="{rows} records"
            )
            for suffix, wait in (("", 8), (" (1)", 75))[: 2 if index % 4 == 2 else 1]:
                limit = high + wait
                rows = np.flatnonzero((in_month & (i.reported <= limit))[p.row])
                issue = Extract(
                    self.world.report("risk_incidents"), name + suffix,
                    between(month.first_day, month.last_day),
                    run_time(month.last_day, wait),
                    sheet(self.person_cells(rows, UPGRADE, limit), "Incidents "), form,
                )  # fmt: skip
                yield from quirks.issues(issue, self.flags[rows], bad=("incident_date", "see notes"))

    def act_cells(self, rows: Ints) -> dict[str, pa.Array]:
        """The cells of these restrictive acts."""
        i, a = self.safety.incidents, self.safety.acts
        row, choice = a.row[rows], self.choice[a.row[rows]].tolist()
        typed = [
            WORDED[code][c % len(WORDED[code])] for code, c in zip(a.code[rows].tolist(), choice, strict=True)
        ]
        lengths = [
            (f"{m} mins", f"{m // 60:02d}:{m % 60:02d}", f"{m}")[c % 3]
            for m, c in zip(a.duration[rows].tolist(), choice, strict=True)
        ]
        clock = [f"{m // 60:02d}:{m % 60:02d}" for m in i.minute[row].tolist()]
        return {
            "incident_ref": ids("W", i.number[row], 6),
            "seq": pa.array(a.sequence[rows]),
            "incident_date": days(i.day[row]),
            "intervention_type": pa.array(typed, pa.string()),
            "start_time": pa.array(clock, pa.string()),
            "duration": blank_where(pa.array(lengths, pa.string()), row % 40 == 0),
            "legal_status": words(("Sec 2", "Sec 3", "Informal"), row % 3),
            "patient_injured": flags(a.injured[rows]),
        }

    def act_files(self) -> Iterator[Extract]:
        """One file a quarter."""
        i, a = self.safety.incidents, self.safety.acts
        for index, (first, last) in enumerate(self.world.calendar.chunks(3)):
            low, high = day_number(first.first_day), day_number(last.last_day)
            rows = np.flatnonzero(((i.day >= low) & (i.day <= high) & (i.reported <= high + 8))[a.row])
            yield Extract(
                self.world.report("risk_restrictive_interventions"),
                f"Restrictive_Interventions_{first.first_day:%Y%m%d}_{last.last_day:%Y%m%d}",
                between(first.first_day, last.last_day), run_time(last.last_day, 8), sheet(self.act_cells(rows)),
                Form("xlsx", headings=index % 2, empty_sheet=True),
            )  # fmt: skip


UPGRADE = day_number(date(2025, 4, 1))
"""The system was upgraded, and a category has a new name from then."""


def _clock(minute: int, choice: int) -> str:
    """A time of day as typed: with a colon, a full stop or neither, and now and then as 24:00."""
    if choice % 400 == 0:
        return "24:00"
    return f"{minute // 60:02d}{(':', '', '.')[choice % 3]}{minute % 60:02d}"


def _places(shape: Shape, safety: Safety, choice: Ints) -> npt.NDArray[np.str_]:
    """Where each incident happened, as typed: one of a ward's names, or a team's name."""
    places = []
    for ward, team, pick in zip(
        safety.incidents.ward.tolist(), safety.incidents.team.tolist(), choice.tolist(), strict=True
    ):
        aliases = shape.wards[ward].aliases
        places.append(aliases[pick % len(aliases)] if ward >= 0 else shape.teams[team].name)
    return np.array(places, dtype=object)


def tell(world: World, safety: Safety) -> Told:
    """Every file of the two reports, and the truth of persons and acts."""
    system = _System(world, safety)
    persons = system.person_cells(np.arange(len(safety.persons.row)), UPGRADE, NEVER)
    kind = pa.array(safety.incidents.kind[safety.persons.row].tolist(), pa.string())
    codes = [ward.code for ward in world.shape.wards]
    ward = words(codes, safety.incidents.ward[safety.persons.row])
    persons = persons.append_column("kind", kind).append_column("ward_code", ward)
    persons = persons.append_column("unmapped", pa.array(system.lost[safety.persons.row]))
    acts = pa.table(system.act_cells(np.arange(len(safety.acts.row))))
    acts = acts.append_column("type_code", pa.array(safety.acts.code.tolist(), pa.string()))

    def files() -> Iterator[Extract]:
        yield from system.incident_files()
        yield from system.act_files()

    return Told(files(), {
        "incident_person": persons.append_column("quirk", quirks.names(system.flags)),
        "restrictive_act": acts,
    })  # fmt: skip
