"""A workbook's package: the members of its zip, read with care, and copied raw unless they are replaced.

Here: the zip as bytes. Not here: what a part holds.

A member that is not replaced keeps its compressed bytes, headers, place, date and attributes. A replaced one keeps
its headers but for what the new content forces: checksum and sizes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from nhsbn.errors import NhsbnError

LARGEST_PART = 512 * 2**20
"""Bytes of one part, unpacked; the largest sheet that Excel opens comfortably is below this."""

LARGEST_PACKAGE = 1024 * 2**20
"""Bytes of all parts, unpacked."""

LARGEST_KEPT = 32 * 2**20
"""Bytes of a part, unpacked, beyond which it is unpacked again when it is read."""

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ZIP64 = 1
_FULL = 0xFFFFFFFF
_ENCRYPTED, _DESCRIPTOR = 0x1 | 0x40 | 0x2000, 0x8
_PATCH = 0x20
_NEWEST = 63
"""The version of the zip format that every reader knows at most, in tenths."""
_STORED, _DEFLATED = 0, 8
_AGAIN = "open the workbook in Excel and save it anew, or ask for it again"


@dataclass(frozen=True)
class Member:
    """A member of the zip, as its directory describes it.

    Attributes:
        fields: the directory's record, unpacked.
        start: where its local header stands.
        content: where its compressed bytes stand.
        end: where the next member, or the directory, begins.
        extra: extra fields of the directory, less those for sizes beyond 4 GB.
    """

    name: str
    fields: tuple[int, ...]
    raw_name: bytes
    extra: bytes
    comment: bytes
    crc: int
    packed: int
    size: int
    start: int
    content: int
    end: int

    @property
    def method(self) -> int:
        """How it is compressed."""
        return self.fields[3]

    @property
    def attributes(self) -> tuple[object, ...]:
        """What stays the same of every member: name, method, date, attributes, comment."""
        versions, method, moment, inner_outer = self.fields[:2], self.method, self.fields[4:6], self.fields[13:15]
        return self.raw_name, versions, method, moment, inner_outer, self.extra, self.comment


@dataclass(frozen=True)
class Package:
    """A workbook as a zip; made by :func:`read_package`, which has checked every member."""

    data: bytes
    members: tuple[Member, ...]
    comment: bytes

    @cached_property
    def names(self) -> Mapping[str, Member]:
        """Members by name in lower case, as parts are found whatever their case."""
        return {member.name.lower(): member for member in self.members}

    def find(self, name: str) -> str | None:
        """A part's own name; None when there is no such part."""
        member = self.names.get(name.lower())
        return member.name if member else None

    def part(self, name: str) -> bytes:
        """A part, unpacked.

        Raises:
            NhsbnError: when the workbook has no such part.
        """
        member = self.names.get(name.lower())
        if member is None:
            raise NhsbnError(f"the workbook has no part {name}; {_AGAIN}")
        if member.name not in self._held:
            self._held[member.name] = self._unpacked(member)
        return self._held[member.name]

    @cached_property
    def _held(self) -> dict[str, bytes]:
        """Parts unpacked and found whole."""
        return {}

    def packed(self, member: Member) -> bytes:
        """A member's compressed bytes."""
        return self.data[member.content : member.content + member.packed]

    def check(self) -> None:
        """Unpack every member once, and compare its size and checksum; those in XML are kept for reading.

        Raises:
            NhsbnError: for the first that is damaged or too large.
        """
        # The XML at once, as it is kept for reading; pictures and what is very large one by one.
        small = [one for one in self.members if one.name not in self._held and one.size <= LARGEST_KEPT]
        kept = [one for one in small if one.name.lower().endswith((".xml", ".rels"))]
        with ThreadPoolExecutor() as pool:
            for member, content in zip(kept, pool.map(self._unpacked, kept), strict=True):
                self._held[member.name] = content
        for member in self.members:
            if member.name not in self._held:
                self._unpacked(member)

    def replaced(self, parts: Mapping[str, bytes]) -> bytes:
        """The package with some parts replaced, and every other member copied raw.

        Args:
            parts: new contents by the part's own name.
        """
        pieces: list[bytes] = []
        records: dict[int, bytes] = {}
        position = 0
        new = self._packed(parts)
        for member in sorted(self.members, key=lambda one: one.start):
            content = parts.get(member.name)
            piece, crc, packed, size = self._local(member, content, new.get(member.name, b""))
            flags = member.fields[2] if content is None else member.fields[2] & ~_DESCRIPTOR
            fields = (*member.fields[:2], flags, *member.fields[3:6], crc, packed, size)
            lengths = len(member.raw_name), len(member.extra), len(member.comment)
            records[member.start] = (
                _CENTRAL.pack(b"PK\1\2", *fields, *lengths, *member.fields[12:15], position)
                + member.raw_name
                + member.extra
                + member.comment
            )
            pieces.append(piece)
            position += len(piece)
        directory = b"".join(records[member.start] for member in self.members)
        count = len(self.members)
        end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), position, len(self.comment))
        return b"".join((*pieces, directory, end, self.comment))

    def _packed(self, parts: Mapping[str, bytes]) -> dict[str, bytes]:
        """New contents as they go into the zip; packing takes most of the time, and each part is packed apart."""
        deflated = [one.name for one in self.members if one.name in parts and one.method == _DEFLATED]
        with ThreadPoolExecutor() as pool:
            made = pool.map(_deflated, [parts[name] for name in deflated])
            return {**parts, **dict(zip(deflated, made, strict=True))}

    def _local(self, member: Member, content: bytes | None, packed: bytes) -> tuple[bytes, int, int, int]:
        if content is None:
            return self.data[member.start : member.end], member.crc, member.packed, member.size
        crc = zlib.crc32(content)
        fields = _LOCAL.unpack_from(self.data, member.start)
        name_end = member.start + _LOCAL.size + fields[9]
        name = self.data[member.start + _LOCAL.size : name_end]
        extra = _extra_without_sizes(self.data[name_end : member.content])[0]
        flags = fields[2] & ~_DESCRIPTOR
        head = _LOCAL.pack(
            b"PK\3\4", fields[1], flags, *fields[3:6], crc, len(packed), len(content), len(name), len(extra)
        )
        return head + name + extra + packed, crc, len(packed), len(content)

    def _unpacked(self, member: Member) -> bytes:
        if member.size > LARGEST_PART:
            raise NhsbnError(f"{member.name} unpacks to more than {LARGEST_PART >> 20} MB; it is not filled")
        content = self.packed(member)
        if member.method == _DEFLATED:
            inflate = zlib.decompressobj(-15)
            try:
                content = inflate.decompress(content, member.size + 1)
            except zlib.error as error:
                raise NhsbnError(f"{member.name} cannot be unpacked ({error}); {_AGAIN}") from None
        if len(content) != member.size or zlib.crc32(content) != member.crc:
            raise NhsbnError(f"{member.name} is damaged: its size or checksum is wrong; {_AGAIN}")
        return content


