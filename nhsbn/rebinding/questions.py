"""Last year's questions found again in this year's template, each with how sure that is and what changed.

Here: matching questions by code and words. Not here: column headings (``headings``), what a person decides of
it (``decisions``), and how two wordings differ (wording).

Confidence in a pair of questions is 0.35 where their codes are equal, plus 0.40 times the likeness of their
texts, plus 0.25 times the likeness of their definitions; where neither has a definition the text carries 0.65.
Likeness is :func:`nhsbn.rebinding.wording.similarity`. A pair is proposed from PROPOSED on, and only where no
rival for either of the two comes within MARGIN; what is left with candidates from POSSIBLE on is ambiguous, for a
person to say.

Reworded means that the text, the definition, the type of answer or the number of columns is another. Moved
means another sheet, another code, or another order among the questions that stayed on the sheet; rows inserted
above move nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nhsbn.rebinding.asked import AskedQuestion
from nhsbn.rebinding.wording import similarity, similarity_at_most
from nhsbn.tools.answer_types import SPOKEN
from nhsbn.tools.binding import BoundQuestion
from nhsbn.tools.template_grid import seen

Likeness = Callable[[str, str], float]
Kind = Literal["same", "moved", "reworded", "new", "gone", "ambiguous"]

CODE, TEXT, DEFINITION = 0.35, 0.40, 0.25
PROPOSED, POSSIBLE, MARGIN = 0.60, 0.35, 0.10


@dataclass(frozen=True)
class KnownQuestion:
    """A question of last year's edition.

    Attributes:
        asked: as last year's template asks it; its definition is the catalogue's where the template has none.
        bound: as last year's binding binds it.
    """

    asked: AskedQuestion
    bound: BoundQuestion

    @property
    def code(self) -> str:
        """Its question code."""
        return self.asked.code

    @property
    def item(self) -> str:
        """The catalogue's item that answers it."""
        return self.bound.item or self.asked.code


@dataclass(frozen=True)
class Candidate:
    """A question of last year that may be the one, and how sure that is."""

    old: KnownQuestion
    confidence: float


@dataclass(frozen=True)
class Match:
    """A question of the new template with last year's, or one that stands alone.

    Attributes:
        old: None when it is new, or ambiguous.
        new: None when it is gone.
        changes: what changed beside the words, and what else its definition rests on that changed.
        candidates: last year's questions that it may be, likeliest first.
        asks_verdict: whether a person must say if its figures may be compared with last year's.
    """

    kind: Kind
    old: KnownQuestion | None
    new: AskedQuestion | None
    confidence: float
    changes: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    asks_verdict: bool = False


@dataclass(frozen=True)
class _Pair:
    old: int
    new: int
    score: float
    has_code: bool
    has_words: bool


def confidence(old: AskedQuestion, new: AskedQuestion) -> float:
    """How sure it is that two questions are the same one; see the module."""
    return _score(old, new, similarity)


def matched(old: Sequence[KnownQuestion], new: Sequence[AskedQuestion]) -> tuple[Match, ...]:
    """Every question of both, once: those of the new template in its order, then those that are gone.

    Args:
        old: last year's questions, in their template's order.
        new: the new template's questions that have a code, in its order.
    """
    pairs = [pair for index in range(len(new)) for pair in _pairs(old, new, index)]
    taken, waiting = _assigned(pairs)
    moved = _out_of_order(old, new, taken)
    matches = []
    for index, question in enumerate(new):
        if index in taken:
            pair = taken[index]
            matches.append(_match(old[pair.old], question, pair.score, is_moved=index in moved))
            continue
        rivals = sorted(waiting.get(index, ()), key=lambda pair: -pair.score)
        candidates = tuple(Candidate(old[pair.old], pair.score) for pair in rivals)
        best = candidates[0].confidence if candidates else 0.0
        kind: Kind = "ambiguous" if candidates else "new"
        matches.append(Match(kind, None, question, best if candidates else 1.0, (), candidates, bool(candidates)))
    claimed = {pair.old for pair in taken.values()} | {pair.old for found in waiting.values() for pair in found}
    gone = (Match("gone", one, None, 1.0) for index, one in enumerate(old) if index not in claimed)
    return (*resting(matches), *gone)


def compared_questions(old: KnownQuestion, new: AskedQuestion) -> Match:
    """A pair that a person named: what it is and what changed, as if it had been found."""
    return _match(old, new, confidence(old.asked, new), is_moved=False)


# Finding pairs ---------------------------------------------------------------------------------------------------


def _score(old: AskedQuestion, new: AskedQuestion, alike: Likeness) -> float:
    words = TEXT * alike(old.text, new.text)
    if old.definition or new.definition:
        words += DEFINITION * alike(old.definition, new.definition)
    else:
        words *= (TEXT + DEFINITION) / TEXT
    return (CODE if seen(old.code) == seen(new.code) else 0.0) + words


def _pairs(old: Sequence[KnownQuestion], new: Sequence[AskedQuestion], index: int) -> Iterator[_Pair]:
    question = new[index]
    for number, one in enumerate(old):
        if _score(one.asked, question, similarity_at_most) < POSSIBLE - 1e-9:
            continue
        score = round(confidence(one.asked, question), 4)
        if score >= POSSIBLE:
            has_words = _words(one.asked) == _words(question)
            yield _Pair(number, index, score, seen(one.code) == seen(question.code), has_words)


