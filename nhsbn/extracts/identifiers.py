"""Person identifiers: the keyed hash that replaces them, and telling them where none should be.

Here: tokens, and the shapes of a person's name and of an NHS number. Not here: where the key is kept, and which
columns are personal (the declarations say).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

PERSON_NAME = (
    r"^[A-Z][A-Z'’ -]+, ?"
    r"(Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Rev|Sir|Dame|Lord|Lady|Sister|Master)\.? +[A-Z]"
)
"""A name as ESR prints it, ``SURNAME, Mr. First``: the form in which one strays into another column."""

NHS_NUMBER = r"^[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}$"
"""Ten digits in the grouping of an NHS number. Only the check digit tells one from another ten-digit number."""

_BLOCK = 64


class Tokens:
    """Keyed hashes of identifiers: the same person has the same token in every file, and no one can go back.

    A token is the first 16 hex digits of HMAC-SHA-256 of the trimmed, upper-cased identifier. Tokens are
    remembered, as the same people come in every month's file.

    Args:
        key: the secret. Whoever holds it could test a guessed identifier, so it never leaves the home folder.
    """

    def __init__(self, key: bytes) -> None:
        # HMAC (RFC 2104) with both padded keys hashed once and copied: half the time of hmac.digest a word.
        padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
        self._known: dict[str | None, str | None] = {}

    @property
    def fingerprint(self) -> str:
        """Tells one key from another without telling the key: files landed with another key are landed anew."""
        return self._token("nhsbn person key")

    def of(self, identifier: str) -> str:
        """The token of one identifier."""
        return self._token(identifier)

    def of_all(self, identifiers: Sequence[str | None]) -> list[str | None]:
        """The tokens of a column's identifiers; a blank stays blank."""
        known = self._known
        for identifier in set(identifiers) - known.keys():
            known[identifier] = None if identifier is None else self._token(identifier)
        return [known[identifier] for identifier in identifiers]

    def _token(self, identifier: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(identifier.strip().upper().encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:16]


def is_nhs_number(text: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number.

    Source: NHS Data Dictionary, NHS NUMBER: weights 10 to 2, modulus 11; a check of 11 is 0, and 10 is invalid.
    """
    digits = [int(char) for char in text if char.isdigit()]
    if len(digits) != 10:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] if check != 10 else False


def nhs_numbers(texts: Iterable[str]) -> set[str]:
    """Which of a column's ten-digit texts are to be taken for NHS numbers.

    One in eleven numbers of any kind passes the check digit, so a column of ten-digit reference numbers would lose
    a row in eleven. Numbers are taken for NHS numbers only where they are grouped 3-3-4, or where at least half of
    the column's different ten-digit numbers pass, which chance does not do.

    Args:
        texts: different cells of one column, each matching :data:`NHS_NUMBER`.
    """
    listed = set(texts)
    valid = {text for text in listed if is_nhs_number(text)}
    plain = {text for text in listed if text.isdigit()}
    if len(valid & plain) * 2 >= len(plain):
        return valid
    return valid - plain
