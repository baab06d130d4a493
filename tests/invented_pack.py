"""Invented review packs: every state, status and unit, for any number of questions.

Here: values for the tests of pages. Not here: packs of a real return (tests/e2e).
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from nhsbn.checks.results import Finding, Outcome
from nhsbn.checks.review import HistoryPoint, Review, ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Acceptance, Status
from nhsbn.checks.xmr import limits, signals
from nhsbn.periods import Month, Period
from nhsbn.review.pack import Part, Remark, ReviewPack, SignedOff
from nhsbn.tools.cells import State

PERIOD = Period.parse("2025-26-Q1")
PLACES = {
    "doncaster": "Doncaster",
    "rotherham": "Rotherham",
    "north_lincolnshire": "North Lincolnshire",
    "trust": "Trust",
}
UNITS = ("count", "percent", "rate", "days", "wte", "pounds")
BEDS = {"adult_acute": "Adult acute", "older_adult": "Older adult", "picu": "Psychiatric intensive care"}
LEADS = {
    "access": ("community", "Community performance lead", "Ada Byrne"),
    "activity": ("inpatient", "Inpatient performance lead", "Sam Okafor"),
    "workforce": ("workforce", "Workforce information lead", "Priya Nair"),
}


def check(
    number: int, status: Status, severity: str = "warns", said: str = "97.3 is far from 88.0 last year"
) -> ReviewedCheck:
    """A check in one status."""
    outcome = {
        Status.PASSED: Outcome.PASSED,
        Status.RESOLVED: Outcome.PASSED,
        Status.NOT_JUDGED: Outcome.NOT_JUDGED,
    }
    held = Acceptance(
        "c", "s", "rotherham", "0", "A ward closed", "Ada Byrne", date(2025, 12, 31), date(2025, 7, 9)
    )
    is_accepted = status is Status.ACCEPTED
    return ReviewedCheck(
        f"check_{number}",
        "The figure is near what was submitted for the same month last year",
        f"MI-AC-{number:02}",
        severity,
        outcome.get(status, Outcome.FAILED),
        status,
        said if status not in (Status.PASSED, Status.RESOLVED) else "",
        (
            Finding("all", "2025-06", 97.3, 88.0, said),
            Finding("all", "2025-05", 96.0, 88.0, "96.0 is far from 88.0"),
        ),
        "Ask the service what changed, and accept it with that reason if it did.",
        "Community performance lead",
        "The year_on_year_tolerance of the metric; our convention.",
        held if is_accepted else None,
        "accepted by Ada Byrne until 31 December 2025: A ward closed" if is_accepted else "",
        "0",
    )


def question(number: int, of: random.Random) -> ReviewedQuestion:
    """One question; its number decides its unit, breakdown, states and checks."""
    section, unit = list(LEADS)[number % 3], UNITS[number % 6]
    members = {"all": "All"} if number % 2 else BEDS
    level = {"percent": 90.0, "pounds": 120_000.0, "rate": 3.2}.get(unit, 400.0)
    cells = tuple(
        _cell(number, member, month, level * of.uniform(0.9, 1.1)) for member in members for month in PERIOD.months
    )
    has_chart = number % 3 != 2
    months = [PERIOD.months[-1].plus(back) for back in range(-23 if has_chart else -2, 1)]
    values = [level * of.uniform(0.9, 1.1) for _ in months]
    if number % 4 == 0:
        values[-1] = level * 1.5
    lines = limits(values) if has_chart else None
    marks = signals(values, lines) if lines else [frozenset()] * len(values)
    history = tuple(
        HistoryPoint(
            month, value, "submitted" if month < PERIOD.first_month else "computed", month in PERIOD.months, mark
        )
        for month, value, mark in zip(months, values, marks, strict=True)
    )
    status = list(Status)[number % len(Status)]
    severity = ("warns", "warns", "withholds", "warns", "stops")[number % 5]
    return ReviewedQuestion(
        f"MI-AC-{number:02}",
        f"MI-AC-{number:02}",
        f"Invented figure {number}, as it stands at the end of the month",
        "Invented figures" if number % 2 else f"Invented figure {number}, as it stands at the end of the month",
        section,
        unit,
        "Every invented thing that was open at midnight on the last day of the month, each counted once.",
        "Leaves out what was entered in error.",
        ("reportal_referrals", "esr_staff"),
        LEADS[section][1],
        "" if number % 7 else LEADS[section][1],
        dict(members),
        "Asked in the same words in both editions",
        "Only with care: the wards were counted otherwise before October 2024." if number % 9 == 1 else "",
        cells,
        history,
        lines,
        (check(number, status, severity), check(number, Status.PASSED)),
    )


def _cell(number: int, member: str, month: Month, value: float) -> ReviewedCell:
    states = {5: State.NOT_COLLECTED, 6: State.WITHHELD, 8: State.NOT_APPLICABLE, 9: State.TRUE_ZERO}
    state = states.get(number % 11, State.VALUE) if month == PERIOD.months[1] else State.VALUE
    reason = {
        State.NOT_COLLECTED: "the extract of May 2025 has not arrived",
        State.WITHHELD: "check year_on_year: 812 is far from 402",
        State.NOT_APPLICABLE: "no such beds here",
    }.get(state, "")
    owner = "Inpatient performance lead" if state in (State.NOT_COLLECTED, State.WITHHELD) else ""
    if state is State.TRUE_ZERO:
        value = 0.0
    is_kept = state in (State.VALUE, State.TRUE_ZERO, State.WITHHELD)
    last = value * 0.9 + 3 if number % 5 else None
    change = value - last if is_kept and last is not None else None
    percent = change / last * 100 if change is not None else None
    return ReviewedCell(member, month, value if is_kept else None, state, reason, owner, last, change, percent)


def review(locality: str, questions: int, seed: int = 1) -> Review:
    """One place's return."""
    of = random.Random(f"{seed} {locality}")
    asked = tuple(question(number, of) for number in range(1, questions + 1))
    whole = (replace(check(1, Status.NEW, said="2 of 300 rows are mapped nowhere"), subject="referral"),)
    return Review(
        "mhlda_indicators",
        "2025-26",
        str(PERIOD),
        locality,
        PLACES[locality],
        3,
        asked,
        whole,
        is_judged=questions % 2 == 0,
    )