def _assigned(pairs: Iterable[_Pair]) -> tuple[dict[int, _Pair], dict[int, list[_Pair]]]:
    """Pairs that are sure, by their new question, and the pairs of those that are not.

    Pairs of equal code and words come first, then those of equal words, then by confidence. Equal words are only
    rivalled by equal words and by an equal code: a question beside it that is merely worded alike is another.
    """
    ordered = sorted(pairs, key=lambda one: (-(one.has_words + (one.has_code and one.has_words)), -one.score))
    taken: dict[int, _Pair] = {}
    claimed: set[int] = set()
    by_old: dict[int, list[_Pair]] = {}
    by_new: dict[int, list[_Pair]] = {}
    for pair in ordered:
        by_old.setdefault(pair.old, []).append(pair)
        by_new.setdefault(pair.new, []).append(pair)
    is_settled = False
    while not is_settled:  # what is taken frees others of their rivals
        is_settled = True
        for pair in ordered:
            if pair.new in taken or pair.old in claimed or pair.score < PROPOSED:
                continue
            beside = [one for one in (*by_old[pair.old], *by_new[pair.new]) if one is not pair]
            free = [one for one in beside if one.new not in taken and one.old not in claimed]
            if not any(_rivals(one, pair) for one in free):
                taken[pair.new] = pair
                claimed.add(pair.old)
                is_settled = False
    waiting = {
        new: free
        for new, found in by_new.items()
        if new not in taken and (free := [one for one in found if one.old not in claimed])
    }
    return taken, waiting


def _rivals(one: _Pair, pair: _Pair) -> bool:
    """Whether a pair puts another in doubt."""
    if pair.has_words and pair.has_code:
        return one.has_words and one.has_code
    if pair.has_words and not (one.has_words or one.has_code):
        return False
    return one.score > pair.score - MARGIN


# What changed ----------------------------------------------------------------------------------------------------


def _match(old: KnownQuestion, new: AskedQuestion, score: float, *, is_moved: bool) -> Match:
    before = old.asked
    changes = []
    if seen(before.code) != seen(new.code):
        changes.append(f"code {before.code}, now {new.code}")
    if before.sheet != new.sheet:
        changes.append(f"sheet {before.sheet!r}, now {new.sheet!r}")
    if is_moved:
        changes.append(f"row {before.row}, now {new.row}, among other questions")
    is_reworded = _words(before) != _words(new)
    asked_otherwise = list(_asked_otherwise(before, new))
    kind: Kind = "reworded" if is_reworded or asked_otherwise else "moved" if changes else "same"
    return Match(kind, old, new, score, (*changes, *asked_otherwise), (), kind == "reworded")


def _asked_otherwise(old: AskedQuestion, new: AskedQuestion) -> Iterator[str]:
    """Changes of what is to be entered, though the words may be the same."""
    if seen(old.kind) != seen(new.kind):
        yield f"answer type {old.kind or 'not said'!r}, now {new.kind or 'not said'!r}"
    elif (before := _takes(old)) != (after := _takes(new)):
        yield f"cells take {before}, now {after}"
    if len(old.cells) != len(new.cells):
        yield f"{len(old.cells)} columns, now {len(new.cells)}"


def _takes(question: AskedQuestion) -> str:
    kinds = Counter(cell.takes for cell in question.answers if cell.takes != "anything")
    return SPOKEN[kinds.most_common(1)[0][0]] if kinds else SPOKEN["anything"]


def _words(question: AskedQuestion) -> tuple[str, str]:
    return seen(question.text), seen(question.definition)


def resting(matches: Sequence[Match]) -> list[Match]:
    """Questions whose definition names one that changed ("As MI-AC-05a.") need a verdict as well."""
    found = {seen(match.new.code): index for index, match in enumerate(matches) if match.new}
    named = {index: _named(match, found) - {index} for index, match in enumerate(matches)}
    shaken = {index for index, match in enumerate(matches) if match.asks_verdict or match.kind == "new"}
    result = list(matches)
    while more := [index for index in named if index not in shaken and named[index] & shaken]:
        for index in more:
            codes = [new.code for one in sorted(named[index] & shaken) if (new := matches[one].new)]
            said = f"its definition names {', '.join(codes)}, which changed"
            changes = (*result[index].changes, said)
            result[index] = replace(result[index], changes=changes, asks_verdict=True)
        shaken |= set(more)
    return result


def _named(match: Match, codes: Mapping[str, int]) -> set[int]:
    words = match.new.definition.split() if match.new else ()
    stripped = (seen(word.strip(".,;:()")) for word in words)
    return {codes[word] for word in stripped if word in codes}


def _out_of_order(
    old: Sequence[KnownQuestion], new: Sequence[AskedQuestion], taken: Mapping[int, _Pair]
) -> set[int]:
    """New questions that stand elsewhere among the questions that stayed on their sheet.

    Rows inserted above move no question past another: the fewest questions that must have moved are those outside
    the longest run that kept its order.
    """
    by_sheet: dict[str, list[_Pair]] = {}
    for index in sorted(taken):
        pair = taken[index]
        if old[pair.old].asked.sheet == new[index].sheet:
            by_sheet.setdefault(new[index].sheet, []).append(pair)
    moved: set[int] = set()
    for pairs in by_sheet.values():
        kept = longest_rising([pair.old for pair in pairs])
        moved |= {pair.new for place, pair in enumerate(pairs) if place not in kept}
    return moved


def longest_rising(numbers: Sequence[int]) -> set[int]:
    """The places of a longest run of numbers that rises, others between them left out."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, value in enumerate(numbers):
        at = bisect_left(tails, value)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [value]
        ends[at : at + 1] = [place]
    kept: set[int] = set()
    place = ends[-1] if ends else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept
