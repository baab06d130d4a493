"""RePortal's referrals, contacts and caseload files.

Here: their cells, in the words RePortal prints. Not here: the referrals and contacts themselves (``activity``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nhsbn.periods import Month
from synth import quirks
from synth.activity import Contacts, Referrals
from synth.calendar import day_number, run_time
from synth.cells import NEVER, blank_where, days, flags, hidden_after, ids, minutes, words
from synth.forms import Extract, as_at, between, parameters
from synth.world import Told, World, reportal_form, sheet

Ints = npt.NDArray[np.int64]
DAY = 1440
OLD_TEAM = "10999"
"""A team id that the register does not know."""

CLOSURES = (
    "Treatment completed", "No further treatment appropriate", "Patient did not attend",
    "Patient requested discharge",
    "Referred to other service", "Moved out of the area", "Administrative closure",
)  # fmt: skip
REJECTIONS = ("Inappropriate referral request", "Duplicate referral request", "Incomplete referral request")
SOURCES = ("Appointment", "Visit", "Contact event")
TWICE_RATE = 0.004
"""Share of face-to-face contacts entered both as an appointment and as a visit; no published figure was found."""
METHODS = ("Face to face", "Telephone", "Video", "Email", "Text message", "Other", "Video consultation")
ABOUT = ("Patient", "Carer", "Professional")
LOCATIONS = ("A01", "B01", "E01", "M03", "X01")
ATTENDANCE = (  # words by outcome, for an appointment, a visit and a contact event
    (
        ("Arrived", "Finished", "In Progress"),
        ("Finished", "Automatically marked as Finished"),
        ("Finished", "Attended"),
    ),
    (("Arrived Late",), ("Arrived Late",), ("Arrived Late",)),
    (("Did Not Attend",), ("No Access Visit",), ("Did Not Attend", "Was Not Brought")),
    (("Late Not Seen",), ("Late Not Seen",), ("Late Not Seen",)),
    (("Cancelled by Patient",), ("Cancelled by Patient",), ("Cancelled by Patient",)),
    (("Cancelled by Unit",), ("Cancelled by Unit",), ("Cancelled by Unit",)),
    (("Booked", "Waiting"), ("Requested", "Required"), ("Booked",)),
    (("Deleted",), ("Deferred", "Cancelled Due to Death"), ("Deleted",)),
)
_WORDS = tuple(dict.fromkeys(word for outcome in ATTENDANCE for source in outcome for word in source))


class Community:
    """Prints the three reports of one world's referrals and contacts."""

    def __init__(self, world: World, referrals: Referrals, contacts: Contacts) -> None:
        self.world, self.referrals, self.contacts = world, referrals, contacts
        self.teams = world.shape.teams
        self.flags = quirks.draw(
            len(referrals), world.chance("referral quirks"), reissued=True, but=(quirks.CHANGED,)
        )
        _, which, often = np.unique(referrals.number, return_inverse=True, return_counts=True)
        self.flags[(often[which] > 1) & (self.flags == quirks.UNMAPPED)] = 0  # or two rows would share a key
        once = ~np.isin(referrals.received // DAY, _days_issued_twice(world))
        self.flags[once & (self.flags <= quirks.WITHDRAWN)] = 0
        rng = world.chance("gender and ethnicity")
        people = len(world.people.ages)
        self.gender = rng.choice(4, people, p=[0.49, 0.5, 0.005, 0.005])
        self.ethnic = rng.choice(8, people, p=[0.84, 0.04, 0.03, 0.02, 0.02, 0.02, 0.02, 0.01])
        self.by_referral = np.lexsort((contacts.minute, contacts.referral))

    def team_ids(self, team: Ints, unmapped: npt.NDArray[np.bool_]) -> pa.Array:
        """Team ids, those of a forgotten team where asked."""
        names = words([team.team_id for team in self.teams], team)
        return pc.if_else(pa.array(unmapped), pa.scalar(OLD_TEAM), names)

    def patient_cells(self, patient: Ints) -> dict[str, pa.Array]:
        """GP practice and age, as each report prints them."""
        people = self.world.people
        return {
            "gp_practice": words(people.practice_codes, people.practices[patient]),
            "age": pa.array(people.ages[patient]),
        }

    # Referrals

    def referral_cells(self, rows: Ints, limit: int) -> pa.Table:
        """The cells of these referrals as known at the end of day ``limit``."""
        r = self.referrals
        closed = np.where(r.entered[rows] > limit, NEVER, r.closed[rows])
        rejected = hidden_after(r.rejected[rows], limit)
        accepted = hidden_after(r.accepted[rows], limit)
        vocabulary = sorted(set(r.source[rows].tolist()))
        source = np.searchsorted(np.array(vocabulary), r.source[rows]) if vocabulary else np.zeros(0, np.int64)
        unmapped = self.flags[rows] == quirks.UNMAPPED
        cells = {
            "patient_id": ids("P", r.patient[rows], 7),
            "referral_id": ids("R", r.number[rows], 8),
            "team_id": self.team_ids(r.team[rows], unmapped),
            "team_name": words([team.name for team in self.teams], r.team[rows]),
            "team_type": words([team.team_type for team in self.teams], r.team[rows]),
            "received_at": minutes(r.received[rows]),
            "source_of_referral": blank_where(words(vocabulary, source), r.number[rows] % 211 == 0),
            "priority": words(("", "1", "2", "3", "4"), np.where(r.priority[rows] == 0, -1, r.priority[rows])),
            "accepted_date": days(accepted),
            "rejected_date": days(rejected),
            "rejection_reason": words(REJECTIONS, np.where(rejected < NEVER, r.number[rows] % 3, -1)),
            "closed_date": days(closed),
            "closure_reason": words(
                CLOSURES, np.where((closed < NEVER) & (r.rejected[rows] >= NEVER), r.closure[rows], -1)
            ),
        }
        cells |= self.patient_cells(r.patient[rows])
        cells["gender"] = words(("1", "2", "9", "X"), self.gender[r.patient[rows]])
        cells["ethnicity"] = words(("A", "C", "J", "H", "M", "N", "Z", "99"), self.ethnic[r.patient[rows]])
        return pa.table(cells)

    def referral_files(self) -> Iterator[Extract]:
        """One file a month, of referrals received, decided or closed in it; every sixth month is issued again."""
        r = self.referrals
        received = r.received // DAY
        withdrawn = self.flags == quirks.WITHDRAWN
        for index, month in enumerate(self.world.calendar):
            first, last = day_number(month.first_day), day_number(month.last_day)
            new = (received >= first) & (received <= last)
            touched = new
            for moment in (r.accepted, r.rejected, r.closed, r.entered):
                touched = touched | ((moment >= first) & (moment <= last))
            again = _twice(index)
            rows = np.flatnonzero(touched & (received <= last) & (~withdrawn | new))
            elsewhere = (self.flags[rows] <= quirks.WITHDRAWN) & ~new[rows]
            own = np.where(elsewhere, 0, self.flags[rows])
            extract = Extract(
                self.world.report("reportal_referrals"),
                f"RePortal_Referrals_{month.first_day:%Y%m%d}_{month.last_day:%Y%m%d}",
                (parameters if index % 2 else between)(month.first_day, month.last_day),
                run_time(month.last_day, 5),
                sheet(self.referral_cells(rows, last + (66 if again else 5))), reportal_form(index),
            )  # fmt: skip
            before = self.referral_cells(rows, last + 5) if again else None
            yield from quirks.issues(
                extract,
                own,
                before=before,
                bad=("received_at", "31/02/2025 10:00"),
                suffix=f"_reissue_{_later(month, 66):%Y%m%d}",
            )

    def referral_truth(self) -> pa.Table:
        """Every referral to a team as it ended, with its real team."""
        table = self.referral_cells(np.arange(len(self.referrals)), NEVER)
        table = table.set_column(2, "team_id", words([team.team_id for team in self.teams], self.referrals.team))
        return table.append_column("quirk", quirks.names(self.flags))

    # Contacts

    def contact_cells(self, rows: Ints, chance: Ints, unmapped: npt.NDArray[np.bool_]) -> pa.Table:
        """The cells of these contacts; ``chance`` is a random number a row that chooses among like words."""
        c, r = self.contacts, self.referrals
        referral = c.referral[rows]
        source = np.where(c.method[rows] == 0, np.where(chance % 100 < 45, 0, 1), 2)
        lookup = np.array([[_codes(choice) for choice in outcome] for outcome in ATTENDANCE])
        attendance = lookup[c.outcome[rows], source, (chance // 100) % 6]
        method = np.where((c.method[rows] == 2) & (chance % 3 == 0), 6, c.method[rows])
        cells = {
            "contact_id": ids("", c.number[rows], 0),
            "activity_source": words(SOURCES, source),
            "referral_id": blank_where(ids("R", r.number[referral], 8), (source == 0) & (chance % 1000 < 30)),
            "patient_id": ids("P", r.patient[referral], 7),
            "team_id": self.team_ids(r.team[referral], unmapped),
            "contact_at": minutes(c.minute[rows]),
            "duration_minutes": blank_where(pa.array(c.duration[rows]), c.outcome[rows] > 3),
            "attendance": words(_WORDS, attendance),
            "contact_method": words(METHODS, method),
            "location_type": words(LOCATIONS, chance % 5),
            "consultation_type": words(("01", "02"), 1 - c.first[rows].astype(np.int64)),
            "contact_with": words(ABOUT, c.about[rows]),
            "staff_id": ids("S", c.staff[rows], 6),
            "group_session_id": ids("G", c.group[rows], 9),
        }
        return pa.table(cells | self.patient_cells(r.patient[referral]))

    def contact_files(self, truth: list[pa.Table]) -> Iterator[Extract]:
        """One file a month; every third month is issued again two months later. Adds each month to ``truth``."""
        order = np.argsort(self.contacts.minute, kind="stable")
        day = self.contacts.minute[order] // DAY
        for index, month in enumerate(self.world.calendar):
            low, high = np.searchsorted(day, [day_number(month.first_day), day_number(month.last_day) + 1])
            rows = order[low:high]
            rng = self.world.chance(f"contacts {month}")
            again = index % 3 == 1
            marks = quirks.draw(len(rows), rng, reissued=again)
            chance = rng.integers(0, 60_000, len(rows))
            final = self.contact_cells(rows, chance, marks == quirks.UNMAPPED)
            seen = (self.contacts.method[rows] == 0) & (self.contacts.outcome[rows] <= 1)
            twice = np.flatnonzero(seen & (marks == 0) & (rng.random(len(rows)) < TWICE_RATE))
            final = pa.concat_tables([final, _entered_again(final.take(pa.array(twice)))])
            rows = np.concatenate([rows, rows[twice]])
            marks = np.concatenate([marks, np.full(len(twice), quirks.TWICE, np.int8)])
            clean = final.set_column(
                4,
                "team_id",
                words([team.team_id for team in self.teams], self.referrals.team[self.contacts.referral[rows]]),
            )
            truth.append(clean.append_column("quirk", quirks.names(marks)))
            before = None
            if again:
                booked = pc.if_else(
                    pa.array(marks == quirks.CHANGED), pa.scalar("Booked"), final["attendance"].combine_chunks()
                )
                before = final.set_column(final.column_names.index("attendance"), "attendance", booked)
            extract = Extract(
                self.world.report("reportal_contacts"), f"RePortal_Contacts_{month.first_day:%Y%m}",
                parameters(month.first_day, month.last_day), run_time(month.last_day, 4 + index % 3),
                sheet(final),
                reportal_form(index, padded=("attendance", "contact_method") if index % 5 == 2 else ()),
            )  # fmt: skip
            yield from quirks.issues(extract, marks, before=before, bad=("contact_at", "31/02/2025 10:00"))

    # Caseload

    def caseload_files(self) -> Iterator[Extract]:
        """A snapshot at each month end: referrals whose closure had not been entered."""
        r, c = self.referrals, self.contacts
        ordered = self.by_referral
        key = c.referral[ordered] * 2**36 + c.minute[ordered]
        attended = np.full(len(r), NEVER)
        seen = c.outcome <= 1
        np.minimum.at(attended, c.referral[seen], c.minute[seen])
        for index, month in enumerate(self.world.calendar):
            last = day_number(month.last_day)
            withdrawn = self.flags == quirks.WITHDRAWN
            rows = np.flatnonzero(
                (r.received // DAY <= last) & (r.entered > last) & (r.rejected > last) & ~withdrawn
            )
            at = np.searchsorted(key, rows * 2**36 + (last + 1) * DAY) - 1
            contact = ordered[np.maximum(at, 0)]
            found = (at >= 0) & (c.referral[contact] == rows)
            cells = {
                "patient_id": ids("P", r.patient[rows], 7),
                "referral_id": ids("R", r.number[rows], 8),
                "team_id": self.team_ids(r.team[rows], self.flags[rows] == quirks.UNMAPPED),
                "team_name": words([f"{team.name}{'  ' * (index % 3 == 1)}" for team in self.teams], r.team[rows]),
                "received_date": days(r.received[rows] // DAY),
                "days_open": pa.array(last - r.received[rows] // DAY),
                "last_contact_date": days(np.where(found, c.minute[contact] // DAY, NEVER)),
                "caseload_holder": ids("S", r.team[rows] * 50 + r.number[rows] % 40, 6),
                "waiting": flags(attended[rows] >= (last + 1) * DAY),
            }
            yield Extract(
                self.world.report("reportal_caseload"), f"RePortal_Caseload_{month.last_day:%Y%m%d}",
                as_at(month.last_day), run_time(month.last_day, 1, 375),
                sheet(cells | self.patient_cells(r.patient[rows])), reportal_form(index + 1),
            )  # fmt: skip


def _entered_again(cells: pa.Table) -> pa.Table:
    """The same contacts as the other kind of record: an appointment's visit, or a visit's appointment."""
    number = cells.column_names.index("contact_id")
    ids_again = pc.binary_join_element_wise("V", cells["contact_id"], "")
    source = pc.if_else(pc.equal(cells["activity_source"], SOURCES[0]), SOURCES[1], SOURCES[0])
    return cells.set_column(number, "contact_id", ids_again).set_column(number + 1, "activity_source", source)


def _twice(index: int) -> bool:
    """Whether the referrals of the month at this place in the window are issued again."""
    return index % 6 == 2


def _days_issued_twice(world: World) -> Ints:
    spans = [
        np.arange(day_number(month.first_day), day_number(month.last_day) + 1)
        for index, month in enumerate(world.calendar)
        if _twice(index)
    ]
    return np.concatenate([np.zeros(0, np.int64), *spans])


def _codes(choices: tuple[str, ...]) -> list[int]:
    """Six codes of ``_WORDS``, the choices in turn."""
    return [_WORDS.index(choices[number % len(choices)]) for number in range(6)]


def _later(month: Month, days_after: int) -> date:
    return run_time(month.last_day, days_after).date()


def tell(world: World, referrals: Referrals, contacts: Contacts) -> Told:
    """Every file of the three reports; the truth of contacts fills as the files are taken."""
    community = Community(world, referrals, contacts)
    months: list[pa.Table] = []
    truth = {"referral": community.referral_truth()}

    def files() -> Iterator[Extract]:
        yield from community.referral_files()
        yield from community.contact_files(months)
        yield from community.caseload_files()
        truth["contact"] = pa.concat_tables(months)

    return Told(files(), truth)
