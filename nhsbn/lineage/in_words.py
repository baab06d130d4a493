"""How a metric's number is made, in words that need no SQL.

Here: sentences drawn from a term, an item and a column's place in a report. Not here: finding out what comes from
where (lineage), and laying sentences out (assets, pipelines).
"""

from __future__ import annotations

from nhsbn.extracts.reports import SourceRegister
from nhsbn.lineage.feeds import EVERY, Column
from nhsbn.metrics.catalogue import Item
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.terms import Bounds, Condition, Term

_OF_THE_FILE = {
    EVERY: "its rows",
    "_file": "(which file)",
    "_sheet": "(which sheet)",
    "_row": "(the row's number)",
    "_nth": "(the row's place in the file)",
    "_period_end": "(last day the file covers)",
    "snapshot_date": "(date of the snapshot)",
}
_LIMITS = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below"}


def heading(column: Column, register: SourceRegister) -> str:
    """A column of a staged report as its system heads it; in brackets what is the file's and not a column."""
    declared = register.reports[column.table].columns.get(column.name)
    return declared.heading if declared else _OF_THE_FILE[column.name]


def item_in_words(item: Item, library: MeasureLibrary) -> str:
    """What an item counts, and by what it divides; empty where a lead returns it."""
    terms = {name: _term(term, library) for name, term in item.terms.items()}
    if not terms:
        return ""
    said = terms["numerator"]
    if "less" in terms:
        said += f", less {terms['less']}"
    if "denominator" in terms:
        said += f", divided by {terms['denominator']}"
    if item.multiplier != 1:
        said += f", times {item.multiplier:,g}"
    return said


def _term(term: Term, library: MeasureLibrary) -> str:
    header = library.measures[term.measure].header
    of = header.columns[term.of].description or term.of if term.of in header.columns else term.of
    rows = f"*{header.title}*"
    said = {
        "count": f"the rows of {rows}",
        "count_distinct": f"each {of} once, of {rows}",
        "sum": f"the sum of {of}, of {rows}",
        "mean": f"the mean of {of}, of {rows}",
        "median": f"the median of {of}, of {rows}",
    }[term.aggregate]
    if term.where:
        said += " where " + " and ".join(
            f"{column} is {_condition(value)}" for column, value in term.where.items()
        )
    if term.member_where:
        said += " (each member under a condition of its own)"
    return said if term.times == 1 else f"{term.times:g} times {said}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Bounds):
        limits = condition.model_dump(exclude_none=True)
        return " and ".join(f"{_LIMITS[name]} {limit:g}" for name, limit in limits.items())
    if isinstance(condition, tuple):
        *others, last = map(_scalar, condition)
        return f"{', '.join(others)} or {last}" if others else last
    return _scalar(condition)


def _scalar(value: bool | int | str) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
