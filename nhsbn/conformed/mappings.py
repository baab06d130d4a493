"""Mapping tables: the trust's dated answers to what a code or word of an extract means.

Here: what each mapping table must hold (declared in ``sources/maps.yaml``), reading its CSV, and all checks of it.
Not here: looking rows up (conformed SQL), and reporting what they lack (the ``unmapped`` table).
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal, cast

from pydantic import Field, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.trust import Trust

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)
PROVENANCE = ("valid_from", "valid_to", "source", "approved_by")

Value = str | bool | float | int | date | None
Row = dict[str, Value]


class MapColumn(Declared):
    """One column of a mapping table.

    Attributes:
        type: ``text``, ``flag`` (yes or no), ``number`` or ``integer``.
        vocabulary: the list of the trust whose ids it holds.
        values: the only texts it may hold.
        refers: ``map.column`` that must hold the same text.
        optional: may be blank.
    """

    type: Literal["text", "flag", "number", "integer"] = "text"
    vocabulary: Literal["localities", "services", "bed_types", "staff_groups"] | None = None
    values: tuple[str, ...] = ()
    refers: str | None = None
    optional: bool = False


class MapDeclaration(Declared):
    """A mapping table.

    Attributes:
        title: its name for a reader.
        key: the columns looked up; matched whatever their case, hyphens and spaces.
        share: the column of percentages, where one key may be shared out over several rows.
        columns: all of its columns but the four of provenance.
    """

    title: str
    key: tuple[str, ...] = Field(min_length=1)
    share: str | None = None
    columns: dict[str, MapColumn]

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> MapDeclaration:
        named = [*self.key, *([self.share] if self.share else [])]
        if unknown := [name for name in named if name not in self.columns]:
            raise ValueError(f"key or share names columns it does not declare: {', '.join(unknown)}")
        return self


class MapDeclarations(Declared):
    """The file of declarations."""

    maps: dict[str, MapDeclaration]


@dataclass(frozen=True)
class MappingTable:
    """A checked mapping table.

    Attributes:
        name: as the SQL knows it.
        declaration: what it must hold.
        rows: typed values by column, validity made whole (open ends are far days).
        version: hash of its content and declaration.
        text: the CSV it was read from.
    """

    name: str
    declaration: MapDeclaration
    rows: tuple[Row, ...]
    version: str
    text: str = field(default="", repr=False)


def norm(text: str) -> str:
    """Text as mapping tables are matched: case, hyphens, no-break spaces and runs of spaces made alike."""
    return " ".join(text.replace("\u00a0", " ").replace("-", " ").lower().split())


def vocabularies_of(trust: Trust) -> dict[str, tuple[str, ...]]:
    """The ids that columns of each vocabulary may hold; a locality may also be trust-wide."""
    return {
        "localities": (*trust.locality_ids, trust.trust_wide.id),
        "services": tuple(service.id for service in trust.services),
        "bed_types": tuple(bed_type.id for bed_type in trust.bed_types),
        "staff_groups": tuple(group.id for group in trust.staff_groups),
    }


def load_mappings(
    declarations_text: str,
    declarations_where: str,
    texts: Mapping[str, str],
    vocabularies: Mapping[str, Sequence[str]],
) -> dict[str, MappingTable]:
    """Read and check every mapping table.

    Args:
        declarations_text: YAML of the declarations.
        declarations_where: its file name.
        texts: file name to CSV text; the name without folder and ending is the table's.
        vocabularies: ids of localities, services, bed types and staff groups.

    Returns:
        The tables by name.

    Raises:
        ProblemsError: every fault of every table, each with its file and line.
    """
    declared = Document(declarations_text, declarations_where).validate(MapDeclarations).maps
    files = {where.rsplit("/", 1)[-1].removesuffix(".csv"): (where, text) for where, text in texts.items()}
    read: dict[str, list[_Line]] = {}
    with Collector() as problems:
        for name in sorted(set(files) - set(declared)):
            problems.add(files[name][0], f"is not declared in {declarations_where}; declare it or remove it")
        for name in sorted(set(declared) - set(files)):
            problems.add(declarations_where, f"declares {name}, and there is no {name}.csv; add it")
        for name in sorted(set(declared) & set(files)):
            where, text = files[name]
            read[name] = list(_lines(text, where, declared[name], vocabularies, problems))
            _check_validity(read[name], declared[name], problems)
        for name in read:
            _check_references(read[name], declared[name], read, problems)
    return {
        name: MappingTable(
            name,
            declared[name],
            tuple(line.row for line in lines),
            _version(files[name][1], declared[name]),
            files[name][1],
        )
        for name, lines in read.items()
    }


@dataclass(frozen=True)
class _Line:
    where: str
    row: Row

    @property
    def validity(self) -> tuple[date, date]:
        return cast(date, self.row["valid_from"]), cast(date, self.row["valid_to"])


def _version(text: str, declaration: MapDeclaration) -> str:
    return hashlib.sha256(f"{declaration.model_dump_json()}\n{text}".encode()).hexdigest()[:16]


def _lines(
    text: str,
    where: str,
    declaration: MapDeclaration,
    vocabularies: Mapping[str, Sequence[str]],
    problems: Collector,
) -> Iterator[_Line]:
    """The rows that can be read, and a problem for each cell that cannot."""
    reader = csv.DictReader(text.splitlines(), strict=True)
    expected = [*declaration.columns, *PROVENANCE]
    headings = [heading.strip() for heading in reader.fieldnames or ()]
    if sorted(headings) != sorted(expected):
        missing, more = set(expected) - set(headings), set(headings) - set(expected)
        said = [f"lacks {', '.join(sorted(missing))}"] * bool(missing)
        said += [f"has {', '.join(sorted(more))}, which is not declared"] * bool(more)
        problems.add(f"{where}:1", f"{' and '.join(said) or 'repeats a column'}; expected {', '.join(expected)}")
        return
    reader.fieldnames = headings
    for cells in reader:
        at = f"{where}:{reader.line_num}"
        if None in cells or None in cells.values():
            problems.add(at, f"has not {len(expected)} cells; put a cell that holds a comma between quotes")
            continue
        faults = len(problems.problems)
        row = {
            name: _read(cells[name].strip(), name, column, vocabularies, at, problems)
            for name, column in declaration.columns.items()
        }
        row |= {
            "valid_from": _read_day(cells["valid_from"], FIRST_DAY, at, problems),
            "valid_to": _read_day(cells["valid_to"], LAST_DAY, at, problems),
        }
        for name in ("source", "approved_by"):
            if not cells[name].strip():
                problems.add(at, f"{name} is blank; say where this mapping comes from and who approved it")
        if len(problems.problems) == faults:
            yield _Line(at, row)


def _read(
    text: str,
    name: str,
    column: MapColumn,
    vocabularies: Mapping[str, Sequence[str]],
    at: str,
    problems: Collector,
) -> Value:
    """One cell, typed; nothing when it is blank or at fault."""
    allowed = vocabularies[column.vocabulary] if column.vocabulary else column.values
    if not text:
        if not column.optional:
            problems.add(at, f"{name} is blank, and is required")
        return None
    if allowed and text not in allowed:
        problems.add(at, f"{name} is {text!r}; expected one of {', '.join(allowed)}")
    if column.type == "flag":
        if text not in ("yes", "no"):
            problems.add(at, f"{name} is {text!r}; expected yes or no")
        return text == "yes"
    if column.type in ("number", "integer"):
        try:
            return int(text) if column.type == "integer" else float(text)
        except ValueError:
            problems.add(
                at, f"{name} is {text!r}; expected {'a whole' if column.type == 'integer' else 'a'} number"
            )
            return None
    return text


def _read_day(text: str, open_end: date, at: str, problems: Collector) -> date:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else open_end
    except ValueError:
        problems.add(at, f"{text!r} is not a date; write it as 2025-04-01, or leave it blank for an open end")
        return open_end


def _key(line: _Line, declaration: MapDeclaration) -> tuple[str, ...]:
    return tuple(norm(str(line.row[name] or "")) for name in declaration.key)


def _check_validity(lines: Sequence[_Line], declaration: MapDeclaration, problems: Collector) -> None:
    """On any day a key has one row; or, where it is shared out, rows whose percentages make 100."""
    by_key: dict[tuple[str, ...], dict[tuple[date, date], list[_Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.validity[0] > line.validity[1]:
            problems.add(line.where, "valid_to is before valid_from")
        by_key[_key(line, declaration)][line.validity].append(line)
    for key, spans in by_key.items():
        called = ", ".join(key)
        ordered = sorted(spans)
        for earlier, later in pairwise(ordered):
            if later[0] <= earlier[1]:
                problems.add(
                    spans[later][0].where,
                    f"{called!r} is valid from {later[0]}, and at {spans[earlier][0].where} still to "
                    f"{earlier[1]}; end the earlier the day before",
                )
        for group in spans.values():
            if declaration.share:
                _check_shares(group, called, declaration.share, problems)
            elif len(group) > 1:
                problems.add(
                    group[1].where, f"{called!r} is mapped for the same dates at {group[0].where}; keep one"
                )


def _check_shares(group: Sequence[_Line], called: str, share: str, problems: Collector) -> None:
    total = sum(cast(float, line.row[share]) for line in group)
    if abs(total - 100) > 1e-9:
        problems.add(group[0].where, f"{share} of {called!r} for these dates makes {total:g}; expected 100")


def _check_references(
    lines: Sequence[_Line], declaration: MapDeclaration, tables: Mapping[str, Sequence[_Line]], problems: Collector
) -> None:
    for name, column in declaration.columns.items():
        if not column.refers:
            continue
        table, other = column.refers.split(".")
        known = {norm(str(line.row[other])) for line in tables.get(table, ())}
        for line in lines:
            if line.row[name] is not None and norm(str(line.row[name])) not in known:
                problems.add(
                    line.where, f"{name} is {line.row[name]!r}, which {table} does not hold; add it there"
                )
