"""Every figure of small random extracts against pandas, from the raw files on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.oracle.community import Community
from tests.oracle.inpatient import Inpatient
from tests.oracle.workforce import Workforce
from tests.property.random_extracts import community, incidents, inpatient
from tests.property.random_workforce import workforce
from tests.property.small_return import Extract, Half, apart, by_pandas, by_pipeline

few = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def answered_alike(extracts: list[Extract], half: type[Half], *sections: str) -> None:
    """Hold both answers to the same files against each other."""
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "inbox")
        inbox.mkdir()
        for extract in extracts:
            extract.put(inbox)
        recorded, recomputed = by_pipeline(Path(folder), sections), by_pandas(inbox, half, sections)
    assert recorded.keys() == recomputed.keys()
    assert apart(recorded, recomputed) == {}


@few
@given(community)
def test_access_and_community_activity(extracts):
    answered_alike(extracts, Community, "MI-AC", "MI-CM", "MI-CR", "MI-TT")


@few
@given(inpatient)
def test_beds_and_spells(extracts):
    answered_alike(extracts, Inpatient, "MI-IP", "MI-LD")


@few
@given(incidents)
def test_incidents_and_restraint(extracts):
    answered_alike(extracts, Inpatient, "MI-QS")


@few
@given(workforce)
def test_staff_and_money(extracts):
    answered_alike(extracts, Workforce, "MI-WF", "MI-FN")
