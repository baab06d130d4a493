from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.package import LARGEST_PART, read_package
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import prove, verify
from tests.xlsx_samples import ONE_SHEET, changed, form, part, plain, rewritten

CELL = [Entry("Form", "A1", "x")]
MAIN = "officeDocument/2006/relationships/worksheet"


def doubled() -> bytes:
    saved = io.BytesIO(plain())
    with warnings.catch_warnings(), zipfile.ZipFile(saved, "a") as package:
        warnings.simplefilter("ignore")
        package.writestr("xl/workbook.xml", b"<other/>")
    return saved.getvalue()


def flagged(offset: int, value: int) -> bytes:
    """The first record of the directory with one 16-bit or 32-bit field changed."""
    data = bytearray(plain())
    at = data.find(b"PK\1\2") + offset
    struct.pack_into("<H" if offset < 16 else "<L", data, at, value)
    return bytes(data)


def damaged() -> bytes:
    data, member = bytearray(plain()), read_package(plain()).names["xl/theme/theme1.xml"]
    data[member.content + member.packed // 2] ^= 0xFF
    return bytes(data)


def bomb() -> bytes:
    """A part that unpacks to a hundred times what the directory says."""
    data = bytearray(rewritten(plain(), {}, bomb=bytes(60_000_000)))
    at = data.rfind(b"PK\1\2")
    local = struct.unpack_from("<L", data, at + 42)[0]
    struct.pack_into("<L", data, at + 24, 600_000)
    struct.pack_into("<L", data, local + 22, 600_000)
    return bytes(data)


def crowded() -> bytes:
    """Parts that each may be unpacked, and together not."""
    data = bytearray(rewritten(plain(), {}, **{f"xl/media/{number}": b"x" for number in range(3)}))
    at = 0
    while (at := data.find(b"PK\1\2", at)) >= 0:
        struct.pack_into("<L", data, at + 24, LARGEST_PART - 1)
        at += 1
    return bytes(data)


def signed() -> bytes:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    relation = f'<Relationship Id="rId9" Type="{kind}" Target="sig/origin.sigs"/></Relationships>'
    return changed(plain(), "_rels/.rels", ("</Relationships>", relation))


def external() -> bytes:
    entity = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]><sst'
    return changed(plain(), "xl/sharedStrings.xml", ("<sst", entity), ("Question", "&file;"))


