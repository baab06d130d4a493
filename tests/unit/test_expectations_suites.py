"""Suites as data: the shipped ones fit the declarations and the library; faults are told with their line."""

from __future__ import annotations

import pytest

from expectations.suites import EVERY_REPORT, SETTINGS, load_suites
from nhsbn.errors import ProblemsError
from resources.site import Site
from tests.landed_report import COMMON, suite_of


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def suites(site):
    return load_suites(site.texts("expectations", "**/*.yaml"), site.register)


def test_every_report_has_a_suite_with_the_three_gates(site, suites):
    assert suites.keys() == site.register.reports.keys()
    for suite in suites.values():
        assert [gate.id for gate in suite.gates] == ["required_columns", "period", "unique_key"]
        assert len(suite.expectations) >= 6


def test_only_gates_are_critical(suites):
    severities = {item.severity for suite in suites.values() for item in suite.expectations}
    assert severities == {"warning"}


def test_every_date_number_and_code_is_judged(site, suites):
    for name, suite in suites.items():
        report = site.register.reports[name]
        judged = {reading for item in suite.expectations for group in item.judged(report) for reading in group}
        for column, declared in report.kept_columns.items():
            if declared.type in ("date", "datetime", "integer", "number", "money"):
                assert f"{column}_unread" in judged
            if declared.type == "code":
                assert column in judged


def test_expectation_classes_take_the_settings_named_for_them():
    import great_expectations.expectations as gxe

    for name, named in SETTINGS.items():
        assert named <= set(getattr(gxe, name).__fields__), name


def test_a_reports_own_expectation_takes_the_place_of_the_common_one(suites):
    (of_incidents,) = [item for item in suites["risk_incidents"].expectations if item.id == "row_count"]
    (of_contacts,) = [item for item in suites["reportal_contacts"].expectations if item.id == "row_count"]
    assert of_incidents.kwargs == {"min_value": 0.5, "max_value": 1.5}
    assert of_contacts.kwargs == {"min_value": 0.8, "max_value": 1.2}


def test_a_suites_version_follows_its_content():
    fte = "id: fte, expectation: ExpectColumnValuesToBeBetween, columns: [fte], kwargs: {max_value: 1.2}"
    assert suite_of(fte)[0].version == suite_of(fte)[0].version
    assert suite_of(fte)[0].version != suite_of(fte.replace("1.2", "1.0"))[0].version


@pytest.mark.parametrize(
    ("expectation", "fault"),
    [
        ("id: a, expectation: ExpectColumnValuesToBeNull, columns: [wardd]", "wardd is not a reading of"),
        ("id: a, expectation: ExpectColumnValuesToBeNul, columns: [ward]", "Input should be"),
        ("id: a, expectation: ExpectColumnValuesToBeNull, columns: [ward], kwargs: {regex: x}", "takes no kwargs"),
        ("id: a, expectation: ExpectColumnValuesToBeNull, columns: [ward], mostly: 2", "less than or equal to 1"),
        ("id: a, expectation: ExpectColumnValuesToBeNull", "give columns, or column_A and column_B"),
        ("id: a, expectation: ExpectColumnValuesToBeNull, columns: [ward, fte]", "different types"),
        (
            "id: a, columns: [ward], expectation: ExpectColumnValuesToBeInSet,"
            " kwargs: {value_set: declared_codes}",
            "ward has no code list",
        ),
        ("id: a, expectation: ExpectColumnValuesToBeNull, colums: [ward]", "is not a known key"),
    ],
)
def test_a_fault_is_told_with_file_and_line(expectation, fault):
    with pytest.raises(ProblemsError) as caught:
        suite_of(expectation)
    assert all(problem.where == "expectations/reportal/stays.yaml:4" for problem in caught.value.problems[:1])
    assert fault in str(caught.value)


def test_a_report_without_a_suite_is_a_fault():
    _, register = suite_of()
    with pytest.raises(ProblemsError, match="no suite for reportal_stays"):
        load_suites({EVERY_REPORT: COMMON}, register)
