"""Bad input that landing can see: each refused or blocked with what to do, and nothing half-written."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from resources.inbox import Limits
from resources.workbook_reader import refuse_full
from tests.landing_files import HEADER, NAME, ROWS, TITLES, Desk, said, text, xlsx

XLSX = NAME.replace("csv", "xlsx")
XLS = NAME.replace("csv", "xls")
TABLE = [*((title,) for title in TITLES), HEADER, *ROWS]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refused(desk: Desk, content: str | bytes, name: str = NAME, source: str = "risk") -> str:
    landed = desk.land_one(content, name, source)
    assert landed.status == "refused"
    assert not [path for path in desk.lake.rglob("*") if path.is_file()]
    assert landed.problems[0].where == f"{source}/{name}"
    return landed.problems[0].message


def blocked(landed: LandedFile) -> str:
    assert landed.status == "blocked"
    return landed.problems[0].message


def package(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def rewritten(book: bytes, name: str, change) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(parts[name])
    return package(parts)


def test_empty_file(desk: Desk):
    assert refused(desk, b"") == "is empty. Copy it again, or ask for the report anew."
    assert "nothing but blanks" in refused(desk, b"\r\n  \r\n")


def test_web_page_named_xls(desk: Desk):
    message = refused(desk, "\n<html><body><table><tr><td>Incident Ref</td></tr></table></body></html>", XLS)
    assert "is a web page" in message
    assert "save it as .xlsx" in message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\x1f\x8b\x08\x00", "is a gzip archive"),
        (b"\x00\x01\x02\x03binary\x00", "is not a text file or a workbook"),
        (b"a,b\r\n\x81\x8d\x8f", "is not text in UTF-8, UTF-16 or Windows-1252"),
        (package({"report.csv": b"a,b"}), "is a zip file, not a workbook"),
        (package({"xl/workbook.bin": b"a,b"}), "is a binary workbook (.xlsb)"),
    ],
)
def test_other_kinds_of_file(desk: Desk, content: bytes, what: str):
    assert what in refused(desk, content)


def test_password_protected_workbook(desk: Desk):
    compound = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    )
    message = refused(desk, compound, XLSX)
    assert "protected by a password" in message
    assert "remove the password" in message


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_truncated_workbook(desk: Desk, keep: float):
    book = xlsx({"Data": TABLE})
    assert "damaged or cut-off workbook" in refused(desk, book[: int(len(book) * keep)], XLSX)


def test_workbook_with_a_byte_changed(desk: Desk):
    book = bytearray(xlsx({"Data": TABLE}))
    at = book.index(b"xl/worksheets/sheet1.xml") + 60
    book[at : at + 8] = bytes(8)
    assert "damaged" in refused(desk, bytes(book), XLSX)


def test_old_workbook_cut_short(desk: Desk):
    assert "damaged workbook" in refused(desk, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), XLS)


def test_zip_bomb_by_what_it_declares(desk: Desk):
    desk.limits = Limits(inflated_bytes=1_000_000)
    bomb = package({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(2_000_000)})
    message = refused(desk, bomb, XLSX)
    assert "it is not opened" in message
    assert "NHSBN_MAX_INFLATED_MB" in message


def test_zip_bomb_by_its_ratio(desk: Desk):
    bomb = package({"xl/workbook.xml": b"<workbook/>", "xl/sharedStrings.xml": bytes(80 << 20)})
    assert "would unpack" in refused(desk, bomb, XLSX)


def test_zip_bomb_that_lies_about_its_size(desk: Desk):
    book = bytearray(package({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(2_000_000)}))
    declared = struct.pack("<I", 2_000_000)
    while (at := bytes(book).find(declared)) >= 0:
        book[at : at + 4] = struct.pack("<I", 1_000)
    assert "damaged" in refused(desk, bytes(book), XLSX)


def test_cell_far_from_the_table(desk: Desk):
    far = b'<row r="1048575"><c r="XFC1048575"><v>1</v></c></row></sheetData>'
    book = rewritten(
        xlsx({"Data": TABLE}), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", far)
    )
    message = refused(desk, book, XLSX)
    assert "row 1,048,575, column 16,383" in message
    assert "Delete the empty rows and columns" in message


def test_far_cell_across_the_pieces_read(desk: Desk):
    for spaces in range(0, 64, 7):
        padding = b" " * ((1 << 20) - 2000 + spaces * 40)
        far = padding + b'<row r="1048575"><c r="XFC1048575"><v>1</v></c></row></sheetData>'
        book = rewritten(
            xlsx({"Data": TABLE}),
            "xl/worksheets/sheet1.xml",
            lambda xml, far=far: xml.replace(b"</sheetData>", far),
        )
        assert "column 16,383" in refused(desk, book, XLSX)


def test_two_gigabytes_are_refused_unread(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    path = desk.put(text())
    os.truncate(path, 2 << 30)
    monkeypatch.setattr("hashlib.file_digest", lambda *_: pytest.fail("read"))
    (landed,) = desk.land()
    assert landed.status == "refused"
    assert re.search(r"holds 2,048 MB, more than the 512 MB .* by month", landed.problems[0].message)


def test_the_size_limit_is_a_setting(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NHSBN_MAX_FILE_MB", "1")
    desk.limits = Limits()
    assert "more than the 1 MB" in refused(desk, bytes(2 << 20))
    monkeypatch.setenv("NHSBN_MAX_FILE_MB", "lots")
    with pytest.raises(NhsbnError, match="NHSBN_MAX_FILE_MB is 'lots'"):
        Limits()


@pytest.mark.parametrize("rows", [1_048_576, 65_536])
def test_sheet_full_to_its_last_row(rows: int):
    with pytest.raises(NhsbnError, match=f"exactly {rows:,} rows.*cut off"):
        refuse_full(rows, "sheet 'Data'")
    refuse_full(rows - 1, "sheet 'Data'")


def test_export_cut_off_at_65536_rows(desk: Desk):
    rows = [(f"I{number}", *ROWS[0][1:]) for number in range(65_536 - 5)]
    assert "exactly 65,536 rows" in refused(desk, text(rows))
    assert desk.land_one(text(rows[1:])).status == "admitted"


def test_export_cut_off_at_1048576_rows(desk: Desk):
    last = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    book = rewritten(
        xlsx({"Data": TABLE}), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", last)
    )
    desk.limits = Limits(cells=1_000_000)
    assert "exactly 1,048,576 rows" in refused(desk, book, XLSX)


def test_required_heading_missing_or_renamed(desk: Desk):
    header = [heading.replace("Intervention Type", "What was done") for heading in HEADER]
    message = refused(desk, text(header=header))
    assert "row 5" in message
    assert "'Intervention Type' or 'Restrictive Intervention Type' or 'Type'" in message
    assert "Headings not known: 'What was done'" in message
    assert "aliases in sources/" in message


def test_a_heading_renamed_is_named_though_another_report_has_a_few_of_the_same(desk: Desk):
    header = "Kontakt,Activity Source,Referral ID,Patient ID,Team ID,Contact Date / Time,Duration (mins)"
    content = f"Run at: 04/05/2025 09:12\n{header}\n1,Visit,R1,P1,T1,01/04/2025 09:00,20\n"
    message = refused(desk, content, "RePortal_Contacts_202504.csv", "reportal")
    assert "row 2 lacks a heading that RePortal Contacts must have: 'Contact ID'" in message


def test_no_header_at_all(desk: Desk):
    assert "no row of the first 30 holds the headings of Restrictive Interventions" in refused(desk, "a,b\n1,2\n")


def test_one_sheet_with_a_heading_renamed_is_not_left_out(desk: Desk):
    header = [heading.replace("Intervention Type", "What was done") for heading in HEADER]
    message = refused(desk, xlsx({"April": TABLE, "May": [*TABLE[:4], header, *ROWS]}), XLSX)
    assert message.startswith("sheet 'May': the header in row 5 lacks")


def test_a_heading_printed_twice(desk: Desk):
    message = refused(desk, text([(*row, "x") for row in ROWS], (*HEADER, "Type")))
    assert "the heading 'Type' names a column that the header already has (row 5)" in message


def test_wrong_report_in_the_right_name(desk: Desk):
    header = "CTO ID,Patient ID,Start Date,Expiry Date,End Date,Team"
    message = refused(desk, f"Run at: 03/07/2025 09:12\n{header}\n1,P1,01/04/2025,,,T\n")
    assert "its name says Restrictive Interventions" in message
    assert "its headings are those of Community Treatment Orders (mha_ctos)" in message


def test_name_of_no_report(desk: Desk):
    message = refused(desk, text(), "extract final FINAL.csv")
    assert "has the name of no risk report. Rename it" in message


def test_no_extract_date(desk: Desk):
    message = refused(desk, text(titles=TITLES[:3]))
    assert "nothing says when it was extracted" in message
    assert "_extracted-20250503" in message


def test_extract_date_of_the_name_serves(tmp_path: Path):
    landed = Desk(tmp_path).land_one(text(titles=()), NAME.replace(".csv", "_extracted-20250704.csv"))
    assert (landed.status, str(landed.extracted_at)) == ("admitted", "2025-07-04 00:00:00")


def test_name_with_an_impossible_period(desk: Desk):
    message = refused(desk, text(), "Restrictive_Interventions_20250431_20250630.csv")
    assert "the period in its name, 'Restrictive_Interventions_20250431_20250630', is not a date" in message


def test_period_of_the_file_differs_from_its_name(desk: Desk):
    message = blocked(desk.land_one(text(), NAME.replace("0630", "0731")))
    assert "the title rows say 01/04/2025 to 30/06/2025, the name says 01/04/2025 to 31/07/2025" in message
    assert "Rename the file" in message


def test_one_key_with_two_contents(desk: Desk):
    other = (*ROWS[1][:3], "Supine", *ROWS[1][4:])
    landed = desk.land_one(text([*ROWS, other]))
    message = blocked(landed)
    assert "1 key(s) ('Incident Ref' and 'Seq')" in message
    assert "rows 7 = 9" in message
    assert "Supine" not in said(landed)


def test_only_the_first_ten_clashing_keys_are_listed(desk: Desk):
    rows = [(f"I{number // 2}", "1", "02/04/2025", "Prone", "", str(number), "", "") for number in range(40)]
    message = blocked(desk.land_one(text(rows)))
    assert "20 key(s)" in message
    assert "24 = 25 and 10 more" in message


def test_two_files_for_one_period_that_disagree(desk: Desk):
    desk.put(text())
    desk.put(text(ROWS[:2]), NAME.replace(".csv", "_v2.csv"))
    one, two = desk.land()
    assert "disagrees with Restrictive_Interventions_20250401_20250630_v2.csv" in blocked(one)
    assert "Keep the one that is right" in blocked(two)


def test_the_same_contents_twice(desk: Desk):
    desk.put(text())
    desk.put(text(), NAME.replace(".csv", " (1).csv"))
    copy, kept = desk.land()
    assert sorted((copy.status, kept.status)) == ["admitted", "refused"]
    assert "has the same contents as" in said(copy) + said(kept)


def test_unclosed_quote(desk: Desk):
    message = refused(desk, text([*ROWS, ("I9", "1", "02/04/2025", '"Prone', "", "", "", "")]))
    assert "a quotation mark that is never closed" in message


def test_one_bad_file_stops_no_other(desk: Desk):
    desk.put(b"PK\x03\x04", XLSX)
    desk.put(text())
    assert sorted(landed.status for landed in desk.land()) == ["admitted", "refused"]


def test_no_extract_at_all(desk: Desk):
    assert desk.land() == []


def test_home_folder_that_cannot_be_written(desk: Desk):
    desk.put(text())
    desk.lake.write_text("a file where the lake's folder should be", encoding="utf-8")
    with pytest.raises(NhsbnError, match=r"cannot write .*extracts.*--home or NHSBN_HOME"):
        desk.land()


def test_nothing_half_written_when_the_disk_is_full(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def full(table, path, **options):
        Path(path).write_bytes(b"PAR1")
        raise OSError(28, "No space left on device")

    desk.put(text())
    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(NhsbnError, match="No space left on device"):
        desk.land()
    assert not [path for path in desk.lake.rglob("*") if path.is_file()]
