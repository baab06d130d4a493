"""Which rows of a measure a term counts: each condition as SQL, and in words.

Here: the conditions of a term, of its project's scope, and of one cell, every value bound and never spliced. Not
here: what is done with the rows that meet them: added up (the compiler), or shown one by one (tracing).
Both go by these and have no condition of their own, so that a trace shows the very rows that were counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nhsbn.metrics.terms import Bounds, Condition, Term, Where
from nhsbn.values import ALL, TRUST

_LIMITS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
_LIMIT_WORDS = {"at_least": "at least", "at_most": "at most", "above": "more than", "below": "less than"}

COUNTED = "excluded is null"
"""What a measure says of every row that it counts."""


@dataclass
class Parameters:
    """Names given to bound values; equal values share a name."""

    named: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """The name of a value, as SQL writes it."""
        for name, known in self.named.items():
            if known == value and type(known) is type(value):
                return f"${name}"
        name = f"p{len(self.named)}"
        self.named[name] = value
        return f"${name}"


@dataclass(frozen=True)
class Rule:
    """A condition that a row must meet.

    Attributes:
        sql: true of a row that meets it; false or null of any other.
        words: the same for a reader.
    """

    sql: str
    words: str


@dataclass(frozen=True)
class TermRules:
    """The conditions of the terms of one metric.

    Attributes:
        dimension: what the metric is broken down by beside the month, or nothing.
        scope: column to the values that concern the metric, for terms that do not name the column.
        columns: measure to its columns and their types.
        parameters: where values are bound.
    """

    dimension: str | None
    scope: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Mapping[str, str]]
    parameters: Parameters

    def of_where(self, term: Term, where: Where) -> tuple[Rule, ...]:
        """The scope, and then one set of the term's own conditions."""
        columns = self.columns[term.measure]
        scope = [
            Rule(
                f"({column} is null or {column} in ({self._list(values)}))", f"{column} {_any_of(values)} or blank"
            )
            for column, values in self.scope.items()
            if column in columns and column not in where
        ]
        return (*scope, *(self._rule(column, condition) for column, condition in where.items()))

    def of_member(self, term: Term, member: str) -> tuple[Rule, ...] | None:
        """The scope and the term's conditions as they hold for one member; None where no row can count for it."""
        if not term.member_where or member == ALL:
            return self.of_where(term, term.where)
        where = term.member_where.get(member)
        return None if where is None else self.of_where(term, where)

    def of_place(self, term: Term, locality: str, member: str) -> tuple[Rule, ...]:
        """What makes a row one of a locality and a member; nothing, for a measure without the columns."""
        columns, rules = self.columns[term.measure], []
        if "locality" in columns and locality != TRUST:
            rules.append(Rule(f"locality = {self.parameters.bind(locality)}", f"locality is {locality}"))
        if self.divides(term) and member != ALL:
            rules.append(
                Rule(f"{self.dimension} = {self.parameters.bind(member)}", f"{self.dimension} is {member}")
            )
        return tuple(rules)

    def divides(self, term: Term) -> bool:
        """Whether the term's rows are told apart by the breakdown's own column."""
        return self.dimension in self.columns[term.measure] and not term.member_where

    def _rule(self, column: str, condition: Condition) -> Rule:
        if isinstance(condition, Bounds):
            limits = condition.model_dump(exclude_none=True)
            sql = " and ".join(
                f"{column} {_LIMITS[name]} {self.parameters.bind(limit)}" for name, limit in limits.items()
            )
            said = " and ".join(f"{_LIMIT_WORDS[name]} {limit:g}" for name, limit in limits.items())
            return Rule(sql, f"{column} is {said}")
        if isinstance(condition, tuple):
            return Rule(f"{column} in ({self._list(condition)})", f"{column} {_any_of(condition)}")
        return Rule(f"{column} = {self.parameters.bind(condition)}", f"{column} is {_word(condition)}")

    def _list(self, values: Iterable[object]) -> str:
        return ", ".join(self.parameters.bind(value) for value in values)


def _any_of(values: Iterable[object]) -> str:
    *others, last = (_word(value) for value in values)
    return f"is {', '.join(others)} or {last}" if others else f"is {last}"


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
