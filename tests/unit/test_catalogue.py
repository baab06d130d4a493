from __future__ import annotations

import re
import textwrap

import pytest

from nhsbn.conformed.sqlfiles import load_conformed, load_measures
from nhsbn.errors import ProblemsError
from nhsbn.metrics.catalogue import Catalogue, load_catalogue
from nhsbn.metrics.measures import MeasureLibrary
from resources.site import Site

VISIT = """\
/*
table: visit
title: Visits
grain: one visit
reports: [reportal_contacts]
definition: made up for these tests
columns: {visit_id: varchar, service: varchar, minutes: bigint}
*/
select visit_id, service, minutes, _file, _row from staged.reportal_contacts
"""
SEEN = """\
/*
measure: seen
title: Seen
grain: one visit
tables: [visit]
definition: made up for these tests
columns: {month: date, locality: varchar, service: varchar, visit_id: varchar, minutes: bigint, excluded: varchar}
*/
select * from conformed.visit
"""
LIBRARY = MeasureLibrary(load_measures({"seen.sql": SEEN}), load_conformed({"visit.sql": VISIT}))

HEAD = """\
project: made_up
edition: 2025-26
title: Made up
cadence: month
dimensions:
  service: {title: Service, members: {adult: Adult, cyp: Young people}}
metrics:
"""
METRIC = """\
- metric_id: MU-AC-01
  metric_title: Visits
  section: access
  metric_description: Visits made.
  inclusion_exclusion_rules: All.
  unit: count
  breakdown: [month, service]
  numerator_source_name: [reportal_contacts]
  metric_owner: Lead
  plausible_range: [0, 10]
  year_on_year_tolerance: 10
  items:
    - title: Visits
      numerator: {measure: seen, aggregate: count}
"""


def load(metric: str = METRIC, head: str = HEAD) -> Catalogue:
    return load_catalogue(head + textwrap.indent(metric, "  "), "metrics.yaml", LIBRARY)


def problems(metric: str, head: str = HEAD) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        load(metric, head)
    return [str(problem) for problem in raised.value.problems]


def line_of(text: str, metric: str = METRIC) -> int:
    return [text in line for line in (HEAD + metric).splitlines()].index(True) + 1


def test_a_sound_catalogue_loads() -> None:
    (question,) = load().questions
    assert (question.code, question.unit, question.plausible_range) == ("MU-AC-01", "count", (0, 10))
    assert not question.is_ratio


def test_an_item_may_have_a_unit_and_range_of_its_own() -> None:
    second = """\
    - item: b
      title: Mean minutes
      unit: rate
      plausible_range: [1, 5]
      numerator: {measure: seen, aggregate: mean, of: minutes}
"""
    first, mean = load(METRIC.replace("- title", "- item: a\n      title") + second).questions
    assert (first.code, mean.code) == ("MU-AC-01a", "MU-AC-01b")
    assert (mean.unit, mean.plausible_range, mean.is_ratio) == ("rate", (1, 5), True)


def test_a_return_from_a_lead_has_items_without_terms() -> None:
    metric = METRIC.replace("  items:", "  return: {lead: Matron, rationale: kept on paper}\n  items:")
    metric = re.sub(r"      numerator: .*\n|  numerator_source_name: .*\n", "", metric)
    catalogue = load(metric)
    assert catalogue.metrics[0].returned.lead == "Matron"
    assert catalogue.computed == ()


