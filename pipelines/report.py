"""What the command line shows of a run and of a return: progress, the tools, the gaps, what to do.

Here: words and tables, with Rich. Not here: finding out any of it (run).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from nhsbn.extracts.landing import LandedFile
from nhsbn.planning import Plan
from nhsbn.tools.cells import State
from nhsbn.trust import Trust
from nhsbn.values import TRUST
from pipelines.run import ReturnStatus, ToolStatus

GAPS_SHOWN = 12


class Progress:
    """Tells of a run as it goes: one line a stage, and on a terminal what is being done at the moment.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._stage = ""
        self._last = ""
        self._since = time.perf_counter()

    def __call__(self, line: str) -> None:
        """Take one line, ``Stage: what of it``."""
        stage, _, detail = line.partition(": ")
        if stage != self._stage:
            self._finish()
            self._stage, self._since = stage, time.perf_counter()
        self._last = detail
        if self._status:
            self._status.update(f"{escape(stage)}: {escape(detail)}")

    @contextmanager
    def watching(self) -> Iterator[Progress]:
        """Show lines until the block ends."""
        with self._console.status("Planning") as status:
            self._status = status if self._console.is_terminal else None
            yield self
        self._status = None
        self._finish()

    def _finish(self) -> None:
        if self._stage:
            seconds = time.perf_counter() - self._since
            self._console.print(f"  {self._stage:<12}{seconds:6.1f} s   {escape(self._last)}", highlight=False)
        self._stage = ""


def show_plan(console: Console, plan: Plan) -> None:
    """How much is to be made."""
    counts = Counter(
        "tool" if key[1] == "tool" else key[1] if key[1] == "metric" else key[0] for key in plan.stale
    )
    words = {"extract": "reports", "conformed": "tables", "metric": "metrics", "tool": "tools"}
    said = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])
    console.print(f"To be made: {said}.", highlight=False)


def show_return(console: Console, title: str, status: ReturnStatus, trust: Trust, folder: Path) -> None:
    """The tools with their cells by state, then whatever a person should do something about."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Tool")
    heads = ("Filled", "True zero", "Not applicable", "Not collected", "Withheld")
    for head in (*heads, "Version"):
        table.add_column(head, justify="right")
    table.add_column("File", overflow="fold")
    for tool in status.tools:
        counts = (f"{tool.count(state):,}" for state in State)
        version, file = "-", "not made yet"
        if tool.version:
            version, file = str(tool.version.version), "/".join(Path(tool.version.path).parts[-2:])
        table.add_row("Trust" if tool.place == TRUST else trust.places[tool.place], *counts, version, file)
    console.print(table)
    console.print(f"The files are in {escape(str(folder))}", highlight=False, soft_wrap=True)
    _show_checks(console, status, trust)
    _show_unmapped(console, status)
    _show_strays(console, status)
    show_held_back(console, status.held_back)


def show_gaps(console: Console, tools: Sequence[ToolStatus], trust: Trust) -> None:
    """Why cells are empty, the commonest reasons first, with who can mend each."""
    gaps: Counter[tuple[str, str, str]] = Counter()
    for tool in tools:
        for cell in tool.cells:
            if cell.state in (State.NOT_COLLECTED, State.WITHHELD):
                gaps[cell.state.words, cell.reason, cell.owner] += 1
    if not gaps:
        return
    table = Table(title="Gaps", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Cells", justify="right")
    for head in ("State", "Why", "Owner"):
        table.add_column(head, overflow="fold")
    for (state, reason, owner), count in gaps.most_common(GAPS_SHOWN):
        table.add_row(f"{count:,}", state, escape(reason), owner)
    console.print(table)
    if len(gaps) > GAPS_SHOWN:
        console.print(f"and {len(gaps) - GAPS_SHOWN} more reasons; each stands in the tool's Comments column.")


def show_held_back(console: Console, files: Sequence[LandedFile]) -> None:
    """The files that are in no figure, each with what to do about it."""
    if not files:
        return
    console.print(f"[bold red]{len(files)} file(s) held back.[/] What needs them is withheld or not collected:")
    for file in files:
        for problem in file.problems:
            console.print(f"  {escape(str(problem))}", highlight=False, soft_wrap=True)
    console.print("Mend or replace them in the inbox, and run again.")


def _show_checks(console: Console, status: ReturnStatus, trust: Trust) -> None:
    for place, reasons in status.stopped.items():
        name = "Trust" if place == TRUST else trust.places[place]
        console.print(f"[bold red]{name}: the tool was not filled.[/] What lies there is older.", highlight=False)
        for reason in reasons:
            console.print(f"  {escape(reason)}", highlight=False, soft_wrap=True)
    if status.open_checks:
        console.print(
            f"[yellow]{status.open_checks} results of checks need a look[/]; nhsbn check shows them.",
            highlight=False,
        )


def _show_unmapped(console: Console, status: ReturnStatus) -> None:
    keys, rows, pounds = status.unmapped
    if keys:
        console.print(
            f"[yellow]{keys} codes or words are in no mapping table[/] ({rows:,} rows, £{pounds:,.0f}): they are "
            "in the trust's figures and in no locality's. Asset conformed/unmapped lists them; add them to "
            "trust/maps.",
            highlight=False,
        )


def _show_strays(console: Console, status: ReturnStatus) -> None:
    for name, reason in status.strays:
        console.print(f"[yellow]{escape(name)}[/] {escape(reason)}", highlight=False, soft_wrap=True)
