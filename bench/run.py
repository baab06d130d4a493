"""The benchmark: the whole run beside its floor and beside pandas, what a second run costs, and how cost grows.

    python -m bench.run [--scale 1] [--growth 0.1 1 3] [--without-pandas]

Extracts are generated once for each scale into ``var/bench``, and read anew from the disk for each timing. Every
timing is of a process of its own. Results are printed, and kept in ``var/bench/results.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from bench.aims import Aim, Timings, aims
from bench.launch import MARK
from bench.measure import Measurement, cool, measure
from bench.trace import time_traces

ROOT = Path(__file__).resolve().parent.parent
REISSUED = {"contacts": ("RePortal_Contacts", "contact"), "ward stays": ("RePortal_Ward_Stays", "ward_stay")}
"""The largest file there is, and one of the many small ones: report and the table made from it."""
PROJECT, PERIOD, LAST_MONTH = "mhlda_indicators", "2025-26-Q1", "202506"
CLI = ["-c", "import sys; from pipelines.cli import main; sys.exit(main())"]
TIMED_CLI = ["-m", "bench.launch"]


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 1.6 million contacts a year (default 1)")
    parser.add_argument("--growth", type=float, nargs="*", default=[0.1, 1.0, 3.0], help="scales of whole runs")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="where extracts and homes go")
    parser.add_argument("--without-pandas", action="store_true", help="leave the slow oracle out")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    os.environ["NHSBN_RECALCULATE"] = "no"  # whether LibreOffice is installed is no property of the pipeline
    timings = at_scale(arguments.folder, arguments.scale, with_pandas=not arguments.without_pandas)
    growth = {arguments.scale: timings["whole"]}
    for scale in arguments.growth:
        if scale not in growth:
            growth[scale] = whole_run(arguments.folder, scale)
    tool = one_tool(arguments.folder)
    met = aims(timings, growth, tool)
    print_report(arguments.scale, timings, growth, met)
    kept = {
        "timings": {name: [timing.seconds, timing.peak_mb] for name, timing in timings.items()},
        "tool": {name: [timing.seconds, timing.peak_mb] for name, timing in tool.items()},
        "growth": {scale: [timing.seconds, timing.peak_mb] for scale, timing in growth.items()},
        "aims": [asdict(aim) for aim in met],
    }
    (arguments.folder / "results.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


def at_scale(folder: Path, scale: float, with_pandas: bool) -> Timings:
    """Every timing but growth, at one scale."""
    inbox = extracts(folder, scale)
    home = fresh_home(folder / f"home-{scale:g}", inbox)
    timings: Timings = {}
    say("interpreter start")
    timings["start"] = measure([*CLI, "projects"])
    timings["start"] = min(timings["start"], measure([*CLI, "projects"]), key=lambda timing: timing.seconds)
    say("floor: the same files to Parquet as text")
    cool(inbox)
    timings["floor"] = measure(["-m", "bench.floor", inbox, folder / "floor"])
    shutil.rmtree(folder / "floor")
    say("whole run")
    cool(home)
    timings["whole"] = run(home)
    say("two traces")
    timings |= time_traces(home, PROJECT, PERIOD)
    say("second run, nothing changed")
    timings["second"] = run(home)
    for name, (report, table) in REISSUED.items():
        say(f"one file of {name} re-issued: one metric and its tools")
        reissue(home / "inbox", report)
        timings[f"one metric, {name}"] = one_metric(home, table)
    if with_pandas:
        say("the pandas oracle")
        cool(inbox)
        timings["pandas"] = measure(["-m", "tests.oracle.run", inbox, ROOT / "trust", PERIOD])
    return timings


def whole_run(folder: Path, scale: float) -> Measurement:
    """The whole run from cold files at one scale."""
    home = fresh_home(folder / f"home-{scale:g}", extracts(folder, scale))
    say(f"whole run at scale {scale:g}")
    cool(home)
    return run(home)


def run(home: Path) -> Measurement:
    """``nhsbn run`` of the project's quarter."""
    return measure([*TIMED_CLI, "--home", home, "run", PROJECT, PERIOD])


def one_metric(home: Path, table: str) -> Measurement:
    """Make one metric of a table and the four tools, with all that the re-issued file changed on their way."""
    return measure(["-m", "bench.one_metric", home, PROJECT, PERIOD, table])


