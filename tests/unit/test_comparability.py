from __future__ import annotations

from datetime import date

import pytest
import yaml

from nhsbn.errors import ProblemsError
from nhsbn.metrics.catalogue import load_catalogue
from nhsbn.rebinding.comparability import (
    Comparability,
    Comparable,
    DeclaredComparability,
    DeclaredComparison,
    EditionItems,
    comparability_text,
    edition_items,
    load_comparability,
)
from resources.site import Site

METRIC = {
    "metric_id": "MI-AC-01",
    "metric_title": "Referrals",
    "section": "access",
    "metric_description": "Referrals received in the month.",
    "inclusion_exclusion_rules": "Each once.",
    "unit": "count",
    "breakdown": ["month"],
    "metric_owner": "Access lead",
    "plausible_range": [0, 100],
    "year_on_year_tolerance": 25,
    "items": [{"title": "Referrals", "numerator": {"measure": "referral", "aggregate": "count"}}],
}
FILE = """\
project: mhlda
edition: 2025-26
against: 2024-25
items:
"""


def items(edition: str, *metrics: dict[str, object], others: tuple[str, ...] = ()) -> EditionItems:
    declared = {"project": "mhlda", "edition": edition, "title": "T", "cadence": "month", "metrics": list(metrics)}
    return edition_items(load_catalogue(yaml.safe_dump(declared), "metrics.yaml"), others)


def metric(code: str, **changes: object) -> dict[str, object]:
    return {**METRIC, "metric_id": code, **changes}


def load(text: str, own: EditionItems, last: EditionItems) -> Comparability:
    return load_comparability(FILE + text, "comparability.yaml", own, {"2024-25": last})


def problems(text: str, own: EditionItems, last: EditionItems) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        load(text, own, last)
    return [str(problem) for problem in raised.value.problems]


LAST = items("2024-25", metric("MI-AC-01"), metric("MI-AC-02"), metric("MI-AC-03"), others=("MI-SM-01",))


def test_an_item_that_is_not_listed_is_as_comparable_as_its_declarations_are_alike() -> None:
    own = items(
        "2025-26",
        metric("MI-AC-01", metric_owner="Someone else", plausible_range=[0, 9], year_on_year_tolerance=3),
        metric("MI-AC-02", inclusion_exclusion_rules="Each twice."),
        metric("MI-AC-04"),
        others=("MI-SM-01",),
    )
    found = load("  {}\n", own, LAST)
    same = "asked and declared as in 2024-25"
    assert found.of("MI-AC-01") == Comparable("2024-25", "MI-AC-01", "yes", same)
    assert found.of("MI-SM-01") == Comparable("2024-25", "MI-SM-01", "yes", same)
    reason = "undecided: definition declared otherwise in 2024-25"
    assert found.of("MI-AC-02") == Comparable("2024-25", "MI-AC-02", "no", reason, is_decided=False)
    assert found.of("MI-AC-04") == Comparable("2024-25", None, "no", "not asked in 2024-25")
    assert found.undecided == ("MI-AC-02",)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"unit": "rate"}, "unit"),
        ({"scope": {"service": ["adult"]}}, "scope"),
        ({"items": [{"title": "Referrals", "numerator": {"measure": "stay", "aggregate": "count"}}]}, "numerator"),
        ({"metric_description": "Referrals  received\nin the month."}, None),
    ],
)
def test_only_what_makes_the_figure_is_compared(change: dict[str, object], named: str | None) -> None:
    found = load("  {}\n", items("2025-26", metric("MI-AC-01", **change)), LAST).of("MI-AC-01")
    if named is None:
        assert found.verdict == "yes"
    else:
        assert (found.verdict, found.is_decided) == ("no", False)
        assert named in found.reason


