"""Work in DuckDB done side by side.

Here: how many pieces are worked at a time. Not here: the work. DuckDB lets go of Python's lock, so that threads
are enough; each piece needs a cursor of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 2
"""A small table, measure or question keeps but one core busy, and two of the largest fit into memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What the work makes of each item, in their order.

    Raises:
        Exception: of the first item of which the work failed.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(work, items))