def read_package(data: bytes) -> Package:
    """Read the directory of a workbook's zip.

    Raises:
        NhsbnError: when it is no zip, is encrypted, or has a member twice or one outside.
    """
    if data.startswith(_COMPOUND):
        raise NhsbnError(
            "the workbook has a password, or is an old .xls file; save it in Excel as .xlsx, without a password"
        )
    try:
        package = _read(data)
    except (struct.error, IndexError):
        package = None
    if package is None:
        raise NhsbnError(f"the workbook cannot be read as an Excel workbook: it is not a whole zip file; {_AGAIN}")
    _check_names(package)
    return package


def _read(data: bytes) -> Package | None:
    at = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0:
        return None
    _, _, _, _, count, length, start, comment_length = _END.unpack_from(data, at)
    directory_end = at
    if at >= _LOCATOR.size and data[at - _LOCATOR.size : at - _LOCATOR.size + 4] == b"PK\6\7":
        directory_end = _LOCATOR.unpack_from(data, at - _LOCATOR.size)[2]
        signature, *_, count, length, start = _END64.unpack_from(data, directory_end)
        if signature != b"PK\6\6":
            return None
    if start + length != directory_end or at + _END.size + comment_length != len(data):
        return None
    found, position = [], start
    for _ in range(count):
        member, position = _member(data, position)
        if member is None:
            return None
        found.append(member)
    if position != directory_end or not found:
        return None
    members = _bounded(data, found, start)
    return Package(data, members, data[at + _END.size :]) if members else None


