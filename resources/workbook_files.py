"""Workbook files: read whole, and put in their place whole or not at all.

Here: the files. Not here: what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from nhsbn.errors import NhsbnError


def read_whole(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        NhsbnError: when it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NhsbnError(f"{path} cannot be read ({error.strerror}); check its name and who may read it") from None


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in its place, whole or not at all.

    Raises:
        NhsbnError: when it cannot be written, which in Windows is so while it is open in Excel.
    """
    write_all_whole({path: data})


def write_changed(path: Path, data: bytes) -> None:
    """Put a file in its place unless it is there as it would be, so that one open in Excel is left in peace.

    Raises:
        NhsbnError: when it cannot be written.
    """
    if not (path.is_file() and path.read_bytes() == data):
        write_whole(path, data)


def write_all_whole(files: Mapping[Path, bytes]) -> None:
    """Put files in their places; none is touched before all of them lie ready beside theirs.

    Raises:
        NhsbnError: for the first that cannot be written.
    """
    drafts = {path: path.parent / f"{path.name}.{os.getpid()}.tmp" for path in files}  # "." has no name to change
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[path].write_bytes(data)
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        raise NhsbnError(
            f"{path} cannot be written ({error.strerror}). Close it in Excel if it is open there, and run again."
        ) from None
    finally:  # when a run is broken off too
        for draft in drafts.values():
            with suppress(OSError):  # a draft that was put in its place, or never begun, is not there
                draft.unlink()
