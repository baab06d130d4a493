"""What a check found, and its keeping beside the landed file it judged.

Here: the result, plain enough for JSON and for any orchestrator, and reading and writing it. Not here: judging
(runner), or where the lake is (the caller gives paths).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

FAILING_SHOWN = 20


class FailingRow(BaseModel):
    """Where a failing row is: enough to find it in the extract, and nothing about a person.

    Attributes:
        file_name: the extract's own name.
        sheet: its sheet, or nothing for a text file.
        row: row number as the file's reader shows it.
        key: the key columns that are not personal, with identifiers as their hashed tokens.
    """

    model_config = ConfigDict(frozen=True)

    file_name: str
    sheet: str | None
    row: int
    key: dict[str, str | None]


class CheckResult(BaseModel):
    """One check of one landed file.

    Attributes:
        report: the report's id.
        file: the file's short hash, as on its rows (``_file``).
        file_name: the file's own name.
        check: the check's id.
        title: what should be so.
        severity: ``critical`` blocks what depends on the file, ``warning`` is shown.
        passed: whether it is so. A check with nothing to judge passes, and ``observed`` says so.
        observed: what was found, in words, with no value that could name a person.
        judged_count: rows judged (of the file: 1).
        unexpected_count: rows, or facts, that failed.
        failing: the first failing rows, at most :data:`FAILING_SHOWN`.
        notes: why this is expected, and where a threshold comes from.
        owner: who answers for the extract.
        instruction: what to do about a failure.
    """

    model_config = ConfigDict(frozen=True)

    report: str
    file: str
    file_name: str
    check: str
    title: str
    severity: Literal["critical", "warning"]
    passed: bool
    observed: str
    judged_count: int
    unexpected_count: int
    failing: tuple[FailingRow, ...] = ()
    notes: str
    owner: str
    instruction: str


class CheckedFile(BaseModel):
    """Every quality check of one landed file, and the version of what made them."""

    model_config = ConfigDict(frozen=True)

    version: str
    results: tuple[CheckResult, ...]


def checks_path(parquet: Path) -> Path:
    """Where the checks of a landed file are kept: ``<sha256>.checks.json`` beside its Parquet."""
    return parquet.with_suffix(".checks.json")


def kept(parquet: Path, version: str) -> tuple[CheckResult, ...] | None:
    """The results kept beside a landed file, or nothing when it was not judged in this version."""
    try:
        checked = CheckedFile.model_validate_json(checks_path(parquet).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return checked.results if checked.version == version else None


def keep(parquet: Path, version: str, results: Iterable[CheckResult]) -> None:
    """Write a file's results beside it, whole or not at all."""
    path = checks_path(parquet)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(
        CheckedFile(version=version, results=tuple(results)).model_dump_json(indent=1) + "\n",
        encoding="utf-8",
    )
    draft.replace(path)