def pack(questions: int = 24, locality: str = "rotherham") -> ReviewPack:
    """A pack of one place, for the director."""
    reviews = tuple(review(place, questions) for place in PLACES)
    own = next(one for one in reviews if one.locality == locality)
    signed = {
        "access": (SignedOff("Ada Byrne", "Community performance lead", date(2025, 7, 10)),),
        "activity": (
            SignedOff(
                "Sam Okafor",
                "Inpatient performance lead",
                date(2025, 7, 11),
                changed=("MI-AC-04, Adult acute, May 2025: was 812, is now 809",),
            ),
        ),
    }
    parts = tuple(
        Part(
            section,
            section.capitalize(),
            lead,
            role,
            name,
            "RePortal referrals and teams",
            tuple(one.code for one in own.questions if one.section == section),
            signed.get(section, ()),
        )
        for section, (lead, role, name) in LEADS.items()
    )
    return ReviewPack(
        "MHLDA Indicators",
        "Rotherham Doncaster and South Humber NHS Foundation Trust",
        date(2025, 7, 28),
        {"collected": date(2025, 7, 14), "validated": date(2025, 7, 21), "overseen": date(2025, 7, 25)},
        date(2025, 7, 22),
        "",
        "Grace Obi",
        own,
        reviews,
        parts,
        remarks={
            "MI-AC-03": (
                Remark("MI-AC-03", "confirmed", "As the service expects.", "Priya Nair", date(2025, 7, 10), True),
            ),
            "MI-AC-04": (
                Remark(
                    "MI-AC-04", "queried", "The new ward is missing <here>.", "Sam Okafor", date(2025, 7, 11), True
                ),
            ),
            "MI-AC-07": (Remark("MI-AC-07", None, "Seen in June already.", "Sam Okafor", None, False),),
        },
        traces={"MI-AC-03": "traces/MI-AC-03.html"},
    )
