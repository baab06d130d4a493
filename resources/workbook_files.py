"""Workbook files: read whole, and put in their place whole or not at all.

Here: the files. Not here: what is in them.
"""

from __future__ import annotations

import os
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
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise NhsbnError(
            f"{path} cannot be written ({error.strerror}). Close it in Excel if it is open there, and run again."
        ) from None
