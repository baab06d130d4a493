"""A filled collection tool read back into metric values, and everything in it that does not fit its edition.

Here: which cell answers what, what it holds, and why it is not taken. Not here: opening the workbook (workbook
contents), how far it is its edition's workbook at all (tool likeness), and what becomes of the values.

Nothing is guessed: a cell is taken where its question and headings stand where the template has them, and it holds
what the question asks. Nothing is dropped: whatever else the workbook holds is told, with the cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from nhsbn.errors import NhsbnError
from nhsbn.periods import Period
from nhsbn.programme import Project
from nhsbn.tools.binding import AnswerCell, DetailCell, ResolvedBinding, Target
from nhsbn.tools.returned_cells import FoundMisfit, Misfit, ReadCell, typed_number
from nhsbn.tools.template_grid import seen
from nhsbn.tools.tool_likeness import Likeness
from nhsbn.tools.workbook_contents import WorkbookContents
from nhsbn.values import TRUST
from nhsbn.xlsx.cell_values import Held
from nhsbn.xlsx.references import Place, place_of
from nhsbn.xlsx.values import shortest

Fault = tuple[Misfit, str, float | str | None]
"""What is wrong with an answer, what to do, and what it would be."""

_TOLD_APART = ("period", "locality")
"""Details whose lists are not consulted, as more can be said of what is not one of them."""

WORDS = {TRUST: "Trust"}
"""How a tool lists a place that is no locality."""


@dataclass(frozen=True)
class ToolForm:
    """An edition's tool as it was sent, and what may be said in it.

    Attributes:
        project: the edition.
        units: item to its unit.
        places: locality id, or ``trust``, to how the tool lists it.
        others: templates of the project's other editions, to tell whose tool one is that is not this one's.
    """

    project: Project
    binding: ResolvedBinding
    template: WorkbookContents
    units: Mapping[str, str]
    places: Mapping[str, str]
    ods_code: str
    others: Callable[[], Mapping[str, WorkbookContents]] = dict


@dataclass(frozen=True)
class ReadSubmission:
    """Who a tool says it is from, and for when.

    Attributes:
        period: None when the tool does not say one of the edition's.
        locality: a locality's id, or ``trust``; None when the tool does not say one that is known.
        details: every detail that was answered, by the name that the binding gives it.
    """

    project: str
    edition: str
    period: Period | None
    locality: str | None
    ods_code: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Notes:
    """What was written beside a question."""

    source: str
    comments: str


@dataclass(frozen=True)
class ReadTool:
    """A tool read back: each requested cell is a value, a blank or a misfit.

    Attributes:
        values: cells that were answered; nought is an answer.
        blanks: cells that were not; those of a sheet or question that is not there are neither.
        notes: question to what was written beside it.
        misfits: all that was not taken, or is not as it was sent.
    """

    submission: ReadSubmission
    values: tuple[ReadCell, ...]
    blanks: tuple[ReadCell, ...]
    notes: Mapping[str, Notes]
    misfits: tuple[FoundMisfit, ...]

    @property
    def is_dated(self) -> bool:
        """Whether it is known which period and place its values are of."""
        return self.submission.period is not None and self.submission.locality is not None


def read_tool(contents: WorkbookContents, form: ToolForm) -> ReadTool:
    """Read a filled tool.

    Args:
        contents: the workbook that came back.
        form: the edition it is read as. When it is another's, nothing of it is taken, and all of it is told.
    """
    return _Reader(contents, form).read()


class _Reader:
    def __init__(self, contents: WorkbookContents, form: ToolForm) -> None:
        self.contents, self.form = contents, form
        self.misfits: list[FoundMisfit] = []
        self.likeness = Likeness(form.template, contents, form.binding)
        self.is_another = self._another_edition()

    def read(self) -> ReadTool:
        self.misfits += self.likeness.misfits(with_texts=not self.is_another)
        details = dict(self._details())
        submission = self._submission(details)
        answered, blanks = [], []
        for answer in self.form.binding.answers:
            cell = self._cell(answer, submission)
            taken = self._answer(answer, cell)
            if taken is not None:
                answered.append(replace(cell, value=taken))
            elif self._is_blank(answer.target) and self._stands(answer.target):
                blanks.append(cell)
        return ReadTool(submission, tuple(answered), tuple(blanks), dict(self._notes()), tuple(self.misfits))

    def _another_edition(self) -> bool:
        """Whether the workbook is more like the tool of another edition; then that is said, and where to."""
        if not self.likeness.differs:
            return False
        own = self.likeness.share(self.form.template)
        others = {edition: self.likeness.share(template) for edition, template in self.form.others().items()}
        edition = max(others, key=lambda name: others[name], default="")
        if not others or others[edition] <= own:
            return False
        project = self.form.project
        why = (
            f"it is the tool of edition {edition}, and was read as {project.edition}; "
            f"read it with: nhsbn tool read {project.project} {edition}"
        )
        self.misfits.append(FoundMisfit(Misfit.EDITION, "", "", "", edition, why))
        return True

    # Submission details ------------------------------------------------------------------------------------------

    def _details(self) -> Iterator[tuple[str, str]]:
        for detail in self.form.binding.details:
            value = self._held(detail.target, detail.label)
            if value is None:
                continue
            text = _shown(value)
            if detail.name not in _TOLD_APART and (refusal := self._refusal(detail.target, text)):
                self._add(
                    Misfit.LIST, detail.target, detail.label, text, refusal, self._nearest(detail.target, text)
                )
            else:
                yield detail.name, text

    def _submission(self, details: Mapping[str, str]) -> ReadSubmission:
        targets = {detail.name: detail for detail in self.form.binding.details}
        period = self._period(targets.get("period"), details.get("period", ""))
        locality = self._locality(targets.get("locality"), details.get("locality", ""))
        expected = {"ods_code": self.form.ods_code}
        if locality is not None:
            expected["level"] = WORDS.get(locality, "Locality")
        if period is not None:
            expected |= {f"month_{index}": month.title for index, month in enumerate(period.months, 1)}
        for name, wanted in expected.items():
            if name in details and seen(details[name]) != seen(wanted):
                detail = targets[name]
                self._add(
                    Misfit.DETAIL, detail.target, detail.label, details[name], f"expected {wanted!r}", wanted
                )
        project = self.form.project
        ods_code = details.get("ods_code", "")
        return ReadSubmission(project.project, project.edition, period, locality, ods_code, dict(details))

    def _period(self, detail: DetailCell | None, text: str) -> Period | None:
        project = self.form.project
        try:
            period = Period.parse(text)
        except NhsbnError:
            period = None
        if period in project.periods:
            return period
        if detail and not self._told(detail.target):
            why = (
                f"edition {project.edition} has {project.first_period} to {project.last_period}; without a period "
                "its values are of no month"
            )
            self._add(Misfit.PERIOD, detail.target, detail.label, text, why)
        return None

    def _locality(self, detail: DetailCell | None, text: str) -> str | None:
        for locality, title in self.form.places.items():
            if seen(WORDS.get(locality, title)) == seen(text):
                return locality
        if detail and not self._told(detail.target):
            listed = ", ".join(WORDS.get(locality, title) for locality, title in self.form.places.items())
            why = f"the trust's localities are {listed}; without one its values are of no place"
            self._add(Misfit.LOCALITY, detail.target, detail.label, text, why)
        return None

    # Answers -----------------------------------------------------------------------------------------------------

    def _cell(self, answer: AnswerCell, submission: ReadSubmission) -> ReadCell:
        months = submission.period.months if submission.period else ()
        return ReadCell(
            sheet=answer.target.sheet,
            address=answer.target.address,
            question=answer.question,
            item=answer.item,
            member=answer.member,
            month=months[answer.month] if answer.month is not None and answer.month < len(months) else None,
            column=None if answer.month is None else answer.month + 1,
            locality=submission.locality,
        )

    def _answer(self, answer: AnswerCell, cell: ReadCell) -> float | str | None:
        """What a requested cell says; None when it is blank or does not fit, which is then told."""
        target = answer.target
        value = self._held(target, answer.question, cell)
        if value is None:
            return None
        fault = self._word(target, value) if answer.asks == "provided" else self._number(answer, value)
        if fault is None:
            return str(value) if isinstance(value, str | bool) else value
        kind, why, would_be = fault
        self._add(kind, target, answer.question, _shown(value), why, would_be, cell)
        return None

    def _word(self, target: Target, value: Held) -> Fault | None:
        refusal = self._refusal(target, value)
        return (Misfit.LIST, refusal, self._nearest(target, _shown(value))) if refusal else None

    def _number(self, answer: AnswerCell, value: float | str | bool) -> Fault | None:
        """Why a value is not the number a question asks for; None when it is."""
        unit = self.form.units[answer.item]
        if isinstance(value, bool):
            return Misfit.TEXT, "type a number, or leave it blank and say why in the comments", None
        if isinstance(value, str):
            would_be = typed_number(value, unit)
            if would_be is None:
                return Misfit.TEXT, "type a number, or leave it blank and say why in the comments", None
            return Misfit.STORED_AS_TEXT, "type it again in a cell formatted as a number", would_be
        if not math.isfinite(value):
            return Misfit.NO_NUMBER, "type a number", None
        place = _place(answer.target)
        shown, sent = (one.shown_as(answer.target.sheet, place) for one in (self.contents, self.form.template))
        if shown == "percentage" and sent != "percentage":
            would_be = float(f"{value * 100:.15g}") if unit == "percent" else None
            return Misfit.PERCENT, "type it without a percent sign: 85 is 85%", would_be
        if shown in ("date", "time") and sent not in ("date", "time"):
            return Misfit.DATE, "format the cell as a number and type it again", None
        if refusal := self._refusal(answer.target, value):
            return Misfit.LIST if answer.target.choices else Misfit.RULE, refusal, None
        return None

    def _notes(self) -> Iterator[tuple[str, Notes]]:
        for question, cells in self.form.binding.notes.items():
            source, comments = (self._held(target, question) for target in (cells.source, cells.comments))
            yield question, Notes(_shown(source), _shown(comments))

    # Cells -------------------------------------------------------------------------------------------------------

    def _held(self, target: Target, question: str, cell: ReadCell | None = None) -> Held:
        """What may be taken of a cell; None when it is blank, or is told to be a misfit here."""
        if self._is_blank(target):
            return None
        place = _place(target)
        value = self.contents.held(target.sheet, place)
        if not self._stands(target):
            why = "read it as the edition it is of" if self.is_another else "its row or its headings were changed"
            self._add(Misfit.MOVED, target, question, _shown(value), why, None, cell)
            return None
        if self.contents.grid[target.sheet].cells[place].is_formula:
            fresh = value if not self.contents.is_stale and isinstance(value, float | str) else None
            told = "its result may be out of date" if self.contents.is_stale else "its result was saved with it"
            found = _shown(value) or "a formula"
            self._add(Misfit.FORMULA, target, question, found, f"type the value itself; {told}", fresh, cell)
            return None
        return value

    def _stands(self, target: Target) -> bool:
        """Whether a cell is still the one that the question asks for."""
        return not self.is_another and self.likeness.stands(target.sheet, _place(target))

    def _is_blank(self, target: Target) -> bool:
        """Whether nothing was entered: a cell of spaces alone is as blank to a reader as an empty one."""
        sheet, place = self.contents.grid.get(target.sheet), _place(target)
        cell = sheet.cells.get(place) if sheet else None
        return cell is None or not (cell.is_formula or seen(cell.text))

    def _refusal(self, target: Target, value: Held) -> str:
        """What the template's own rule has against a value, whatever became of the rule since."""
        return self.form.template.refusal(target.sheet, _place(target), value)

    def _told(self, target: Target) -> bool:
        return any((one.sheet, one.address) == (target.sheet, target.address) for one in self.misfits)

    @staticmethod
    def _nearest(target: Target, text: str) -> str | None:
        """The item of a cell's list that a text is, but for case and spacing."""
        return next((item for item in target.choices or () if seen(item) == seen(text)), None)

    def _add(
        self,
        kind: Misfit,
        target: Target,
        question: str,
        found: str,
        why: str,
        would_be: float | str | None = None,
        cell: ReadCell | None = None,
    ) -> None:
        self.misfits.append(FoundMisfit(kind, target.sheet, target.address, question, found, why, would_be, cell))


def _place(target: Target) -> Place:
    place = place_of(target.address)
    if place is None:
        raise ValueError(f"{target.address} is no address, though a binding was found for it")
    return place


def _shown(value: Held) -> str:
    """A value as a person sees it."""
    if isinstance(value, float):
        return shortest(value) if math.isfinite(value) else str(value)
    return "" if value is None else str(value)
