"""What must be made again, decided from versions alone, before anything is computed.

Here: the steps of a return, what each reads, and carrying a change down to all that hangs on it. Not here: finding
out what changed (the stages compare versions), and making anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

Key = tuple[str, ...]
"""A step's name, and its asset's: ``("conformed", "contact")``."""


def extract_key(report: str) -> Key:
    """The step that lands a report's files."""
    return ("extract", report)


def conformed_key(table: str) -> Key:
    """The step that conforms a table."""
    return ("conformed", table)


def metric_key(project: str, metric_id: str) -> Key:
    """The step that calculates a metric."""
    return (project, "metric", metric_id.replace("-", "_"))


def tool_key(project: str, locality: str) -> Key:
    """The step that fills a locality's collection tool."""
    return (project, "tool", locality)


@dataclass(frozen=True)
class Step:
    """One thing that is made, and what it reads.

    Attributes:
        title: for a reader.
        reads: keys of the steps it reads.
    """

    key: Key
    title: str
    reads: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What of a return is stale.

    Attributes:
        steps: every step, each after those it reads.
        because: key of each stale step, in the same order, to why.
    """

    steps: tuple[Step, ...]
    because: Mapping[Key, str] = field(default_factory=dict)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing needs to be made."""
        return not self.because

    @property
    def stale(self) -> tuple[Key, ...]:
        """The stale steps, in an order in which they can be made."""
        return tuple(self.because)

    def only(self, kept: Iterable[Key]) -> Plan:
        """The plan for making ``kept`` and what they hang on, leaving the other stale steps for later."""
        reads = {step.key: step.reads for step in self.steps}
        wanted: set[Key] = set()
        waiting = list(kept)
        while waiting:
            key = waiting.pop()
            if key not in wanted:
                wanted.add(key)
                waiting.extend(reads[key])
        return Plan(
            tuple(step for step in self.steps if step.key in wanted),
            {key: because for key, because in self.because.items() if key in wanted},
        )


def make_plan(steps: Iterable[Step], changed: Mapping[Key, str]) -> Plan:
    """Decide which steps are stale.

    Args:
        steps: every step, in any order.
        changed: the steps that are stale of themselves, with the reason; everything that reads one of them,
            or reads what reads it, is stale too.

    Raises:
        KeyError: when a step reads one that is not given.
        graphlib.CycleError: when steps read each other.
    """
    by_key = {step.key: step for step in steps}
    order = TopologicalSorter({key: step.reads for key, step in by_key.items()}).static_order()
    ordered = tuple(by_key[key] for key in order)
    because: dict[Key, str] = {}
    for step in ordered:
        if step.key in changed:
            because[step.key] = changed[step.key]
        elif stale := [by_key[key].title for key in step.reads if key in because]:
            others = f" and {len(stale) - 1} more" if len(stale) > 1 else ""
            because[step.key] = f"reads {stale[0]}{others}"
    return Plan(ordered, because)
