"""The inbox: which files lie in it, what each really is, and whether it is safe to open.

Here: listing files by source, hashing them, telling a workbook from a text file by its first bytes, and limits on
size. Not here: reading cells (text_reader, workbook_reader), or what a file means.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import RefusedError
from nhsbn.extracts.reports import Report

Kind = Literal["text", "xlsx", "xls"]

REVIEWS = "reviews"
"""The folder of the inbox in which marked-up reviews come back; what lies there is no extract (decision 19)."""

_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MEBIBYTE = 1024 * 1024


def _megabytes(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    if not text.isdigit() or int(text) < 1:
        raise NhsbnError(f"{variable} is {text!r}; give a whole number of megabytes, or unset it for {default}")
    return int(text) * _MEBIBYTE


@dataclass(frozen=True)
class Limits:
    """How large a file may be before it is refused unread.

    Attributes:
        file_bytes: of any file (``NHSBN_MAX_FILE_MB``). A month of contacts is some 15 MB.
        inflated_bytes: of a workbook's parts, unpacked (``NHSBN_MAX_INFLATED_MB``).
        ratio: unpacked bytes to packed, above which a workbook is a bomb; real ones reach 40.
        cells: of one sheet's grid from A1 to its last cell, as the reader allocates every one of them.
    """

    file_bytes: int = field(default_factory=lambda: _megabytes("NHSBN_MAX_FILE_MB", 512))
    inflated_bytes: int = field(default_factory=lambda: _megabytes("NHSBN_MAX_INFLATED_MB", 1024))
    ratio: int = 200
    cells: int = 12_000_000


@dataclass(frozen=True)
class InboxFile:
    """A file of the inbox.

    Attributes:
        path: where it lies.
        source: the folder it lies in.
        report: whose name it has, or None.
        ignored: why it belongs to no report, or None.
    """

    path: Path
    source: str
    report: Report | None
    ignored: str | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.name

    @property
    def place(self) -> str:
        """Where it lies in the inbox, as people write it: ``esr/Leavers.csv``."""
        return f"{self.source}/{self.name}" if self.source else self.name


def list_inbox(inbox: Path, reports: Iterable[Report]) -> list[InboxFile]:
    """Every file below the inbox, in order of source and name.

    Files are named ``inbox/<source>/<file>``. Dot files and the desktop's own files are nobody's extract and are
    left out, and so are reviews that came back; anything else that is no report's is listed with the reason.

    Args:
        inbox: the folder; one that is absent is empty.
        reports: every declared report.
    """
    declared = list(reports)
    sources = sorted({report.source for report in declared})
    found: list[InboxFile] = []
    for entry in _entries(inbox):
        if entry.is_dir() and entry.name in sources:
            own = [report for report in declared if report.source == entry.name]
            found += [_matched(path, entry.name, own) for path in _entries(entry)]
        elif not (entry.is_dir() and entry.name == REVIEWS):
            where = "a folder" if entry.is_dir() else "a file"
            reason = f"is {where} straight in the inbox. Files go into a source's folder: {', '.join(sources)}."
            found.append(InboxFile(entry, "", None, reason))
    return found


def list_reviews(inbox: Path) -> list[Path]:
    """Every file that came back for review, in order of name; ``inbox/reviews/<file>``."""
    return [path for path in _entries(inbox / REVIEWS) if not path.name.startswith("~$")]


def _entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise NhsbnError(f"cannot list {folder}: {error.strerror}. Give yourself the right to read it.") from None
    return [path for path in entries if not path.name.startswith(".") and path.name.lower() not in _SYSTEM_FILES]


def _matched(path: Path, source: str, reports: list[Report]) -> InboxFile:
    if path.is_dir():
        return InboxFile(path, source, None, "is a folder, and folders within a source's folder are not read")
    if path.name.startswith("~$"):
        return InboxFile(path, source, None, "is the mark of a workbook that is open in Excel. Close it there.")
    name = plain_name(path.name)
    matches = [report for report in reports if re.search(report.file_name, name, re.IGNORECASE)]
    if len(matches) == 1:
        return InboxFile(path, source, matches[0])
    if matches:
        both = " and of ".join(report.report for report in matches)
        return InboxFile(path, source, None, f"has the name of {both}. Make their file_name patterns exclusive.")
    patterns = "; ".join(f"{report.report}: {report.file_name}" for report in reports)
    return InboxFile(
        path,
        source,
        None,
        f"has the name of no {source} report. Rename it after its report and period ({patterns}).",
    )


def plain_name(name: str) -> str:
    """A file name as it was before a web page encoded it: ``%20`` is a space."""
    return unquote(name)


def hash_file(path: Path, limits: Limits) -> str:
    """SHA-256 of a file, in hex, read piece by piece.

    Raises:
        RefusedError: when it is larger than may be read, told from its size alone.
        OSError: when it cannot be read.
    """
    check_size(path.stat().st_size, limits)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_size(size: int, limits: Limits) -> None:
    """Refuse an empty file, and one too large to read.

    Raises:
        RefusedError: saying the size, the limit and what to do.
    """
    if size == 0:
        raise RefusedError("is empty. Copy it again, or ask for the report anew.")
    if size > limits.file_bytes:
        raise RefusedError(
            f"holds {size / _MEBIBYTE:,.0f} MB, more than the {limits.file_bytes / _MEBIBYTE:,.0f} MB that are "
            "read. Ask for the report by month, or raise NHSBN_MAX_FILE_MB if the machine has the memory."
        )


def kind_of(data: bytes) -> Kind:
    """What a file is, by its first bytes and never by its name.

    Raises:
        RefusedError: when it is nothing that can be read, with what to do about it.
    """
    if data.startswith(b"PK"):
        return "xlsx"
    if data.startswith(_CFB):
        if _ENCRYPTED in data:
            raise RefusedError(
                "is protected by a password. Open it in Excel, remove the password (File, Info, Protect "
                "Workbook), save it and put it here again."
            )
        return "xls"
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<head", b"<meta", b"<?xml", b"mime-version")):
        raise RefusedError(
            "is a web page, whatever its name ends in. Open it in Excel and save it as .xlsx, or ask for the "
            "report as CSV."
        )
    for magic, what in ((b"%pdf", "a PDF"), (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7-Zip archive")):
        if start.startswith(magic):
            raise RefusedError(f"is {what}. Ask for the report as .xlsx or CSV.")
    return "text"
