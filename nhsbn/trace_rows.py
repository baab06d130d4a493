"""The rows of one term in one cell as SQL: what each contributes, and what left out the rows that came close.

Here: the statements, over a measure's rows as they were kept. Not here: which rows meet which condition
(``term_rules``, which the compiler goes by too), running the statements, and what is said of the result.
"""

from __future__ import annotations

from dataclasses import dataclass

from nhsbn.compiler import EXACT
from nhsbn.periods import Month
from nhsbn.sqlfiles import PROVENANCE
from nhsbn.term_rules import COUNTED, Rule, TermRules
from nhsbn.terms import Term

_OWN = ("month", "excluded", *PROVENANCE)
"""Columns of a measure that a row shows in places of their own."""

NO_RULE = "the definition says nothing for this member"


@dataclass(frozen=True)
class TermCell:
    """One term of a question in one cell.

    Attributes:
        rules: of the question's metric; values are bound to its parameters, which every statement here takes.
        month: of the cell.
        locality: of the cell, or ``trust``.
        member: of the cell, or ``all``.
    """

    term: Term
    rules: TermRules
    month: Month
    locality: str
    member: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The measure's columns that a row shows beside its place."""
        return tuple(name for name in self.rules.columns[self.term.measure] if name not in _OWN)

    @property
    def within(self) -> tuple[Rule, ...]:
        """What makes a row one of the cell's month, place and member, counted or not."""
        first_day = self.rules.parameters.bind(self.month.first_day.isoformat())
        month = Rule(f"month = cast({first_day} as date)", f"month is {self.month.title}")
        return (month, *self.rules.of_place(self.term, self.locality, self.member))

    @property
    def conditions(self) -> tuple[Rule, ...]:
        """What a row of the cell must meet to count, beside what the measure itself asks."""
        own = self.rules.of_member(self.term, self.member)
        return (Rule("false", NO_RULE),) if own is None else own

    @property
    def lent(self) -> str:
        """Why the rows are not of the cell's place or member alone; empty where they are."""
        columns = self.rules.columns[self.term.measure]
        lacks = [] if "locality" in columns else ["locality"]
        if self.rules.dimension and self.rules.dimension not in columns and not self.term.member_where:
            lacks.append(self.rules.dimension)
        return f"{self.term.measure} has no {' and no '.join(lacks)}: one figure for all" if lacks else ""

    def counted(self, only: str = "") -> str:
        """The rows that count: place, columns, ``_contribution, _counted, _rank, _of`` and ``_same_<place>``.

        ``_rank`` is of a row among those of one thing, or among those whose middle is wanted, of which there are
        ``_of``. ``_same_file, _same_sheet, _same_row`` are the row that counts for a thing told apart.

        Args:
            only: a condition that narrows the rows; one on the thing told apart leaves contributions as they are.
        """
        measure, of = self.term.measure, self.term.of
        shown = ", ".join((*self._place, *self.columns))
        met = [COUNTED, *(rule.sql for rule in (*self.within, *self.conditions)), *([only] if only else [])]
        return (
            f"with kept as (\n    select {shown}\n    from measure.{measure}\n    where {' and '.join(met)}\n"
            f"), placed as (\n    select *, {self._standing}\n    from kept{self._window}\n)\n"
            f"select *, {self._contribution} as _contribution,\n"
            f"    {f'if({of} is null, 0, 1)' if of else '1'} as _counted\nfrom placed"
        )

    @property
    def order(self) -> str:
        """By file, sheet and row, and then by all that is shown."""
        return ", ".join(("_file", "_sheet nulls first", "_row", *self.columns))

    def left_out(self) -> str:
        """The rows of the cell that do not count: their place, columns, ``_rule`` and ``_said``.

        ``_rule`` is the index of the first of :attr:`conditions` that the row fails, and null where the measure
        excludes it, which ``_said`` then says why.
        """
        failed = " ".join(
            f"when ({rule.sql}) is not true then {number}" for number, rule in enumerate(self.conditions)
        )
        by_rule = f"case when excluded is not null then null {failed} end"
        shown = ", ".join((*self._place, *self.columns))
        return (
            f"select {shown}, excluded as _said, {by_rule} as _rule\nfrom measure.{self.term.measure}\n"
            f"where {' and '.join(rule.sql for rule in self.within)}\n"
            f"    and not ({' and '.join([COUNTED, *(f'({rule.sql}) is true' for rule in self.conditions)])})"
        )

    @property
    def _place(self) -> tuple[str, ...]:
        columns = self.rules.columns[self.term.measure]
        return tuple(
            name if name in columns else f"cast(null as {kind}) as {name}" for name, kind in PROVENANCE.items()
        )

    @property
    def _standing(self) -> str:
        """Where a row stands among the others: its rank, of how many, and the row that counts for its thing."""
        if self.term.aggregate == "count_distinct":
            first = ", ".join(f"first_value({name}) over thing as _same{name}" for name in PROVENANCE)
            return f"row_number() over thing as _rank, null as _of, {first}"
        nothing = ", ".join(f"null as _same{name}" for name in PROVENANCE)
        if self.term.aggregate == "median":
            return f"row_number() over thing as _rank, count({self.term.of}) over () as _of, {nothing}"
        return f"null as _rank, null as _of, {nothing}"

    @property
    def _window(self) -> str:
        """The rows among which one stands."""
        if self.term.aggregate == "count_distinct":
            return f"\n    window thing as (partition by {self.term.of} order by {self.order})"
        if self.term.aggregate == "median":
            return f"\n    window thing as (order by {self.term.of} nulls last, {self.order})"
        return ""

    @property
    def _contribution(self) -> str:
        of = self.term.of
        return {
            "count": "1",
            "count_distinct": f"if({of} is not null and _rank = 1, 1, 0)",
            "sum": f"coalesce(cast({of} as {EXACT}), 0)",
            "mean": f"coalesce(cast({of} as {EXACT}), 0)",
            # The middle row of an odd number, and half of each middle row of an even one.
            "median": f"""case
        when 2 * _rank = _of + 1 then cast({of} as double)
        when 2 * _rank in (_of, _of + 2) then cast({of} as double) / 2
        else 0
    end""",
        }[self.term.aggregate]
