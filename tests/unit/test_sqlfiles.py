"""A SQL file says what it reads and returns, and is held to that before it runs."""

from __future__ import annotations

import pytest

from nhsbn.conformed.sqlfiles import load_conformed, load_measures, parse_conformed, parse_measure
from nhsbn.errors import ProblemsError

CONFORMED = """/*
table: bed_day
title: Bed days
grain: one ward on one day
reports: [reportal_ward_beds]
maps: [map_ward]
definition: AVB, of the metric catalogue
columns:
  bed_date: [date, the day, midnight to midnight]
  ward_code: varchar
*/
-- conformed.nothing is only spoken of here
select bed.bed_date, bed.ward_code, bed._file, bed._sheet, bed._row
from staged.reportal_ward_beds as bed
left join map.map_ward as ward on bed.ward_code = ward.ward_code;
"""
MEASURE = """/*
measure: bed_day
title: Bed days
grain: one ward on one day
tables: [bed_day]
definition: AVB
columns:
  month: date
*/
select date_trunc('month', bed_date) as month, _file, _sheet, _row
from conformed.bed_day join ref.month using (month)
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        parse_conformed(text, "sql/bed_day.sql")
    return [str(problem) for problem in raised.value.problems]


def test_a_header_gives_columns_with_their_descriptions_and_provenance():
    file = parse_conformed(CONFORMED, "sql/bed_day.sql")
    place = {"_file": "varchar", "_sheet": "varchar", "_row": "bigint"}
    assert file.header.types == {"bed_date": "date", "ward_code": "varchar", **place}
    assert file.header.columns["bed_date"].description == "the day, midnight to midnight"
    assert file.select.endswith("ward.ward_code")


def test_reference_tables_are_the_runs_and_need_no_name():
    assert parse_measure(MEASURE, "sql/bed_day.sql").header.tables == ("bed_day",)


def test_a_file_without_a_header_is_refused():
    assert faults("select 1") == [
        "sql/bed_day.sql:1: must open with a header: a line /*, the YAML, and a line */, then the SELECT"
    ]


def test_every_fault_of_a_header_has_its_line_in_the_file():
    told = faults(CONFORMED.replace("title:", "titel:").replace("ward_code: varchar", "ward_code: text"))
    assert "sql/bed_day.sql:3: titel: is not a known key here; check its spelling" in told
    assert any(fault.startswith("sql/bed_day.sql:10: columns.ward_code.type: ") for fault in told)


def test_what_is_read_and_what_is_named_must_agree():
    told = faults(CONFORMED.replace("maps: [map_ward]", "maps: [map_team]"))
    assert [fault.split(": ", 1)[1] for fault in told] == [
        "reads map.map_ward, which the header does not name; add it",
        "names map.map_team, which the SELECT does not read; remove it",
    ]


def test_a_header_with_no_select_is_refused():
    told = faults(CONFORMED.split("*/")[0] + "*/\n")
    assert "sql/bed_day.sql: has a header and no SELECT below it" in told


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ("conserves: {beds: available_beds}", "names columns it does not return: beds"),
        ("pounds: month_actual", "names columns it does not return: month_actual"),
    ],
)
def test_totals_are_of_columns_that_are_returned(extra, fault):
    (told,) = faults(CONFORMED.replace("definition:", f"{extra}\ndefinition:"))
    assert told.endswith(fault)


def test_a_table_is_defined_once_and_what_it_reads_is_defined():
    other = CONFORMED.replace("table: bed_day", "table: other\ntables: [absent]").replace(
        "select bed.bed_date", "select (from conformed.absent), bed.bed_date"
    )
    with pytest.raises(ProblemsError) as raised:
        load_conformed({"a.sql": CONFORMED, "b.sql": CONFORMED})
    assert str(raised.value) == "b.sql: bed_day is already defined in a.sql; keep one"
    with pytest.raises(ProblemsError) as raised:
        load_conformed({"other.sql": other})
    assert str(raised.value) == "other.sql: reads conformed.absent, which no file of sql/conformed defines"


def test_measures_are_loaded_by_name():
    assert list(load_measures({"bed_day.sql": MEASURE})) == ["bed_day"]
