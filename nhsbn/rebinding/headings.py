"""Last year's headings found again in this year's template: months, members, columns, and labels of details.

Here: which heading became which, each with how sure that is. Not here: matching questions (rebinding), on whose
pairs this rests, and what a person decides of it (``decisions``).

A heading that stands there as it did is not a proposal. Of the others, confidence is 0.5 times the likeness of the
letters, plus 0.25 for each side on which it has kept its distance from the nearest heading that stayed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from nhsbn.rebinding.asked import AskedCell, AskedQuestion, is_asked
from nhsbn.rebinding.questions import MARGIN, Match, longest_rising
from nhsbn.tools.binding import Binding, BoundDetails, BoundQuestion
from nhsbn.tools.template_grid import Grid, SheetGrid, seen
from nhsbn.values import ALL

HeadingKind = Literal["same", "moved", "renamed", "new", "gone", "ambiguous"]
Path = tuple[str, ...]
"""Where the binding names a heading: ``("members", "service", "adult")``."""

LETTERS, SIDE = 0.5, 0.25
POSSIBLE = 0.35
_OFTEN = 0.3
"""Share of a kind of question above which a heading is one of its own, and not one question's oddity."""


@dataclass(frozen=True)
class HeadingMatch:
    """A heading of the binding in the new template, or one of the new template that no binding names.

    Attributes:
        path: where the binding names it; for a new one, where it would.
        old: last year's words; empty when it is new.
        new: this year's; empty when it is gone or ambiguous.
        candidates: this year's headings that it may be, likeliest first.
    """

    path: Path
    kind: HeadingKind
    old: str
    new: str
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()


def headings(
    binding: Binding, old_grid: Grid, new_grid: Grid, heading: str | None, matches: Sequence[Match]
) -> tuple[HeadingMatch, ...]:
    """Every heading of a binding, and those of the new template that are like none of it.

    Args:
        binding: last year's.
        old_grid: last year's template.
        new_grid: this year's.
        heading: the heading of question codes in the new template.
        matches: pairs of questions, whose columns are laid side by side.
    """
    pairs = [(match.old.bound, match.new) for match in matches if match.old and match.new]
    notes = _notes(binding, [question for _, question in pairs])
    found = [*_aligned(("columns",), [("question", binding.columns.question)], [heading] if heading else [])]
    given = [("data_source", binding.columns.data_source), ("comments", binding.columns.comments)]
    found += _aligned(("columns",), given, notes)
    months = [(str(index), text) for index, text in enumerate(binding.months, 1)]
    found += _aligned(("months",), months, _months(pairs, notes))
    for breakdown, members in binding.members.items():
        found += _aligned(("members", breakdown), list(members.items()), _members(breakdown, pairs, notes))
    return (*found, *_details(binding.details, old_grid, new_grid))


@dataclass(frozen=True)
class Columns:
    """The headings of answer columns, as decided.

    Attributes:
        members: breakdown to member to heading.
        notes: headings of the data source and the comments.
    """

    months: tuple[str, ...]
    members: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]

    def bound(self, question: AskedQuestion, before: BoundQuestion | None = None) -> BoundQuestion | None:
        """How a question's own columns say that it is bound; None when they fit no breakdown.

        Args:
            question: a question of the new template.
            before: how it was bound, to settle between breakdowns whose headings are alike.
        """
        notes = {seen(text) for text in self.notes}
        paths = {tuple(map(seen, cell.headings)): cell for cell in question.cells}
        paths = {path: cell for path, cell in paths.items() if not (len(path) == 1 and path[0] in notes)}
        months = {seen(text) for text in self.months}
        if paths and all(len(path) == 1 and path[0] in months for path in paths):
            return BoundQuestion()
        order = sorted(self.members, key=lambda name: name != (before.breakdown if before else None))
        for breakdown in order:
            names = {seen(text): member for member, text in self.members[breakdown].items()}
            if not paths or not all(path and path[0] in names for path in paths):
                continue
            total = any(names[path[0]] == ALL and cell.is_answer for path, cell in paths.items())
            if all(len(path) == 2 and path[1] in months for path in paths):
                return BoundQuestion(breakdown=breakdown, total=total)
            if all(len(path) == 1 for path in paths):
                return BoundQuestion(asks="provided", breakdown=breakdown, total=total)
        return None


