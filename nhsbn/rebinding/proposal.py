"""A new template against last year's edition: everything that a person is asked to decide, row by row.

Here: putting questions and headings together, and naming each row. Not here: finding them (rebinding and
``headings``), and what is made of the answers (``decisions``).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nhsbn.errors import NhsbnError, Problem
from nhsbn.rebinding.asked import AskedQuestion, code_heading, questions
from nhsbn.rebinding.headings import HeadingMatch, headings
from nhsbn.rebinding.questions import Kind, KnownQuestion, Match, matched
from nhsbn.tools.binding import Binding, load_binding
from nhsbn.tools.template_grid import Grid, seen


@dataclass(frozen=True)
class EditionTool:
    """An edition as it lies in ``projects/<project>/<edition>``.

    Attributes:
        template: the bytes of its template.
        grid: the same, as a person sees it.
        binding: the text of its ``binding.yaml``.
        definitions: each item's definition in the catalogue, for a template that prints none.
    """

    project: str
    edition: str
    template: bytes
    grid: Grid
    binding: str
    definitions: dict[str, str]

    @property
    def where(self) -> str:
        """Its folder, for messages."""
        return f"projects/{self.project}/{self.edition}"

    @cached_property
    def fingerprint(self) -> str:
        """Hash of its template and binding."""
        return _hash(self.template + self.binding.encode())

    @cached_property
    def bound(self) -> Binding:
        """Its binding, held against its template.

        Raises:
            ProblemsError: every fault of it.
        """
        return load_binding(self.binding, f"{self.where}/binding.yaml", self.grid, None).binding

    @cached_property
    def questions(self) -> tuple[KnownQuestion, ...]:
        """Its bound questions, in the template's order."""
        entries = {(sheet, seen(code)): question for sheet, code, question in self.bound.questions()}
        asked = questions(self.grid, self.bound.columns.question)
        return tuple(
            self._known(KnownQuestion(one, entries[one.sheet, seen(one.code)]))
            for one in asked
            if (one.sheet, seen(one.code)) in entries
        )

    def _known(self, known: KnownQuestion) -> KnownQuestion:
        if known.asked.definition:
            return known
        return replace(known, asked=replace(known.asked, definition=self.definitions.get(known.item, "")))


@dataclass(frozen=True)
class Proposal:
    """What a new template is proposed to be, beside last year's edition.

    Attributes:
        against: last year's edition.
        name: the new template's file name.
        template: its bytes.
        grid: the same, as a person sees it.
        matches: every question of both, by row id.
        headings: every heading that is not as it was, by row id.
        columns: every heading, those that are as they were too.
        problems: what no decision can mend.
    """

    against: EditionTool
    name: str
    template: bytes
    grid: Grid
    matches: dict[str, Match]
    headings: dict[str, HeadingMatch]
    columns: tuple[HeadingMatch, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def template_hash(self) -> str:
        """Hash of the new template, by which decisions know what they were made on."""
        return _hash(self.template)

    @property
    def template_name(self) -> str:
        """The new template's name in the folder of its edition."""
        return f"template.{self.name.rpartition('.')[2].lower()}"

    @property
    def counts(self) -> dict[str, int]:
        """How many questions there are of each kind."""
        kinds = Counter(match.kind for match in self.matches.values())
        order: tuple[Kind, ...] = ("same", "moved", "reworded", "ambiguous", "new", "gone")
        return {kind: kinds[kind] for kind in order if kinds[kind]}


def propose(against: EditionTool, name: str, template: bytes, grid: Grid) -> Proposal:
    """Find last year's questions and headings in a new template.

    Args:
        against: last year's edition.
        name: the new template's file name.
        template: its bytes.
        grid: the same, as a person sees it.

    Raises:
        ProblemsError: every fault of last year's binding.
        NhsbnError: when the template has nothing to be answered, or no column of question codes.
    """
    heading = _heading(against, grid)
    asked = questions(grid, heading)
    if not any(question.answers for question in asked):
        raise NhsbnError(
            f"{name} has no cell to be answered on a sheet that a person sees: answers go in unlocked cells of a "
            "protected sheet. Look at it with: nhsbn tool inspect"
        )
    if heading is None:
        raise NhsbnError(
            f"{name} has no column of question codes: none of last year's codes and no heading such as "
            f"{against.bound.columns.question!r} stands on it. Look at it with: nhsbn tool inspect"
        )
    coded = [question for question in asked if question.code]
    matches = matched(against.questions, coded)
    columns = headings(against.bound, against.grid, grid, heading, matches)
    changed = [one for one in columns if one.kind != "same"]
    return Proposal(
        against,
        name,
        template,
        grid,
        {f"Q{number:03}": match for number, match in enumerate(matches, 1)},
        {f"H{number:03}": one for number, one in enumerate(changed, 1)},
        columns,
        tuple(_problems(name, coded)),
    )


def _heading(against: EditionTool, grid: Grid) -> str | None:
    """The heading of codes: last year's where it stands; else that above last year's codes; else a usual one."""
    same = against.bound.columns.question
    if any(question.code for question in questions(grid, same)):
        return same
    return code_heading(grid, [question.code for question in against.questions]) or code_heading(grid)


def _problems(name: str, coded: Sequence[AskedQuestion]) -> Iterator[Problem]:
    """Codes that two questions share, so that neither can be found by its code."""
    places: dict[str, list[AskedQuestion]] = {}
    for question in coded:
        places.setdefault(seen(question.code), []).append(question)
    for found in places.values():
        if len(found) > 1:
            where = " and ".join(f"sheet {one.sheet!r}, row {one.row}" for one in found)
            yield Problem(
                f"{name}, {where}", f"question code {found[0].code!r} stands twice; ask the sender for it"
            )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
