"""The Mental Health Act office's register and its list of community treatment orders.

Here: their cells, as typed by hand: a sheet a month, headings that change, sections written in many ways. Not
here: the periods themselves (``mha``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nhsbn.periods import Month
from synth.calendar import day_number, run_time
from synth.cells import NEVER, days, hidden_after, ids, minutes, words
from synth.forms import Extract, Form, Sheet
from synth.inpatients import Hospital
from synth.mha import Register
from synth.world import Told, World

DAY = 1440
TYPED = {
    "02": ("Sec 2", "S2", "2", "s.2"), "03": ("Sec 3", "S3", "3", "s.3"), "05": ("s.5(2)", "5(2)", "Sec 5(2)"),
    "06": ("s.5(4)", "5(4)"), "09": ("37/41", "S37/41"), "10": ("37", "Sec 37"), "15": ("47/49",),
    "20": ("136", "S136", "Sec 136"),
}  # fmt: skip
UNKNOWN_SECTION = "Sec 2 or 3?"
"""What nobody can map: typed once in a few hundred rows."""


class _Office:
    """Prints the two files of each financial year."""

    def __init__(self, world: World, hospital: Hospital, register: Register) -> None:
        self.world, self.wards, self.register = world, hospital.wards, register
        rng = world.chance("typed register")
        self.typed = [
            UNKNOWN_SECTION if rng.random() < 0.003 else str(rng.choice(TYPED[section.status]))
            for section in register.sections
        ]
        self.teams = {team.locality: team.name for team in reversed(world.shape.teams) if team.team_type == "A06"}
        self.ward = [str(rng.choice(self.wards[section.ward].aliases)) for section in register.sections]
        self.start = np.array([section.start for section in register.sections], dtype=np.int64)
        self.end = np.array([section.end for section in register.sections], dtype=np.int64)

    def cells(self, rows: npt.NDArray[np.int64], limit: int) -> pa.Table:
        """The cells of these periods as known at minute ``limit``."""
        sections = [self.register.sections[row] for row in rows.tolist()]
        ends = hidden_after(self.end[rows], limit)
        known = [section.end_reason if end < NEVER else None for section, end in zip(sections, ends, strict=True)]
        return pa.table({
            "period_id": ids("MH", np.array([section.number for section in sections], dtype=np.int64), 6),
            "patient_id": ids("P", np.array([section.patient for section in sections], dtype=np.int64), 7),
            "section": pa.array([self.typed[row] for row in rows.tolist()], pa.string()),
            "start_at": minutes(self.start[rows]),
            "expiry_at": minutes(np.array([section.expiry for section in sections], dtype=np.int64)),
            "end_at": minutes(ends),
            "start_reason": pa.array([section.start_reason for section in sections], pa.string()),
            "end_reason": pa.array(known, pa.string()),
            "ward_at_start": pa.array([self.ward[row] for row in rows.tolist()], pa.string()),
        })  # fmt: skip

    def sheets(self, months: tuple[Month, ...], limit: int) -> tuple[Sheet, ...]:
        """A sheet a month, the first with those carried forward from the year before at its top."""
        made = []
        for number, month in enumerate(months):
            low, high = day_number(month.first_day) * DAY, (day_number(month.last_day) + 1) * DAY
            began = (self.start >= low) & (self.start < min(high, limit))
            carried = (
                (self.start < low) & (self.end >= low) if number == 0 else np.zeros(len(self.start), np.bool_)
            )
            rows = np.flatnonzero(began | carried)
            if low < limit:
                made.append(Sheet(f"{month.first_day:%b %y}", self.cells(rows, limit), number % 3))
        return tuple(made)

    def orders(self, first: date, last: date, limit: int) -> tuple[Sheet, ...]:
        """The orders that touch the year, on one sheet."""
        low, high = day_number(first), min(day_number(last), limit)
        orders = [order for order in self.register.orders if order.end >= low and order.start <= high]
        end = hidden_after(np.array([order.end for order in orders], dtype=np.int64), limit)
        teams = [self.teams[ward.locality] for ward in self.wards]
        reason = [order.end_reason if ended < NEVER else None for order, ended in zip(orders, end, strict=True)]
        recalled = np.array([order.recalled for order in orders], dtype=np.int64)
        table = pa.table({
            "cto_id": ids("CTO", np.array([order.number for order in orders], dtype=np.int64), 4),
            "patient_id": ids("P", np.array([order.patient for order in orders], dtype=np.int64), 7),
            "start_date": days(np.array([order.start for order in orders], dtype=np.int64)),
            "expiry_date": days(np.array([order.expiry for order in orders], dtype=np.int64)),
            "end_date": days(end),
            "end_reason": pa.array(reason, pa.string()),
            "recall_at": minutes(hidden_after(recalled, limit * DAY)),
            "team": words(teams, np.array([order.ward for order in orders], dtype=np.int64)),
        })  # fmt: skip
        return (Sheet("CTO", table),)

    def files(self) -> Iterator[Extract]:
        """The register of each year as it stood after its first quarter, and again after its last month."""
        for year, months in self.world.calendar.financial_years().items():
            first = date(int(year[:4]), 4, 1)
            runs = [run_time(months[-1].last_day, 7)]
            if len(months) > 3:
                runs.insert(0, run_time(months[2].last_day, 7))
            for issue, run in enumerate(runs):
                yield from self.issue(year, first, months, run, "_v2" if issue else "")

    def issue(
        self, year: str, first: date, months: tuple[Month, ...], run: datetime, suffix: str
    ) -> Iterator[Extract]:
        """Both files of a year as run at ``run``."""
        last = date(first.year + 1, 3, 31)
        limit = day_number(run.date())
        title = f"Financial Year {year}"
        form = Form("xlsx", date_form="dotted", open_end="ongoing", open_end_columns=("end_at",), empty_sheet=True)
        known = min(limit, day_number(months[-1].last_day) + 1) * DAY
        yield Extract(
            self.world.report("mha_legal_status"), f"MHA_Register_{year}{suffix}", title, run,
            self.sheets(months, known), form,
        )  # fmt: skip
        yield Extract(
            self.world.report("mha_ctos"), f"MHA_CTO_{year}{suffix}", title, run,
            self.orders(first, last, min(limit, day_number(months[-1].last_day))), Form("xlsx", date_form="dmy"),
        )  # fmt: skip


def tell(world: World, hospital: Hospital, register: Register) -> Told:
    """Every file of the two reports, and the truth of sections and orders."""
    office = _Office(world, hospital, register)
    everything = np.arange(len(register.sections))
    truth = office.cells(everything, NEVER)
    truth = truth.append_column(
        "status_code", pa.array([section.status for section in register.sections], pa.string())
    )
    orders = office.orders(world.calendar.first_day, world.calendar.last_day, NEVER)[0].cells
    return Told(office.files(), {"section": truth, "cto": orders})
