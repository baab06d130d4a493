"""Work done side by side keeps its order, is in truth side by side, and fails as one piece of it does."""

from __future__ import annotations

from threading import Barrier

import pytest

from resources.side_by_side import AT_ONCE, side_by_side


def test_pieces_are_worked_together_and_come_back_in_order():
    together = Barrier(AT_ONCE, timeout=10)

    def twice(number: int) -> int:
        together.wait()
        return 2 * number

    assert side_by_side(twice, range(2 * AT_ONCE)) == [0, 2, 4, 6]


def test_a_piece_that_fails_is_heard_of():
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda number: 1 / number, [1, 0])
