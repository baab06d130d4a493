"""Every definition case holds, every computed metric has one, and a broken measure is found out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from nhsbn.metrics.assurance import CaseResult, assure
from nhsbn.metrics.catalogue import Catalogue
from nhsbn.metrics.measures import MeasureLibrary
from resources.site import Site

SITE = Site()
CASES = SITE.texts("sql/measures", "*.cases.yaml")


EDITIONS = {
    edition.edition: SITE.assured(edition.project, edition.edition)
    for edition in SITE.programme.editions("mhlda_indicators")
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return EDITIONS["2025-26"]


@pytest.fixture(scope="module")
def results() -> list[CaseResult]:
    return assure(CASES, list(EDITIONS.values()), SITE.library)


def test_every_case_holds(results: list[CaseResult]) -> None:
    failures = [
        f"{result.where} {result.title}, {result.edition}: {line}"
        for result in results
        for line in result.failures
    ]
    assert failures == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_computed_metric_of_every_edition_has_a_case(results: list[CaseResult], edition: str) -> None:
    covered = frozenset().union(*(result.metrics for result in results if result.edition == edition))
    computed = {metric.metric_id for metric in EDITIONS[edition].metrics if metric.returned is None}
    assert computed - covered == set()


def test_every_trap_has_a_case(results: list[CaseResult]) -> None:
    named = re.findall(r"\(traps? ([\d, ]+)\)", " ".join(result.title for result in results))
    assert {int(trap) for traps in named for trap in traps.split(",")} == set(range(1, 11))


BREAKS = {
    "contact": ("contact.outcome not in ('5', '6')", "contact.outcome not in ('5', '6', '3')"),
    "appointment": ("partition by fault, patient_id", "partition by contact_id, patient_id"),
    "referral_received": ("= 1 as is_first_team", ">= 1 as is_first_team"),
    "referral_decision": ("when ranked.place > 1 then", "when ranked.place > 9 then"),
    "waiting_list": ("when not caseload.waiting then", "when false then"),
    "caseload": ("> caseload.snapshot_date", "< caseload.snapshot_date"),
    "spell_contact": (
        "partition by attended.spell_id, attended.contact_minute",
        "partition by attended.contact_id",
    ),
    "caseload_discharge": ("when ended.still_open > 0", "when ended.still_open > 9"),
    "urgent_response": ("and contact.medium = 'face_to_face'", ""),
    "population": ("population.population as bigint", "population.population + 1 as bigint"),
    "available_bed_day": (
        "bed_day.available_beds as bigint",
        "bed_day.available_beds + bed_day.closed_beds as bigint",
    ),
    "occupied_bed_day": ("count(distinct night)", "count(night)"),
    "admission": ("order by ward_start_at, ward_stay_id", "order by ward_start_at desc, ward_stay_id"),
    "detained_admission": ("in ('04', '05', '06')", "in ('99')"),
    "discharge": ("spell.admission_date as los_days", "cast(spell.ward_start_at as date) as los_days"),
    "delayed_day": ("ward_stay.crfd_start + 1", "ward_stay.crfd_start"),
    "inpatient": (
        "cast(ward_stay.ward_start_at as date) <= period.last_day",
        "ward_stay.ward_start_at <= period.last_day",
    ),
    "follow_up": ("discharge.discharge_date + 1 and", "discharge.discharge_date and"),
    "restraint_incident": ("'12', '13'", "'12', '13', '14'"),
    "restrictive_act": ("group by incident_ref", "group by incident_ref, person_seq"),
    "safety_incident": ("bool_or(incident.is_rejected) over people", "incident.is_rejected"),
    "serious_incident": ("incident.incident_date between", "incident.reported_date between"),
    "awol": ("where detention.is_detained", "where true"),
    "establishment": ("line.budgeted_wte as wte", "line.contracted_wte as wte"),
    "open_referral": ("and referral.team_id = caseload.team_id", ""),
    "staff_in_post": ("then 1.2", "then 1.0"),
    "sickness_day": ("sum(away.fte) as fte_days", "count(*) as fte_days"),
    "leaver": ("where standing.in_post", "where true"),
    "average_staff": ("('year', 12)", "('year', 11)"),
    "expenditure": ("line.month_actual as double", "line.ytd_actual as double"),
}


FILTERED_BY_ITEMS = {"expenditure"}
"""Every item filters the categories that it excludes: there the reasons serve a reader, and no figure."""


def holds(measure: str, select: str, catalogue: Catalogue) -> bool:
    """Whether every case beside a measure holds when its SQL is another."""
    altered = replace(SITE.library.measures[measure], select=select)
    library = MeasureLibrary({**SITE.library.measures, measure: altered}, SITE.library.conformed)
    beside = {where: text for where, text in CASES.items() if where.endswith(f"/{measure}.cases.yaml")}
    results = assure(beside, list(EDITIONS.values()), library)
    return all(result.passed for result in results if result.edition == catalogue.edition)


@pytest.mark.parametrize("measure", BREAKS)
def test_breaking_a_measure_fails_a_case_beside_it(measure: str, catalogue: Catalogue) -> None:
    sound, broken = BREAKS[measure]
    select = SITE.library.sql(measure)
    assert sound in select
    assert not holds(measure, select.replace(sound, broken), catalogue)


@pytest.mark.parametrize("measure", sorted(Path(where).name.removesuffix(".cases.yaml") for where in CASES))
def test_a_measure_that_excludes_nothing_or_finds_nothing_fails_a_case_beside_it(
    measure: str, catalogue: Catalogue
) -> None:
    select = SITE.library.sql(measure)
    assert not holds(measure, f"select * from ({select}) where false", catalogue)
    if "cast(null as varchar) as excluded" not in select and measure not in FILTERED_BY_ITEMS:
        assert not holds(
            measure, f"select * replace (cast(null as varchar) as excluded) from ({select})", catalogue
        )
