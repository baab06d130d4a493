from __future__ import annotations

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.metrics.assurance import CaseResult, assure, evaluate
from resources.site import Site

SITE = Site()
CASE = """\
cases:
  - title: Two visits of one patient
    period: 2025-04
    given:
      contact:
        always: {service: adult, locality: doncaster, patient_id: p1, team_id: t1, medium: video, outcome: "5"}
        rows:
          - [contact_id, contact_at]
          - [c1, 2025-04-01 09:00]
          - [c2, 2025-04-02 09:00]
    expect:
      - {metric: MI-CM-03, locality: doncaster, value: 1 + 1}
      - {metric: MI-CM-06, item: d, value: 2 / 2 * 100, numerator: 2, denominator: 2}
"""


def run(text: str) -> list[CaseResult]:
    return assure({"made.cases.yaml": text}, [SITE.catalogue("mhlda_indicators", "2025-26")], SITE.library)


def test_a_case_that_holds() -> None:
    (result,) = run(CASE)
    assert result.passed
    assert (result.where, result.metrics) == ("made.cases.yaml:2", {"MI-CM-03", "MI-CM-06"})


@pytest.mark.parametrize(
    ("sound", "broken", "failure"),
    [
        ("value: 1 + 1", "value: 1 + 2", "MI-CM-03 2025-04 doncaster all: value is 2, expected 1 + 2"),
        ("value: 1 + 1", "value: null", "MI-CM-03 2025-04 doncaster all: value is 2, expected nothing"),
        ("denominator: 2", "denominator: 3", "MI-CM-06d 2025-04 trust all: denominator is 2, expected 3"),
        ("locality: doncaster, value", "member: nobody, value", "MI-CM-03 2025-04 trust nobody: no such figure"),
    ],
)
def test_a_case_that_fails_says_what_came_out(sound: str, broken: str, failure: str) -> None:
    (result,) = run(CASE.replace(sound, broken))
    assert result.failures == (failure,)


@pytest.mark.parametrize(
    ("sound", "broken", "line", "message"),
    [
        ("      contact:", "      contacts:", 5, "contacts is neither a conformed table nor population"),
        ("[contact_id, contact_at]", "[contact_id, at]", 5, "contact has no column at; it has contact_id"),
        ("[c1, 2025-04-01 09:00]", "[c1]", 5, "row 1 has 1 cells under 2 headings"),
        ("item: d", "item: z", 13, "MI-CM-06z is not a question that mhlda_indicators computes"),
        ("period: 2025-04", "period: April", 3, "'April' is not a period"),
        ("period: 2025-04", "period: 2025-26-Q1", 12, "say a month of 2025-26-Q1: 2025-04, 2025-05, 2025-06"),
        ("value: 1 + 1", "value: two", 12, "'two' is not arithmetic"),
    ],
)
def test_a_case_that_cannot_be_run_is_named_by_file_and_line(
    sound: str, broken: str, line: int, message: str
) -> None:
    with pytest.raises(ProblemsError) as raised:
        run(CASE.replace(sound, broken, 1))
    first = raised.value.problems[0]
    assert (first.where, message in first.message) == (f"made.cases.yaml:{line}", True), str(first)


BOTH = [SITE.catalogue("mhlda_indicators", edition) for edition in ("2025-26", "2024-25")]
DNA = """\
cases:
  - title: One appointment kept, one missed, one cancelled
    period: 2025-04
    given:
      contact:
        always: {service: adult, patient_id: p1, team_id: t1, medium: video}
        rows:
          - [contact_id, contact_at, outcome]
          - [c1, 2025-04-01 09:00, "5"]
          - [c2, 2025-04-02 09:00, "3"]
          - [c3, 2025-04-03 09:00, "2"]
    expect:
      - {metric: MI-CM-07, item: a, value: 1 / 2 * 100}
      - {metric: MI-CM-07, item: a, edition: 2024-25, value: 1 / 3 * 100}
      - {metric: MI-CM-10, value: null}
"""


def in_both(text: str) -> dict[str, CaseResult]:
    return {result.edition: result for result in assure({"made.cases.yaml": text}, BOTH, SITE.library)}


def test_a_case_says_what_an_edition_that_defines_a_metric_otherwise_comes_to() -> None:
    found = in_both(DNA)
    assert found["2025-26"].passed
    assert found["2024-25"].passed
    assert found["2025-26"].metrics == {"MI-CM-07", "MI-CM-10"}
    assert found["2024-25"].metrics == {"MI-CM-07"}, "it did not ask for MI-CM-10"


def test_a_figure_of_every_edition_fails_in_the_one_that_defines_it_otherwise() -> None:
    found = in_both(DNA.replace("      - {metric: MI-CM-07, item: a, edition: 2024-25, value: 1 / 3 * 100}\n", ""))
    assert found["2025-26"].passed
    (failure,) = found["2024-25"].failures
    assert failure.startswith("MI-CM-07a 2025-04 trust all: value is 33.3")


def test_an_edition_is_not_expected_to_know_a_question_it_never_asked() -> None:
    with pytest.raises(ProblemsError, match=r"MI-CM-10 is not a question .* computes in edition 2024-25"):
        in_both(DNA.replace("{metric: MI-CM-10,", "{metric: MI-CM-10, edition: 2024-25,"))


def test_arithmetic_is_read_as_a_reader_does() -> None:
    assert evaluate("-(2 + 1) / 4 * 100") == -75
    assert evaluate(3) == 3


@pytest.mark.parametrize("text", ["__import__('os')", "2 ** 9", "1 / 0", "1 +", "True", "'a'", ""])
def test_nothing_but_arithmetic_is_evaluated(text: str) -> None:
    with pytest.raises(NhsbnError, match="is not arithmetic"):
        evaluate(text)
