"""How far a workbook that came back is still the template it was made from.

Here: the sender's texts, formulas and sheets, compared cell by cell. Not here: what was answered (tool reading).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from nhsbn.tools.binding import ResolvedBinding
from nhsbn.tools.returned_cells import FoundMisfit, Misfit
from nhsbn.tools.template_grid import GridCell, seen
from nhsbn.tools.workbook_contents import WorkbookContents
from nhsbn.xlsx.references import Place, address, place_of

_EMPTY = GridCell()


@dataclass(frozen=True)
class Likeness:
    """A workbook beside the template it should be made from."""

    template: WorkbookContents
    contents: WorkbookContents
    binding: ResolvedBinding

    @property
    def differs(self) -> bool:
        """Whether any sheet, text or formula of the sender's is not as it was sent."""
        return bool(self._missing or self._changed)

    def share(self, template: WorkbookContents) -> float:
        """How much of a template's texts stand where it has them."""
        texts = [(title, place, seen(cell.text)) for title, place, cell in _texts(template)]
        standing = sum(seen(self._cell(title, place).text) == text for title, place, text in texts)
        return standing / len(texts) if texts else 0.0

    def stands(self, title: str, place: Place) -> bool:
        """Whether a bound cell still has beside it the question, and above it the headings, of the template."""
        now = self.contents.grid.get(title)
        if now is None:
            return False
        sheet, corner = self.template.grid[title], self._corner(title)
        heads = [head for head in sheet.places.get(seen(corner), ()) if head[0] < place[0]]
        if not heads:
            return False
        head = max(heads)
        beside = (place[0], head[1])
        if seen(sheet.text(*beside)) != seen(self._cell(title, beside).text):
            return False
        return place[1] in self._headed(title, head)

    def misfits(self, *, with_texts: bool) -> Iterator[FoundMisfit]:
        """What is not as it was sent.

        Args:
            with_texts: whether changed texts are listed one by one; of another edition's tool they would be most.
        """
        for title in self._missing:
            yield FoundMisfit(Misfit.SHEET, title, "", "", "", "the template has it; send the whole tool")
        for title, sheet in self.contents.grid.items():
            if title in self.template.grid:
                continue
            filled = sum(map(_is_filled, sheet.cells.values()))
            why = f"the template has no such sheet; its filled cells ({filled}) are not read"
            yield FoundMisfit(Misfit.SHEET, title, "", "", "", why)
        if with_texts:
            yield from (self._difference(title, place) for title, place in self._changed)
        yield from self._unasked()

    def _difference(self, title: str, place: Place) -> FoundMisfit:
        sent, now = self.template.grid[title].cells[place], self._cell(title, place)
        question, found = self._question(title, place), "a formula" if now.is_formula else now.text
        where = title, address(place), question, found
        if sent.is_formula:
            return FoundMisfit(
                Misfit.OVERWRITTEN, *where, "the template has a formula here, which adds answers up"
            )
        standing = self.contents.grid[title].places.get(seen(sent.text), ())
        moved = [one for one in standing if seen(self.template.grid[title].text(*one)) != seen(sent.text)]
        now_in = f", which now stands in {address(moved[0])}" if len(moved) == 1 else ""
        return FoundMisfit(Misfit.REWORDED, *where, f"the template says {sent.text!r}{now_in}")

    def _unasked(self) -> Iterator[FoundMisfit]:
        """Whatever stands where the template has nothing, and asks for nothing."""
        for title, sheet in self.contents.grid.items():
            if title not in self.template.grid:
                continue
            sent = self.template.grid[title].cells
            for place, cell in sheet.cells.items():
                was = sent.get(place, _EMPTY)
                if _is_filled(cell) and not _is_filled(was) and (title, place) not in self._bound:
                    found = "a formula" if cell.is_formula else cell.text
                    question = self._question(title, place)
                    why = "the template leaves it empty; put it where it is asked for, or in the comments"
                    yield FoundMisfit(Misfit.UNBOUND, title, address(place), question, found, why)

    @cached_property
    def _missing(self) -> tuple[str, ...]:
        return tuple(title for title in self.template.grid if title not in self.contents.grid)

    @cached_property
    def _changed(self) -> tuple[tuple[str, Place], ...]:
        """The sender's texts and formulas that are not as they were; answers may be anything."""
        return tuple(
            (title, place)
            for title, place, cell in _sent(self.template)
            if title in self.contents.grid
            and (title, place) not in self._bound
            and (
                cell.is_formula != (now := self._cell(title, place)).is_formula
                or seen(cell.text) != seen(now.text)
            )
        )

    @cached_property
    def _bound(self) -> frozenset[tuple[str, Place]]:
        notes = (cell for one in self.binding.notes.values() for cell in (one.source, one.comments))
        details = (cell for one in self.binding.details for cell in (one.target, one.comments))
        targets = (*(answer.target for answer in self.binding.answers), *notes, *details)
        return frozenset((one.sheet, place_of(one.address) or (0, 0)) for one in targets)

    def _cell(self, title: str, place: Place) -> GridCell:
        sheet = self.contents.grid.get(title)
        return sheet.cells.get(place, _EMPTY) if sheet else _EMPTY

    def _corner(self, title: str) -> str:
        """The heading under which a sheet's questions or labels stand."""
        declared = self.binding.binding
        return declared.details.label if title == declared.details.sheet else declared.columns.question

    def _question(self, title: str, place: Place) -> str:
        """The question or label in whose row a cell stands."""
        sheet = self.template.grid[title]
        heads = [head for head in sheet.places.get(seen(self._corner(title)), ()) if head[0] < place[0]]
        return sheet.text(place[0], max(heads)[1]) if heads else ""

    def _headed(self, title: str, head: Place) -> frozenset[int]:
        """The columns of a table whose headings are as they were sent."""
        key = (title, head)
        if key not in self._known_headed:
            sent = self.template.grid[title]
            # Seen through the template's own merged ranges, as those of the other may be anything.
            now = replace(self.contents.grid[title], merged=sent.merged)
            found = now.headings(head) if now.cells else {}
            self._known_headed[key] = frozenset(
                column for column, texts in sent.headings(head).items() if found.get(column) == texts
            )
        return self._known_headed[key]

    @cached_property
    def _known_headed(self) -> dict[tuple[str, Place], frozenset[int]]:
        return {}


def _sent(template: WorkbookContents) -> Iterator[tuple[str, Place, GridCell]]:
    """Every cell in which the sender put something."""
    for title, sheet in template.grid.items():
        for place, cell in sheet.cells.items():
            if _is_filled(cell):
                yield title, place, cell


def _texts(template: WorkbookContents) -> Iterator[tuple[str, Place, GridCell]]:
    return ((title, place, cell) for title, place, cell in _sent(template) if not cell.is_formula)


def _is_filled(cell: GridCell) -> bool:
    return cell.is_formula or bool(seen(cell.text))