def one_tool(folder: Path) -> Timings:
    """What filling one large tool takes, beside unzip and zip, and openpyxl."""
    say("one tool: 11,000 cells over 40 tabs")
    print("\n" + measure(["-m", "bench.tool", folder]).output, end="")
    kept = json.loads((folder / "tool.json").read_text(encoding="utf-8"))
    return {name: Measurement(seconds, peak, "") for name, (seconds, peak) in kept.items()}


def extracts(folder: Path, scale: float) -> Path:
    """The demo extracts of a scale, made once.

    Returns:
        The folder that holds a folder for each source.
    """
    made = folder / f"extracts-{scale:g}"
    if not (made / "complete").exists():
        shutil.rmtree(made, ignore_errors=True)
        say(f"making extracts at scale {scale:g}")
        measure([*CLI, "synth", made, "--scale", f"{scale:g}"])
        (made / "complete").touch()
    return next(path for path in sorted(made.rglob("reportal")) if path.is_dir()).parent


def fresh_home(home: Path, inbox: Path) -> Path:
    """A home folder with nothing but its inbox, the extracts linked or copied into it."""
    shutil.rmtree(home, ignore_errors=True)
    for source in (path for path in inbox.iterdir() if path.is_dir()):
        shutil.copytree(source, home / "inbox" / source.name, copy_function=_link_or_copy)
    return home


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def reissue(inbox: Path, report: str) -> Path:
    """Write a later issue of a report's last month, run a day later and with one row fewer."""
    path = next(path for path in sorted((inbox / "reportal").glob(f"{report}_{LAST_MONTH}*")))
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
    lines = data.decode(encoding).splitlines(keepends=True)
    del lines[len(lines) // 2]
    later = re.sub(r"(\d{2})/(\d{2})/(\d{4})(?= \d{2}:\d{2})", _next_day, "".join(lines[:30]), count=1)
    target = path.with_name(f"{path.stem}_v9{path.suffix}")
    target.write_bytes((later + "".join(lines[30:])).encode(encoding))
    return target


def _next_day(found: re.Match[str]) -> str:
    day, month, year = map(int, found.groups())
    return f"{date(year, month, day) + timedelta(days=1):%d/%m/%Y}"


def event_seconds(timing: Measurement) -> float:
    """The seconds a timed run spent in Dagster's event storage."""
    found = re.search(rf"{MARK} ([\d.]+) seconds", timing.output)
    return float(found[1]) if found else 0.0


def print_report(scale: float, timings: Timings, growth: dict[float, Measurement], met: list[Aim]) -> None:
    """Print every timing, how cost grows, and each aim with whether it is met."""
    print(f"\nScale {scale:g}, {PROJECT} {PERIOD}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{'':44}{'seconds':>9}{'events':>9}{'peak MB':>9}{'x floor':>9}")
    for name, timing in timings.items():
        peak = f"{timing.peak_mb:,.0f}" if timing.peak_mb is not None else "-"
        events = f"{event_seconds(timing):.1f}" if MARK in timing.output else "-"
        ratio = timing.seconds / timings["floor"].seconds
        print(f"{LABELS[name]:44}{timing.seconds:>9.1f}{events:>9}{peak:>9}{ratio:>9.1f}")
    print("\nWhole run by scale")
    for at, timing in sorted(growth.items()):
        peak = f"{timing.peak_mb:,.0f} MB" if timing.peak_mb is not None else "-"
        print(f"  {at:>5g}{timing.seconds:>9.1f} s{timing.seconds / at:>9.1f} s a unit of scale{peak:>12}")
    print("\nAims")
    for aim in met:
        print(f"  {'met    ' if aim.met else 'NOT MET'}  {aim.text}: {aim.found}")


LABELS = {
    "start": "interpreter start (nhsbn projects)",
    "floor": "floor: the files to Parquet as text",
    "whole": "whole run, cold files to four tools",
    "trace contacts": "trace of a month's contacts, after start-up",
    "trace occupancy": "trace of a bed occupancy, after start-up",
    "second": "second run, nothing changed",
    "one metric, contacts": "one metric and tools, contacts re-issued",
    "one metric, ward stays": "one metric and tools, ward stays re-issued",
    "pandas": "pandas oracle, the same work",
}


def say(what: str) -> None:
    """Tell the person waiting what is being measured."""
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