@pytest.mark.parametrize(
    ("workbook", "said"),
    [
        (lambda: b"", "cannot be read as an Excel workbook"),
        (lambda: b"<html></html>", "cannot be read as an Excel workbook"),
        (lambda: plain()[:-30], "cannot be read as an Excel workbook"),
        (lambda: plain()[5:], "cannot be read as an Excel workbook"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "has a password, or is an old .xls"),
        (doubled, "stands in the workbook twice"),
        (lambda: flagged(8, 0x1), "is encrypted"),
        (lambda: flagged(8, 0x2041), "is encrypted"),
        (lambda: flagged(8, 0x20), "a change of another file, unknown to Excel"),
        (lambda: flagged(6, 164), "a version of zip that is unknown"),
        (lambda: flagged(10, 14), "compressed by method 14"),
        (lambda: flagged(24, LARGEST_PART + 1), "unpacks to more than 512 MB"),
        (lambda: flagged(24, 7), "is damaged"),
        (lambda: flagged(16, 7), "is damaged"),
        (damaged, "xl/theme/theme1.xml (cannot be unpacked|is damaged)"),
        (lambda: rewritten(plain(), {}, **{"../evil": b""}), "points outside"),
        (lambda: rewritten(plain(), {}, **{"C:/evil": b""}), "points outside"),
        (lambda: rewritten(plain(), {}, **{"/etc/evil": b""}), "points outside"),
        (lambda: rewritten(plain(), {}, **{"xl\\..\\..\\evil": b""}), "points outside"),
        (lambda: rewritten(plain(), {}, **{"XL/Workbook.xml": b"<other/>"}), "stands in the workbook twice"),
        (bomb, "is damaged: its size"),
        (crowded, "unpacks to more than 1024 MB"),
        (signed, "digitally signed"),
        (external, "document type"),
        (lambda: rewritten(plain(), {}, **{"_xmlsignatures/sig1.xml": b""}), "digitally signed"),
        (lambda: changed(plain(), "_rels/.rels", ('officeDocument"', 'other"')), "holds no workbook"),
        (lambda: changed(plain(), ONE_SHEET, ("<worksheet", "<!DOCTYPE a><worksheet")), "document type"),
        (lambda: changed(plain(), ONE_SHEET, ("</sheetData>", "")), "not well-formed"),
        (lambda: changed(plain(), "xl/workbook.xml", ("<calcPr", "<x:a/><calcPr")), "not well-formed"),
        (lambda: changed(plain(), ONE_SHEET, ("UTF-8", "UTF-16")), "not in UTF-8|not well-formed"),
        (
            lambda: rewritten(plain(), {ONE_SHEET: lambda data: data.decode().encode("utf-16")}),
            "not written in UTF-8",
        ),
        (lambda: rewritten(plain(), {"xl/sharedStrings.xml": lambda _: b"<other/>"}), "holds no shared strings"),
    ],
)
def test_what_cannot_be_filled_without_harm_is_refused_with_what_to_do(
    workbook: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(NhsbnError, match=said):
        fill(workbook(), CELL)


def test_an_entity_bomb_is_refused_before_it_is_read() -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><workbook'
    with pytest.raises(NhsbnError, match="document type"):
        fill(changed(plain(), "xl/workbook.xml", ("<workbook", bomb)), CELL)


@pytest.mark.parametrize(
    "target", ["/xl/worksheets/sheet1.xml", "worksheets\\sheet1.xml", "Worksheets/SHEET1.xml"]
)
def test_a_sheets_part_is_found_however_its_target_is_written(target: str) -> None:
    template = changed(plain(), "xl/_rels/workbook.xml.rels", ("worksheets/sheet1.xml", target))
    assert part(fill(template, CELL).data, ONE_SHEET) == part(fill(plain(), CELL).data, ONE_SHEET)


def test_sheets_are_told_by_their_relationships_and_not_by_number() -> None:
    relations = part(form(), "xl/_rels/workbook.xml.rels")
    assert relations.count(MAIN) == 4
    template = changed(
        form(),
        "xl/workbook.xml",
        ('sheetId="1" r:id="rId1"', 'sheetId="3" r:id="rId3"'),
        ('sheetId="3" r:id="rId3"/><sheet name="Lists"', 'sheetId="1" r:id="rId1"/><sheet name="Lists"'),
    )
    filled = fill(template, [Entry("Form", "A9", 5)]).data
    assert '<c r="A9"><v>5</v></c>' in part(filled, "xl/worksheets/sheet3.xml")


def test_strict_workbooks_are_filled_too() -> None:
    strict = ("http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/")
    template = plain()
    for name in ("_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", ONE_SHEET):
        template = changed(template, name, strict)
    assert verify(template, fill(template, CELL).data).filled == {("Form", (1, 1)): "x"}


def test_a_sheet_with_names_of_later_versions_keeps_them() -> None:
    """Roots of sheets that Excel saves say which names a reader may ignore; rows and columns carry such names."""
    spaces = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" xmlns:xr="urn:xr" xr:uid="{1}"'
    )
    row = '<row r="1" x14ac:dyDescent="0.25">'
    template = changed(
        plain(), ONE_SHEET, ("<worksheet ", f"<worksheet {spaces} "), ('<row r="1" spans="1:26">', row)
    )
    filled = fill(template, [*CELL, Entry("Form", "B1", 2)]).data
    after = part(filled, ONE_SHEET)
    assert spaces in after
    assert f'{row}<c r="A1" t="s"><v>1</v></c><c r="B1"><v>2</v></c>' in after
    assert verify(template, filled).harm == ()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: changed(data, ONE_SHEET, ("<sheetProtection", "<sheetProtectoin")), "outside its cells"),
        (lambda data: changed(data, ONE_SHEET, ('<c r="A3" ', '<ext/><c r="A3" ')), "row 3: differs outside its"),
        (lambda data: changed(data, ONE_SHEET, ('<row r="3"', '<ext/><row r="3"')), "row 2: differs outside its"),
        (lambda data: changed(data, ONE_SHEET, ('<row r="1"', '<ext/><row r="1"')), "'Form': differs outside its"),
        (lambda data: data[:-2] + b"\4\0note", "the package: has another comment"),
        (lambda data: changed(data, ONE_SHEET, ("SUM(B1:B9)", "SUM(B1:B8)")), "C1: has another formula"),
        (lambda data: changed(data, ONE_SHEET, ('<row r="31"', '<row r="32"')), "row 31: is missing"),
        (lambda data: changed(data, ONE_SHEET, ('<c r="A3" ', '<c r="A3" s="2" ')), "A3: has another style"),
        (
            lambda data: changed(data, "xl/worksheets/sheet4.xml", ("<v>24</v>", "<v>0</v>")),
            "'Lists', cell A2: was filled, but the sheet is hidden",
        ),
        (
            lambda data: changed(data, ONE_SHEET, ('<c r="A3" t="s"><v>2</v>', '<c r="A3"><v>2</v>')),
            "A3: was filled, but is locked",
        ),
        (lambda data: changed(data, "xl/styles.xml", ("<fonts", "<fonts ")), "xl/styles.xml: differs"),
        (
            lambda data: changed(data, "xl/sharedStrings.xml", ("Question 1<", "Question <")),
            "that were there differ",
        ),
        (lambda data: changed(data, "xl/workbook.xml", ("hidden", "visible")), "more than the request"),
        (lambda data: rewritten(data, {}, extra=b""), "extra: was added"),
        (
            lambda data: changed(data, ONE_SHEET, ('<c r="B18" s="1"/>', '<c r="B18" s="1"><v>3</v></c>')),
            "B18: was filled unasked",
        ),
    ],
)
def test_the_proof_finds_harm(harm: Callable[[bytes], bytes], said: str) -> None:
    filled = fill(form(), [Entry("Form", "B5", 1)]).data
    assert prove(form(), filled, [Entry("Form", "B5", 1)]).harm == ()
    with pytest.raises(NhsbnError, match=said):
        prove(form(), harm(filled), [Entry("Form", "B5", 1)])


def test_the_proof_finds_a_value_that_reads_back_otherwise() -> None:
    filled = fill(form(), [Entry("Form", "B5", 1), Entry("Form", "B18", "text")]).data
    with pytest.raises(ProblemsError) as raised:
        prove(form(), filled, [Entry("Form", "B5", 2), Entry("Form", "B18", "test"), Entry("Form", "B19", None)])
    assert [problem.where for problem in raised.value.problems] == [
        "sheet 'Form', cell B5",
        "sheet 'Form', cell B18",
    ]


def test_the_proof_finds_other_dates_and_another_order() -> None:
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form())) as source, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as made:
        for info in reversed(source.infolist()):
            info.date_time = (2025, 1, 1, 0, 0, 0)
            made.writestr(info, source.read(info))
    compared = verify(form(), again.getvalue())
    assert {one.what for one in compared.harm} == {"has its parts in another order", "has other zip attributes"}
    assert compared.untouched == 0
