"""A small return under review: two sections, two leads and a director, at one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from nhsbn.checks.results import Outcome
from nhsbn.checks.review import Review, ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.periods import Month
from nhsbn.review.content import RETURN, Content, contents
from nhsbn.review.markup import Desk, Key, Marked, MarkedRow, Shown, Weighed, weigh
from nhsbn.review.pack import Part, ReviewPack
from nhsbn.review.plan import Named, Person, Plan
from nhsbn.review.rows import question_rows, question_words, section_rows
from nhsbn.review.sign_off import Response, SignOff, Standing, stand
from nhsbn.tools.cells import State
from nhsbn.values import ALL
from resources.review_workbook import write_review

APRIL, MAY = Month(2025, 4), Month(2025, 5)
TODAY = date(2025, 7, 20)
ANSWERED = date(2025, 7, 14)
SECTIONS = {"A-01": "access", "A-02": "access", "W-01": "workforce"}
LEADS = {"A-01": "ann", "A-02": "ann", "W-01": "will"}

PLAN = Plan(
    project="small",
    edition="2025-26",
    due={"collected": 14, "validated": 7, "overseen": 3},
    people={
        "ann": Person(
            role="Access lead",
            name="Ann Archer",
            email="ann@trust.example",
            deputy=Named(name="Bob Bell", email="bob@trust.example"),
        ),
        "will": Person(role="Workforce lead", name="Will Wood", email="will@trust.example"),
        "dee": Person(role="Care group director", name="Dee Dale", email="dee@trust.example"),
    },
    directors={"north": "dee"},
    sections={"access": "ann", "workforce": "will"},
)


def cell(member: str = ALL, month: Month = APRIL, value: float | None = 10.0, **more: object) -> ReviewedCell:
    """A figure; a gap where ``value`` is None."""
    made = ReviewedCell(
        member=member,
        month=month,
        value=value,
        state=State.NOT_COLLECTED if value is None else State.TRUE_ZERO if value == 0 else State.VALUE,
        reason="no extract of April 2025" if value is None else "",
        owner="Access lead" if value is None else "",
        last_submitted=8.0,
        change=None if value is None else value - 8.0,
        change_percent=None if value is None else 100 * (value - 8.0) / 8.0,
    )
    return replace(made, **more)


def check(name: str = "year_on_year", subject: str = "A-01", **more: object) -> ReviewedCheck:
    """A warning that is open, unless ``status`` says otherwise."""
    made = ReviewedCheck(
        check=name,
        title="Near last year",
        subject=subject,
        severity="warns",
        outcome=Outcome.FAILED,
        status=Status.NEW,
        message="April 2025: 10 against 8",
        findings=(),
        instruction="Ask the service what changed.",
        owner="Access lead",
        threshold_from="our convention",
        acceptance=None,
        note="",
        content="f00d",
    )
    return replace(made, **more)


def question(
    code: str, cells: Iterable[ReviewedCell] | None = None, checks: Iterable[ReviewedCheck] = ()
) -> ReviewedQuestion:
    """A question of two services."""
    default = [cell(member, month) for month in (APRIL, MAY) for member in ("adult", "cyp", ALL)]
    return ReviewedQuestion(
        code=code,
        metric_id=code,
        title=f"Question {code}",
        metric_title=f"Question {code}",
        section=SECTIONS[code],
        unit="count",
        definition="Each referral once.",
        rules="Internal referrals are left out.",
        sources=(),
        owner="Access lead",
        lead="",
        members={"adult": "Adult", "cyp": "Children", ALL: "All"},
        comparable="",
        caveat="",
        cells=tuple(default if cells is None else cells),
        history=(),
        limits=None,
        checks=tuple(checks),
    )


def review(*changed: ReviewedQuestion, checks: Iterable[ReviewedCheck] = (), version: int = 1) -> Review:
    """The return of one place; some questions in place of the ordinary ones."""
    own = {one.code: one for one in changed}
    return Review(
        project="small",
        edition="2025-26",
        period="2025-26-Q1",
        locality="north",
        place="North",
        tool_version=version,
        questions=tuple(own.get(code, question(code)) for code in SECTIONS),
        checks=tuple(checks),
        is_judged=True,
    )


def sign_offs(of: Review, responses: Iterable[Response] = (), kept: Iterable[Content] = ()) -> dict[str, SignOff]:
    """How every subject of a review stands."""
    present, given = contents(of), list(responses)
    known = {content.hash: content for content in (*kept, *present.values())}
    return {subject: stand(content, given, known, present) for subject, content in present.items()}


def pack(of: Review, reader: str = "dee") -> ReviewPack:
    """The page of a person of the plan."""
    parts = [
        Part(
            section=section,
            title=section.capitalize(),
            lead=lead,
            role=PLAN.people[lead].role,
            name=PLAN.people[lead].name,
            source="RePortal",
            codes=tuple(code for code in SECTIONS if (SECTIONS[code], LEADS[code]) == (section, lead)),
        )
        for section, lead in (("access", "ann"), ("workforce", "will"))
    ]
    deadline = date(2025, 7, 28)
    whole = ReviewPack(
        title="Small Indicators",
        organisation="North Trust",
        deadline=deadline,
        days=PLAN.days(deadline),
        made_on=TODAY,
        reader="",
        director="Dee Dale",
        review=of,
        beside=(of,),
        parts=tuple(parts),
    )
    return whole if reader == "dee" else whole.of_lead(reader)


def key(of: Review, reader: str = "ann") -> Key:
    """The key of a lead's or the director's workbook."""
    present = contents(of)
    words = {one.code: question_words(one) for one in of.questions if LEADS[one.code] == reader}
    if reader == "dee":
        words = {"access": "Access", "workforce": "Workforce", RETURN: "The whole return"}
    rows = {subject: Shown(said, present[subject].hash) for subject, said in words.items()}
    return Key("small", "2025-26", "2025-26-Q1", "north", reader, of.tool_version, rows)


def workbook(of: Review, reader: str = "ann", signed: dict[str, SignOff] | None = None) -> bytes:
    """A lead's or the director's workbook."""
    page, found = pack(of, reader), signed or sign_offs(of)
    rows = (section_rows if page.is_for_director else question_rows)(page, found)
    return write_review(page, key(of, reader), rows, [one.name for one in PLAN.people[reader].named])


def marked(of: Review, *rows: MarkedRow, reader: str = "ann") -> Marked:
    """A workbook that came back; rows not given are blank."""
    made = key(of, reader)
    given = {row.id for row in rows}
    blank = [
        MarkedRow(50 + number, subject, shown.words, "", "", "", None)
        for number, (subject, shown) in enumerate(made.rows.items())
        if subject not in given
    ]
    return Marked("ann.xlsx", made, (*rows, *blank))


def row(subject: str = "A-01", response: str = "confirmed", number: int = 2, **more: object) -> MarkedRow:
    """A row, filled in as it should be."""
    words = f"Question {subject}" if subject in SECTIONS else subject.capitalize()
    return replace(MarkedRow(number, subject, words, response, "", "Ann Archer", ANSWERED), **more)


def weighed(
    came: Marked,
    now: Review,
    *,
    shown: Review | None = None,
    given: Iterable[Response] = (),
    version: int | None = None,
) -> Weighed:
    """What a workbook comes to.

    Args:
        came: as it came back.
        now: the return as it is.
        shown: the return as the workbook shows it, where it is another.
        given: responses taken before.
        version: of the last tool, where it is not the one of ``now``.
    """
    present = contents(now)
    answers_for = {subject: LEADS.get(subject, "dee") for subject in present}
    kept = {one.hash: one for one in (*contents(shown or now).values(), *present.values())}
    stands = sign_offs(now, given)
    waiting = [code for code in SECTIONS if stands[code].standing is not Standing.CONFIRMED]
    unconfirmed = {**Counter(SECTIONS[code] for code in waiting), RETURN: len(waiting)}
    last = version or now.tool_version
    return weigh(came, Desk(PLAN, answers_for, present, kept, tuple(given), unconfirmed, last, TODAY))