def _member(data: bytes, position: int) -> tuple[Member | None, int]:
    signature, *fields = _CENTRAL.unpack_from(data, position)
    if signature != b"PK\1\2":
        return None, position
    crc, packed, size, name_length, extra_length, comment_length = fields[6:12]
    name_at = position + _CENTRAL.size
    extra_at = name_at + name_length
    comment_at = extra_at + extra_length
    end = comment_at + comment_length
    raw_name = data[name_at:extra_at]
    extra, long_sizes = _extra_without_sizes(data[extra_at:comment_at])
    wide = [long_sizes.pop(0) if value == _FULL and long_sizes else value for value in (size, packed, fields[15])]
    name = raw_name.decode("utf-8" if fields[2] & 0x800 else "cp437", errors="replace")
    member = Member(
        name=name,
        fields=tuple(fields),
        raw_name=raw_name,
        extra=extra,
        comment=data[comment_at:end],
        crc=crc,
        packed=wide[1],
        size=wide[0],
        start=wide[2],
        content=0,
        end=0,
    )
    return member, end


def _bounded(data: bytes, found: list[Member], directory: int) -> tuple[Member, ...]:
    """The members with the bounds of their bytes; none at all when they overlap or stand outside the file."""
    in_place = sorted(found, key=lambda one: one.start)
    if in_place[0].start != 0:
        return ()
    ends = {one.start: following.start for one, following in pairwise(in_place)}
    ends[in_place[-1].start] = directory
    members = []
    for member in found:
        end = ends[member.start]
        signature, *_, name_length, extra_length = _LOCAL.unpack_from(data, member.start)
        name_at = member.start + _LOCAL.size
        content = name_at + name_length + extra_length
        same_name = data[name_at : name_at + name_length] == member.raw_name
        if signature != b"PK\3\4" or content + member.packed > end or not same_name:
            return ()
        members.append(Member(**{**vars(member), "content": content, "end": end}))
    return tuple(members) if len(ends) == len(found) else ()


def _deflated(content: bytes) -> bytes:
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(content) + deflate.flush()


def _extra_without_sizes(extra: bytes) -> tuple[bytes, list[int]]:
    """Extra fields less those for sizes beyond 4 GB, and what those said."""
    kept, sizes, position = b"", [], 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        field = extra[position : position + 4 + length]
        if kind == _ZIP64:
            whole = field[4 : 4 + (len(field) - 4) // 8 * 8]
            sizes = [value for (value,) in struct.iter_unpack("<Q", whole)]
        else:
            kept += field
        position += 4 + length
    return kept + extra[position:], sizes


def _check_names(package: Package) -> None:
    seen: set[str] = set()
    for member in package.members:
        name = member.name.lower()
        if member.fields[2] & _ENCRYPTED:
            raise NhsbnError(f"{member.name} is encrypted; save the workbook in Excel without a password")
        if member.fields[1] & 0xFF > _NEWEST:
            raise NhsbnError(f"{member.name} is of a version of zip that is unknown to Excel; {_AGAIN}")
        if member.fields[2] & _PATCH:
            raise NhsbnError(f"{member.name} is but a change of another file, unknown to Excel; {_AGAIN}")
        if member.method not in (_STORED, _DEFLATED):
            raise NhsbnError(f"{member.name} is compressed by method {member.method}, unknown to Excel; {_AGAIN}")
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise NhsbnError(f"{member.name} points outside the workbook; do not use this file")
        if name in seen:
            raise NhsbnError(f"{member.name} stands in the workbook twice; {_AGAIN}")
        seen.add(name)
    if sum(member.size for member in package.members) > LARGEST_PACKAGE:
        raise NhsbnError(f"the workbook unpacks to more than {LARGEST_PACKAGE >> 20} MB; it is not filled")
