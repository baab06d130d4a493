"""Column lineage: which column of which report feeds a conformed column, a measure's column, and a metric.

Here: the SQL files and a catalogue put together into one graph of columns, and questions to it: what a column or a
metric comes from, and what nothing uses or nothing fills. Not here: reading one SELECT (``sql``), and showing
the answers (assets, pipelines).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nhsbn.conformed.sqlfiles import SqlFile
from nhsbn.extracts.reports import Report, SourceRegister
from nhsbn.lineage.feeds import EVERY, ROWS, VALUE, Column, Feeds, Lineage, Tables, merged
from nhsbn.metrics.catalogue import MONTH, Catalogue, Metric
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.terms import Term

REFERENCE: dict[str, tuple[str, ...]] = {
    "ref.month": ("month", "first_day", "last_day", "next_day", "days"),
    "ref.population": ("locality", "age_group", "basis", "population"),
}
"""The relations of a run that are no one's extract: the months asked and the trust's populations."""

PARTS = ("amount", "over", "month", "locality", "breakdown", "condition", "left out", "rows")
"""What of a metric a column can matter to, in the order in which they are told; ``over`` is the denominator."""

_COUNTED = ("condition", "left out", "rows")
VALUE_COLUMNS = {
    "month": ("month",),
    "locality": ("locality",),
    "member": ("breakdown",),
    "numerator": ("amount", *_COUNTED),
    "denominator": ("over", *_COUNTED),
    "value": ("amount", "over", *_COUNTED),
    "rows_counted": _COUNTED,
}
"""The columns of a metric's values, and the parts that make each."""

_OF_STAGING = ("_file", "_sheet", "_row", "_nth", "_period_end")
_OF_UNMAPPED = ("table_name", "map_name", "key_text", "rows", "pounds")
_VALIDITY = ("valid_from", "valid_to")


@dataclass(frozen=True)
class Reached:
    """A column of a report, or its rows, that a metric rests on.

    Attributes:
        column: of ``staged.<report>``; :data:`~nhsbn.lineage.sql.EVERY` for its rows.
        use: the strongest way in which it matters.
        parts: what of the metric it matters to: ``amount``, ``month``, ``left out`` and so on, in that order.
        through: the conformed columns on the way, in order.
    """

    column: Column
    use: int
    parts: tuple[str, ...]
    through: tuple[Column, ...]

    @property
    def report(self) -> str:
        """The report's id."""
        return self.column.table


@dataclass(frozen=True)
class Unfilled:
    """A column that no extract fills.

    Attributes:
        column: of a conformed table or of a measure, or a metric's part.
        instead: what it holds: ``a constant``, or the relations it comes from.
    """

    column: Column
    instead: str


