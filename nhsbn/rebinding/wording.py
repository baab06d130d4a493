"""Two wordings of the same question, compared word by word.

Here: how alike they are, and which words went and came. Not here: what that means for a question (rebinding).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, went or came."""

    change: Change
    text: str


def compared(old: str, new: str) -> tuple[Piece, ...]:
    """Both wordings in one row, spacing aside: what is removed stands before what is added in its place."""
    before, after = old.split(), new.split()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(_pieces(matcher, before, after))


def without(pieces: Sequence[Piece], change: Change) -> tuple[Piece, ...]:
    """One side of a comparison: without what was added it is the old wording, without what was removed the new."""
    return tuple(piece for piece in pieces if piece.change != change)


def marked(pieces: Sequence[Piece]) -> str:
    """A comparison as plain text: ``all [-open-] {+accepted+} referrals``."""
    around = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return " ".join(around[piece.change].format(piece.text) for piece in pieces)


def similarity(old: str, new: str) -> float:
    """How much of two wordings is the same words in the same order: 0 nothing, 1 all.

    Twice the words kept, over the words of both, as difflib counts them; two empty wordings are alike.
    """
    before, after = _folded(old.split()), _folded(new.split())
    return SequenceMatcher(None, before, after, autojunk=False).ratio() if before or after else 1.0


def similarity_at_most(old: str, new: str) -> float:
    """What :func:`similarity` cannot exceed, at a hundredth of its cost: the words of both in any order."""
    before, after = Counter(_folded(old.split())), Counter(_folded(new.split()))
    words = before.total() + after.total()
    return 2 * (before & after).total() / words if words else 1.0


def _folded(words: Sequence[str]) -> list[str]:
    return [word.casefold() for word in words]


def _pieces(matcher: SequenceMatcher[str], before: list[str], after: list[str]) -> Iterator[Piece]:
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", " ".join(after[start:end]))
            continue
        if first < last:
            yield Piece("removed", " ".join(before[first:last]))
        if start < end:
            yield Piece("added", " ".join(after[start:end]))