def member_id(heading: str) -> str:
    """An id for a heading that no binding names: ``Perinatal (mothers)`` is ``perinatal_mothers``."""
    return re.sub(r"[^a-z0-9]+", "_", seen(heading)).strip("_") or "unnamed"


# The headings of the new template --------------------------------------------------------------------------------

Pairs = Sequence[tuple[BoundQuestion, AskedQuestion]]


def _notes(binding: Binding, questions: Sequence[AskedQuestion]) -> list[str]:
    """Headings of the cells of words, which every question has."""
    figures = {
        seen(text) for text in (*binding.months, *(t for m in binding.members.values() for t in m.values()))
    }
    rows = [[cell for cell in question.answers if len(cell.headings) == 1] for question in questions]
    words = [
        [cell for cell in row if _takes_words(cell) and seen(cell.headings[0]) not in figures] for row in rows
    ]
    return _often([[cell.headings[0] for cell in row] for row in words], share=0.5)


def _takes_words(cell: AskedCell) -> bool:
    return cell.takes in ("text", "anything")


def _months(pairs: Pairs, notes: Iterable[str]) -> list[str]:
    rows = []
    for bound, question in pairs:
        if bound.asks == "metric":
            depth = 2 if bound.breakdown else 1
            rows.append([path[-1] for path in _paths(question, notes) if len(path) == depth])
    return _often(rows)


def _members(breakdown: str, pairs: Pairs, notes: Iterable[str]) -> list[str]:
    rows = []
    for bound, question in pairs:
        if bound.breakdown == breakdown:
            depth = 2 if bound.asks == "metric" else 1
            rows.append([path[0] for path in _paths(question, notes) if len(path) == depth])
    return _often(rows)


def _paths(question: AskedQuestion, notes: Iterable[str]) -> list[tuple[str, ...]]:
    left_out = {seen(text) for text in notes}
    paths = [cell.headings for cell in question.cells]
    return [path for path in paths if not (len(path) == 1 and seen(path[0]) in left_out)]


def _often(rows: Sequence[Sequence[str]], share: float = _OFTEN) -> list[str]:
    """Headings that many rows have, as most of them write it, in the order of the fullest row."""
    counts = Counter(key for row in rows for key in dict.fromkeys(map(seen, row)))
    written = Counter(text for row in rows for text in row)
    spelling = {seen(text): text for text, _ in reversed(written.most_common())}
    filled = [row for row in rows if row]
    kept = {key for key, count in counts.items() if count >= share * len(filled)}
    order = list(dict.fromkeys(map(seen, (text for row in sorted(filled, key=len, reverse=True) for text in row))))
    return [spelling[key] for key in order if key in kept]


def _details(bound: BoundDetails, old_grid: Grid, new_grid: Grid) -> Iterator[HeadingMatch]:
    """The sheet of details, the headings of its columns, and its labels."""
    before = old_grid[bound.sheet]
    visible = {title: sheet for title, sheet in new_grid.items() if sheet.is_visible}
    wanted = {seen(text) for text in bound.rows.values()}
    after = visible.get(bound.sheet) or max(
        visible.values(), key=lambda sheet: sum(text in sheet.places for text in wanted), default=None
    )
    title = [after.title] if after and (after.title == bound.sheet or wanted & set(after.places)) else []
    yield from _aligned(("details",), [("sheet", bound.sheet)], title)
    heads = {seen(getattr(bound, key)) for key in ("label", "answer", "comments")}
    heads_before, _ = _form(before, wanted, heads)
    heads_after, labels = _form(after, wanted, heads) if after and title else ([], [])
    keys = {seen(getattr(bound, key)): key for key in ("label", "answer", "comments")}
    columns = [(keys.get(seen(text), ""), text) for text in heads_before]
    yield from (one for one in _aligned(("details",), columns, heads_after) if one.path[-1] and one.kind != "new")
    yield from _aligned(("details", "rows"), list(bound.rows.items()), labels)


def _form(sheet: SheetGrid, labels: set[str], heads: set[str]) -> tuple[list[str], list[str]]:
    """The headings of a form, and the labels below the first of them.

    The form is where its labels stand; where none does, where its headings do.
    """
    texts: dict[int, dict[int, str]] = {}
    for (row, column), cell in sorted(sheet.cells.items()):
        if cell.text:
            texts.setdefault(row, {})[column] = cell.text
    answered = {place[0] for place in sheet.cells if is_asked(sheet, place)}
    found = [place for text in labels for place in sheet.places.get(text, ())]
    if found:
        column = Counter(one for _, one in found).most_common(1)[0][0]
        first = min(row for row, one in found if one == column)
        head = max(
            (row for row in texts if row < first and len(texts[row]) > 1 and row not in answered), default=0
        )
    else:
        counts = Counter(row for text in heads for row, _ in sheet.places.get(text, ()))
        head = counts.most_common(1)[0][0] if counts else 0
        column = min(texts.get(head, {1: ""}))
    below = sorted(row for row in answered if row > head)
    return list(texts.get(head, {}).values()), [text for row in below if (text := sheet.text(row, column))]


# One list beside the other ---------------------------------------------------------------------------------------


def _aligned(path: Path, old: Sequence[tuple[str, str]], new: Sequence[str]) -> Iterator[HeadingMatch]:
    """Each old heading with its new one, and the new ones that are left over."""
    texts = [seen(text) for text in new]
    stayed = {index: texts.index(seen(text)) for index, (_, text) in enumerate(old) if seen(text) in texts}
    order = [place for index, place in sorted(stayed.items())]
    kept = {sorted(stayed)[place] for place in longest_rising(order)}
    free = [index for index in range(len(new)) if index not in stayed.values()]
    anchors = {**{index: stayed[index] for index in kept}, -1: -1, len(old): len(new)}
    scores = {
        (index, place): _score(anchors, index, place, text, new[place])
        for index, (_, text) in enumerate(old)
        if index not in stayed
        for place in free
    }
    used: set[int] = set()
    for index, (key, text) in enumerate(old):
        where = (*path, key)
        if index in stayed:
            kind: HeadingKind = "same" if index in kept else "moved"
            yield HeadingMatch(where, kind, text, new[stayed[index]], 1.0)
            continue
        rivals = sorted(((scores[index, place], place) for place in free), key=lambda one: -one[0])
        possible = [(score, place) for score, place in rivals if score >= POSSIBLE]
        candidates = tuple((new[place], score) for score, place in possible)
        if possible and _is_sure(scores, index, possible[0][1]):
            used.add(possible[0][1])
            yield HeadingMatch(where, "renamed", text, new[possible[0][1]], possible[0][0], candidates)
        elif possible:
            used |= {place for _, place in possible}
            yield HeadingMatch(where, "ambiguous", text, "", possible[0][0], candidates)
        else:
            yield HeadingMatch(where, "gone", text, "", 1.0)
    for place in free:
        if place not in used:
            key = str(place + 1) if path == ("months",) else member_id(new[place])
            yield HeadingMatch((*path, key), "new", "", new[place], 1.0)


def _score(anchors: Mapping[int, int], index: int, place: int, old: str, new: str) -> float:
    letters = SequenceMatcher(None, seen(old), seen(new), autojunk=False).ratio()
    left, right = max(one for one in anchors if one < index), min(one for one in anchors if one > index)
    sides = (index - left == place - anchors[left]) + (right - index == anchors[right] - place)
    return round(LETTERS * letters + SIDE * sides, 4)


def _is_sure(scores: Mapping[tuple[int, int], float], index: int, place: int) -> bool:
    """Whether no other pair of either comes near."""
    own = scores[index, place]
    rivals = (score for (one, other), score in scores.items() if (one == index) != (other == place))
    return all(score <= own - MARGIN for score in rivals)
