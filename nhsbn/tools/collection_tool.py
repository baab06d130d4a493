"""A collection tool as it will be filled: every requested cell with its state, and every cell to be written.

Here: the answers, and the data source and comments beside each question, as plain values. Not here: where the
cells are (the binding), how a state is decided (cells), and the workbook file (the workbook writer).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError
from nhsbn.extracts.coverage import listed
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month, Period
from nhsbn.tools.binding import AnswerCell, DetailCell, ResolvedBinding, Target
from nhsbn.tools.cells import CellState, Knowledge, State, decide, reports_of
from nhsbn.values import ALL, MetricValue


@dataclass(frozen=True)
class CellWrite:
    """One cell to be written.

    Attributes:
        value: a number unrounded, or a text; a text is never taken for a formula.
    """

    sheet: str
    address: str
    value: float | str


@dataclass(frozen=True)
class Submission:
    """Who submits what.

    Attributes:
        locality: the locality's id, or ``trust``.
        place: the locality as the tool lists it.
        level: the submission level as the tool lists it.
        owner: who answers for submission details that are not declared.
    """

    project: str
    edition: str
    period: Period
    locality: str
    place: str
    level: str
    organisation: str
    ods_code: str
    owner: str
    contact_name: str = ""
    contact_email: str = ""

    def details(self) -> dict[str, str]:
        """What is known of the submission, by the name that a binding's details use."""
        first, *others = self.period.months
        return {
            "organisation": self.organisation,
            "ods_code": self.ods_code,
            "submission_name": f"{self.organisation}: {self.place}",
            "level": self.level,
            "locality": self.place,
            "contact_name": self.contact_name,
            "contact_email": self.contact_email,
            "period": str(self.period),
            **{f"month_{index}": month.title for index, month in enumerate((first, *others), 1)},
        }


@dataclass(frozen=True)
class ToolCell:
    """A requested cell of a tool, as it ended.

    Attributes:
        item: the catalogue's item, or ``details.<name>`` for a submission detail.
        month: ``2025-04``; empty where one answer stands for the period.
        source: the data source written beside the question.
    """

    sheet: str
    address: str
    question: str
    item: str
    member: str
    month: str
    state: State
    value: float | str | None
    reason: str
    owner: str
    source: str


@dataclass(frozen=True)
class Tool:
    """A tool to be filled.

    Attributes:
        cells: every requested cell, in the template's order of questions.
        writes: what the workbook writer is given.
    """

    submission: Submission
    cells: tuple[ToolCell, ...]
    writes: tuple[CellWrite, ...]

    @property
    def summary(self) -> dict[State, int]:
        """How many requested cells ended in each state; every state is named."""
        counts = dict.fromkeys(State, 0)
        for cell in self.cells:
            counts[cell.state] += 1
        return counts


def make_tool(
    submission: Submission,
    binding: ResolvedBinding,
    questions: Iterable[Question],
    values: Iterable[MetricValue],
    known: Knowledge,
    references: Mapping[str, str],
) -> Tool:
    """Decide every requested cell and everything that is written.

    Args:
        submission: who submits, for which period.
        binding: the tool's cells.
        questions: the catalogue's.
        values: computed and returned values; those of other localities are passed over.
        known: extracts, rules and checks that the states depend on.
        references: words for each source that is not an extract: those that metrics name (``trust_population``),
            and ``service`` and ``bed_type`` for what is provided.

    Raises:
        NhsbnError: when the period has not as many months as the tool has month columns.
        ProblemsError: every answer that is not an item of its cell's list.
    """
    wanted = len(binding.binding.months)
    if len(submission.period.months) != wanted:
        raise NhsbnError(
            f"{submission.period} has {len(submission.period.months)} month(s), but {binding.binding.template} "
            f"asks for {wanted}: ask for a period of {wanted} months, or bind the template of the other cadence"
        )
    own = {
        (value.code, value.member, value.month): value for value in values if value.locality == submission.locality
    }
    maker = _Maker(
        submission, binding, {question.code: question for question in questions}, own, known, references
    )
    cells, writes = [], []
    for detail in binding.details:
        cell, written = maker.detail(detail)
        cells.append(cell)
        writes.extend(written)
    for _, group in groupby(binding.answers, key=lambda answer: answer.question):
        rows, written = maker.row(list(group))
        cells.extend(rows)
        writes.extend(written)
    _check_choices(binding, writes)
    return Tool(submission, tuple(cells), tuple(writes))