def test_what_a_person_decided_stands() -> None:
    own = items("2025-26", metric("MI-AC-01", unit="rate"), metric("MI-AC-02"), metric("MI-AC-09"))
    decided = "reason: a wider list, decided_by: Access lead, decided_on: 2026-04-01"
    found = load(
        f"  MI-AC-01: {{was: MI-AC-01, comparable: with caveat, {decided}}}\n"
        "  MI-AC-02: {was: MI-AC-02, comparable: undecided, reason: other words}\n"
        f"  MI-AC-09: {{was: MI-AC-03, comparable: yes, {decided}}}\n",
        own,
        LAST,
    )
    assert found.of("MI-AC-01") == Comparable("2024-25", "MI-AC-01", "with caveat", "a wider list")
    assert found.of("MI-AC-02") == Comparable(
        "2024-25", "MI-AC-02", "no", "undecided: other words", is_decided=False
    )
    assert found.of("MI-AC-09") == Comparable("2024-25", "MI-AC-03", "yes", "a wider list")
    assert found.undecided == ("MI-AC-02",)


def test_a_renumbered_item_is_compared_with_what_it_was() -> None:
    own = items("2025-26", metric("MI-AC-09"), metric("MI-AC-08", unit="rate"))
    found = load("  MI-AC-09: {was: MI-AC-03}\n  MI-AC-08: {was: MI-AC-02}\n", own, LAST)
    assert found.of("MI-AC-09").verdict == "yes"
    assert found.of("MI-AC-08") == Comparable(
        "2024-25", "MI-AC-02", "no", "undecided: unit declared otherwise in 2024-25", is_decided=False
    )


def test_every_fault_is_told_with_its_line() -> None:
    own = items("2025-26", metric("MI-AC-01"), metric("MI-AC-02"))
    assert problems(
        "  MI-AC-01: {was: MI-AC-77}\n  MI-AC-05: {was: MI-AC-02}\n  MI-AC-02:\n    was: MI-AC-02\n", own, LAST
    ) == [
        "comparability.yaml:5: item 'MI-AC-77' was not asked in 2024-25",
        "comparability.yaml:6: item 'MI-AC-05' is not asked in 2025-26; take it out",
        "comparability.yaml:8: 'MI-AC-02' is what 'MI-AC-05' was already",
    ]
    assert problems("  MI-AC-01: {was: MI-AC-01, comparable: no}\n", own, LAST) == [
        "comparability.yaml:5: items.MI-AC-01: comparable: no needs reason, decided_by and decided_on"
    ]
    assert (
        "cannot be comparable"
        in problems(
            "  MI-AC-01: {was: null, comparable: yes, reason: r, decided_by: d, decided_on: 2026-04-01}\n",
            own,
            LAST,
        )[0]
    )
    with pytest.raises(
        ProblemsError, match=r"comparability\.yaml:3: edition '2024-25' is not there; there are: none"
    ):
        load_comparability(FILE + "  {}\n", "comparability.yaml", own, {})
    with pytest.raises(ProblemsError, match=r"comparability\.yaml:2: edition is '2025-26'.* '2026-27'"):
        load_comparability(
            FILE + "  {}\n", "c/comparability.yaml", items("2026-27", metric("MI-AC-01")), {"2024-25": LAST}
        )


def test_the_text_reads_back_as_what_was_declared() -> None:
    declared = DeclaredComparability(
        project="mhlda",
        edition="2025-26",
        against="2024-25",
        items={
            "MI-AC-01": DeclaredComparison(
                was="MI-AC-01",
                comparable="yes",
                reason="No: it only reads so; 'quoted' # and more",
                decided_by="Access lead",
                decided_on=date(2026, 4, 1),
            ),
            "MI-AC-02": DeclaredComparison(was=None),
            "MI-AC-03": DeclaredComparison(was="MI-AC-02", comparable="undecided", reason="no"),
        },
    )
    own = items("2025-26", metric("MI-AC-01"), metric("MI-AC-02"), metric("MI-AC-03"))
    text = comparability_text(declared)
    found = load_comparability(text, "comparability.yaml", own, {"2024-25": LAST})
    assert found.declared == declared.items


def test_an_edition_without_the_file_is_compared_with_none() -> None:
    found = Site().comparability("mhlda_indicators", "2024-25")
    assert found.of("MI-AC-01a") == Comparable("", None, "no", "compared with no other edition", is_decided=False)
    assert found.undecided == ()
