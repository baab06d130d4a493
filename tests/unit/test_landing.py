"""Landing: what a file becomes, row by row."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import xlwt

from nhsbn.errors import NhsbnError
from nhsbn.extracts.identifiers import Tokens
from nhsbn.extracts.landing import LandedFile, RowCounts, gate
from resources.extract_store import extract_path
from resources.landing import land_inbox
from tests.landing_files import HEADER, KEY, NAME, REGISTER, ROWS, TITLES, Desk, said, text, xlsx

LEDGER = "Budget_Statement_M01_2025-26.xlsx"
LEDGER_TITLES = (("Budget Statement",), ("Period 1 (April) 2025-26",), ("Printed on 09/05/2025 08:00 by SMITHJ",))
LEDGER_HEADER = (
    "Care Group",
    "Service Line",
    "Cost Centre",
    "Subjective",
    "Annual Budget £",
    "In-month Budget £",
    "In-month Actual £",
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_lands_with_its_period_rows_and_places(desk: Desk):
    landed = desk.land_one(text())
    assert (landed.status, said(landed)) == ("admitted", "")
    assert (landed.period_start, landed.period_end) == (date(2025, 4, 1), date(2025, 6, 30))
    assert landed.extracted_at == datetime(2025, 7, 3, 9, 12)
    assert landed.rows == RowCounts(read=8, landed=3, title=5)
    first = desk.rows(landed)[0]
    assert first["incident_ref"] == "I1"
    assert first["incident_date"] == "02/04/2025"
    assert (first["_file"], first["_file_name"], first["_row"]) == (landed.sha256[:12], NAME, 6)
    assert first["_sheet"] is None
    assert first["_set_aside"] is None


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found_out(desk: Desk, delimiter: str, encoding: str):
    rows = [("Ménage £", *row[1:]) for row in ROWS]
    landed = desk.land_one(text(rows).replace(",", delimiter).encode(encoding))
    assert landed.rows.landed == 3
    assert desk.column(landed, "incident_ref") == ["Ménage £"] * 3


def test_a_workbook_lands_as_text_whatever_its_cells_hold(desk: Desk):
    rows = [
        ("I1", 1.0, datetime(2025, 4, 2), "Prone", datetime(2025, 4, 2, 9, 12), 0.8, True, None),
        ("I2", 2.0, "03/04/2025", "Prone", "n/a", 1234567.25, False, "-"),
    ]
    book = xlsx({"Cover": [("Notes",)], "Data": [*((title,) for title in TITLES), HEADER, *rows]}, column=1)
    landed = desk.land_one(book, NAME.replace("csv", "xlsx"))
    assert landed.status == "admitted"
    assert landed.sheet == "Data"
    first, second = desk.rows(landed)
    assert (first["seq"], first["duration"], first["legal_status"]) == ("1", "0.8", "TRUE")
    assert (first["incident_date"], first["start_time"]) == ("2025-04-02", "2025-04-02 09:12:00")
    assert (second["start_time"], second["patient_injured"], second["duration"]) == (None, None, "1234567.25")
    assert (first["_sheet"], first["_row"]) == ("Data", 6)
    assert "sheet 'Cover': was not landed" in said(landed)


def test_an_old_workbook_lands(desk: Desk, tmp_path: Path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data ")
    for row, cells in enumerate([*((title,) for title in TITLES), HEADER, *ROWS]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(str(tmp_path / "old.xls"))
    landed = desk.land_one((tmp_path / "old.xls").read_bytes(), NAME.replace("csv", "xls"))
    assert (landed.status, landed.rows.landed) == ("admitted", 3)


def test_every_sheet_with_the_header_is_landed(desk: Desk):
    header = ("Period ID", "Patient ID", "Section", "Start Date", "Nearest Relative")
    other = ("Section ID", "Local Patient ID", "MHA Section", "Start Date / Time", "Ward")
    book = xlsx(
        {
            "Apr": [("Run at: 03/06/2025 10:00",), header, ("1", "P1", "Sec 2", "02/04/2025", "A Person")],
            "May": [("Run at: 03/06/2025 10:00",), other, ("2", "P1", "3", "04/05/2025 10:00", "Brod")],
        }
    )
    landed = desk.land_one(book, "MHA_Register_2025-26.xlsx", "mha")
    assert landed.status == "admitted", said(landed)
    assert landed.sheet == "Apr; May"
    assert [(row["_sheet"], row["_row"], row["section"]) for row in desk.rows(landed)] == [
        ("Apr", 3, "Sec 2"),
        ("May", 3, "3"),
    ]
    assert (landed.period_start, landed.period_end) == (date(2025, 4, 1), date(2025, 6, 3))
    assert "nearest_relative" not in desk.rows(landed)[0]


def test_a_summary_beside_the_table_is_left_out_and_said(desk: Desk):
    summary = [("Incident Ref", "Seq", "How many"), ("I1", "2", 2.0)]
    landed = desk.land_one(
        xlsx({"Data": [*((title,) for title in TITLES), HEADER, *ROWS], "Pivot": summary}),
        NAME.replace("csv", "xlsx"),
    )
    assert (landed.status, landed.sheet, landed.rows.landed) == ("admitted", "Data", 3)
    assert "sheet 'Pivot': was not landed" in said(landed)


def test_every_row_of_a_statement_is_accounted_for(desk: Desk):
    rows = [
        *LEDGER_TITLES,
        (),
        ("", "", "", "", "Annual", "In month", "In month"),
        LEDGER_HEADER,
        ("Adult", "Wards", 1234.0, 50562.0, 1200.5, 100.0, "(90.00)"),
        ("", "", "023456", "50562", "-", 0.0, "12.00-"),
        ("", "Community", "023457", "50562", 0.0, 0.0, 0.0),
        ("Adult Total", "", "", "", 1200.5, 100.0, -102.0),
        ("Older People",),
        ("", "Wards", "034567", "50562", 1.0, 1.0, 1.0),
        LEDGER_HEADER,
        ("", "", "034567", "", 1.0, 1.0, 1.0),
        ("", "", "034568", "50562", 2.0, 2.0, 2.0),
        ("Grand Total", "", "", "", 1.0, 1.0, 1.0),
        ("End of report",),
    ]
    landed = desk.land_one(xlsx({"Statement": rows}), LEDGER, "ledger")
    assert landed.status == "admitted", said(landed)
    assert landed.rows == RowCounts(read=17, landed=5, set_aside=1, title=8, total=3)
    kept = desk.rows(landed)
    assert [row["_row"] for row in kept] == [7, 8, 9, 12, 14, 15]
    assert [row["care_group"] for row in kept] == ["Adult"] * 3 + ["Older People"] * 3
    assert [row["service_line"] for row in kept] == ["Wards", "Wards", "Community", "Wards", "Wards", "Wards"]
    assert [row["cost_centre"] for row in kept][:2] == ["001234", "023456"]
    assert [row["annual_budget"] for row in kept][:3] == ["1200.5", "-", "0"]
    assert [row["month_actual"] for row in kept][:2] == ["(90.00)", "12.00-"]
    assert [row["_set_aside"] for row in kept] == [None, None, None, None, "key cell blank: Subjective", None]


def test_an_inner_group_does_not_run_on_into_the_next_outer_group(desk: Desk):
    rows = [
        *LEDGER_TITLES,
        LEDGER_HEADER,
        ("Adult", "Wards", "012345", "50562", 1.0, 1.0, 1.0),
        ("Corporate", "", "022222", "50562", 1.0, 1.0, 1.0),
    ]
    landed = desk.land_one(xlsx({"Statement": rows}), LEDGER, "ledger")
    assert desk.column(landed, "service_line") == ["Wards", None]


def test_blank_rows_totals_and_footers_of_a_text_file_are_told_apart(desk: Desk):
    body = (
        text([*ROWS[:2], ("",) * 8])
        + "\r\nI2,1,03/05/2025,Seclusion,22:05,240,03,Y\r\nTotal,3,,,,,,\r\nRow count: 4\r\n"
    )
    landed = desk.land_one(body)
    assert landed.rows == RowCounts(read=12, landed=3, blank=2, title=5, total=2)
    assert desk.column(landed, "_row") == [6, 7, 10]
    assert "its footer states 4 rows and it holds 3" in said(landed)


def test_the_words_of_rows_that_are_no_data_are_not_in_the_lake(desk: Desk):
    landed = desk.land_one(text([*ROWS * 5, ("Total printed by J Bloggs", *[""] * 7)]))
    assert (landed.rows.landed, landed.rows.total) == (15, 1)
    kept = extract_path(desk.lake, REGISTER.reports[landed.report], landed.sha256).read_bytes()
    assert b"Prone" in kept
    assert b"Bloggs" not in kept


@pytest.mark.parametrize(
    "label", ["Grand Total", "Sub-total", "End of report", "Row count: 2", "1 of 2 records", "2 rows"]
)
def test_a_total_is_told_by_its_words_even_where_it_fills_the_key(desk: Desk, label: str):
    header = "Position Number,Organisation,Staff Group,Budgeted FTE"
    body = (
        f"As at 30/04/2025\nRun at: 03/05/2025\n{header}\n1,Records Team,Estates,1.0\n2,Total Care,Estates,1.0\n"
    )
    landed = desk.land_one(f"{body}{label},,,2.0\n", "ESR_Establishment_202504.csv", "esr")
    assert landed.rows.landed == 2 + (label == "1 of 2 records")


def test_a_row_with_its_key_is_no_total_for_saying_total_elsewhere(desk: Desk):
    landed = desk.land_one(text([("I7", "1", "02/04/2025", "Total restraint", *ROWS[0][4:]), ROWS[0]]))
    assert landed.rows.landed == 2


@pytest.mark.parametrize(
    ("cell", "column", "reason"),
    [
        ("=cmd()", "Duration", "formula text in column 'Duration'"),
        ("+SUM(A1:A2)", "Duration", "formula text in column 'Duration'"),
        ("@import(x)", "Intervention Type", "formula text in column 'Intervention Type'"),
        ("5.56E+15", "Incident Ref", "a number lost to scientific notation in column 'Incident Ref'"),
        ("", "Seq", "key cell blank: Seq"),
    ],
)
def test_a_row_that_cannot_be_used_is_kept_with_its_reason(desk: Desk, cell: str, column: str, reason: str):
    bad = list(ROWS[0])
    bad[HEADER.index(column)] = cell
    landed = desk.land_one(text([ROWS[2], bad]))
    assert landed.status == "admitted"
    assert (landed.rows.landed, landed.rows.set_aside) == (1, 1)
    assert desk.column(landed, "_set_aside") == [None, reason]
    assert f"row 7: set aside: {reason}" in said(landed)


def test_a_negative_and_a_plus_are_not_formulas(desk: Desk):
    landed = desk.land_one(
        text([(*ROWS[0][:5], "-12", "+3", "-"), (*ROWS[1][:5], "-Standing (escorted", "@home", "")])
    )
    assert landed.rows.set_aside == 0


def test_a_row_with_too_many_cells_keeps_none_of_them(desk: Desk):
    landed = desk.land_one(text([ROWS[0], ("I9", "1", "02/04/2025", "JONES", *ROWS[0][4:], "Mr Alan")]))
    aside = desk.rows(landed)[1]
    assert aside["_set_aside"] == "too many cells: 9 where the header has 8"
    assert aside["_row"] == 7
    assert {aside[name] for name in REGISTER.reports["risk_restrictive_interventions"].kept_columns} == {None}


def test_a_short_row_is_blank_at_its_end(desk: Desk):
    landed = desk.land_one(text([("I1", "1", "02/04/2025", "Prone"), ROWS[2]]))
    assert desk.column(landed, "patient_injured") == [None, "Y"]
    assert landed.rows.landed == 2


@pytest.mark.parametrize("cell", ["SMITH, Mrs. Jane", "O'NEILL-BROWN, Dr Ann", "943 476 5919", "9434765919"])
def test_a_person_in_an_unexpected_column_is_taken_out(desk: Desk, cell: str):
    bad = [*ROWS[0][:3], f'"{cell}"', *ROWS[0][4:]]
    landed = desk.land_one(text([bad, ROWS[2]]))
    aside, _ = desk.rows(landed)
    assert aside["intervention_type"] is None
    assert "in column 'Intervention Type'" in aside["_set_aside"]
    everything = b"".join(path.read_bytes() for path in desk.lake.rglob("*") if path.is_file())
    assert cell.encode() not in everything
    assert cell not in said(landed)


def test_ten_digit_references_are_not_taken_for_nhs_numbers(desk: Desk):
    rows = [(str(4_000_000_000 + number), "1", *ROWS[0][2:]) for number in range(60)]
    landed = desk.land_one(text(rows))
    assert landed.rows.landed == 60


def test_identifiers_are_hashed_alike_whatever_their_form(desk: Desk):
    header = "CTO ID,Patient ID,Start Date\n"
    body = "Run at: 03/06/2025 10:00\n" + header + "1,ab12 ,01/04/2025\n2, AB12,01/05/2025\n3,,01/05/2025\n"
    landed = desk.land_one(body, "MHA_CTO_2025-26.csv", "mha")
    tokens = desk.column(landed, "patient_id")
    assert tokens == [Tokens(KEY).of("AB12")] * 2 + [None]
    assert len(tokens[0]) == 16
    assert tokens[0] == hmac.digest(KEY, b"AB12", "sha256").hex()[:16]


def test_undeclared_columns_are_never_landed_and_spacers_not_mentioned(desk: Desk):
    header = (*HEADER, "Textbox12", "", "Witness")
    landed = desk.land_one(text([(*ROWS[0], "", "", "Ann Smith")], header))
    assert landed.status == "admitted"
    assert "column 'Witness': is not declared" in said(landed)
    assert "Textbox" not in said(landed)
    assert "Ann Smith" not in str(desk.rows(landed)) + said(landed)


def test_an_absent_optional_heading_is_blank_and_a_plain_one_warned_of(desk: Desk):
    landed = desk.land_one(text([row[:6] for row in ROWS], HEADER[:6]))
    assert landed.status == "admitted"
    assert "column 'Legal Status': is absent" in said(landed)
    assert desk.column(landed, "legal_status") == [None] * 3


def test_exact_duplicates_do_not_block(desk: Desk):
    landed = desk.land_one(text([*ROWS, ROWS[0]]))
    assert (landed.status, landed.rows.landed) == ("admitted", 4)


def test_landing_again_reads_nothing_and_gives_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.put(text())
    first = desk.land()
    monkeypatch.setattr("resources.landing._land", lambda job: pytest.fail("landed again"))
    assert desk.land() == first


def test_another_key_name_or_declaration_lands_anew(desk: Desk):
    path = desk.put(text())
    (first,) = desk.land()
    (other_key,) = land_inbox(desk.inbox, desk.lake, REGISTER, b"another key for tests")
    assert other_key.version != first.version
    path.rename(path.with_name(NAME.replace(".csv", "_v2.csv")))
    (renamed,) = desk.land()
    assert desk.column(renamed, "_file_name") == [NAME.replace(".csv", "_v2.csv")] * 3


def test_a_broken_record_or_missing_parquet_is_mended(desk: Desk):
    landed = desk.land_one(text())
    parquet = extract_path(desk.lake, REGISTER.reports[landed.report], landed.sha256)
    parquet.with_suffix(".json").write_text("{", encoding="utf-8")
    assert desk.land() == [landed]
    parquet.unlink()
    assert desk.land() == [landed]
    assert parquet.is_file()


def test_several_processes_land_the_same(tmp_path: Path):
    one, two = Desk(tmp_path / "one"), Desk(tmp_path / "two")
    for desk in (one, two):
        desk.put(text())
        desk.put(text().replace("30/06/2025", "31/07/2025"), NAME.replace("0630", "0731"))
        desk.put("")
        desk.put(text(), "nothing.csv")
    assert one.land(workers=1) == two.land(workers=2)


def test_progress_counts_every_file(desk: Desk):
    desk.put(text())
    desk.put("", NAME.replace("0630", "0731"))
    told: list[tuple[int, int]] = []
    desk.land(progress=lambda done, of, file: told.append((done, of)))
    assert sorted(told) == [(1, 2), (2, 2)]


def test_a_record_survives_json():
    landed = LandedFile(
        "a" * 64, "r", "n", None, 1, date(2025, 4, 1), None, datetime(2025, 5, 1, 9), RowCounts(), "admitted"
    )
    assert LandedFile.from_json(landed.to_json()) == landed
    assert json.loads(landed.to_json())["extracted_at"] == "2025-05-01T09:00:00"
    assert landed.file == "a" * 12


def test_counts_that_lose_a_row_are_a_fault():
    with pytest.raises(NhsbnError, match="3 rows were read and 2 accounted for"):
        RowCounts(read=3, landed=2)


def test_two_issues_taken_at_one_time_block_each_other_and_no_one_else():
    one = LandedFile(
        "1",
        "r",
        "one",
        None,
        1,
        date(2025, 4, 1),
        date(2025, 4, 30),
        datetime(2025, 5, 1),
        RowCounts(),
        "admitted",
    )
    two = replace(one, sha256="2", name="two")
    later = replace(one, sha256="3", extracted_at=datetime(2025, 5, 2))
    blocked_one, blocked_two, same = gate([one, two, later])
    assert (blocked_one.status, blocked_two.status, same.status) == ("blocked", "blocked", "admitted")
    assert "disagrees with two:" in str(blocked_one.problems[0])
    assert "disagrees with one:" in str(blocked_two.problems[0])
    assert gate([blocked_one, blocked_two, same]) == [blocked_one, blocked_two, same]
