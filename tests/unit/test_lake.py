"""The lake makes a version once, whole or not at all, and notices SQL that does not keep what it was given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from nhsbn.conformed.conforming import ConformedTable, Conserved, Counts
from nhsbn.conformed.sqlfiles import load_conformed, parse_conformed
from nhsbn.errors import NhsbnError
from resources.staging import left_out_path
from tests.hand_made import HandMade

BEDS = {"ward_code": "BRODS", "available_beds": "20", "closed_beds": "0", "occupied_at_midnight": "19"}


@pytest.fixture
def made(tmp_path: Path) -> HandMade:
    lake = HandMade(tmp_path)
    rows = [{**BEDS, "bed_date": f"{day:02d}/04/2025"} for day in (1, 2)]
    lake.lay("reportal_ward_beds", rows, "2025-04-01", "2025-04-30", "2025-05-02")
    return lake


def rewritten(made: HandMade, old: str, new: str) -> tuple[HandMade, object]:
    """The inputs with the SQL of bed_day changed."""
    inputs = made.inputs
    text = inputs.tables["bed_day"].text
    assert old in text
    changed = parse_conformed(text.replace(old, new), "sql/conformed/bed_day.sql")
    return made, replace(inputs, tables={**inputs.tables, "bed_day": changed})


def test_a_version_keeps_what_it_was_made_from(made):
    repeated = [{**BEDS, "bed_date": "03/05/2025"}] * 2
    later = made.lay("reportal_ward_beds", repeated, "2025-05-01", "2025-05-31", "2025-06-02", name="may.csv")
    account = made.conform("bed_day")
    assert [(one.name, one.report, one.period_end) for one in account.files] == [
        ("may.csv", "reportal_ward_beds", "2025-05-31"),
        (made.files["reportal_ward_beds"][0].name, "reportal_ward_beds", "2025-04-30"),
    ]
    mapping = made.inputs.maps["map_ward"]
    assert account.maps == {"map_ward": mapping.version}
    assert made.lake.map_path("map_ward", mapping.version).read_text(encoding="utf-8") == mapping.text
    assert account.sql == made.inputs.tables["bed_day"].text
    path = made.lake.account_path("bed_day", account.version)
    left_out = duckdb.read_parquet(str(left_out_path(path, "reportal_ward_beds"))).fetchall()
    assert left_out == [(later.file, None, 5, "duplicate", None, 6)]


def test_a_version_is_made_once(made):
    first = made.conform("bed_day")
    (path,) = made.lake.parts(first)
    stamp = path.stat().st_mtime_ns
    again = made.conform("bed_day")
    assert path.stat().st_mtime_ns == stamp
    assert again == first
    assert [child.name for child in path.parent.iterdir() if child.suffix == ".tmp"] == []


CONTACT = {"activity_source": "Visit", "patient_id": "a" * 16, "team_id": "10101", "attendance": "Finished"}


def lay_contacts(made: HandMade, month: str, extracted: str, *days: str) -> None:
    rows = [{**CONTACT, "contact_id": f"{month}{day}", "contact_at": f"{day}/{month}/2025"} for day in days]
    made.lay("reportal_contacts", rows, f"2025-{month}-01", f"2025-{month}-28", extracted)


def test_a_table_made_by_file_writes_anew_only_what_another_issue_changes(tmp_path):
    made = HandMade(tmp_path)
    for month in ("04", "05", "06"):
        lay_contacts(made, month, "2025-07-02", "01", "02")
    first = made.conform("contact")
    stamps = {path: path.stat().st_mtime_ns for path in made.lake.parts(first)}
    assert len(stamps) == 3
    lay_contacts(made, "05", "2025-08-02", "02", "03")  # withdraws the first of May and supersedes the second
    second = made.conform("contact")
    parts = made.lake.parts(second)
    assert len(parts) == 3  # the file of May that nothing is left of has none
    assert sum(path in stamps for path in parts) == 2
    assert all(path.stat().st_mtime_ns == stamps[path] for path in parts if path in stamps)
    assert made.rows("contact", "contact_id", order="contact_id") == [
        (number,) for number in ("0401", "0402", "0502", "0503", "0601", "0602")
    ]
    lay_contacts(made, "06", "2025-08-02", "03")  # both of June are withdrawn
    lay_contacts(made, "05", "2025-09-02", "02")
    assert len(set(made.lake.parts(made.conform("contact"))) - set(parts)) == 2
    assert made.lake.account("contact", first.version) == first  # a past version stands, and shares what it can


def test_a_file_is_examined_once(tmp_path):
    made = HandMade(tmp_path)
    lay_contacts(made, "04", "2025-05-02", "01", "02")
    made.conform("contact")
    (examined,) = (tmp_path / "examined" / "reportal_contacts").iterdir()
    stamp = examined.stat().st_mtime_ns
    lay_contacts(made, "04", "2025-06-02", "02")
    made.conform("contact")
    assert len(list(examined.parent.iterdir())) == 2
    assert examined.stat().st_mtime_ns == stamp


def test_a_table_made_by_file_is_the_table_made_whole(tmp_path):
    made = HandMade(tmp_path)
    lay_contacts(made, "04", "2025-05-02", "01", "02", "03")
    lay_contacts(made, "04", "2025-06-02", "02", "03", "04", "04")
    lay_contacts(made, "05", "2025-06-02", "01")
    by_file = sorted(made.rows("contact", "*"), key=repr)
    text = made.inputs.tables["contact"].text
    assert "\nby_file: true\n" in text
    whole = parse_conformed(text.replace("by_file: true\n", ""), "sql/conformed/contact.sql")
    inputs = replace(made.inputs, tables={**made.inputs.tables, "contact": whole})
    assert len(made.lake.conform("contact", inputs).parts) == 1
    with made.lake.connect(inputs, ["contact"]) as connection:
        assert sorted(connection.execute("from conformed.contact").fetchall(), key=repr) == by_file


def test_a_version_that_lost_a_part_is_made_again(tmp_path):
    made = HandMade(tmp_path)
    lay_contacts(made, "04", "2025-05-02", "01")
    lay_contacts(made, "05", "2025-06-02", "01")
    account = made.conform("contact")
    lost, other = made.lake.parts(account)
    lost.unlink()
    assert made.lake.account("contact", account.version) is None
    stamp = other.stat().st_mtime_ns
    assert made.conform("contact") == account
    assert lost.exists()
    assert other.stat().st_mtime_ns == stamp


def test_a_table_made_by_file_without_a_row_has_its_columns(tmp_path):
    made = HandMade(tmp_path)
    assert made.rows("contact", "contact_id") == []
    assert made.conform("contact").parts == (f"{made.inputs.versions['contact']}.parquet",)


@pytest.mark.parametrize(
    ("clause", "said"),
    [("group by all", "group by"), ("order  by 1", "order by"), ("qualify true", "qualify"), ("limit 5", "limit")],
)
def test_sql_that_takes_rows_of_several_files_together_is_not_made_by_file(made, clause, said):
    text = made.inputs.tables["contact"].text
    with pytest.raises(NhsbnError, match=f"contact.sql: is made by_file and says '{said}'"):
        parse_conformed(f"{text}{clause}\n", "sql/conformed/contact.sql")


def test_a_table_of_two_reports_is_not_made_by_file(made):
    text = made.inputs.tables["unmapped"].text
    with pytest.raises(NhsbnError, match="by_file is for a table of one report"):
        parse_conformed(text.replace("grain:", "by_file: true\ngrain:"), "sql/conformed/unmapped.sql")


def test_a_row_is_known_by_its_file_sheet_and_row(tmp_path):
    made, rows = HandMade(tmp_path), [{**BEDS, "bed_date": "01/04/2025", "_sheet": "Beds, north"}]
    made.lay("reportal_ward_beds", rows, "2025-04-01", "2025-04-30", "2025-05-02")
    made.lay("reportal_ward_beds", [{**BEDS, "bed_date": "01/05/2025"}], "2025-05-01", "2025-05-31", "2025-06-02")
    found = made.rows("bed_day", "_file, _sheet, _row", order="bed_date")
    assert found == [
        (file.file, sheet, 5)
        for file, sheet in zip(made.files["reportal_ward_beds"], ("Beds, north", None), strict=True)
    ]


def test_an_account_reads_back_as_it_was_written(made):
    account = made.conform("bed_day")
    assert ConformedTable.from_json(account.to_json()) == account
    assert account.counts == (Counts("reportal_ward_beds", 2, 2, 0, 0, 0, 0),)
    assert [total.column for total in account.conserved] == ["rows", "available_beds"]


def test_the_version_follows_files_maps_and_sql_and_nothing_else(made):
    before = made.inputs.versions
    made.lay("esr_leavers", [], "2024-05-01", "2025-04-30", "2025-05-02")
    after = made.inputs.versions
    assert {name for name in before if before[name] != after[name]} == {"leaver", "unmapped"}

    wards = made.inputs.maps["map_ward"]
    remapped = replace(
        made.inputs, maps={**made.inputs.maps, "map_ward": replace(wards, version="other")}
    ).versions
    assert {name for name in after if after[name] != remapped[name]} == {
        "ward_stay", "bed_day", "incident", "restrictive_intervention", "detention", "unmapped",
    }  # fmt: skip

    _, inputs = rewritten(made, "title: Bed days by ward", "title: Bed days")
    assert {name for name in after if after[name] != inputs.versions[name]} == {"bed_day", "unmapped"}


def test_a_select_that_drops_rows_is_refused_and_leaves_nothing(made):
    made, inputs = rewritten(
        made, "        and bed.bed_date between ward.valid_from and ward.valid_to",
        "        and bed.bed_date between ward.valid_from and ward.valid_to\nwhere bed.bed_date < '2025-04-02'",
    )  # fmt: skip
    with pytest.raises(NhsbnError, match=r"conformed\.bed_day does not keep what it was given: rows was 2"):
        made.lake.conform("bed_day", inputs)
    assert list((made.root / "conformed" / "bed_day").iterdir()) == []


def test_a_select_that_repeats_a_row_and_drops_another_is_refused(made):
    made, inputs = rewritten(
        made, "from staged.reportal_ward_beds as bed",
        "from (select * from staged.reportal_ward_beds where _row = 5 union all"
        " select * from staged.reportal_ward_beds where _row = 5) as bed",
    )  # fmt: skip
    with pytest.raises(NhsbnError, match="join that drops or repeats rows"):
        made.lake.conform("bed_day", inputs)


def test_a_select_must_return_the_columns_of_its_header(made):
    made, inputs = rewritten(made, "    bed.closed_beds,", "    cast(bed.closed_beds as double) as closed_beds,")
    with pytest.raises(NhsbnError, match=r"bed_day\.sql: .*closed_beds is double, not integer"):
        made.lake.conform("bed_day", inputs)


def test_a_table_that_was_not_made_is_named(made):
    with pytest.raises(NhsbnError, match=r"conformed\.bed_day has not been made"):
        made.lake.connect(made.inputs, ["bed_day"])


def test_connections_share_nothing(made):
    with made.lake.connect(made.inputs) as one, made.lake.connect(made.inputs) as other:
        one.execute("create table ref.month as select 1 as month")
        assert other.execute("select count(*) from duckdb_tables() where schema_name = 'ref'").fetchone() == (0,)


def test_a_total_holds_but_for_the_last_bits_of_a_long_sum():
    assert Conserved("month_actual", 1e9, 1e9 + 1e-7).holds
    assert not Conserved("month_actual", 100.0, 100.01).holds


def test_outcomes_that_do_not_add_up_are_refused():
    with pytest.raises(NhsbnError, match="10 rows were landed and 9 accounted for"):
        Counts("reportal_leave", 10, 5, 1, 1, 1, 1)


def test_tables_may_not_read_each_other_in_a_circle():
    header = "/*\ntable: {0}\ntitle: t\ngrain: g\ntables: [{1}]\ndefinition: d\ncolumns:\n  a: integer\n*/\n"
    texts = {
        f"{one}.sql": header.format(one, other) + f"select a from conformed.{other}\n"
        for one, other in (("first", "second"), ("second", "first"))
    }
    with pytest.raises(NhsbnError, match="in a circle"):
        load_conformed(texts)


def test_a_measures_rows_are_kept_for_its_version_and_read_again(made):
    lake, inputs = made.lake, made.inputs
    for version, select in (("first", "select 1 as days"), ("first", "select 2 as days"), ("second", "select 3")):
        with lake.connect(inputs) as connection:
            lake.measure(connection, "stay", version, select)
            found = connection.execute("from measure.stay").fetchall()
        assert found == ([(1,)] if version == "first" else [(3,)])
    kept = sorted(path.name for path in (made.root / "measures" / "stay").iterdir())
    assert kept == ["first.parquet", "second.parquet"]


def test_a_measure_that_cannot_be_made_leaves_nothing(made):
    with made.lake.connect(made.inputs) as connection, pytest.raises(duckdb.Error):
        made.lake.measure(connection, "stay", "first", "select cast('x' as integer)")
    assert not made.lake.measure_path("stay", "first").parent.exists()


def test_two_connections_never_spill_into_one_folder_and_always_into_the_lake(made):
    asked = "select current_setting('temp_directory')"
    with made.lake.connect(made.inputs) as one, made.lake.open() as other:
        folders = {Path(connection.execute(asked).fetchone()[0]) for connection in (one, other)}
    assert len(folders) == 2
    assert {folder.parent for folder in folders} == {made.lake.root}
