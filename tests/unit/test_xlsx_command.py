from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.xlsx.cells_csv import read_cells
from nhsbn.xlsx.values import Entry
from pipelines.cli import OK, USER_ERROR, main
from resources.recalculation import asked_for
from resources.workbook_files import write_all_whole, write_whole
from tests.xlsx_samples import ONE_SHEET, changed, form

HEAD = "sheet,cell,value,type\n"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "tool.xlsx"
    path.write_bytes(form())
    return path


def fill(template: Path, cells: str, out: str = "out/filled.xlsx", options: Sequence[str] = ()) -> int:
    listed = template.with_name("cells.csv")
    listed.write_text(cells, encoding="utf-8")
    return main(["tool", "fill", str(template), str(listed), str(template.parent / out), *options])


def test_each_type_is_read_and_a_text_is_left_as_it_is() -> None:
    text = (
        '\ufefftype,sheet,cell,value\r\nnumber,S,A1,-12\r\nnumber,S,A2,1e-3\r\ntext,S,A3," 1, two\n=3"\r\n'
        "date,S,A4,2025-06-30\r\ndate,S,A5,2025-06-30 09:30\r\ntime,S,A6,09:30\r\nBoolean,S,A7,TRUE\r\n"
        "\r\nblank,S,A8,\r\n"
    )
    assert read_cells(text, "cells.csv") == (
        Entry("S", "A1", -12),
        Entry("S", "A2", 0.001),
        Entry("S", "A3", " 1, two\n=3"),
        Entry("S", "A4", date(2025, 6, 30)),
        Entry("S", "A5", datetime(2025, 6, 30, 9, 30)),
        Entry("S", "A6", time(9, 30)),
        Entry("S", "A7", True),
        Entry("S", "A8", None),
    )


def test_every_row_that_cannot_be_read_is_listed() -> None:
    rows = ['S,A1,"1,000",number', "S,A2,30/06/2025,date", "S,A3,x,colour", "S,A4,yes,boolean"]
    rows += ["S,A5,1,blank", "S,A6", "S,A7,09:30+01:00,time", "S,A8,2025-06-30x09:30,date"]
    with pytest.raises(ProblemsError) as raised:
        read_cells(HEAD + "\n".join(rows), "cells.csv")
    assert [str(problem) for problem in raised.value.problems] == [
        "cells.csv, line 2: '1,000' is no number; write it as 12.5, without thousands separators",
        "cells.csv, line 3: '30/06/2025' is no date; write it as 2025-06-30 or 2025-06-30 09:30",
        "cells.csv, line 4: type 'colour' is none of number, text, date, time, boolean, blank",
        "cells.csv, line 5: 'yes' is no boolean; write it as true or false",
        "cells.csv, line 6: '1' is no blank; write it with no value",
        "cells.csv, line 7: has 2 values, not 4; put a text with commas in quotes",
        "cells.csv, line 8: '09:30+01:00' is no time; write it as 09:30 or 09:30:15",
        "cells.csv, line 9: '2025-06-30x09:30' is no date; write it as 2025-06-30 or 2025-06-30 09:30",
    ]


@pytest.mark.parametrize("text", ["", "sheet,cell,value\n", 'sheet,cell,value,type\nS,A1,"x,text\n'])
def test_what_is_no_list_of_cells_is_refused(text: str) -> None:
    with pytest.raises(NhsbnError, match=r"cells\.csv, line \d"):
        read_cells(text, "cells.csv")


