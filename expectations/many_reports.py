"""The checks of many reports at once, spread over processes where there is much to judge.

Here: the gates and the suite of each report, and whether one process does it all. Not here: what is judged and how
(runner, gates). Great Expectations is Python from end to end and holds Python's lock: threads would gain nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from expectations.gates import gate_report
from expectations.results import CheckResult
from expectations.runner import check_report, is_judged
from expectations.suites import Suite
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister

WORTH_PROCESSES = 200_000
"""Rows to judge: with fewer, starting another process costs more than it saves."""


@dataclass(frozen=True)
class Unchecked:
    """What there is to judge of one report.

    Attributes:
        report: its id.
        files: every landed file of it, refused ones too.
        parquet: where each lies, by SHA-256.
    """

    report: str
    files: tuple[LandedFile, ...]
    parquet: Mapping[str, Path]


class ReportResults(NamedTuple):
    """The results of one report: its gates, and its quality."""

    gates: tuple[CheckResult, ...]
    quality: tuple[CheckResult, ...]


def check_reports(
    reports: Iterable[Unchecked], register: SourceRegister, suites: Mapping[str, Suite]
) -> Iterator[ReportResults]:
    """Judge reports; a file that was judged before is not judged again.

    Args:
        reports: what to judge.
        register: the declared reports and code lists.
        suites: by report.

    Yields:
        The results of each report, in the order given.
    """
    given = list(reports)
    rows = [_rows_to_judge(one, suites[one.report]) for one in given]
    count = min(os.cpu_count() or 1, sum(map(bool, rows)))
    done = 0
    if count > 1 and sum(rows) >= WORTH_PROCESSES:
        try:
            with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
                largest_first = sorted(range(len(given)), key=lambda place: -rows[place])
                futures = {
                    place: pool.submit(_check, given[place], register, suites[given[place].report])
                    for place in largest_first
                }
                for place in range(len(given)):
                    results = futures[place].result()
                    done += 1
                    yield results
        except BrokenProcessPool:  # a script that may not be imported twice, or too little memory for two
            pass
    yield from (_check(one, register, suites[one.report]) for one in given[done:])


def _check(one: Unchecked, register: SourceRegister, suite: Suite) -> ReportResults:
    with duckdb.connect() as connection:
        gates = gate_report(suite, register.reports[one.report], one.files, one.parquet, connection)
        quality = check_report(suite, register, one.files, one.parquet, connection)
    return ReportResults(tuple(gates), tuple(quality))


def _rows_to_judge(one: Unchecked, suite: Suite) -> int:
    """Rows of the files that have not been judged, and at least one for each of them."""
    return sum(
        1 + file.rows.landed
        for file in one.files
        if file.status != "refused" and not is_judged(suite, file, one.parquet[file.sha256])
    )
