"""The key under which person identifiers are hashed.

Here: taking it from ``NHSBN_PERSON_KEY``, or from the home folder, where it is made on first use. Not here:
hashing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nhsbn.errors import NhsbnError

VARIABLE = "NHSBN_PERSON_KEY"
LEAST_LENGTH = 16


def person_key(home: Path) -> bytes:
    """The key, the same for every run of one home folder.

    Whoever holds the key can test guessed identifiers against the lake, and without it old and new files no longer
    join: keep it as a password is kept, and with the backups of the home folder.

    Args:
        home: the home folder, where ``person.key`` is made with mode 0600 when neither it nor the variable is
            there.

    Raises:
        NhsbnError: when the variable is too short to be a secret, or the file can neither be read nor written.
    """
    if given := os.environ.get(VARIABLE):
        return _checked(given, VARIABLE)
    path = home / "person.key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _checked(path.read_text(encoding="utf-8"), str(path))
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{secrets.token_hex(32)}\n")
        return _checked(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise NhsbnError(
            f"cannot read or write {path}: {error.strerror}. Make the home folder writable, choose another with "
            f"--home or NHSBN_HOME, or give the key in {VARIABLE}."
        ) from None


def _checked(text: str, where: str) -> bytes:
    key = text.strip().encode()
    if len(key) < LEAST_LENGTH:
        raise NhsbnError(
            f"the person key in {where} has {len(key)} characters; give at least {LEAST_LENGTH} that no one can "
            "guess"
        )
    return key
