"""What the UI is told of lineage: Dagster's own entry, tables and words beside it, and the shape of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace

import dagster as dg
import pytest

from assets.conformed import conformed_assets
from nhsbn.conformed.conforming import ConformedTable, Conserved
from nhsbn.lineage.feeds import Column
from nhsbn.lineage.in_words import heading, item_in_words
from nhsbn.metrics.catalogue import Item
from nhsbn.metrics.terms import Term
from nhsbn.planning import Key, conformed_key, extract_key, metric_key, tool_key
from pipelines.definitions import build_defs
from resources.home import Home
from resources.site import Site

PROJECT = "mhlda_indicators"
SITE = Site()
SHOWN_WHOLE = 25
"""Letters of a group's name that a node of the graph shows without cutting it."""


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, dg.AssetSpec]:
    definitions = build_defs(site=SITE, home=Home.at(tmp_path_factory.mktemp("home")))
    return {tuple(spec.key.path): spec for spec in definitions.resolve_all_asset_specs()}


def records(value: object) -> list[dict[str, object]]:
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def lineage(spec: dg.AssetSpec) -> dict[str, set[tuple[str, ...]]]:
    entry = spec.metadata["dagster/column_lineage"]
    found = entry.value if isinstance(entry, dg.TableColumnLineageMetadataValue) else entry
    assert isinstance(found, dg.TableColumnLineage)
    return {
        column: {(*dep.asset_key.path, dep.column_name) for dep in deps}
        for column, deps in found.deps_by_column.items()
    }


def test_column_lineage_is_of_assets_and_columns_that_exist(specs: dict[Key, dg.AssetSpec]) -> None:
    with_lineage = {key: spec for key, spec in specs.items() if "dagster/column_lineage" in spec.metadata}
    computed = [metric for metric in SITE.catalogue(PROJECT, "2025-26").metrics if not metric.returned]
    assert set(with_lineage) == {
        *map(conformed_key, SITE.library.conformed),
        *(metric_key(PROJECT, metric.metric_id) for metric in computed),
    }
    of_staging = {"_period_end", "snapshot_date", "_file", "_sheet", "_row", "_nth"}
    for key, spec in with_lineage.items():
        upstream = {tuple(dep.asset_key.path) for dep in spec.deps}
        for deps in lineage(spec).values():
            for *asset, column in deps:
                assert tuple(asset) in upstream, f"{key} comes from {asset}, which it does not read"
                schema = specs[tuple(asset)].metadata["dagster/column_schema"]
                named = {one.name for one in getattr(schema, "value", schema).columns}
                assert column in named | of_staging, f"{key}: {asset} has no column {column}"


def test_a_conformed_column_names_what_it_is_and_what_finds_it(specs: dict[Key, dg.AssetSpec]) -> None:
    spec = specs[conformed_key("contact")]
    assert lineage(spec)["outcome"] == {
        (*extract_key("reportal_contacts"), "attendance"),
        (*extract_key("reportal_contacts"), "contact_at"),
    }
    rows = {str(row["column"]): row for row in records(spec.metadata["comes from"])}
    assert rows["outcome"]["value from"] == "map_attendance: national_code"
    assert "RePortal Contacts: Attendance" in str(rows["outcome"]["matched by"])
    assert list(rows) == list(SITE.library.conformed["contact"].header.columns)


def test_a_metric_says_in_words_what_it_counts_and_where_it_comes_from(specs: dict[Key, dg.AssetSpec]) -> None:
    spec = specs[metric_key(PROJECT, "MI-CM-07")]
    said = str(spec.description)
    assert "the rows of *Appointments* where outcome is 3 or 7, divided by" in said
    assert "*RePortal Contacts*, through `contact`: " in said
    assert "mapping tables `map_attendance`, `map_contact_method`, `map_team`" in said
    columns = {str(row["column"]): row for row in records(spec.metadata["comes from"])}
    assert columns["Attendance"]["matters to"] == "condition, left out"
    assert spec.metadata["SQL files"].value == "sql/measures/appointment.sql"
    (link,) = spec.metadata["dagster/code_references"].code_references
    assert str(link.file_path).endswith("sql/measures/appointment.sql")


