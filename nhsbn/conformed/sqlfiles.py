"""SQL files that say what they are: a YAML header in the opening comment, then one SELECT.

Here: reading and checking the header of a conformed table or a measure, and that the SELECT reads what the header
names. Not here: running the SQL (the lake), and what a project does with a measure (the compiler).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import Problem, ProblemsError

ColumnType = Literal["varchar", "bigint", "integer", "double", "boolean", "date", "timestamp"]
PROVENANCE: dict[str, ColumnType] = {"_file": "varchar", "_sheet": "varchar", "_row": "bigint"}
"""Where in the landed files a row came from; ``_sheet`` is null where a file has no sheets."""

_HEADER = re.compile(r"\A/\*\n(?P<header>.*?)^\*/\n", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_READS = re.compile(r"\b(staged|map|conformed|unmapped|measure|ref)\.(\w+)")
_TAKES_ROWS_TOGETHER = re.compile(
    r"\b(group\s+by|order\s+by|partition\s+by|over\s*\(|distinct|having|qualify|union|intersect|except|limit|with)\b",
    re.IGNORECASE,
)
"""What a SELECT of a table made by file may not say, as the rows of other files would be missing from it."""

HeaderT = TypeVar("HeaderT", bound="SqlHeader")


class SqlColumn(Declared):
    """A column that the SELECT returns. Written ``[type, description]`` or ``type``."""

    type: ColumnType
    description: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"type": value}
        if isinstance(value, list) and value:
            # A description may hold commas, which YAML reads as further items of the list.
            return {"type": value[0], "description": ", ".join(str(part) for part in value[1:])}
        return value


class SqlHeader(Declared):
    """What every SQL file says of itself.

    Attributes:
        title: its name for a reader.
        grain: what one row is.
        tables: the conformed tables it reads.
        definition: what it holds, and the source of that definition.
        columns: the columns it returns, in order, beside those of :data:`PROVENANCE`.
        provenance: whether each row names the landed row it came from, by :data:`PROVENANCE`.
    """

    title: str
    grain: str
    tables: tuple[str, ...] = ()
    definition: str
    columns: dict[str, SqlColumn] = Field(min_length=1)
    provenance: bool = True

    @property
    def name(self) -> str:
        """The table or measure."""
        raise TypeError("a header is of a table or of a measure")

    @property
    def types(self) -> dict[str, ColumnType]:
        """Every returned column, provenance included, with its type."""
        declared = {name: column.type for name, column in self.columns.items()}
        return {**declared, **PROVENANCE} if self.provenance else declared

    def reads(self) -> set[str]:
        """The relations, schema included, that the header says are read."""
        return {f"conformed.{table}" for table in self.tables}


class ConformedHeader(SqlHeader):
    """The header of a conformed table.

    Attributes:
        table: its name.
        reports: the extract reports it reads.
        maps: the mapping tables it reads. A column ``_<map>`` that the SELECT also returns holds the key which
            that mapping table lacks, and nothing where it was found.
        conserves: column of this table to the column of its first report whose total it must keep;
            ``rows`` to any column means that every current row of that report is here.
        pounds: the column counted as money in the summary of what is unmapped.
        by_file: each row is made from one row of its one report and from mapping tables, so that the rows of one
            extract file can be made without the others, and again only when it or a mapping table changes.
    """

    table: str = Field(pattern=r"^[a-z][a-z_]*$")
    reports: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    conserves: dict[str, str] = Field(default_factory=dict)
    pounds: str | None = None
    by_file: bool = False

    @field_validator("maps")
    @classmethod
    def _map_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if not name.startswith("map_")]:
            raise ValueError(f"mapping tables begin with map_, but {', '.join(wrong)} do not")
        return value

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> ConformedHeader:
        named = [name for name in (*self.conserves, self.pounds) if name and name != "rows"]
        if unknown := [name for name in named if name not in self.columns]:
            raise ValueError(f"conserves or pounds names columns it does not return: {', '.join(unknown)}")
        if self.conserves and not self.reports:
            raise ValueError("conserves compares with the first of reports, and there is none")
        if self.by_file and (self.tables or len(self.reports) != 1):
            raise ValueError("by_file is for a table of one report that reads no other table")
        return self

    @property
    def name(self) -> str:
        """The table."""
        return self.table

    def reads(self) -> set[str]:
        """The relations, schema included, that the header says are read."""
        return {
            *super().reads(),
            *(f"staged.{report}" for report in self.reports),
            *(f"map.{name}" for name in self.maps),
        }


class MeasureHeader(SqlHeader):
    """The header of a measure: rows to count, each with the reason when it is not counted.

    Attributes:
        measure: its name.
    """

    measure: str = Field(pattern=r"^[a-z][a-z_]*$")

    @property
    def name(self) -> str:
        """The measure."""
        return self.measure


@dataclass(frozen=True)
class SqlFile:
    """A checked SQL file.

    Attributes:
        where: its path in the repository.
        header: what it says of itself.
        select: the SQL below the header.
        text: the whole file.
    """

    where: str
    header: SqlHeader
    select: str
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """The table or measure."""
        return self.header.name

    @property
    def version(self) -> str:
        """Hash of the whole file."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ConformedSql(SqlFile):
    """The SQL of a conformed table."""

    header: ConformedHeader


