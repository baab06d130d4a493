"""The checks of many reports at once, by processes beside this one where there is much to judge.

Here: the gates and the suite of each report, and which process does it. Not here: what is judged and how (runner,
gates). Great Expectations is Python from end to end and holds Python's lock: threads would gain nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import duckdb

from expectations.gates import gate_report
from expectations.judging import prepare
from expectations.results import CheckResult
from expectations.runner import check_report, is_judged
from expectations.suites import Suite
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister

WORTH_PROCESSES = 200_000
"""Rows to judge: with fewer, starting another process costs more than it saves."""
MOST_PROCESSES = 4
"""Each takes seconds of a processor and 300 MB before it has judged anything."""


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


class Checkers:
    """Processes that check reports, begun when they are wanted or before, and ended when reports were checked."""

    def __init__(self) -> None:
        self._begun: list[ProcessPoolExecutor] = []

    def begin(self, count: int = 1) -> None:
        """Have some processes import Great Expectations while this one has other things to do.

        Args:
            count: how many there shall be; no more than processors, and none where there is but one.
        """
        processors = os.cpu_count() or 1
        while len(self._begun) < min(count, processors, MOST_PROCESSES) and processors > 1:
            # An executor each: one of several processes would begin another whenever none is known to be free.
            self._begun.append(ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")))
            self._begun[-1].submit(prepare)

    def close(self) -> None:
        """Let the processes go, without waiting for their end."""
        while self._begun:
            self._begun.pop().shutdown(wait=False, cancel_futures=True)

    def check(
        self, reports: Iterable[Unchecked], register: SourceRegister, suites: Mapping[str, Suite]
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
        unjudged = sorted((place for place, some in enumerate(rows) if some), key=lambda place: -rows[place])
        free: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()

        def check_beside(place: int) -> ReportResults:
            process = free.get()
            try:
                one = given[place]
                return process.submit(_check, one, register, suites[one.report]).result()
            finally:
                free.put(process)

        def results(place: int) -> ReportResults:
            if place in futures:
                with suppress(BrokenProcessPool):  # a script that may not be imported twice, or too little memory
                    return futures[place].result()
            return _check(given[place], register, suites[given[place].report])

        if len(unjudged) > 1 and sum(rows) >= WORTH_PROCESSES:
            self.begin(len(unjudged))
        for process in self._begun:
            free.put(process)
        try:
            with ThreadPoolExecutor(MOST_PROCESSES) as threads:
                futures = {place: threads.submit(check_beside, place) for place in unjudged if self._begun}
                yield from map(results, range(len(given)))
        finally:
            self.close()


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
