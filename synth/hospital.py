"""RePortal's ward stays, leave and ward beds files.

Here: their cells, in the words RePortal prints. Not here: the stays themselves (``inpatients``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synth import quirks
from synth.calendar import day_number, day_of, run_time
from synth.cells import NEVER, blank_where, days, flags, hidden_after, ids, minutes, words
from synth.forms import Extract, between, parameters
from synth.inpatients import Hospital
from synth.world import Told, World, reportal_form, sheet

Ints = npt.NDArray[np.int64]
DAY = 1440
OLD_WARD = "OLDWD"
"""A ward code that the register does not know."""
NEW_CODES_FROM = day_number(date(2024, 4, 1))
_CLASS = {  # bed type codes before and from 1 April 2024
    "adult_acute": ("10", "200"), "older_adult": ("11", "201"), "picu": ("12", "202"),
    "rehabilitation": ("17", "212"),
    "low_secure": ("19", "206"), "learning_disability": ("15", "205"), "intermediate_care": ("", ""),
    "hospice": ("", ""),
}  # fmt: skip


class _Wards:
    """Prints the three reports of one world's wards."""

    def __init__(self, world: World, hospital: Hospital) -> None:
        self.world, self.hospital = world, hospital
        rng = world.chance("ward quirks")
        never = (quirks.LATE, quirks.CHANGED, quirks.WITHDRAWN)
        stays = hospital.stays
        self.flags = quirks.draw(len(stays), rng, reissued=False, but=never)
        self.leave_flags = quirks.draw(
            len(hospital.leave.stay), rng, reissued=False, but=(*never, quirks.UNMAPPED)
        )
        self.ward = np.array([stay.ward for stay in stays])
        self.start = np.array([stay.start for stay in stays])
        self.end = np.array([stay.end for stay in stays])
        self.admitted = np.array([stay.spell.admitted for stay in stays])
        self.discharged = np.array([stay.spell.discharged for stay in stays])
        self.last = np.array([stay is stay.spell.stays[-1] for stay in stays])

    def stay_cells(self, rows: Ints, limit: int) -> pa.Table:
        """The cells of these stays as known at minute ``limit``."""
        stays = [self.hospital.stays[row] for row in rows.tolist()]
        wards, people = self.hospital.wards, self.world.people
        patient = np.array([stay.spell.patient for stay in stays], dtype=np.int64)
        discharged = hidden_after(self.discharged[rows], limit)
        home = discharged < NEVER
        ready = np.array([stay.spell.ready for stay in stays], dtype=np.int64)
        ready = hidden_after(np.where(self.last[rows], ready, NEVER), limit // DAY)
        new = (self.start[rows] // DAY >= NEW_CODES_FROM).astype(np.int64)
        classes = [code for pair in _CLASS.values() for code in pair]
        kinds = list(_CLASS)
        kind = np.array([kinds.index(ward.bed_type) for ward in wards])[self.ward[rows]]
        code = words([ward.code for ward in wards], self.ward[rows])
        spells = [stay.spell for stay in stays]
        cells = {
            "spell_id": ids("SP", np.array([spell.number for spell in spells], dtype=np.int64), 6),
            "ward_stay_id": ids("WS", rows + 1, 6),
            "referral_id": pa.nulls(len(rows), pa.string()),
            "patient_id": ids("P", patient, 7),
            "ward_code": pc.if_else(pa.array(self.flags[rows] == quirks.UNMAPPED), pa.scalar(OLD_WARD), code),
            "ward_name": words([ward.name for ward in wards], self.ward[rows]),
            "bed_type_code": blank_where(words(classes, kind * 2 + new), kind >= 6),
            "admission_at": minutes(self.admitted[rows]),
            "ward_start_at": minutes(self.start[rows]),
            "ward_end_at": minutes(hidden_after(self.end[rows], limit)),
            "discharge_at": minutes(discharged),
            "admission_method": pa.array([spell.method for spell in spells], pa.string()),
            "source_of_admission": pa.array([spell.source for spell in spells], pa.string()),
            "discharge_method": blank_where(
                pa.array([spell.discharge_method for spell in spells], pa.string()), ~home
            ),
            "discharge_destination": blank_where(
                pa.array([spell.destination for spell in spells], pa.string()), ~home
            ),
            "crfd_start": days(ready),
            "crfd_end": days(np.where((ready < NEVER) & home, discharged // DAY, NEVER)),
            "crfd_reason": blank_where(pa.array([spell.reason for spell in spells], pa.string()), ready >= NEVER),
            "legal_status_code": pa.array([spell.status for spell in spells], pa.string()),
            "out_of_area": flags(np.array([spell.out_of_area for spell in spells], dtype=np.bool_)),
            "age": pa.array(people.ages[patient]),
        }
        return pa.table(cells)

    def stay_files(self) -> Iterator[Extract]:
        """One file a month, of the stays that touch it."""
        for index, month in enumerate(self.world.calendar):
            low, high = day_number(month.first_day) * DAY, (day_number(month.last_day) + 1) * DAY
            rows = np.flatnonzero((self.start < high) & (self.end >= low))
            run = run_time(month.last_day, 3)
            extract = Extract(
                self.world.report("reportal_ward_stays"),
                f"RePortal_Ward_Stays_{month.first_day:%Y%m%d}_{month.last_day:%Y%m%d}",
                parameters(month.first_day, month.last_day), run,
                sheet(self.stay_cells(rows, high + 2 * DAY)),
                reportal_form(index, date_form="dmy", headings=int(index % 5 == 4)),
            )  # fmt: skip
            yield from quirks.issues(extract, self.flags[rows], bad=("ward_end_at", "01/01/2001 00:00"))

    def leave_files(self) -> Iterator[Extract]:
        """One file a month, of the leave that touches it."""
        leave = self.hospital.leave
        for index, month in enumerate(self.world.calendar):
            low, high = day_number(month.first_day) * DAY, (day_number(month.last_day) + 1) * DAY
            rows = np.flatnonzero((leave.start < high) & (leave.end >= low))
            extract = Extract(
                self.world.report("reportal_leave"),
                f"RePortal_Leave_{month.first_day:%Y%m%d}_{month.last_day:%Y%m%d}",
                between(month.first_day, month.last_day), run_time(month.last_day, 3),
                sheet(self.leave_cells(rows, high + 2 * DAY)),
                reportal_form(index + 2, date_form="dmy"),
            )  # fmt: skip
            yield from quirks.issues(extract, self.leave_flags[rows], bad=("leave_type", "09"))

    def leave_cells(self, rows: Ints, limit: int) -> dict[str, pa.Array]:
        """The cells of these periods of leave as known at minute ``limit``."""
        leave = self.hospital.leave
        ends = hidden_after(leave.end[rows], limit)
        return {
            "leave_id": ids("L", rows + 1, 7),
            "ward_stay_id": ids("WS", leave.stay[rows], 6),
            "patient_id": ids("P", leave.patient[rows], 7),
            "leave_type": pa.array(leave.kind[rows].tolist(), pa.string()),
            "start_at": minutes(leave.start[rows]),
            "end_at": minutes(ends),
            "end_reason": words(
                ("Returned", "Brought back by police"),
                np.where(ends < NEVER, (leave.kind[rows] == "01").astype(int), -1),
            ),
            "bed_given_away": flags(rows % 9 == 0),
        }

    def bed_cells(self, first: int, last: int) -> dict[str, pa.Array]:
        """The cells of every ward from day ``first`` of the window to day ``last``."""
        h = self.hospital
        span = slice(first, last + 1)
        ward = np.repeat(np.arange(len(h.wards)), last - first + 1)
        begin = day_number(self.world.calendar.first_day)
        return {
            "ward_code": words([one.code for one in h.wards], ward),
            "bed_date": days(np.tile(np.arange(begin + first, begin + last + 1), len(h.wards))),
            "available_beds": pa.array((h.beds - h.closed)[:, span].ravel()),
            "closed_beds": pa.array(h.closed[:, span].ravel()),
            "occupied_at_midnight": pa.array(h.occupied[:, span].ravel()),
        }

    def bed_files(self) -> Iterator[Extract]:
        """One file a quarter."""
        begin = day_number(self.world.calendar.first_day)
        for index, (first, last) in enumerate(self.world.calendar.chunks(3)):
            low, high = day_number(first.first_day), day_number(last.last_day)
            yield Extract(
                self.world.report("reportal_ward_beds"),
                f"RePortal_Ward_Beds_{day_of(low):%Y%m%d}_{day_of(high):%Y%m%d}",
                parameters(first.first_day, last.last_day), run_time(last.last_day, 2),
                sheet(self.bed_cells(low - begin, high - begin)), reportal_form(index, headings=index % 2),
            )  # fmt: skip


def tell(world: World, hospital: Hospital) -> Told:
    """Every file of the three reports, and the truth of stays, leave and beds."""
    wards = _Wards(world, hospital)
    stays = wards.stay_cells(np.arange(len(hospital.stays)), NEVER)
    clean = words([ward.code for ward in hospital.wards], wards.ward)
    stays = stays.set_column(stays.column_names.index("ward_code"), "ward_code", clean)
    leave = pa.table(wards.leave_cells(np.arange(len(hospital.leave.stay)), NEVER))

    def files() -> Iterator[Extract]:
        yield from wards.stay_files()
        yield from wards.leave_files()
        yield from wards.bed_files()

    return Told(files(), {
        "ward_stay": stays.append_column("quirk", quirks.names(wards.flags)),
        "leave": leave.append_column("quirk", quirks.names(wards.leave_flags)),
        "bed_day": pa.table(wards.bed_cells(0, world.calendar.days - 1)),
    })  # fmt: skip
