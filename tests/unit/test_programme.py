"""The programme: what is declared is refused in words when wrong, and says when a period is open."""

from __future__ import annotations

from datetime import date

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.periods import Period
from nhsbn.programme import Programme, load_programme

TEXT = """programme:
  - project: small
    title: Small
    edition: 2025-26
    sector: Any
    cadence: quarter
    first_period: 2025-26-Q1
    last_period: 2025-26-Q4
    opens: 1
    deadline: 28
    runs_at: "06:30"
    submission: workbook
    by_locality: true
    participates: true
    decided_by: Board
    owner: Officer
"""


def load(old: str = "", new: str = "") -> Programme:
    return load_programme(TEXT.replace(old, new) if old else TEXT, "programme.yaml")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 6, 30), ()),
        (date(2025, 7, 1), ("2025-26-Q1",)),
        (date(2025, 7, 28), ("2025-26-Q1",)),
        (date(2025, 7, 29), ()),
        (date(2026, 4, 2), ("2025-26-Q4",)),
    ],
)
def test_a_period_is_open_between_opening_and_deadline(day: date, expected: tuple[str, ...]) -> None:
    assert tuple(map(str, load().project("small").open_on(day))) == expected


def test_it_runs_in_the_months_in_which_something_is_open() -> None:
    assert load().project("small").cron == "30 6 * 1,4,7,10 1-5"
    assert load("deadline: 28", "deadline: 40").project("small").cron == "30 6 * 1,2,4,5,7,8,10,11 1-5"


def test_the_periods_are_those_of_the_edition() -> None:
    project, period = load().edition_of("small", "2025-26-Q2")
    assert [str(period) for period in project.periods] == [f"2025-26-Q{n}" for n in (1, 2, 3, 4)]
    assert period == Period.parse("2025-26-Q2")


@pytest.mark.parametrize("asked", ["2025-06", "2026-27-Q1", "2025-26"])
def test_a_period_of_another_kind_or_year_is_refused(asked: str) -> None:
    with pytest.raises(NhsbnError, match="from 2025-26-Q1 to 2025-26-Q4"):
        load().edition_of("small", asked)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"06:30"', "10:30", 11, "write the time in quotes"),
        ("first_period: 2025-26-Q1", "first_period: 2025-04", 2, "must each be a quarter"),
        ("last_period: 2025-26-Q4", "last_period: soon", 8, "is not a period"),
        ("last_period: 2025-26-Q4", "last_period: 2024-25-Q4", 2, "lies before first_period"),
        ("deadline: 28", "deadline: 1", 2, "deadline must come after opens"),
        ("owner: Officer", "owner: Officer\n    onwer: Officer", 17, "not a known key"),
    ],
)
def test_faults_name_their_line(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        load(old, new)
    (problem,) = caught.value.problems
    assert problem.where == f"programme.yaml:{line}"
    assert message in problem.message


def test_an_edition_declared_twice_is_refused() -> None:
    with pytest.raises(ProblemsError, match="declared twice"):
        load_programme(TEXT + TEXT.removeprefix("programme:\n"), "programme.yaml")


ENTRY = TEXT.removeprefix("programme:\n")
PAST = ENTRY.replace("2025-26", "2024-25")


def both(past: str = PAST, newest: str = ENTRY) -> Programme:
    return load_programme("programme:\n" + newest + past, "programme.yaml")


def test_the_newest_edition_is_the_one_meant_when_none_is_named() -> None:
    for programme in (both(), both(past=ENTRY, newest=PAST)):  # in whatever order they stand
        assert programme.project("small").edition == "2025-26"
        assert [project.edition for project in programme.running] == ["2025-26"]
        assert [project.edition for project in programme.editions("small")] == ["2025-26", "2024-25"]


def test_a_period_is_worked_in_the_edition_it_belongs_to() -> None:
    project, period = both().edition_of("small", "2024-25-Q4")
    assert (project.edition, str(period)) == ("2024-25", "2024-25-Q4")
    assert both().edition_of("small", "2025-26-Q1")[0].edition == "2025-26"
    with pytest.raises(NhsbnError, match=r"edition 2025-26 .* edition 2024-25 .* 2023-24-Q4 is not one of its"):
        both().edition_of("small", "2023-24-Q4")


def test_an_edition_is_found_by_name() -> None:
    assert both().edition("small", "2024-25").edition == "2024-25"
    with pytest.raises(NhsbnError, match=r"no edition '2023-24'. Its editions are: 2025-26, 2024-25"):
        both().edition("small", "2023-24")


def test_a_period_in_two_editions_is_refused_by_line() -> None:
    with pytest.raises(ProblemsError) as caught:
        both(PAST.replace("last_period: 2024-25-Q4", "last_period: 2025-26-Q2"))
    (problem,) = caught.value.problems
    assert problem.where == "programme.yaml:17"
    assert problem.message == (
        "editions 2024-25 and 2025-26 of project small both have April 2025 (line 2); "
        "a period belongs to one edition alone"
    )


def test_editions_of_different_cadence_may_not_share_a_month_either() -> None:
    monthly = PAST.replace("cadence: quarter", "cadence: month")
    monthly = monthly.replace("2024-25-Q1", "2024-04").replace("2024-25-Q4", "2025-04")
    with pytest.raises(ProblemsError, match="both have April 2025"):
        both(monthly)
    assert both(monthly.replace("2025-04", "2025-03")).edition_of("small", "2025-02")[0].edition == "2024-25"


def test_a_year_out_leaves_the_years_before_to_be_filled_again() -> None:
    programme = both(newest=ENTRY.replace("participates: true", "participates: false"))
    assert programme.project("small").edition == "2024-25"
    assert [project.edition for project in programme.running] == ["2024-25"]
    assert programme.edition_of("small", "2024-25-Q4")[0].edition == "2024-25"
    for ask, text in ((programme.edition_of, "2025-26-Q1"), (programme.edition, "2025-26")):
        with pytest.raises(NhsbnError, match="does not take part in Small 2025-26"):
            ask("small", text)
