"""Formulas worked out by LibreOffice, for readers of a filled workbook's cached results.

Here: LibreOffice run on copies, and which of its results are trusted. Not here: results spliced into the workbook
(the core), and the workbook that LibreOffice saves, which loses much of the sender's and is thrown away.

A result is trusted where LibreOffice, from the sender's own workbook, works the same formula out to what the
sender's program had left in it. Everything else is left to be cleared, and for Excel to work out on opening.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.cell_values import Held, held
from nhsbn.xlsx.fill import Filled
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.recalculation import Result, is_writable
from nhsbn.xlsx.references import Place
from nhsbn.xlsx.workbook_map import WorkbookMap

SETTING = "NHSBN_RECALCULATE"
"""The environment's word on whether LibreOffice, where it is, works formulas out: ``yes``, else ``no``."""

PROGRAMS = (
    "soffice",
    "libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
)
"""Names and places under which LibreOffice is installed on Linux, macOS and Windows."""

LIMIT_SECONDS = 120

# Formulas are always worked out on loading; no macro runs, no link is followed.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse">
<value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


class LibreOfficeError(NhsbnError):
    """LibreOffice did not do its work; what was filled stands without it."""


@dataclass(frozen=True)
class LibreOffice:
    """LibreOffice, run without a window in a profile of its own.

    Attributes:
        program: where it is.
        limit_seconds: after which it is given up.
    """

    program: str
    limit_seconds: float = LIMIT_SECONDS

    @classmethod
    def found(cls) -> LibreOffice | None:
        """LibreOffice where it is installed."""
        programs = (shutil.which(name) for name in PROGRAMS)
        return next((cls(program) for program in programs if program), None)

    def worked_out(self, workbook: bytes) -> bytes:
        """A workbook as LibreOffice saves it, every formula worked out; only to be read.

        Raises:
            LibreOfficeError: when it takes too long, or cannot open it.
        """
        with tempfile.TemporaryDirectory(prefix="nhsbn-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            profile, given, made = folder / "profile", folder / "given", folder / "made"
            for one in (profile / "user", given, made):
                one.mkdir(parents=True)
            (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
            path = given / "workbook.xlsx"
            path.write_bytes(workbook)
            self._convert(profile, made, path)
            try:
                return (made / path.name).read_bytes()
            except OSError:
                raise LibreOfficeError("LibreOffice could not open the workbook") from None

    def _convert(self, profile: Path, made: Path, path: Path) -> None:
        command = [self.program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made), str(path)]
        try:
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise LibreOfficeError(f"LibreOffice ({self.program}) cannot be run ({error.strerror})") from None
        try:
            process.wait(self.limit_seconds)
        except subprocess.TimeoutExpired:
            raise LibreOfficeError(f"LibreOffice took more than {self.limit_seconds:g} seconds") from None
        finally:
            if process.poll() is None:  # out of time, or the run was broken off
                _end(process)


def asked_for() -> bool:
    """Whether formulas are to be worked out, where LibreOffice is installed: unless the environment says no.

    Raises:
        NhsbnError: when it says neither yes nor no.
    """
    said = os.environ.get(SETTING, "yes").strip().lower()
    if said not in ("yes", "no"):
        raise NhsbnError(f"{SETTING} is {said!r}; set it to yes or no")
    return said == "yes"


def trusted_results(template: bytes, filled: Filled, office: LibreOffice) -> dict[tuple[str, Place], Result]:
    """What the formulas that depend on filled cells are worked out to, as far as LibreOffice is to be trusted.

    Args:
        template: the sender's workbook.
        filled: the workbook filled from it, with these results cleared.
        office: LibreOffice.

    Raises:
        LibreOfficeError: when it does not open them in time, or what it saves cannot be read.
    """
    if not filled.stale:
        return {}
    by_sender = _results(template, filled.stale)
    try:
        pristine, anew = (
            _results(made, filled.stale) for made in (_pristine(office, template), office.worked_out(filled.data))
        )
    except LibreOfficeError:
        raise
    except NhsbnError as error:
        raise LibreOfficeError(f"what LibreOffice saved cannot be read ({error})") from None
    return {
        at: result
        for at, result in anew.items()
        if result is not None
        and is_writable(result)
        and by_sender[at] is not None
        and _is_same(by_sender[at], pristine[at])
    }


@lru_cache(maxsize=2)
def _pristine(office: LibreOffice, template: bytes) -> bytes:
    """The sender's own workbook as LibreOffice works it out; once for all the tools filled from it."""
    return office.worked_out(template)


def _results(data: bytes, cells: Iterable[tuple[str, Place]]) -> dict[tuple[str, Place], Held]:
    """What some formulas' cells hold in a workbook."""
    book = WorkbookMap(read_package(data))
    return {(title, place): _result(book, title, place) for title, place in cells}


def _result(book: WorkbookMap, title: str, place: Place) -> Held:
    """A formula's result; None for none at all and for an error, which may be LibreOffice's own."""
    if title not in book.tabs or not book.tabs[title].part:
        return None
    cell = book.sheet(title).cell(place)
    return None if cell is None or cell.looks.type == "e" else held(book, title, place)


def _is_same(senders: Held, other: Held) -> bool:
    if isinstance(senders, float) and isinstance(other, float):
        return math.isclose(senders, other, rel_tol=1e-9, abs_tol=1e-12)
    return type(senders) is type(other) and senders == other


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with the process that it runs in, which its launcher would leave behind."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, 9)
    else:
        process.kill()
    process.wait()
