"""Texts of a workbook: shared strings read, new ones appended, and what a cell may hold.

Here: texts as the workbook's parts write them. Not here: which cell holds which.
"""

from __future__ import annotations

import re
from functools import cached_property

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.xml_bytes import check, escaped, masked, tag, text_of

LONGEST_TEXT = 32_767
"""Characters that an Excel cell holds, as :func:`length_of` counts them."""

_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PHONETIC = re.compile(rb"<(?:[^\s<>/:]+:)?rPh\b.*?</(?:[^\s<>/:]+:)?rPh\s*>", re.DOTALL)
_OPENING = re.compile(rb"<((?:[^\s<>/:!?]+:)?)sst[\s/>]")


class SharedStrings:
    """The shared strings of a workbook, to which texts are added at the end.

    Args:
        part: the part's name.
        data: the part.

    Raises:
        NhsbnError: when it is not a part of shared strings.
    """

    def __init__(self, part: str, data: bytes) -> None:
        check(part, data)
        self._data, self._mask = data, masked(data)
        opening = _OPENING.search(self._mask)
        if opening is None:
            raise NhsbnError(f"{part} holds no shared strings; the workbook is damaged: ask for it again")
        self._prefix = opening[1]
        self._added: dict[str, int] = {}
        start_tag = tag(self._prefix, b"sst").search(self._mask)
        self._empty_tag = start_tag if start_tag and start_tag[2] else None
        self._count = len(re.findall(rb"<%bsi[\s/>]" % re.escape(self._prefix), self._mask))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts that the workbook came with, without phonetic guides and formatting."""
        closing = re.compile(b"</" + re.escape(self._prefix) + rb"si\s*>")
        texts = []
        for match in tag(self._prefix, b"si").finditer(self._mask):
            end = None if match[2] else closing.search(self._mask, match.end())
            inside = b"" if end is None else self._data[match.end() : end.start()]
            texts.append(rich_text(inside))
        return tuple(texts)

    def add(self, text: str) -> int:
        """The number of a text, added when it is not among those added before."""
        return self._added.setdefault(text, self._count + len(self._added))

    @property
    def data(self) -> bytes:
        """The part with what was added: the bytes up to its end tag stay as they were."""
        if not self._added:
            return self._data
        prefix = self._prefix
        items = b"".join(b"<%bsi>%b</%bsi>" % (prefix, text_markup(prefix, text), prefix) for text in self._added)
        if self._empty_tag:
            start, end = self._empty_tag.span()
            opened = self._data[start:end].rstrip(b">").rstrip(b"/") + b">"
            return self._data[:start] + opened + items + b"</%bsst>" % prefix + self._data[end:]
        end = self._mask.rindex(b"</" + prefix + b"sst")
        return self._data[:end] + items + self._data[end:]


def text_markup(prefix: bytes, text: str, name: bytes = b"t") -> bytes:
    """An element, ``<t>`` or another, that holds a text as it is, spaces and all."""
    space = b' xml:space="preserve"' if text != text.strip() or "\n" in text or "\t" in text else b""
    shown = _ESCAPE.sub("_x005F_", text) if "_x" in text else text
    shown = shown.replace("\r", "_x000D_")
    return b"<%b%b%b>%b</%b%b>" % (prefix, name, space, escaped(shown), prefix, name)


def rich_text(inside: bytes) -> str:
    """The text of a string item or an inline string, all its runs together."""
    plain = _PHONETIC.sub(b"", inside)
    runs = re.findall(rb"<(?:[^\s<>/:]+:)?t(?:\s[^>]*[^/>])?>(.*?)</(?:[^\s<>/:]+:)?t\s*>", plain, re.DOTALL)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), "".join(text_of(run) for run in runs))


def length_of(text: str) -> int:
    """Characters as Excel counts them: one beyond U+FFFF is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def text_fault(text: str) -> str:
    """Why a cell cannot hold a text; empty when it can."""
    if not text.strip():
        return "the text is blank; leave the cell out"
    # Only a long text can be too long, and counting takes time.
    length = length_of(text) if len(text) * 2 > LONGEST_TEXT else 0
    if length > LONGEST_TEXT:
        return f"the text has {length} characters; a cell holds {LONGEST_TEXT}"
    return "the text has control characters; remove them" if _FORBIDDEN.search(text) else ""
