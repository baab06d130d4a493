"""Many reports judged at once: the same results in the same order, whether by one process or several."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from expectations import many_reports
from expectations.many_reports import Checkers, Unchecked
from expectations.results import CheckResult, checks_path
from tests.landed_report import Lake, stay, suite_of

IN_RANGE = (
    "id: fte, expectation: ExpectColumnValuesToBeBetween, columns: [fte], kwargs: {min_value: 0, max_value: 1.2}"
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    lake.land(stay("S1", fte="37.5"), stay("S2"), month=4)
    lake.land(stay("S3", fte="1"), month=5)
    return lake


def judged(lake: Lake, *groups: tuple[int, ...], checkers: Checkers | None = None) -> list[list[CheckResult]]:
    """The quality of groups of the lake's files, each judged as a report of its own; nothing is remembered."""
    for path in lake.parquet.values():
        checks_path(path).unlink(missing_ok=True)
    suite, register = suite_of(IN_RANGE)
    reports = [
        Unchecked(suite.report, tuple(lake.files[place] for place in places), lake.parquet) for places in groups
    ]
    found = (checkers or Checkers()).check(reports, register, {suite.report: suite})
    return [list(one.quality) for one in found]


@pytest.fixture
def executors(monkeypatch: pytest.MonkeyPatch) -> list[ThreadPoolExecutor]:
    """What is begun instead of processes: threads, which need not import anything anew."""
    begun: list[ThreadPoolExecutor] = []

    def begin(count: int, **_: object) -> ThreadPoolExecutor:
        begun.append(ThreadPoolExecutor(count))
        return begun[-1]

    monkeypatch.setattr(many_reports, "ProcessPoolExecutor", begin)
    monkeypatch.setattr(many_reports.os, "cpu_count", lambda: 2)
    return begun


def test_results_come_in_the_order_asked(lake):
    found = judged(lake, (1,), (0,))
    assert [[result.passed for result in results] for results in found] == [[True], [False]]


def test_several_processes_find_what_one_does(lake, monkeypatch):
    alone = judged(lake, (1,), (0,))
    begun = []
    monkeypatch.setattr(many_reports, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(many_reports.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(
        many_reports,
        "ProcessPoolExecutor",
        lambda count, **settings: begun.append(count) or ProcessPoolExecutor(count, **settings),
    )
    assert judged(lake, (1,), (0,)) == alone
    assert begun == [1, 1]


def test_little_is_judged_without_another_process(lake, executors):
    judged(lake, (1,), (0,))
    assert executors == []


def test_what_was_begun_early_judges_even_little_and_is_let_go(lake, executors):
    alone = judged(lake, (1,), (0,))
    checkers = Checkers()
    checkers.begin()
    (early,) = executors
    submitted = []
    submit = early.submit
    early.submit = lambda work, *given: submitted.append(given) or submit(work, *given)
    assert judged(lake, (1,), (0,), checkers=checkers) == alone
    assert len(submitted) == 2
    assert len(executors) == 1
    with pytest.raises(RuntimeError, match="shutdown"):
        submit(len, ())


def test_a_machine_with_one_processor_begins_nothing(executors, monkeypatch):
    monkeypatch.setattr(many_reports.os, "cpu_count", lambda: 1)
    Checkers().begin(2)
    assert executors == []


def test_when_processes_cannot_be_had_one_does_it_all(lake, monkeypatch):
    class Broken(ThreadPoolExecutor):
        def submit(self, *_, **__):
            failed = Future()
            failed.set_exception(BrokenProcessPool())
            return failed

    alone = judged(lake, (1,), (0,))
    monkeypatch.setattr(many_reports, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(many_reports, "ProcessPoolExecutor", lambda count, **_: Broken(count))
    assert judged(lake, (1,), (0,)) == alone
