"""Lineage over the repository's own SQL and catalogues: whole, true to what runs, and changed when the SQL is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from nhsbn.conformed.sqlfiles import parse_conformed
from nhsbn.lineage.columns import ColumnGraph, Reached, staged_columns, term_parts
from nhsbn.lineage.feeds import EVERY, MATCHED, ROWS, VALUE, Column
from nhsbn.metrics.catalogue import Metric
from nhsbn.metrics.compiler import compile_question
from nhsbn.metrics.measures import MeasureLibrary
from resources.site import Site

SITE = Site()
GRAPH = SITE.columns
CATALOGUES = [SITE.catalogue("mhlda_indicators", edition) for edition in ("2025-26", "2024-25")]
THIS_YEAR = CATALOGUES[0]


def metric(metric_id: str) -> Metric:
    return next(one for one in THIS_YEAR.metrics if one.metric_id == metric_id)


def reached(metric_id: str, graph: ColumnGraph = GRAPH) -> dict[str, Reached]:
    return {f"{one.report}.{one.column.name}": one for one in graph.reached(metric(metric_id), THIS_YEAR)}


RELATIONS = [
    *(f"conformed.{name}" for name in SITE.library.conformed),
    *(f"measure.{name}" for name in SITE.library.measures),
]


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_file_can_be_read_and_its_columns_are_those_of_its_header(relation: str) -> None:
    schema, name = relation.split(".")
    files = SITE.library.conformed if schema == "conformed" else SITE.library.measures
    found = GRAPH.of(relation).columns
    assert set(files[name].header.types) == {
        column for column in found if not column.startswith(("_map_", "_differs_"))
    }


def test_every_column_that_a_metric_reaches_is_declared_and_of_a_source_it_names() -> None:
    for catalogue in CATALOGUES:
        for one in catalogue.metrics:
            found = GRAPH.reached(one, catalogue)
            for column in (each.column for each in found):
                declared = staged_columns(SITE.register.reports[column.table])
                assert column.name in (*declared, EVERY), f"{one.metric_id} reaches {column}"
            # A measure may read a report for another of its columns: bed days with leave need no leave.
            assert {each.report for each in found} <= set(one.sources), one.metric_id


def test_no_name_or_free_text_is_ever_reached() -> None:
    dropped = {
        Column(f"staged.{name}", column)
        for name, report in SITE.register.reports.items()
        for column in report.columns.keys() - report.kept_columns.keys()
    }
    assert dropped
    assert not dropped & GRAPH.users(CATALOGUES).keys()


def sql_reads(sql: str, library: MeasureLibrary) -> set[Column]:
    """The columns of measures that a compiled statement reads, as SQLGlot sees it."""
    schema: dict[str, object] = {
        "measure": {name: dict(library.columns(name)) for name in library.measures},
        "ref": {"month": {"month": "date"}},
    }
    tree = qualify(
        sqlglot.parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb", quote_identifiers=False
    )
    return {
        Column(f"measure.{table.name}", column.name)
        for select in tree.find_all(exp.Select)
        if (source := select.args.get("from_")) is not None
        and isinstance(table := source.this, exp.Table)
        and table.db == "measure"
        for column in select.find_all(exp.Column)
    }


def test_a_metric_reaches_exactly_the_columns_that_its_compiled_sql_reads() -> None:
    library = SITE.library
    for question in THIS_YEAR.computed:
        told: set[Column] = set()
        for name, term in question.item.terms.items():
            parts = term_parts(name, term, question.metric, THIS_YEAR, library.columns(term.measure))
            told |= {Column(f"measure.{term.measure}", column) for named in parts.values() for column in named}
        compiled = compile_question(question, THIS_YEAR, library, ["doncaster"])
        assert sql_reads(compiled.sql, library) == told, question.code


def test_contacts_are_told_by_attendance_looked_up_in_a_mapping_table() -> None:
    found = reached("MI-CM-07")
    assert found["reportal_contacts.attendance"].use == MATCHED
    assert [str(way) for way in found["reportal_contacts.attendance"].through] == ["conformed.contact.outcome"]
    assert found["reportal_contacts.contact_with"].use == VALUE
    assert found["reportal_contacts.contact_with"].parts == ("left out",)
    assert found[f"reportal_contacts.{EVERY}"].use == ROWS
    assert "reportal_contacts.duration_minutes" not in found


def test_leave_is_reached_by_bed_days_without_it_and_not_by_bed_days_with_it() -> None:
    def reports(metric_id: str) -> set[str]:
        return {one.report for one in reached(metric_id).values()}

    assert "reportal_leave" not in reports("MI-IP-04")
    assert "reportal_leave" in reports("MI-IP-05")


def test_a_table_that_reads_another_is_followed_to_its_reports() -> None:
    leaves = GRAPH.leaves(Column("conformed.absence_day", "fte"))
    assert leaves[Column("staged.esr_staff_in_post", "contracted_fte")] == VALUE
    assert leaves[Column("staged.esr_absence", "assignment_number")] == MATCHED


def mutated(table: str, old: str, new: str) -> ColumnGraph:
    """The graph with one change to the SQL of one conformed table."""
    file = SITE.library.conformed[table]
    assert len(re.findall(re.escape(old), file.select)) >= 1
    head, select = file.text.split("*/\n", 1)
    text = f"{head}*/\n{select.replace(old, new)}"
    conformed = {**SITE.library.conformed, table: parse_conformed(text, file.where)}
    return replace(GRAPH, library=replace(SITE.library, conformed=conformed))


def test_renaming_a_staged_column_in_the_sql_changes_what_metrics_reach() -> None:
    graph = mutated("contact", "contact.contact_with,", "contact.location_type as contact_with,")
    before, after = reached("MI-CM-07"), reached("MI-CM-07", graph)
    assert before.keys() - after.keys() == {"reportal_contacts.contact_with"}
    assert after.keys() - before.keys() == {"reportal_contacts.location_type"}
    assert Column("staged.reportal_contacts", "contact_with") in graph.unused([THIS_YEAR])


def test_what_no_metric_uses_is_every_landed_column_that_none_reaches() -> None:
    used = {
        one.column
        for catalogue in CATALOGUES
        for each in catalogue.metrics
        for one in GRAPH.reached(each, catalogue)
    }
    landed = {
        Column(f"staged.{name}", column)
        for name, report in SITE.register.reports.items()
        for column in report.kept_columns
    }
    unused = GRAPH.unused(CATALOGUES)
    assert set(unused) == landed - used
    assert Column("staged.esr_staff_in_post", "occupation_code") in unused
    assert Column("staged.reportal_contacts", "attendance") not in unused


def test_what_no_extract_fills_says_what_it_holds_instead() -> None:
    found = {str(one.column): one.instead for one in GRAPH.unfilled(CATALOGUES)}
    assert found["measure.population.population"] == "ref.population"
    assert found["measure.average_staff.span"] == "a constant"
    assert found["measure.average_staff.snapshots"] == "a count of rows"
    assert found["metric.MI-FN-02.*"] == "what the Finance business partner returns"
    assert "conformed.contact.service" not in found


def test_a_column_made_constant_is_no_longer_filled() -> None:
    graph = mutated("contact", "contact.contact_with,", "cast(null as varchar) as contact_with,")
    found = {str(one.column): one.instead for one in graph.unfilled([THIS_YEAR])}
    assert found["conformed.contact.contact_with"] == "a constant"


def test_values_come_from_conformed_columns_alone() -> None:
    found = GRAPH.value_columns(metric("MI-CM-07"), THIS_YEAR)
    assert list(found) == ["month", "locality", "member", "numerator", "denominator", "value", "rows_counted"]
    assert Column("conformed.contact", "locality") in found["locality"]
    assert {column.schema for feeds in found.values() for column in feeds} == {"conformed"}


def test_what_maps_nowhere_comes_from_the_keys_and_the_pounds() -> None:
    feeds = GRAPH.of("conformed.unmapped").columns
    assert Column("unmapped.ledger_line", "pounds") in feeds["pounds"]
    leaves = GRAPH.leaves(Column("conformed.unmapped", "key_text"))
    assert leaves[Column("staged.reportal_contacts", "attendance")] == VALUE


def test_nothing_is_read_twice() -> None:
    from nhsbn.lineage.sql import read_lineage

    GRAPH.of("conformed.contact")
    misses = read_lineage.cache_info().misses
    Site().columns.of("conformed.contact")
    assert read_lineage.cache_info().misses == misses


def test_a_returned_metric_reaches_nothing() -> None:
    for one in THIS_YEAR.metrics:
        assert bool(GRAPH.reached(one, THIS_YEAR)) == (one.returned is None), one.metric_id
