"""The data collection plan: who leads what, held to what is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import yaml

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.review.plan import Plan, load_plan
from resources.site import Site

SITE = Site()
PROJECT, EDITION = "mhlda_indicators", "2025-26"
CATALOGUE = SITE.catalogue(PROJECT, EDITION)
TEXT = SITE.of_edition(PROJECT, EDITION, "plan.yaml").decode("utf-8")


def loaded(text: str = TEXT) -> Plan:
    return load_plan(text, "plan.yaml", CATALOGUE, SITE.organisation.places)


def metric(metric_id: str):
    return next(one for one in CATALOGUE.metrics if one.metric_id == metric_id)


def faults(change: Callable[[dict], object]) -> list[str]:
    data = yaml.safe_load(TEXT)
    change(data)
    with pytest.raises(ProblemsError) as raised:
        loaded(yaml.safe_dump(data, sort_keys=False))
    return [problem.message for problem in raised.value.problems]


@pytest.mark.parametrize("edition", [one.edition for one in SITE.programme.editions(PROJECT)])
def test_every_metric_of_every_edition_has_a_lead_and_every_place_a_director(edition: str) -> None:
    catalogue = SITE.catalogue(PROJECT, edition)
    text = SITE.of_edition(PROJECT, edition, "plan.yaml").decode("utf-8")
    plan = load_plan(text, "plan.yaml", catalogue, SITE.organisation.places)
    assert {plan.lead(one) for one in catalogue.metrics} <= set(plan.people)
    assert set(plan.directors) == set(SITE.organisation.places)
    roles = {plan.people[plan.lead(one)].role for one in catalogue.metrics}
    assert roles == {one.metric_owner for one in catalogue.metrics}, "a lead has the role that owns the metric"


def test_a_metric_goes_to_its_own_lead_else_to_its_section_s() -> None:
    plan = loaded()
    assert plan.lead(metric("MI-AC-01")) == "community_performance"
    assert plan.lead(metric("MI-CR-01")) == "crisis_care"
    assert plan.leads([metric("MI-CR-01"), metric("MI-AC-01")]) == ("community_performance", "crisis_care")
    assert plan.source(metric("MI-FN-02")) == "Cost improvement schedule kept by finance"
    assert plan.source(metric("MI-AC-01")) == ""


def test_a_person_is_found_by_id_role_name_e_mail_or_deputy() -> None:
    plan = loaded()
    for text in ("finance", "Finance business partner", "richard ELLISON", "richard.ellison@trust.example"):
        assert plan.found(text) == "finance"
    assert plan.found("Owen Blackburn") == "community_performance"
    with pytest.raises(
        NhsbnError, match=r"'nobody' is nobody of the data collection plan. It names: community_perf"
    ):
        plan.found("nobody")


def test_steps_are_counted_back_from_the_deadline() -> None:
    assert loaded().days(date(2025, 7, 28)) == {
        "collected": date(2025, 7, 14),
        "validated": date(2025, 7, 21),
        "overseen": date(2025, 7, 25),
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda plan: plan["sections"].pop("finance"), "the section finance has no lead; add it"),
        (lambda plan: plan["directors"].pop("trust"), "trust has no care group director; add one"),
        (lambda plan: plan["directors"].update(leeds="finance"), "leeds is no place of the trust"),
        (lambda plan: plan["sections"].update(access="zoe"), "zoe is not one of the people above"),
        (
            lambda plan: plan["metrics"].update({"MI-ZZ-01": {"lead": "finance"}}),
            "MI-ZZ-01 is no metric of 2025-26",
        ),
        (lambda plan: plan["metrics"]["MI-FN-02"].pop("source"), "a lead returns MI-FN-02; say from which source"),
        (
            lambda plan: plan["metrics"]["MI-CR-01"].update(source="RePortal"),
            "is in metrics.yaml for what is computed; leave it out here",
        ),
        (lambda plan: plan.update(edition="2024-25"), "edition is '2024-25', and metrics.yaml says '2025-26'"),
        (lambda plan: plan["due"].update(overseen=10), "collected comes first, then validated, then overseen"),
        (lambda plan: plan["people"]["finance"].update(email="none"), "email: String should match"),
        (
            lambda plan: plan["people"]["finance"].update(email="farah.siddiqui@trust.example"),
            "farah.siddiqui@trust.example is Farah Siddiqui's too",
        ),
    ],
)
def test_faults_are_told(change: Callable[[dict], object], said: str) -> None:
    assert any(said in one for one in faults(change))


def test_all_faults_are_told_at_once_by_line() -> None:
    with pytest.raises(ProblemsError) as raised:
        loaded(
            TEXT.replace("finance: finance", "finance: zoe").replace("  trust: director_trust", "  leeds: finance")
        )
    assert len(raised.value.problems) == 3
    line = TEXT.split("\n").index("  finance: finance") + 1
    assert f"plan.yaml:{line}" in [problem.where for problem in raised.value.problems]
