"""Landed files in the lake: where each lies, whether it is there, and writing it so that a half is never seen.

Here: paths, records beside the Parquet, and atomic writes. Not here: what is in them (landing).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import Report

READER = "2"
"""Part of every landed file's version: raise it when landing itself comes to give other rows."""


def extract_path(lake: Path, report: Report, sha256: str) -> Path:
    """Where a landed file's Parquet lies; its record lies beside it with the ending ``.json``."""
    return lake / "extracts" / report.source / report.report / f"{sha256}.parquet"


def landed_version(report: Report, name: str, fingerprint: str) -> str:
    """What decides a landed file beside its bytes: the declaration, its name, the person key and the reader."""
    return hashlib.sha256("\n".join((READER, report.version, fingerprint, name)).encode()).hexdigest()[:16]


def known(path: Path, name: str, version: str) -> LandedFile | None:
    """The record of a file landed before, if it is whole and was landed as it would be now."""
    try:
        landed = LandedFile.from_json(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return landed if landed.version == version and landed.name == name and path.is_file() else None


def write(path: Path, table: pa.Table, landed: LandedFile) -> None:
    """Write the Parquet, then its record, each under another name first: a record means a whole Parquet.

    Raises:
        NhsbnError: when the lake cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            coded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
            pq.write_table(table, scratch, compression="snappy", use_dictionary=coded, store_schema=False)
            scratch.replace(path)
            scratch.write_text(landed.to_json(), encoding="utf-8")
            scratch.replace(path.with_suffix(".json"))
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        raise NhsbnError(
            f"cannot write {path.parent}: {error.strerror or error}. Make the home folder writable and see that "
            "the disk has room, or choose another with --home or NHSBN_HOME."
        ) from None
