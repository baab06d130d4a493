"""The rows of one term in a cell as SQL: what each contributes, and what left out the rows that came close.

Here: the statements, over a measure's rows as they were kept. Not here: which rows meet which condition
(``term_rules``, which the compiler goes by too), running the statements, and what is said of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nhsbn.conformed.sqlfiles import PROVENANCE
from nhsbn.metrics.compiler import EXACT
from nhsbn.metrics.term_rules import COUNTED, Rule, TermRules
from nhsbn.metrics.terms import Term
from nhsbn.periods import Month
from nhsbn.values import ALL, TRUST

_OWN = ("month", "excluded", *PROVENANCE)
"""Columns of a measure that a row shows in places of their own."""

NO_RULE = "the definition says nothing for this member"


Cell = tuple[Month, str, str]
"""A month, a locality or ``trust``, and a member or ``all``."""


@dataclass(frozen=True)
class TermRows:
    """One term of a question in some cells.

    Attributes:
        rules: of the question's metric; values are bound to its parameters, which every statement here takes.
        cells: one, or several that are answered by one statement.
    """

    term: Term
    rules: TermRules
    cells: tuple[Cell, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The measure's columns that a row shows beside its place."""
        return tuple(name for name in self._types if name not in _OWN)

    @property
    def order(self) -> str:
        """By file, sheet and row, and then by all that is shown."""
        return ", ".join(("_file", "_sheet nulls first", "_row", *self.columns))

    @property
    def lent(self) -> str:
        """Why the rows are not of the cells' places or members alone; empty where they are."""
        lacks = [] if "locality" in self._types else ["locality"]
        if self.rules.dimension and self.rules.dimension not in self._types and not self.term.member_where:
            lacks.append(self.rules.dimension)
        return f"{self.term.measure} has no {' and no '.join(lacks)}: one figure for all" if lacks else ""

    def within(self, cell: Cell) -> tuple[Rule, ...]:
        """What makes a row one of a cell's month, place and member, counted or not."""
        month, locality, member = cell
        first_day = self.rules.parameters.bind(month.first_day)
        of_month = Rule(f"month = {first_day}", f"month is {month.title}")
        return (of_month, *self.rules.of_place(self.term, locality, member))

    def conditions(self, member: str) -> tuple[Rule, ...]:
        """What a row of a member must meet to count, beside what the measure itself asks."""
        own = self.rules.of_member(self.term, member)
        return (Rule("false", NO_RULE),) if own is None else own

    def counted(self, only: str = "") -> str:
        """The rows that count, once for each cell that they count in.

        Columns: ``_cell``, the index of the cell; the row's place; :attr:`columns`; ``_contribution``;
        ``_counted``, 1 or 0; ``_rank`` among the rows of one thing, or among those whose middle is wanted, of
        which there are ``_of``; and ``_same_file, _same_sheet, _same_row``, the row that counts for a thing.

        Args:
            only: a condition that narrows the rows; one on the thing told apart leaves contributions as they are.
        """
        of = self.term.of
        shown = ", ".join(("_cell", *self._place, *self.columns))
        met = [COUNTED, self._months, self._own, *([only] if only else [])]
        return (
            f"with cell (_cell, _month, _locality, _member) as (\n    values {self._values}\n), kept as (\n"
            f"    select {shown}\n    from measure.{self.term.measure}\n    inner join cell on {self._reaches}\n"
            f"    where {' and '.join(met)}\n"
            f"), placed as (\n    select *, {self._standing}\n    from kept{self._window}\n)\n"
            f"select *, {self._contribution} as _contribution,\n"
            f"    {f'if({of} is null, 0, 1)' if of else '1'} as _counted\nfrom placed"
        )

    def totals(self, counted: str) -> str:
        """What the rows of each cell come to, and of each file in it.

        Columns: ``_cell``; ``_file``; ``of_cell``, 1 where the line is of the whole cell; ``rows``; ``counted``;
        ``total``, the contributions added up exactly, or of a median listed, as they are doubles; ``amount``, the
        same as the compiler gives it. A cell without rows has no line.

        Args:
            counted: a relation with what :meth:`counted` gives.
        """
        amount = "cast(sum(_contribution) as double)"
        if self.term.is_average:
            amount = f"case when sum(_counted) > 0 then {amount} end"
        is_median = self.term.aggregate == "median"
        total = "list(_contribution) filter (_contribution <> 0)" if is_median else "sum(_contribution)"
        return (
            "select _cell, _file, grouping(_file) as of_cell, count(*) as rows, sum(_counted) as counted,\n"
            f"    {total} as total, {amount} as amount\n"
            f"from {counted}\ngroup by grouping sets ((_cell), (_cell, _file))\norder by _cell, rows desc, _file"
        )

    def left_out(self, cell: Cell) -> str:
        """The rows of one cell that do not count: their place, columns, ``_rule`` and ``_said``.

        ``_rule`` is the index of the first of :meth:`conditions` that the row fails, and null where the measure
        excludes it, which ``_said`` then says why.
        """
        conditions = self.conditions(cell[2])
        failed = " ".join(f"when ({rule.sql}) is not true then {number}" for number, rule in enumerate(conditions))
        by_rule = f"case when excluded is not null then null {failed} end"
        shown = ", ".join((*self._place, *self.columns))
        met = [COUNTED, *(f"({rule.sql}) is true" for rule in conditions)]
        return (
            f"select {shown}, excluded as _said, {by_rule} as _rule\nfrom measure.{self.term.measure}\n"
            f"where {' and '.join(rule.sql for rule in self.within(cell))}\n    and not ({' and '.join(met)})"
        )

    def other_months(self, cell: Cell) -> str:
        """The rows that would count in the cell, were they not of another month of the period.

        Columns: their place, and :attr:`columns`.
        """
        of_month, *of_place = self.within(cell)
        met = [COUNTED, f"not ({of_month.sql})", *(rule.sql for rule in (*of_place, *self.conditions(cell[2])))]
        shown = ", ".join((*self._place, *self.columns))
        return f"select {shown}\nfrom measure.{self.term.measure}\nwhere {' and '.join(met)}"

    @property
    def _types(self) -> Mapping[str, str]:
        return self.rules.columns[self.term.measure]

    @property
    def _place(self) -> tuple[str, ...]:
        return tuple(
            name if name in self._types else f"cast(null as {kind}) as {name}" for name, kind in PROVENANCE.items()
        )

    # The cells that a row counts in ------------------------------------------------------------------------------

    @property
    def _values(self) -> str:
        bind = self.rules.parameters.bind
        return ", ".join(
            f"({number}, {bind(month.first_day)}, {bind(locality)}, {bind(member)})"
            for number, (month, locality, member) in enumerate(self.cells)
        )

    @property
    def _months(self) -> str:
        """The months alone: said of the measure itself, so that only their part of the file is read."""
        months = {self.rules.parameters.bind(month.first_day): None for month, _, _ in self.cells}
        return f"month in ({', '.join(months)})"

    @property
    def _reaches(self) -> str:
        """Which cells a row is in, as the compiler's grouping has it."""
        conditions = ["month = _month"]
        if "locality" in self._types:
            conditions.append(f"(_locality = '{TRUST}' or locality = _locality)")
        if self.rules.divides(self.term):
            conditions.append(f"(_member = '{ALL}' or {self.rules.dimension} = _member)")
        return " and ".join(conditions)

    @property
    def _own(self) -> str:
        """The term's conditions, where they differ by member as a case."""
        members = list(dict.fromkeys(member for _, _, member in self.cells))
        said = {member: " and ".join(rule.sql for rule in self.conditions(member)) or "true" for member in members}
        if len(set(said.values())) == 1:
            return f"({said[members[0]]})"
        bind = self.rules.parameters.bind
        cases = " ".join(f"when {bind(member)} then ({condition})" for member, condition in said.items())
        return f"case _member {cases} end"

    # What a row adds ---------------------------------------------------------------------------------------------

    @property
    def _standing(self) -> str:
        """Where a row stands among the others of its cell."""
        if self.term.aggregate == "count_distinct":
            first = ", ".join(f"first_value({name}) over thing as _same{name}" for name in PROVENANCE)
            return f"row_number() over thing as _rank, null as _of, {first}"
        nothing = ", ".join(f"null as _same{name}" for name in PROVENANCE)
        if self.term.aggregate == "median":
            among = f"count({self.term.of}) over (partition by _cell)"
            return f"row_number() over thing as _rank, {among} as _of, {nothing}"
        return f"null as _rank, null as _of, {nothing}"

    @property
    def _window(self) -> str:
        """The rows among which one stands."""
        if self.term.aggregate == "count_distinct":
            return f"\n    window thing as (partition by _cell, {self.term.of} order by {self.order})"
        if self.term.aggregate == "median":
            return f"\n    window thing as (partition by _cell order by {self.term.of} nulls last, {self.order})"
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