@dataclass(frozen=True)
class ColumnGraph:
    """The columns of one installation, each read from its SQL when it is first asked for.

    Attributes:
        library: the SQL of conformed tables and measures.
        register: the reports.
        maps: each mapping table with its own columns.
    """

    library: MeasureLibrary
    register: SourceRegister
    maps: Mapping[str, Iterable[str]]
    _leaves: dict[Column, Feeds] = field(init=False, default_factory=dict, repr=False, compare=False)
    _parts: dict[str, dict[str, Feeds]] = field(init=False, default_factory=dict, repr=False, compare=False)
    _reached: dict[str, tuple[Reached, ...]] = field(init=False, default_factory=dict, repr=False, compare=False)

    def of(self, relation: str) -> Lineage:
        """The lineage of ``conformed.<table>``, ``unmapped.<table>`` or ``measure.<name>``.

        Raises:
            NhsbnError: when its SQL cannot be read.
        """
        schema, name = relation.split(".")
        if schema == "unmapped":
            return self._of_unmapped(name)
        from nhsbn.lineage.sql import read_lineage  # SQLGlot is not loaded before something is asked

        file = self._files[relation]
        return read_lineage(file.select, self._tables(file), file.where)

    def _tables(self, file: SqlFile) -> Tables:
        """All that a file may read, with every column, in order of name."""
        found = dict(REFERENCE)
        for relation in file.header.reads():
            schema, name = relation.split(".")
            if schema == "staged":
                found[relation] = staged_columns(self.register.reports[name])
            elif schema == "map":
                found[relation] = (*self.maps[name], *_VALIDITY)
            else:
                found[relation] = tuple(self.library.conformed[name].header.types)
                found[f"unmapped.{name}"] = _OF_UNMAPPED
        return tuple(sorted(found.items()))

    def _of_unmapped(self, table: str) -> Lineage:
        """The keys that a table's mapping tables lack stand in hidden columns of its own."""
        own = f"conformed.{table}"
        keys = {Column(own, name): VALUE for name in self.of(own).columns if name.startswith("_map_")}
        pounds = self.library.conformed[table].header.pounds
        columns: dict[str, Feeds] = {name: {} for name in _OF_UNMAPPED}
        rows = merged([keys, {Column(own, EVERY): ROWS}], ROWS)
        columns |= {"key_text": keys, "rows": rows, "pounds": {Column(own, pounds): VALUE} if pounds else {}}
        return Lineage(columns, rows)

    def leaves(self, column: Column) -> Feeds:
        """What a column comes from in the end: columns of reports, mapping tables and reference data."""
        if column.schema not in ("conformed", "unmapped", "measure"):
            return {column: VALUE}
        if column not in self._leaves:
            lineage = self.of(column.relation)
            feeds = lineage.rows if column.name == EVERY else lineage.columns[column.name]
            self._leaves[column] = self.leaves_of(feeds)
        return self._leaves[column]

    def leaves_of(self, feeds: Feeds) -> Feeds:
        """The same of several columns, each as it is used."""
        return merged(merged([self.leaves(column)], use) for column, use in feeds.items())

    def parts(self, metric: Metric, catalogue: Catalogue) -> dict[str, Feeds]:
        """The columns of conformed and reference tables behind each part of a metric.

        The parts are :data:`PARTS`; a metric that a lead returns has none.
        """
        version = catalogue.version(metric, self.library)
        if version not in self._parts:
            found: dict[str, list[Feeds]] = {}
            for item in metric.items:
                for name, term in item.terms.items():
                    lineage = self.of(f"measure.{term.measure}")
                    made_of = term_parts(name, term, metric, catalogue, self.library.columns(term.measure))
                    for part, columns in made_of.items():
                        found.setdefault(part, []).extend(lineage.columns[column] for column in columns)
                    found.setdefault("rows", []).append(lineage.rows)
            self._parts[version] = {part: merged(found[part]) for part in PARTS if part in found}
        return self._parts[version]

    def value_columns(self, metric: Metric, catalogue: Catalogue) -> dict[str, Feeds]:
        """The columns of a metric's values, each to the conformed columns it comes from."""
        parts = self.parts(metric, catalogue)
        return {
            name: {
                column: use
                for column, use in merged(parts.get(part, {}) for part in made_of).items()
                if column.schema == "conformed" and column.name != EVERY
            }
            for name, made_of in VALUE_COLUMNS.items()
        }

    def reached(self, metric: Metric, catalogue: Catalogue) -> tuple[Reached, ...]:
        """The columns of reports that a metric rests on, by report, those that give its values first."""
        version = catalogue.version(metric, self.library)
        if version not in self._reached:
            self._reached[version] = self._reach(self.parts(metric, catalogue))
        return self._reached[version]

    def _reach(self, made_of: Mapping[str, Feeds]) -> tuple[Reached, ...]:
        uses: dict[Column, int] = {}
        parts: dict[Column, dict[str, None]] = {}
        through: dict[Column, set[Column]] = {}
        for part, feeds in made_of.items():
            for way, use in feeds.items():
                for leaf, leaf_use in self.leaves(way).items():
                    if leaf.schema == "staged":
                        uses[leaf] = min(uses.get(leaf, ROWS), max(use, leaf_use))
                        parts.setdefault(leaf, {})[part] = None
                        if way.name != EVERY:
                            through.setdefault(leaf, set()).add(way)
        found = (
            Reached(leaf, use, tuple(parts[leaf]), tuple(sorted(through.get(leaf, ()))))
            for leaf, use in uses.items()
        )
        return tuple(sorted(found, key=lambda one: (one.report, one.column.name == EVERY, one.use, one.column)))

    def users(self, catalogues: Iterable[Catalogue]) -> dict[Column, tuple[str, ...]]:
        """Each column of a report that some metric rests on, to the ids of those metrics in order."""
        found: dict[Column, set[str]] = {}
        for catalogue in catalogues:
            for metric in catalogue.metrics:
                for one in self.reached(metric, catalogue):
                    found.setdefault(one.column, set()).add(metric.metric_id)
        return {column: tuple(sorted(ids)) for column, ids in sorted(found.items())}

    def unused(self, catalogues: Iterable[Catalogue]) -> tuple[Column, ...]:
        """The landed columns of reports that no metric uses, in order of report and declaration."""
        used = self.users(catalogues)
        landed = (
            Column(f"staged.{name}", column)
            for name, report in self.register.reports.items()
            for column in report.kept_columns
        )
        return tuple(column for column in landed if column not in used)

    def unfilled(self, catalogues: Iterable[Catalogue]) -> tuple[Unfilled, ...]:
        """The columns of conformed tables and measures, and the metrics, that no extract fills, in order.

        A metric that a lead returns is one: its column is ``EVERY``.
        """
        listed = (
            Column(relation, name)
            for relation, file in self._files.items()
            for name in file.header.columns
            if not self._is_filled(self.leaves(Column(relation, name)))
        )
        found = [Unfilled(column, self._instead(self.leaves(column))) for column in listed]
        for catalogue in catalogues:
            for metric in catalogue.metrics:
                if not self.reached(metric, catalogue):
                    behind = merged(map(self.leaves_of, self.parts(metric, catalogue).values()))
                    lead = f"what the {metric.returned.lead} returns" if metric.returned else ""
                    found.append(
                        Unfilled(Column(f"metric.{metric.metric_id}", EVERY), lead or self._instead(behind))
                    )
        return tuple(found)

    @cached_property
    def _files(self) -> dict[str, SqlFile]:
        conformed = {f"conformed.{name}": file for name, file in self.library.conformed.items()}
        return {**conformed, **{f"measure.{name}": file for name, file in self.library.measures.items()}}

    @staticmethod
    def _is_filled(leaves: Feeds) -> bool:
        return any(leaf.schema == "staged" and leaf.name != EVERY for leaf in leaves)

    @staticmethod
    def _instead(leaves: Feeds) -> str:
        relations = sorted({leaf.relation for leaf, use in leaves.items() if use == VALUE})
        return ", ".join(relations) or ("a count of rows" if leaves else "a constant")


def staged_columns(report: Report) -> tuple[str, ...]:
    """The columns of ``staged.<report>``."""
    snapshot = ("snapshot_date",) if report.kind == "snapshot" else ()
    return (*report.kept_columns, *_OF_STAGING, *snapshot)


def term_parts(
    name: str, term: Term, metric: Metric, catalogue: Catalogue, columns: Iterable[str]
) -> dict[str, set[str]]:
    """The columns of its measure that a term reads, by the part of the metric they make.

    Args:
        name: ``numerator``, ``less`` or ``denominator``.
        term: the term.
        metric: whose term it is.
        catalogue: whose scope applies.
        columns: all that the measure has.
    """
    has = set(columns)
    in_members = {column for where in term.member_where.values() for column in where}
    parts = {
        "over" if name == "denominator" else "amount": {term.of} if term.of else set(),
        "month": {MONTH},
        "locality": {"locality"} & has,
        "breakdown": in_members or {metric.dimension or ""} & has,
        "condition": {*term.where, *(set(catalogue.scope_of(metric)) & has)},
        "left out": {"excluded"},
    }
    return {part: named for part, named in parts.items() if named}
