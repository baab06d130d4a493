"""The benchmark's own parts: the floor reads what the systems write, a re-issue is later, the aims add up."""

from __future__ import annotations

import json
import sys

import duckdb
import pytest
import xlsxwriter

from bench import floor, tool
from bench.aims import aims, tool_aims, trace_aims
from bench.launch import StopWatch
from bench.measure import MeasuredCommandError, Measurement, measure
from bench.run import reissue
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.verify import prove


def taking(seconds: float, peak_mb: float | None = 100.0) -> Measurement:
    return Measurement(seconds, peak_mb, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_floor_reads_every_row_of_a_text_file(tmp_path, encoding):
    source = tmp_path / "in" / "reportal"
    source.mkdir(parents=True)
    text = 'Report: Contacts\r\n\r\nContact ID,Team\r\nC1,"North, West"\r\nC2,Café – day\r\n'
    (source / "contacts.csv").write_bytes(text.encode(encoding))
    floor.main(tmp_path / "in", tmp_path / "out")
    (written,) = (tmp_path / "out").iterdir()
    rows = duckdb.sql(f"select * from '{written.as_posix()}'").fetchall()
    assert ("C1", "North, West") in [row[:2] for row in rows]
    assert len([row for row in rows if row[0]]) == 4


def test_the_floor_reads_every_row_of_a_workbook(tmp_path):
    source = tmp_path / "in" / "esr"
    source.mkdir(parents=True)
    with xlsxwriter.Workbook(str(source / "staff.xlsx")) as book:
        sheet = book.add_worksheet("Staff")
        for place, row in enumerate((["Staff in Post"], ["Number", "FTE"], ["1", 0.8], ["2", 1])):
            sheet.write_row(place, 0, row)
    floor.main(tmp_path / "in", tmp_path / "out")
    (written,) = (tmp_path / "out").iterdir()
    assert duckdb.sql(f"select count(*) from '{written.as_posix()}'").fetchall() == [(4,)]


def test_a_reissue_is_later_and_has_a_row_fewer(tmp_path):
    folder = tmp_path / "reportal"
    folder.mkdir()
    lines = ["Report: Contacts", "Run at: 30/06/2025 09:12", "", "Contact ID,Team", "C1,A", "C2,B", "C3,C", "C4,D"]
    (folder / "RePortal_Contacts_202506.csv").write_text("\n".join(lines), encoding="utf-8")
    again = reissue(tmp_path, "RePortal_Contacts").read_text(encoding="utf-8").splitlines()
    assert again[1] == "Run at: 01/07/2025 09:12"
    assert len(again) == len(lines) - 1


def test_aims_are_ratios_of_what_was_measured():
    timings = {"start": taking(1), "floor": taking(10), "whole": taking(30), "second": taking(3.1)}
    timings |= {"one metric, contacts": taking(6), "one metric, beds": taking(7), "pandas": taking(150)}
    met = {aim.text: aim.met for aim in aims(timings, {0.1: taking(4), 1.0: taking(30), 3.0: taking(91)})}
    assert met == {
        "whole run at most 3 times the floor, plus interpreter start": True,
        "whole run at least 5 times faster than pandas": True,
        "peak memory of the whole run under 2 GB": True,
        "second run under a tenth of the first": False,
        "one metric and its tools a fifth or less, after contacts": True,
        "one metric and its tools a fifth or less, after beds": False,
        "scale 0.1 to 1 costs no more than 10 times as much": True,
        "scale 1 to 3 costs no more than 3 times as much": False,
    }
    json.dumps(met)


def test_a_command_that_fails_has_no_time():
    with pytest.raises(MeasuredCommandError, match="no such report"):
        measure(["-c", "raise SystemExit('no such report')"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count a child's peak memory")
def test_peak_memory_is_the_childs():
    # Measured from a small process: a child begins with the peak of the process it is forked from.
    ask = "from bench.measure import measure; print(measure(['-c', 'bytearray({}_000_000)']).peak_mb)"
    small, large = (float(measure(["-c", ask.format(size)]).output) for size in (1, 200))
    assert large - small == pytest.approx(200, rel=0.1)


def test_a_stop_watch_counts_nested_calls_once(monkeypatch):
    clock = iter([0.0, 1.0, 5.0])
    monkeypatch.setattr("bench.launch.time.perf_counter", lambda: next(clock))
    watch = StopWatch()
    inner = watch.on(lambda: None)
    watch.on(inner)()
    assert watch.seconds == 5.0


def test_the_slowest_and_the_largest_trace_are_held_to_their_aims():
    taken = {"trace contacts": taking(1.9, 300.0), "trace occupancy": taking(0.5, 999.0), "start": taking(9)}
    assert [(aim.met, aim.found) for aim in trace_aims(taken)] == [
        (True, "1.9 s, allowed 2.0 s"),
        (True, "999 MB"),
    ]
    assert [aim.met for aim in trace_aims(taken | {"trace contacts": taking(2.1, 1000.0)})] == [False, False]
    assert trace_aims({"start": taking(9)}) == []


def test_aims_of_one_tool_are_ratios_too():
    taken = {"tool floor": taking(0.2), "tool fill": taking(0.5, 201.0), "tool openpyxl": taking(5.1)}
    assert [aim.met for aim in tool_aims(taken)] == [True, True, False]
    assert [aim.met for aim in tool_aims({**taken, "tool fill": taking(0.52)})] == [False, False, True]


def test_the_timed_tool_is_as_large_as_it_says_and_is_filled_and_proved():
    data, entries = tool.template(), list(tool.answers())
    assert 1.9e6 < len(data) < 2.3e6
    assert len({entry.sheet for entry in entries}) == 40
    assert len(entries) == 11_000
    few = entries[:300]
    assert len(prove(data, fill(data, few).data, few).filled) == 300
