"""What one trace costs once the program has started: its time, and the most memory the process held.

    python -m bench.trace HOME PROJECT PERIOD LOCALITY METRIC [more arguments of nhsbn trace]

Start-up is the interpreter and the modules that a trace works with; both are paid once by whoever traces again.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from importlib import import_module
from pathlib import Path

from bench.measure import Measurement, measure

MARK = "trace after start-up:"
CASES = {
    "trace contacts": ("trust", "MI-CM-03", "--month", "2025-05", "--excluded"),
    "trace occupancy": ("rotherham", "MI-IP-05", "--month", "2025-05", "--bed-type", "adult_acute", "--excluded"),
}
"""The largest count of a tool and the ratio that people ask about, each with the rows that came close."""


def time_traces(home: Path, project: str, period: str) -> dict[str, Measurement]:
    """Each case in a process of its own; seconds are those after start-up."""
    found = {}
    for name, arguments in CASES.items():
        taken = measure(["-m", "bench.trace", home, project, period, *arguments])
        seconds = re.search(rf"{MARK} ([\d.]+) seconds", taken.output)
        found[name] = Measurement(float(seconds[1]) if seconds else taken.seconds, taken.peak_mb, taken.output)
    return found


def main(home: str, *arguments: str) -> int:
    """Trace, and print how long it took."""
    for module in ("pipelines.trace_report", "resources.site", "resources.trace_reader"):
        import_module(module)
    nhsbn = import_module("pipelines.cli").main
    start, said = time.perf_counter(), io.StringIO()
    with contextlib.redirect_stdout(said):
        code: int = nhsbn(["--home", home, "trace", *arguments])
    print(f"{MARK} {time.perf_counter() - start:.3f} seconds, {len(said.getvalue().splitlines())} lines")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
