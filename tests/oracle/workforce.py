"""Staff and money, counted in pandas.

Here: MI-WF and MI-FN. Not here: patients.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import pandas as pd

from tests.oracle.counting import SERVICES, Figures, Grid, figures, looked_up, month_of
from tests.oracle.counting import in_scope as of_services
from tests.oracle.facts import Facts

ONE = pd.Timedelta(days=1)
EMPLOYER = [*SERVICES, "talking_therapies"]


def in_scope(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the services whose staff and money are asked about, talking therapies among them."""
    return of_services(rows, EMPLOYER)


class Workforce:
    """The workforce and finance half of the return.

    Args:
        facts: the facts.
        grid: months and localities asked for.
    """

    def __init__(self, facts: Facts, grid: Grid) -> None:
        self.facts = facts
        self.grid = grid

    @cached_property
    def capped(self) -> pd.DataFrame:
        """Assignments in post at every snapshot; a person counts at most 1.0, or 1.2 with a medical post."""
        rows = self.facts.staff[self.facts.staff["in_post"]].copy()
        rows["wte"] = rows["fte"] * rows["share"]
        person = rows.groupby(["snapshot_date", "employee_number"])
        whole = person["wte"].transform("sum")
        medical = rows["staff_group"].eq("medical_dental").fillna(False)
        cap = np.where(
            medical.groupby([rows["snapshot_date"], rows["employee_number"]]).transform("any"), 1.2, 1.0
        )
        rows["wte"] = rows["wte"] * np.where(whole > cap, cap / whole, 1.0)
        return rows

    def items(self) -> Iterator[Figures]:
        """Every item."""
        yield from self._posts()
        yield self._sickness()
        yield from self._turnover()
        yield from self._money()

    def _posts(self) -> Iterator[Figures]:
        pay = self.facts.ledger
        pay = pay[(pay["category"] == "pay") & (pay["employment_type"] == "substantive")]
        pay = in_scope(pay.assign(wte=pay["budgeted_wte"] * pay["share"]))
        funded = self.grid.cut(pay, "staff_group", "sum", "wte")
        held = in_scope(self.capped)
        held = held.assign(month=month_of(held["snapshot_date"]))
        in_post = self.grid.cut(held, "staff_group", "sum", "wte")
        yield figures("MI-WF-01", funded)
        yield figures("MI-WF-02", in_post)
        yield figures("MI-WF-03", funded - in_post, funded, 100)

    def _fte_of(self, when: pd.DataFrame, month: pd.Timestamp) -> pd.Series:
        """Contracted FTE of an assignment in a month: its own snapshot, else the nearest earlier, else later."""
        one = self.facts.staff.drop_duplicates(["snapshot_date", "assignment_number"])
        end = month + pd.offsets.MonthEnd(0)
        before = (
            one[one["snapshot_date"] <= end]
            .sort_values("snapshot_date")
            .drop_duplicates("assignment_number", keep="last")
        )
        later = one[one["snapshot_date"] > end].sort_values("snapshot_date").drop_duplicates("assignment_number")
        table = (
            pd.concat([before, later]).drop_duplicates("assignment_number").set_index("assignment_number")["fte"]
        )
        return looked_up(when["assignment_number"], table)

    def _standing(self, month: pd.Timestamp) -> tuple[pd.Series, set[str]]:
        """Whether each assignment known at the month's start or end was in post, and those there at its end."""
        end = month + pd.offsets.MonthEnd(0)
        near = self.facts.staff[self.facts.staff["snapshot_date"].isin([month - ONE, end])]
        latest = near.sort_values("snapshot_date").drop_duplicates("assignment_number", keep="last")
        at_end = set(near.loc[near["snapshot_date"] == end, "assignment_number"])
        return latest.set_index("assignment_number")["in_post"], at_end

    def _sickness(self) -> Figures:
        lost, available = [], []
        placed = self.facts.absence_places
        for month in self.grid.months:
            after, end = month + pd.offsets.MonthBegin(1), month + pd.offsets.MonthEnd(0)
            in_post, at_end = self._standing(month)
            sick = placed[placed["is_sickness"]]
            first = sick["start_date"].clip(lower=month)
            last = sick["last_day"].clip(upper=end)
            days = ((last - first).dt.days + 1).clip(lower=0)
            sick = sick.assign(month=month, days=days, fte=self._fte_of(sick, month))
            sick = sick[
                (sick["days"] > 0) & looked_up(sick["assignment_number"], in_post).fillna(True).astype(bool)
            ]
            lost.append(sick.assign(lost=sick["days"] * sick["fte"] * sick["share"]))
            here = self.facts.staff[(self.facts.staff["snapshot_date"] == end) & self.facts.staff["in_post"]]
            begin = here["start_date"].fillna(month).clip(lower=month)
            here = here.assign(
                month=month, available=here["fte"] * here["share"] * (after - begin).dt.days.clip(lower=0)
            )
            gone = self.facts.leavers
            gone = gone[gone["termination_date"].between(month, end) & ~gone["assignment_number"].isin(at_end)]
            gone = gone[looked_up(gone["assignment_number"], in_post).fillna(True).astype(bool)]
            worked = (gone["termination_date"] - month).dt.days + 1
            available += [here, gone.assign(month=month, available=gone["fte"] * gone["share"] * worked)]
        return figures(
            "MI-WF-04",
            self.grid.cut(in_scope(pd.concat(lost)), "service", "sum", "lost"),
            self.grid.cut(in_scope(pd.concat(available)), "service", "sum", "available"),
            100,
        )

    def _turnover(self) -> Iterator[Figures]:
        gone = self.facts.leavers.copy()
        one = self.facts.staff.drop_duplicates(["snapshot_date", "assignment_number"])
        history = one[["assignment_number", "snapshot_date", "in_post"]].rename(columns={"in_post": "was"})
        before = (
            gone[["assignment_number", "termination_date"]]
            .drop_duplicates()
            .merge(history, on="assignment_number")
        )
        before = before[before["snapshot_date"] < before["termination_date"]]
        before = before.sort_values("snapshot_date").drop_duplicates(
            ["assignment_number", "termination_date"], keep="last"
        )
        gone = gone.merge(
            before[["assignment_number", "termination_date", "was"]],
            on=["assignment_number", "termination_date"], how="left",
        )  # fmt: skip
        gone["end"] = gone["termination_date"] + pd.offsets.MonthEnd(0)
        other = self.facts.staff[self.facts.staff["in_post"]]
        other = other[["employee_number", "assignment_number", "snapshot_date"]].drop_duplicates()
        still = gone.merge(
            other, left_on=["employee_number", "end"], right_on=["employee_number", "snapshot_date"],
            suffixes=("", "_other"),
        )  # fmt: skip
        still = set(still.loc[still["assignment_number"] != still["assignment_number_other"], "assignment_number"])
        gone = gone[
            gone["was"].fillna(True).astype(bool) & gone["counts"] & ~gone["assignment_number"].isin(still)
        ]
        gone = in_scope(gone.assign(wte=gone["fte"] * gone["share"]))
        held = in_scope(self.capped)
        for letter, months in (("a", 1), ("b", 12)):
            left, mean = [], []
            for month in self.grid.months:
                end = month + pd.offsets.MonthEnd(0)
                opening = (month + pd.offsets.MonthBegin(1)) - pd.DateOffset(months=months)
                left.append(gone[gone["termination_date"].between(opening, end)].assign(month=month))
                dates = self.facts.staff["snapshot_date"]
                dates = sorted(dates[dates.between(opening - ONE, end)].unique())
                rows = held[held["snapshot_date"].isin(dates)].assign(month=month)
                mean.append(rows.assign(wte=rows["wte"] / max(len(dates), 1)))
            yield figures(
                f"MI-WF-05{letter}",
                self.grid.cut(pd.concat(left), "staff_group", "sum", "wte"),
                self.grid.cut(pd.concat(mean), "staff_group", "sum", "wte"),
                100,
            )

    def _money(self) -> Iterator[Figures]:
        lines = in_scope(self.facts.ledger)
        lines = lines.assign(pounds=lines["month_actual"] * lines["share"])
        pay = lines[lines["category"] == "pay"]
        spent = self.grid.cut(pay, "service", "sum", "pounds")
        for number, kind in (("06", "bank"), ("07", "agency")):
            of_kind = self.grid.cut(pay[pay["employment_type"] == kind], "service", "sum", "pounds")
            yield figures(f"MI-WF-{number}", of_kind, spent, 100)
        yield figures("MI-FN-01a", spent)
        other = lines[lines["category"] == "non_pay"]
        yield figures("MI-FN-01b", self.grid.cut(other, "service", "sum", "pounds"))
