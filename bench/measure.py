"""Running one command in a process of its own, with the time it took and the most memory it held.

Here: one measurement. Not here: what is measured, and what it should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MADE_WITH_GAPS = 3
"""The exit code of ``nhsbn run`` when a file was held back or a cell withheld."""


class MeasuredCommandError(Exception):
    """The command failed, so its time means nothing."""


@dataclass(frozen=True)
class Measurement:
    """What one run of a command cost.

    Attributes:
        seconds: wall time, process start included.
        peak_mb: most memory it or a process it started held at once, in MB of 10^6 bytes; None where the system
            does not tell (Windows).
        output: what it printed.
    """

    seconds: float
    peak_mb: float | None
    output: str


def measure(arguments: Iterable[str | Path], environment: Mapping[str, str] | None = None) -> Measurement:
    """Run a Python module in a fresh interpreter.

    Args:
        arguments: what follows ``python``.
        environment: variables to add.

    Raises:
        MeasuredCommandError: when it ends with a fault; carries the last of what it printed. Tools made with a
            file held back or a cell withheld are no fault.
    """
    command = [sys.executable, *map(str, arguments)]
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    output = process.stdout.read() if process.stdout else ""
    peak = _wait(process)
    seconds = time.perf_counter() - start
    if process.returncode not in (0, MADE_WITH_GAPS):
        raise MeasuredCommandError(f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}")
    return Measurement(seconds, peak, output)


def _wait(process: subprocess.Popen[str]) -> float | None:
    """Wait for the process, and its peak memory in MB where the system counts it for each child.

    Linux lets a child begin with the peak of the process it is forked from, so this one must stay small.
    """
    if not hasattr(os, "wait4"):
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6


def cool(folder: Path) -> None:
    """Ask the system to forget a folder's files, so that the next reading comes from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
