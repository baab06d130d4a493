"""Invented extracts, places and values from which tests make collection tools."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import cache

from nhsbn.errors import Problem
from nhsbn.extracts.coverage import Coverage
from nhsbn.extracts.landing import LandedFile, RowCounts
from nhsbn.extracts.reports import Report
from nhsbn.metrics.catalogue import Catalogue, Question, load_catalogue
from nhsbn.periods import Month, Period
from nhsbn.tools.applicability import Applicability
from nhsbn.tools.binding import ResolvedBinding, load_binding
from nhsbn.tools.cells import Knowledge
from nhsbn.tools.collection_tool import Submission, Tool, make_tool
from nhsbn.values import ALL, MetricValue
from resources.site import ROOT, Site
from resources.workbook import read_grid

EDITION = ROOT / "projects" / "mhlda_indicators" / "2025-26"
QUARTER = Period.parse("2025-26-Q1")
REFERENCES = {
    "trust_population": "Registered population, 2025",
    "service": "Trust map of teams",
    "bed_type": "Trust map of wards",
}


@cache
def reports() -> dict[str, Report]:
    return dict(Site().register.reports)


@cache
def catalogue() -> Catalogue:
    return load_catalogue((EDITION / "metrics.yaml").read_text(encoding="utf-8"), "metrics.yaml")


@cache
def template() -> bytes:
    return (EDITION / "template.xlsx").read_bytes()


@cache
def binding() -> ResolvedBinding:
    asked = ((question.code, question.metric.dimension) for question in catalogue().questions)
    text = (EDITION / "binding.yaml").read_text(encoding="utf-8")
    return load_binding(text, "binding.yaml", read_grid(template()), asked)


def file_of(
    report: str, first: date, last: date, status: str = "admitted", why: str = "", extracted: date | None = None
) -> LandedFile:
    """A landed file of a report, said to have been extracted two days after its last day."""
    name = f"{report}_{first:%Y%m}.csv"
    on = extracted or Month.of(last).next().first_day
    problems = (Problem(name, why),) if why else ()
    at = datetime.combine(on, time(9, 12))
    return LandedFile("", report, name, None, 1, first, last, at, RowCounts(), status, problems)


def monthly_files(names: Iterable[str], first: str, last: str) -> Iterator[LandedFile]:
    """A file for each report and month."""
    month, end = (Period.parse(text).first_month for text in (first, last))
    names = list(names)
    while month <= end:
        yield from (file_of(name, month.first_day, month.last_day) for name in names)
        month = month.next()


def sample_value(question: Question, rng: random.Random) -> float:
    if question.unit == "count":
        return float(rng.choice((0, rng.randint(1, 3000))))
    return rng.random() * {"percent": 100, "rate": 200, "days": 60, "wte": 300, "pounds": 2e6}[question.unit]


def sample_values(locality: str, provided: Applicability, seed: int = 1) -> list[MetricValue]:
    """A value for every question that is computed and applies, whole numbers for counts."""
    rng = random.Random(seed)
    asked, values = catalogue(), []
    for question in asked.computed:
        rule = question.metric.applies
        for member in (*asked.members(question.metric), ALL):
            for month in QUARTER.months:
                if rule and provided.reason(rule, member):
                    continue
                value = sample_value(question, rng)
                rows = int(value > 0)
                values.append(MetricValue(question.code, month, locality, member, value, value, None, rows))
    return values


def north_lincolnshire() -> Applicability:
    return Applicability(
        "North Lincolnshire",
        {
            "service": frozenset({"adult", "older_adult", "cyp", "lda", "talking_therapies"}),
            "bed_type": frozenset({"adult_acute", "older_adult"}),
        },
    )


def submission() -> Submission:
    return Submission(
        project="mhlda_indicators",
        edition="2025-26",
        period=QUARTER,
        locality="north_lincolnshire",
        place="North Lincolnshire",
        level="Locality",
        organisation="Rotherham Doncaster and South Humber NHS Foundation Trust",
        ods_code="RXE",
        owner="Information quality officer",
    )


def sample_tool() -> Tool:
    """A tool with every state: no contacts of May, a blocked file of incidents, no PICU."""
    files = [
        file
        for file in monthly_files(reports(), "2024-04", "2025-07")
        if file.name != "reportal_contacts_202505.csv"
    ]
    june = (date(2025, 6, 1), date(2025, 6, 30))
    files.append(
        file_of("risk_incidents", *june, "blocked", "two files for June 2025 disagree; remove the wrong one")
    )
    provided = north_lincolnshire()
    known = Knowledge(Coverage(reports(), files), provided)
    values = sample_values("north_lincolnshire", provided)
    return make_tool(submission(), binding(), catalogue().questions, values, known, REFERENCES)
