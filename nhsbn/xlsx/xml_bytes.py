"""XML as bytes: tags found by their place, attributes and texts read, texts escaped, nothing written anew.

Here: what holds for any part. Not here: what a part means.

A part is first passed through a parser that refuses document types, so that what is scanned afterwards is known to
be well formed. Comments, CDATA and processing instructions are blanked for scanning, byte for byte.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree
from xml.parsers import expat

from nhsbn.errors import NhsbnError

ATTRIBUTES = rb"""((?:\s++[^\s=<>"'/]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*+)\s*+"""
"""The attributes of a tag, as one group, for patterns that go on with ``/?>``."""

_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_HIDDEN = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>|([^<]+)|<!--.*?-->|<[^>]*>", re.DOTALL)
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(\w+));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_BEYOND = 0x110000
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


class _RefusedError(Exception):
    """Raised inside the parser; carries why."""


def check(part: str, data: bytes) -> None:
    """Make sure that a part may be scanned.

    Raises:
        NhsbnError: when it is not well-formed XML in UTF-8, or declares a document type or entities.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_encoding
    try:
        if data[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\0" in data[:4]:
            raise _RefusedError("is not written in UTF-8")
        parser.Parse(data, True)
    except _RefusedError as refused:
        raise NhsbnError(f"{part} {refused}; open the workbook in Excel and save it anew") from None
    except (expat.ExpatError, ValueError) as error:
        raise _damaged(part, error) from None


def parsed(part: str, data: bytes) -> ElementTree.Element:
    """A small part as a tree, after :func:`check`."""
    check(part, data)
    try:
        return ElementTree.fromstring(data)  # noqa: S314 (no document type, so no entity)
    except ElementTree.ParseError as error:
        raise _damaged(part, error) from None


def local(element: ElementTree.Element) -> str:
    """An element's name without its namespace, which differs between strict and transitional workbooks."""
    return element.tag.rpartition("}")[2]


def masked(data: bytes) -> bytes:
    """The same bytes with comments, CDATA and processing instructions blanked; places stay as they are."""
    # One byte is looked for many times faster than two, and few sheets hold it at all.
    declared = data.find(b"?>", 0, 200) + 2 if data[:2] == b"<?" else 0
    is_plain = (data.find(b"!") < 0 or data.find(b"<!") < 0) and (
        data.find(b"?", declared) < 0 or data.find(b"<?", declared) < 0
    )
    if is_plain:
        return data
    return _HIDDEN.sub(lambda match: b" " * len(match[0]), data)


@lru_cache(maxsize=256)
def tag(prefix: bytes, name: bytes) -> re.Pattern[bytes]:
    """Finds the start tags of an element: group 1 its attributes, group 2 ``/`` when it is empty."""
    return re.compile(b"<" + re.escape(prefix + name) + ATTRIBUTES + b"(/?)>")


@lru_cache(maxsize=256)
def closing_tag(prefix: bytes, name: bytes) -> re.Pattern[bytes]:
    """Finds the end tags of an element."""
    return re.compile(b"</" + re.escape(prefix + name) + rb"\s*>")


def attributes(raw: bytes) -> dict[str, str]:
    """The attributes of a tag by name, prefixes kept."""
    return {
        name.decode(): unescaped((double or single).decode()) for name, double, single in _ATTRIBUTE.findall(raw)
    }


def without(raw: bytes, names: frozenset[bytes]) -> bytes:
    """The attributes of a tag less some, the others byte for byte."""
    return b"".join(match[0] for match in _ATTRIBUTE.finditer(raw) if match[1] not in names)


def with_attribute(raw: bytes, name: bytes, value: bytes) -> bytes:
    """The attributes of a tag with one set, in its place or at the end; the others byte for byte."""
    for match in _ATTRIBUTE.finditer(raw):
        if match[1] == name:
            group = 2 if match[2] is not None else 3
            return raw[: match.start(group)] + value + raw[match.end(group) :]
    return raw + b" " + name + b'="' + value + b'"'


def text_of(raw: bytes) -> str:
    """The text within a piece of XML, tags left out."""
    found = (
        match[1].decode() if match[1] is not None else unescaped((match[2] or b"").decode())
        for match in _CDATA.finditer(raw)
    )
    return "".join(found)


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def is_true(text: str | None) -> bool:
    """Whether an attribute says yes."""
    return (text or "").strip().lower() in ("1", "true", "on")


def whole(text: str | None, otherwise: int = 0) -> int:
    """An attribute's whole number; the other one when it has none."""
    try:
        return int(text) if text and len(text) < 12 else otherwise
    except ValueError:
        return otherwise


def unescaped(text: str) -> str:
    """A text with its character references read."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def escaped(text: str) -> bytes:
    """A text as it stands between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED.get(match[3], match[0])
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    number = int(digits, base) if len(digits) < 10 else _BEYOND
    return chr(number) if number < _BEYOND else match[0]


def _damaged(part: str, error: Exception) -> NhsbnError:
    return NhsbnError(f"{part} is not well-formed XML ({error}); the workbook is damaged: ask for it again")


def _refuse_doctype(*_: object) -> None:
    raise _RefusedError("declares a document type, which may hide entities")


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.lower() not in _ENCODINGS:
        raise _RefusedError(f"is written in {encoding}, not in UTF-8")