def test_a_filled_workbook_is_written_and_verified(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill(template, HEAD + "Form,B4,1,number\nForm,B13,x,text\nForm,B18,,blank\n") == OK
    said = capsys.readouterr().out
    assert "Look at sheet 'Form', cell B13: lies in a hidden row or column" in said
    assert "3 cells filled in " in said
    assert main(["tool", "verify", str(template), str(template.with_name("out") / "filled.xlsx")]) == OK
    said = capsys.readouterr().out
    assert "sheet 'Form', cell B4: filled" in said
    assert "sheet 'Sums & more', cell A1: result cleared, as it depends on filled cells" in said
    assert "2 cells filled" in said
    assert "0 differences that filling does not explain" in said


def test_every_refusal_is_said_and_nothing_is_written(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill(template, HEAD + "Form,B5,1,number\nForm,C1,1,number\nForm,B1,Blue,text\n") == USER_ERROR
    assert capsys.readouterr().err.splitlines() == [
        "tool.xlsx, sheet 'Form', cell C1: holds a formula, which must stay",
        "tool.xlsx, sheet 'Form', cell B1: 'Blue' is not in its list: Red, Amber, Green",
    ]
    assert not template.with_name("out").exists()


@pytest.mark.parametrize(
    ("out", "said"),
    [("tool.xlsx", "would replace"), ("cells.csv", "would replace"), ("a.xlsm", "must end in .xlsx")],
)
def test_a_place_that_would_do_harm_is_refused(
    template: Path, out: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill(template, HEAD + "Form,B5,1,number\n", out) == USER_ERROR
    assert said in capsys.readouterr().err
    assert template.read_bytes() == form()


def test_a_file_that_is_missing_or_no_workbook_is_named(
    template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = template.with_name("none.xlsx")
    assert main(["tool", "verify", str(missing), str(template)]) == USER_ERROR
    assert "none.xlsx cannot be read (No such file or directory)" in capsys.readouterr().err
    missing.write_bytes(b"text")
    assert main(["tool", "verify", str(template), str(missing)]) == USER_ERROR
    assert "none.xlsx: the workbook cannot be read as an Excel workbook" in capsys.readouterr().err
    assert main(["tool", "verify", str(missing), str(template)]) == USER_ERROR
    assert "none.xlsx: the workbook cannot be read as an Excel workbook" in capsys.readouterr().err


def test_a_place_that_is_no_folder_is_named(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill(template, HEAD + "Form,B4,1,number\n", "cells.csv/filled.xlsx") == USER_ERROR
    assert "filled.xlsx cannot be written" in capsys.readouterr().err


def test_a_folder_is_never_taken_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NhsbnError, match=r"\. cannot be written"):
        write_whole(Path(), b"text")
    assert list(tmp_path.iterdir()) == []


def test_a_run_broken_off_leaves_no_draft_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(_draft: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", broken_off)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "out" / "filled.xlsx", b"text")
    assert list((tmp_path / "out").iterdir()) == []


def test_files_of_one_name_but_for_their_endings_are_put_in_place_together(tmp_path: Path) -> None:
    files = {tmp_path / "review.html": b"page", tmp_path / "review.xlsx": b"workbook"}
    write_all_whole(files)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_harm_is_listed(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    harmed = template.with_name("harmed.xlsx")
    harmed.write_bytes(changed(form(), ONE_SHEET, ("SUM(B1:B9)", "SUM(B1:B8)")))
    assert main(["tool", "verify", str(template), str(harmed)]) == USER_ERROR
    said = capsys.readouterr()
    assert "harmed.xlsx, sheet 'Form', cell C1: has another formula" in said.err
    assert "1 differences that filling does not explain" in said.out


def test_who_asks_for_totals_is_told_that_libreoffice_is_missing(
    template: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.recalculation.shutil.which", lambda name: None)
    cells = HEAD + "Form,B4,1,number\n"
    missing = "Look at totals: LibreOffice is not installed; Excel works them out on opening"
    for options, is_told in (([], False), (["--no-recalculate"], False), (["--recalculate"], True)):
        assert fill(template, cells, options=options) == OK
        assert (missing in capsys.readouterr().out) is is_told, options


def test_totals_are_worked_out_unless_the_environment_says_no(
    template: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = HEAD + "Form,B4,1,number\n"
    for said, asked in ((None, True), ("yes", True), (" No ", False)):
        monkeypatch.delenv("NHSBN_RECALCULATE", raising=False)
        if said:
            monkeypatch.setenv("NHSBN_RECALCULATE", said)
        assert asked_for() is asked
    monkeypatch.setenv("NHSBN_RECALCULATE", "maybe")
    assert fill(template, cells) == USER_ERROR
    assert "NHSBN_RECALCULATE is 'maybe'; set it to yes or no" in capsys.readouterr().err
