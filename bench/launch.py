"""The ``nhsbn`` command with a stop-watch on Dagster's event storage, and the making of one metric alone.

The watch adds a few microseconds an event. Its reading is the last line printed, as ``event storage: S seconds``.

    python -m bench.launch [nhsbn's own arguments]
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any

MARK = "event storage:"
EVENT_METHODS = (
    "handle_new_event",
    "report_runless_asset_event",
    "get_event_records",
    "get_latest_materialization_event",
    "get_latest_materialization_events",
    "get_latest_data_version_record",
    "fetch_materializations",
)
"""What writes to Dagster's event storage, and what reads versions back from it."""


class StopWatch:
    """Time spent in some functions; one called from within another is not counted twice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def on(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            self._depth += 1
            start = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.perf_counter() - start

        return timed


def time_event_storage(watch: StopWatch) -> None:
    """Put the watch on Dagster's event storage as soon as a run opens it: one that makes nothing never does."""
    from pipelines.run import Return

    made = Return._made  # begins with the import of Dagster, which what comes before must not find there

    def watched(asked: Return, *arguments: Any) -> str:
        from dagster import DagsterInstance

        for name in EVENT_METHODS:
            setattr(DagsterInstance, name, watch.on(getattr(DagsterInstance, name)))
        return made(asked, *arguments)

    Return._made = watched  # type: ignore[method-assign]


def main() -> int:
    """Run the command line, timed."""
    from pipelines.cli import main as nhsbn

    watch = StopWatch()
    time_event_storage(watch)
    try:
        return nhsbn()
    finally:
        print(f"{MARK} {watch.seconds:.3f} seconds", flush=True)


if __name__ == "__main__":
    sys.exit(main())
