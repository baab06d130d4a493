"""Recipes are read for ever: as they are written now, and as they were written first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.metrics.measures import POPULATION
from nhsbn.metrics.term_rules import Parameters
from nhsbn.metrics.terms import Bounds
from nhsbn.periods import Period
from nhsbn.tracing.recipe import Recipe, ToolRecipe, make_recipe, make_tool_recipe, read_kept
from resources.kept import Recipes, keep_text
from resources.site import Site

FIRST = """{"format": 1, "project": "made_up", "edition": "2025-26", "period": "2025-26-Q1",
 "localities": ["north", "south"],
 "metric": {"metric_id": "MU-AC-01", "title": "Visits", "section": "access", "definition": "D", "rules": "R",
  "owner": "Lead", "sources": ["reportal_contacts"], "dimension": "service", "dimension_title": "Service",
  "members": {"adult": "Adult"}, "rationale": ""},
 "metric_version": "a", "inputs_version": "b", "scope": {"service": ["adult"]},
 "questions": [{"code": "MU-AC-01a", "title": "Long visits", "unit": "percent", "multiplier": 100.0,
  "terms": {
   "numerator": {"measure": "visit", "aggregate": "count", "of": null, "times": 0.5,
    "where": {"minutes": {"at_least": 30.0, "at_most": null, "above": null, "below": null}, "seen": true,
     "outcome": ["5", "6"]},
    "member_where": {"adult": {"outcome": "5"}}},
   "denominator": {"measure": "visit", "aggregate": "count", "of": null, "where": {}, "member_where": {},
    "times": 1.0}},
  "sql": "select 1", "params": {"p0": ["north", "trust"]}}],
 "measures": {"visit": {"title": "Visits", "grain": "one visit", "definition": "D", "version": "c",
  "rows_version": "d", "sql": "select 1", "columns": {"month": "date", "service": "varchar"}}},
 "tables": {"contact": {"title": "Contacts", "version": "e"}}}"""
"""A recipe as the first format has it. It is never brought up to date: what was kept is not rewritten."""

FIRST_TOOL = """{"format": 1, "project": "made_up", "edition": "2025-26", "period": "2025-26-Q1",
 "locality": "north", "metrics": {"MU-AC-01": "b"}, "codes": {"MU-AC-01a": "MU-AC-01"},
 "returned": {"MU-AC-02": [
  {"metric_id": "MU-AC-02", "title": "Rooms", "section": "access", "definition": "D", "rules": "R",
   "owner": "Estates", "sources": [], "dimension": "", "dimension_title": "", "members": {},
   "rationale": "No system holds it."},
  {"code": "MU-AC-02", "title": "Rooms", "unit": "count", "terms": {}, "multiplier": 1.0,
   "sql": "", "params": {}}]},
 "places": {"north": "North", "trust": "The trust"}}"""


def test_a_recipe_of_the_first_format_is_read():
    recipe = read_kept(Recipe, FIRST, "b.json")
    question = recipe.question("MU-AC-01a")
    assert question is not None
    assert question.terms["numerator"].where["minutes"] == Bounds(at_least=30)
    rules = recipe.rules(Parameters()).of_where(question.terms["numerator"], question.terms["numerator"].where)
    assert [rule.words for rule in rules] == [
        "service is adult or blank", "minutes is at least 30", "seen is yes", "outcome is 5 or 6",
    ]  # fmt: skip
    assert recipe.question("MU-AC-09") is None


def test_a_tool_recipe_of_the_first_format_is_read():
    metric, question = read_kept(ToolRecipe, FIRST_TOOL, "b.json").returned["MU-AC-02"]
    assert (metric.rationale, question.title) == ("No system holds it.", "Rooms")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (FIRST.replace('"format": 1', '"format": 2'), "format: "),
        (FIRST.replace('"period"', '"when"'), "period: "),
        (FIRST[:200], "the file: "),
    ],
)
def test_a_recipe_that_cannot_be_read_says_what_would_help(text, what):
    with pytest.raises(NhsbnError) as raised:
        read_kept(Recipe, text, "lake/recipes/b.json")
    assert f"lake/recipes/b.json cannot be read ({what}" in str(raised.value)
    assert "written by a later version of the program; use that version" in str(raised.value)


@pytest.mark.parametrize("edition", ["2025-26", "2024-25"])
def test_every_metric_has_a_recipe_that_reads_back_as_it_was_kept(edition):
    site = Site()
    catalogue, library = site.catalogue("mhlda_indicators", edition), site.library
    period, localities = Period.parse("2025-26-Q1"), site.organisation.locality_ids
    tables = dict.fromkeys(library.conformed, "t")
    for metric in catalogue.metrics:
        if metric.returned:
            continue
        rows = dict.fromkeys(metric.measures, "r")
        recipe = make_recipe(catalogue, metric, library, period, localities, rows, tables, "i")
        assert read_kept(Recipe, recipe.model_dump_json(), "kept") == recipe
        assert set(recipe.metric.sources) - {POPULATION} <= {
            report for name in recipe.tables for report in library.conformed[name].header.reports
        }
    tool = make_tool_recipe(catalogue, period, "trust", {}, site.organisation.places)
    assert read_kept(ToolRecipe, tool.model_dump_json(), "kept") == tool
    assert len(tool.codes) + len(tool.returned) == len(catalogue.questions)


def test_what_is_kept_is_written_once_and_named_when_it_is_gone(tmp_path: Path):
    recipes, recipe = Recipes(tmp_path), read_kept(Recipe, FIRST, "b.json")
    recipes.keep(recipe)
    assert recipes.metric("b", "MU-AC-01", "nhsbn run made_up") == recipe
    keep_text(recipes.metric_path("b"), "another text")
    assert json.loads(recipes.metric_path("b").read_text(encoding="utf-8"))["metric_version"] == "a"
    assert not list(tmp_path.rglob("*.tmp"))
    with pytest.raises(
        NhsbnError, match=r"MU-AC-02 cannot be traced: .*x\.json is not there.*Run nhsbn run made_up"
    ):
        recipes.metric("x", "MU-AC-02", "nhsbn run made_up")