def test_an_extract_lists_the_columns_that_no_metric_uses(specs: dict[Key, dg.AssetSpec]) -> None:
    said = str(specs[extract_key("reportal_contacts")].metadata["columns no metric uses"])
    assert "GP Practice" in said
    assert "Attendance" not in said


def test_every_metric_and_tool_is_at_most_four_hops_from_every_extract(specs: dict[Key, dg.AssetSpec]) -> None:
    @cache
    def hops(key: Key) -> int:
        return max((1 + hops(tuple(dep.asset_key.path)) for dep in specs[key].deps), default=0)

    assert hops(tool_key(PROJECT, "trust")) <= 4
    ends = {key for key, spec in specs.items() if not spec.deps}
    asked_of_leads = {key for key in ends if key[0] == PROJECT}
    assert ends - asked_of_leads == set(map(extract_key, SITE.register.reports))


def test_no_group_is_cut_off_in_the_graph(specs: dict[Key, dg.AssetSpec]) -> None:
    assert {spec.group_name for spec in specs.values() if len(str(spec.group_name)) > SHOWN_WHOLE} == set()


BED_DAYS, CONTACTS = "occupied_bed_day", "spell_contact"
RATE = {
    "numerator": {"measure": BED_DAYS, "aggregate": "sum", "of": "days", "times": 2},
    "less": {"measure": BED_DAYS, "aggregate": "count", "where": {"bed_type": ("a", "b", "c")}},
    "denominator": {"measure": CONTACTS, "aggregate": "count", "where": {"ordinal": {"above": 2}}},
    "multiplier": 1000,
}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"numerator": {"measure": "awol", "aggregate": "count"}}, "the rows of *{awol}*"),
        (
            RATE,
            "2 times the sum of occupied bed days including leave, of *{occupied_bed_day}*, less the rows of "
            "*{occupied_bed_day}* where bed_type is a, b or c, divided by the rows of *{spell_contact}* where "
            "ordinal is above 2, times 1,000",
        ),
    ],
)
def test_an_item_is_told_in_words(item: dict[str, object], words: str) -> None:
    titles = {name: file.header.title for name, file in SITE.library.measures.items()}
    declared = Item.model_validate({"title": "Anything", **item})
    assert item_in_words(declared, SITE.library) == words.format(**titles)


def test_a_flag_is_told_as_yes_or_no_and_a_return_by_nothing() -> None:
    term = Term(measure="awol", aggregate="count", where={"is_return": True})
    assert item_in_words(Item(title="x", numerator=term), SITE.library).endswith("where is_return is yes")
    assert item_in_words(Item(title="x"), SITE.library) == ""


def test_a_column_is_headed_as_its_system_heads_it() -> None:
    def headed(name: str) -> str:
        return heading(Column("staged.reportal_contacts", name), SITE.register)

    assert headed("contact_at") == "Contact Date / Time"
    assert headed("_period_end") == "(last day the file covers)"


def test_a_table_that_does_not_keep_its_rows_fails_its_check_and_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = ConformedTable("bed_day", "v1", 1, 0.0, conserved=(Conserved("rows", 2, 1),))

    def conform(*_: object) -> Iterator[ConformedTable]:
        lost.reconcile()
        yield lost

    monkeypatch.setattr("assets.conformed.conform", conform)
    result = dg.materialize(
        [conformed_assets(SITE)],
        selection=["conformed/bed_day"],
        resources={"workshop": SimpleNamespace(sender=None)},
        raise_on_error=False,
    )
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("reconciled", False)
    assert not result.success
    assert result.get_asset_materialization_events() == []