@dataclass(frozen=True)
class _Maker:
    submission: Submission
    binding: ResolvedBinding
    questions: Mapping[str, Question]
    values: Mapping[tuple[str, str, Month], MetricValue]
    known: Knowledge
    references: Mapping[str, str]

    def detail(self, detail: DetailCell) -> tuple[ToolCell, list[CellWrite]]:
        text = self.submission.details().get(detail.name, "")
        if text:
            state = CellState(State.VALUE, text)
        else:
            state = CellState(
                State.NOT_COLLECTED, reason="not declared for this project", owner=self.submission.owner
            )
        cell = _cell(
            detail.target, detail.label, f"details.{detail.name}", ALL, "", state, "Declared by the trust"
        )
        comment = "" if text else f"{State.NOT_COLLECTED.words}: {state.reason}. Owner: {state.owner}."
        return cell, [*_write(detail.target, state.value), *_write(detail.comments, comment)]

    def row(self, answers: list[AnswerCell]) -> tuple[list[ToolCell], list[CellWrite]]:
        """All cells of one question, and what is written on its row."""
        first = answers[0]
        notes = self.binding.notes[first.question]
        states = [self.state(answer) for answer in answers]
        source = self.source(first)
        cells = [
            _cell(
                answer.target, answer.question, answer.item, answer.member, self.month_text(answer), state, source
            )
            for answer, state in zip(answers, states, strict=True)
        ]
        writes = [
            write
            for answer, state in zip(answers, states, strict=True)
            for write in _write(answer.target, state.value)
        ]
        comments = self.comments(answers, states)
        return cells, [*writes, *_write(notes.source, source), *_write(notes.comments, comments)]

    def state(self, answer: AnswerCell) -> CellState:
        if answer.asks == "provided":
            members = self.known.applicability.provided[answer.breakdown or ""]
            return CellState(State.VALUE, "Yes" if answer.member in members else "No")
        month = self.month(answer)
        value = self.values.get((answer.item, answer.member, month))
        return decide(self.questions[answer.item], answer.member, month, value, self.known)

    def month(self, answer: AnswerCell) -> Month:
        return self.submission.period.months[-1 if answer.month is None else answer.month]

    def month_text(self, answer: AnswerCell) -> str:
        return "" if answer.month is None else str(self.month(answer))

    def source(self, answer: AnswerCell) -> str:
        """The data source of a question: system, report and extract dates, as the policy asks."""
        if answer.asks == "provided":
            return self.references[answer.breakdown or ""]
        question = self.questions[answer.item]
        metric, coverage = question.metric, self.known.coverage
        if metric.returned is not None:
            return f"Return from {metric.returned.lead}"
        reports = reports_of(question, coverage)
        parts = []
        for report in reports:
            used = coverage.used(report, self.submission.period.months)
            dates = {file.extracted_at.date() for file in used if file.extracted_at}
            said = f"extracted {_dates(dates)}" if dates else "none received for this period"
            parts.append(", ".join((*coverage.parts(report), said)))
        return "; ".join([*parts, *(self.references[name] for name in metric.sources if name not in reports)])

    def comments(self, answers: list[AnswerCell], states: list[CellState]) -> str:
        """Why cells of a row are blank, said once for all cells that share the reason."""
        shared: dict[CellState, list[AnswerCell]] = {}
        for answer, state in zip(answers, states, strict=True):
            if not state.state.is_filled:
                shared.setdefault(state, []).append(answer)
        ordered = sorted(shared.items(), key=lambda pair: list(State).index(pair[0].state))
        return " ".join(self._comment(state, cells, answers) for state, cells in ordered)

    def _comment(self, state: CellState, cells: list[AnswerCell], row: list[AnswerCell]) -> str:
        owner = f" Owner: {state.owner}." if state.owner else ""
        return f"{state.state.words} ({self._which(cells, row)}): {state.reason.rstrip('.')}.{owner}"

    def _which(self, cells: list[AnswerCell], row: list[AnswerCell]) -> str:
        """The columns meant, as a reader would list them: ``PICU, Low secure, all months``."""
        months = self.submission.period.months
        by_months: dict[tuple[int, ...], list[str]] = {}
        for member in dict.fromkeys(cell.member for cell in cells):
            key = tuple(cell.month for cell in cells if cell.member == member and cell.month is not None)
            by_months.setdefault(key, []).append(member)
        parts = []
        for indexes, members in by_months.items():
            when = "all months" if len(indexes) == len(months) else listed([months[i].title for i in indexes])
            titles = self._titles(row[0], members, {cell.member for cell in row})
            parts.append(", ".join(text for text in (titles, when) if text))
        return "; ".join(parts)

    def _titles(self, answer: AnswerCell, members: list[str], asked: set[str]) -> str:
        if answer.breakdown is None or set(members) == asked:
            return ""
        headings = self.binding.binding.members[answer.breakdown]
        return ", ".join(headings[member] for member in members)


def _check_choices(binding: ResolvedBinding, writes: list[CellWrite]) -> None:
    targets = [answer.target for answer in binding.answers] + [detail.target for detail in binding.details]
    choices = {(target.sheet, target.address): target.choices for target in targets if target.choices}
    with Collector() as problems:
        for write in writes:
            allowed = choices.get((write.sheet, write.address))
            if allowed and write.value not in allowed:
                problems.add(
                    f"{binding.binding.template}, sheet {write.sheet!r}, cell {write.address}",
                    f"{write.value!r} is not in the cell's list, which must be met to the letter: "
                    f"{', '.join(allowed)}",
                )


def _cell(
    target: Target, question: str, item: str, member: str, month: str, state: CellState, source: str
) -> ToolCell:
    return ToolCell(
        target.sheet,
        target.address,
        question,
        item,
        member,
        month,
        state.state,
        state.value,
        state.reason,
        state.owner,
        source,
    )


def _write(target: Target, value: float | str | None) -> Iterator[CellWrite]:
    if value is not None and value != "":
        yield CellWrite(target.sheet, target.address, value)


def _dates(dates: set[date]) -> str:
    """``3 May, 4 June and 3 July 2025``: the year once for all dates of it."""
    years = [
        f"{listed([f'{day.day} {day:%B}' for day in group])} {year}"
        for year, group in groupby(sorted(dates), key=lambda day: day.year)
    ]
    return listed(years)