@pytest.mark.parametrize(
    ("sound", "broken", "at", "message"),
    [
        ("measure: seen", "measure: scene", "measure:", "no file of sql/measures defines the measure scene"),
        ("aggregate: count", "aggregate: count, where: {colour: red}", "measure:", "no column colour"),
        ("aggregate: count", "aggregate: count, of: minutes", "measure:", "count takes no `of`"),
        ("aggregate: count", "aggregate: sum", "measure:", "needs the column"),
        (
            "aggregate: count",
            "aggregate: sum, of: service",
            "measure:",
            "service is varchar, and sum needs a number",
        ),
        ("aggregate: count", "aggregate: count, where: {service: 18_64}", "measure:", "1864 is not; quote a code"),
        ("aggregate: count", "aggregate: count, where: {minutes: {}}", "measure:", "give at least one of"),
        (
            "aggregate: count",
            "aggregate: count, member_where: {old: {service: x}}",
            "measure:",
            "old: not a member",
        ),
        (
            "[reportal_contacts]",
            "[esr_absence]",
            "numerator_source",
            "names esr_absence, but its SQL reads reportal_",
        ),
        ("[month, service]", "[month, colour]", "breakdown", "colour is not one of the dimensions"),
        ("[month, service]", "[service]", "breakdown", "begins with month"),
        ("[0, 10]", "[10, 0]", "metric_id", "plausible_range 10 to 0 is empty"),
        ("section: access", "section: acess", "section", "Input should be 'service_model'"),
        ("metric_owner", "metric_ower", "metric_ower", "not a known key"),
    ],
)
def test_a_fault_is_named_by_file_and_line(sound: str, broken: str, at: str, message: str) -> None:
    metric = METRIC.replace(sound, broken)
    expected = f"metrics.yaml:{line_of(at, metric)}: "
    assert any(problem.startswith(expected) and message in problem for problem in problems(metric))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            "{title: T, numerator: {measure: seen, aggregate: count}, multiplier: 100}",
            "multiplier goes with a denom",
        ),
        ("{title: T, denominator: {measure: seen, aggregate: count}}", "less and denominator need a numerator"),
        ("{title: T, unit: days, numerator: {measure: seen, aggregate: count}}", "plausible_range of its own"),
        ("{title: T}", "an item has a numerator, unless a lead returns the metric"),
    ],
)
def test_an_item_that_cannot_be_is_refused(item: str, message: str) -> None:
    metric = METRIC[: METRIC.index("    - title")] + f"    - {item}\n"
    assert any(message in problem for problem in problems(metric))


def test_a_scope_no_measure_knows_is_refused() -> None:
    told = problems(METRIC, HEAD.replace("cadence: month", "cadence: month\nscope: {servce: [adult]}"))
    assert told == ["metrics.yaml:5: no measure has a column servce"]
    own = METRIC.replace("  items:", "  scope: {servce: [adult]}\n  items:")
    assert problems(own) == [f"metrics.yaml:{line_of('scope', own)}: no measure has a column servce"]


def test_every_fault_of_every_metric_is_told_at_once() -> None:
    second = METRIC.replace("MU-AC-01", "MU-AC-02").replace("unit: count", "unit: furlongs")
    told = problems(METRIC.replace("section: access", "section: nowhere") + second)
    assert len(told) == 2


def test_a_metric_declared_twice_is_refused() -> None:
    assert any("MU-AC-01 is declared twice" in problem for problem in problems(METRIC + METRIC))


def test_the_version_follows_the_declaration_the_members_and_the_sql() -> None:
    first = load()
    reworded = load(METRIC.replace("Visits made.", "Visits."))
    wider = load(head=HEAD.replace("cyp: Young people", "cyp: Young people, lda: LDA"))
    other = MeasureLibrary(load_measures({"seen.sql": SEEN + "where true\n"}), LIBRARY.conformed)
    versions = {catalogue.version(catalogue.metrics[0], LIBRARY) for catalogue in (first, reworded, wider)}
    versions.add(first.version(first.metrics[0], other))
    assert len(versions) == 4
    assert load().version(load().metrics[0], LIBRARY) in versions


def test_the_project_s_own_catalogue_is_sound_and_whole() -> None:
    catalogue = Site().catalogue("mhlda_indicators", "2025-26")
    assert len(catalogue.metrics) == 62
    returned = {metric.metric_id for metric in catalogue.metrics if metric.returned}
    assert returned == {"MI-IP-17", "MI-FN-02", "MI-TT-02"}
    assert {metric.section for metric in catalogue.metrics} == {
        "service_model", "access", "activity", "workforce", "quality_and_safety", "finance",
    }  # fmt: skip
