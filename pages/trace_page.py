"""A trace as one self-contained HTML file that a nominated lead can read.

Here: what goes onto the page, and the words of its parts. Not here: the trace (``nhsbn.tracing.trace``), and its
looks (templates).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from nhsbn.periods import Period
from nhsbn.review.rows import amount
from nhsbn.tools.cells import State
from nhsbn.tracing.arithmetic import shown as in_full
from nhsbn.tracing.trace import Plain, RowPlace, Trace, TracedFile, TracedTerm
from nhsbn.values import ALL
from pages import engine
from pages.numbers import UNIT_WORDS, day

COLOURS = {
    State.VALUE: "green",
    State.TRUE_ZERO: "green",
    State.NOT_APPLICABLE: "grey",
    State.NOT_COLLECTED: "yellow",
    State.WITHHELD: "red",
}
_COUNTS = {
    "count": "Counts the rows of {title}",
    "count_distinct": "Counts each {of} once, of {title}",
    "sum": "Adds up {of}, of {title}",
    "mean": "Averages {of}, of {title}",
    "median": "Takes the middle {of}, of {title}",
}


def render(trace: Trace) -> str:
    """The page of a trace: the same bytes for the same trace.

    Args:
        trace: with as many rows of each term as the page is to show; 1,000 of them open at once.
    """
    names = trace.file_names
    titles = {measure.name: measure.title for measure in trace.measures}

    def where(place: RowPlace) -> str:
        sheet = f", sheet {place.sheet}" if place.sheet else ""
        row = f", row {place.row}" if place.row is not None else ""
        return f"{file_name(place.file)}{sheet}{row}"

    def file_name(file: str) -> str:
        return names.get(file, file) or "of no file"

    def aggregate(term: TracedTerm) -> str:
        return _COUNTS[term.aggregate].format(of=term.of, title=titles.get(term.measure, term.measure))

    state = trace.cell.state if trace.cell else None
    return engine.render(
        "trace.html.j2",
        ("tables.js", "trace.js"),
        trace=trace,
        of=", ".join(_of(trace)),
        answer=_answer(trace),
        state=state.words if state else "",
        colour=COLOURS[state] if state else "grey",
        unit=UNIT_WORDS.get(trace.question.unit, trace.question.unit),
        command=_command(trace),
        left_out=[(term.name, term, one) for term in trace.terms for one in term.left_out],
        where=where,
        file_name=file_name,
        aggregate=aggregate,
        plain=plain,
        exact=exact,
        sorted_by=_sorted_by,
        moment=moment,
        span=_span,
    )


def _of(trace: Trace) -> tuple[str, ...]:
    """Which answer of the question it is, in words."""
    when = Period.parse(trace.month).first_month.title if trace.month else trace.question.period
    member = trace.member_title if trace.member and trace.member != ALL else ""
    return tuple(filter(None, (trace.place, member, when)))


def _answer(trace: Trace) -> str:
    value = trace.cell.value if trace.cell else trace.recorded.value if trace.recorded else None
    if isinstance(value, str):
        return value
    if value is None and trace.recorded is not None and trace.recorded.value is not None:
        return f"No answer is submitted; {amount(trace.recorded.value, trace.question.unit)} was calculated"
    return amount(value, trace.question.unit) if value is not None else "No answer"


def _command(trace: Trace) -> str:
    question = trace.question
    words = ["nhsbn trace", question.project, question.period, trace.locality, question.code]
    words += [f"--month {trace.month}"] if trace.month else []
    words += [f"--member {trace.member}"] if trace.member and trace.member != ALL else []
    words += [f"--version {trace.tool.version}"] if trace.tool.version != trace.tool.newest else []
    return " ".join(words)


def plain(value: Plain) -> str:
    """A value of a row as its cell is read: days in words, yes and no, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return exact(value) if isinstance(value, (float, Decimal)) else str(value)


def exact(number: float | Decimal) -> str:
    """A number with every figure that matters: contributions must be seen to add up."""
    if isinstance(number, Decimal):
        text = f"{number:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return in_full(number)


def moment(value: datetime | None) -> str:
    """``3 July 2025, 07:40``; empty for none."""
    return f"{day(value)}, {value:%H:%M}" if value else ""


def _sorted_by(value: Plain) -> Markup | str:
    """What a cell is sorted by, where that is not what it says."""
    if isinstance(value, (date, float, Decimal)):
        return Markup(' data-value="{}"').format(value)
    return ""


def _span(file: TracedFile) -> str:
    if file.period_start and file.period_end and file.period_start != file.period_end:
        return f"{day(file.period_start)} to {day(file.period_end)}"
    return day(file.period_end or file.period_start)