@dataclass(frozen=True)
class MeasureSql(SqlFile):
    """The SQL of a measure."""

    header: MeasureHeader


def parse_conformed(text: str, where: str) -> ConformedSql:
    """Read the SQL of one conformed table.

    Raises:
        ProblemsError: every fault of the header, and of its agreement with the SELECT.
    """
    header, select = _parse(text, where, ConformedHeader)
    if header.by_file and (found := _TAKES_ROWS_TOGETHER.search(_COMMENT.sub(" ", select))):
        said = " ".join(found[0].split())
        raise ProblemsError(
            [Problem(where, f"is made by_file and says '{said}', which takes rows of several files; drop by_file")]
        )
    return ConformedSql(where, header, select, text)


def parse_measure(text: str, where: str) -> MeasureSql:
    """Read the SQL of one measure.

    Raises:
        ProblemsError: every fault of the header, and of its agreement with the SELECT.
    """
    header, select = _parse(text, where, MeasureHeader)
    return MeasureSql(where, header, select, text)


def load_conformed(texts: Mapping[str, str]) -> dict[str, ConformedSql]:
    """Every conformed table by name, in an order in which each comes after those it reads.

    Args:
        texts: file name to text.

    Raises:
        ProblemsError: every fault of every file; a table defined twice, read but not defined, or in a circle.
    """
    return {file.name: file for file in _in_order(_load(texts, parse_conformed))}


def load_measures(texts: Mapping[str, str]) -> dict[str, MeasureSql]:
    """Every measure by name.

    Raises:
        ProblemsError: every fault of every file, and a measure defined twice.
    """
    return _load(texts, parse_measure)


FileT = TypeVar("FileT", bound=SqlFile)


def _load(texts: Mapping[str, str], parse: Any) -> dict[str, Any]:
    files: dict[str, SqlFile] = {}
    with Collector() as problems:
        for where, text in sorted(texts.items()):
            with problems.gather():
                file = parse(text, where)
                if file.name in files:
                    problems.add(where, f"{file.name} is already defined in {files[file.name].where}; keep one")
                files[file.name] = file
    return files


def _in_order(files: Mapping[str, ConformedSql]) -> Iterable[ConformedSql]:
    with Collector() as problems:
        for file in files.values():
            for table in sorted(set(file.header.tables) - set(files)):
                problems.add(file.where, f"reads conformed.{table}, which no file of sql/conformed defines")
    try:
        order = tuple(TopologicalSorter({name: file.header.tables for name, file in files.items()}).static_order())
    except CycleError as error:
        circle = " reads ".join(reversed(error.args[1]))
        raise ProblemsError([Problem("sql/conformed", f"tables read each other in a circle: {circle}")]) from None
    return [files[name] for name in order]


def _parse(text: str, where: str, model: type[HeaderT]) -> tuple[HeaderT, str]:
    match = _HEADER.match(text)
    if match is None:
        raise ProblemsError(
            [Problem(f"{where}:1", "must open with a header: a line /*, the YAML, and a line */, then the SELECT")]
        )
    # The blank line stands for the opening of the comment, so that lines are counted as in the file.
    document = Document("\n" + match["header"], where)
    header = document.validate(model)
    select = text[match.end() :].strip()
    found = {f"{schema}.{name}" for schema, name in _READS.findall(_COMMENT.sub(" ", select))}
    # Reference tables belong to the run and a summary of the unmapped to its table: neither is declared by name.
    found = {name.replace("unmapped.", "conformed.") for name in found if not name.startswith("ref.")}
    declared = header.reads()
    with Collector() as problems:
        if not select:
            problems.add(where, "has a header and no SELECT below it")
        for name in sorted(found - declared):
            problems.add(document.at("tables"), f"reads {name}, which the header does not name; add it")
        for name in sorted(declared - found):
            problems.add(document.at("tables"), f"names {name}, which the SELECT does not read; remove it")
    return header, select.rstrip(";")
