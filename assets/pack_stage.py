"""Review packs: for every lead, and for the director of every place, a page and a workbook to be marked up.

Here: what a pack holds, and writing it. Not here: how it looks (pages, the review workbook), and what is signed
(``assets.signing_stage``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from assets.signing_stage import Place, SigningDesk
from nhsbn.errors import NhsbnError
from nhsbn.extracts.coverage import SYSTEMS, listed
from nhsbn.review.content import Content
from nhsbn.review.markup import Key, Shown
from nhsbn.review.pack import Part, Remark, ReviewPack, SignedOff
from nhsbn.review.rows import question_rows, section_rows, subject_title
from nhsbn.review.sign_off import Answer, Response, SignOff
from resources.records_reviews import ReviewRecords
from resources.review_workbook import write_review
from resources.workbook_files import write_changed

Render = Callable[[ReviewPack], str]
"""Draws the page of a pack."""

Traced = Callable[[ReviewPack], Mapping[str, str]]
"""Writes the trace pages of a place, and gives question code to link."""


def pack_of(desk: SigningDesk, locality: str) -> ReviewPack:
    """The director's page of a place; each lead's is drawn from it."""
    place, trust = desk.place(locality), desk.workshop.site.organisation
    deadline = desk.work.project.deadline_of(desk.work.period)
    return ReviewPack(
        title=desk.work.project.title,
        organisation=trust.name,
        deadline=deadline,
        days=desk.plan.days(deadline),
        made_on=desk.today,
        reader="",
        director=desk.plan.people[desk.plan.directors[locality]].name,
        review=place.review,
        beside=tuple(desk.place(one).review for one in desk.made),
        parts=tuple(_parts(desk, place)),
        oversight=tuple(_oversight(desk, locality, place)),
        remarks=dict(_remarks(desk, place)),
    )


def write(
    desk: SigningDesk, localities: Sequence[str], reader: str | None, render: Render, traced: Traced | None = None
) -> list[Path]:
    """Write the pages and workbooks of some places, and keep what they show.

    Args:
        desk: the return.
        localities: ids, or ``trust``.
        reader: id, in the plan, of the one person to write for; None for everyone.
        render: draws a page.
        traced: writes the trace pages that the pages link to; without it they say by which command one is had.

    Returns:
        The files, in order; one that would be the same again is left as it lies.

    Raises:
        NhsbnError: when that person signs nothing in these places, or a file cannot be written.
    """
    made: list[Path] = []
    for locality in localities:
        place, pack = desk.place(locality), pack_of(desk, locality)
        if traced:
            pack = replace(pack, traces=traced(pack))
        leads = dict.fromkeys(part.lead for part in pack.parts)
        director = desk.plan.directors[locality]
        packs = {lead: pack.of_lead(lead) for lead in leads} | {director: pack}
        wanted = {one: packs[one] for one in packs if reader in (None, one)}
        if wanted:
            ReviewRecords(desk.workshop.records).keep_contents(desk.of.ods_code, place.present.values())
        folder = desk.workshop.home.review(desk.of.project, desk.of.period, locality)
        for one, own in wanted.items():
            desk.workshop.tell(f"Reviewing: {place.review.place}, {desk.plan.people[one].role}")
            write_changed(folder / f"{one}.html", render(own).encode("utf-8"))
            write_changed(folder / f"{one}.xlsx", _workbook(desk, place, own, one))
            made += [folder / f"{one}.html", folder / f"{one}.xlsx"]
    if not made:
        person = desk.plan.people[reader or ""]
        raise NhsbnError(f"{person.name} ({person.role}) signs nothing in {', '.join(localities)}.")
    return made


def _workbook(desk: SigningDesk, place: Place, pack: ReviewPack, reader: str) -> bytes:
    rows = (section_rows if pack.is_for_director else question_rows)(pack, place.sign_offs)
    key = Key(
        project=desk.of.project,
        edition=desk.of.edition,
        period=desk.of.period,
        place=place.review.locality,
        reader=reader,
        tool_version=place.review.tool_version,
        rows={row.id: Shown(row.words, place.present[row.id].hash) for row in rows},
    )
    return write_review(pack, key, rows, [one.name for one in desk.plan.people[reader].named])


def _parts(desk: SigningDesk, place: Place) -> Iterator[Part]:
    """A part for each section and lead, the parts of a section together."""
    codes: dict[tuple[str, str], list[str]] = {}
    for question in place.review.questions:
        codes.setdefault((question.section, desk.leads[question.code]), []).append(question.code)
    sections = list(dict.fromkeys(section for section, _ in codes))
    for (section, lead), own in sorted(codes.items(), key=lambda part: sections.index(part[0][0])):
        person = desk.plan.people[lead]
        yield Part(
            section=section,
            title=subject_title(section),
            lead=lead,
            role=person.role,
            name=person.name,
            source=_source(desk, own),
            codes=tuple(own),
            sign_offs=_signed(person.role, [place.sign_offs[code] for code in own]),
        )


def _source(desk: SigningDesk, codes: Sequence[str]) -> str:
    """Systems and reports behind some questions, and where leads return theirs from."""
    wanted = set(codes)
    metrics = [one.metric for one in desk.work.catalogue.questions if one.code in wanted]
    reports = desk.workshop.site.register.reports
    named = {source for metric in metrics for source in metric.sources if source in reports}
    systems: dict[str, list[str]] = {}
    for report in sorted(named):
        system = SYSTEMS[reports[report].source]
        systems.setdefault(system, []).append(reports[report].title.removeprefix(f"{system} "))
    said = [f"{system} ({listed(titles)})" for system, titles in systems.items()]
    returned = dict.fromkeys(filter(None, map(desk.plan.source, metrics)))
    return "; ".join((*said, *returned))


def _oversight(desk: SigningDesk, locality: str, place: Place) -> Iterator[SignedOff]:
    """What the director said of sections and of the return, newest first."""
    role = desk.plan.people[desk.plan.directors[locality]].role
    signed = [
        SignedOff(
            by=response.by,
            role=role,
            on=response.on,
            changed=tuple(change.said for change in sign_off.changes),
            verdict="queried" if response.answer is Answer.QUERIED else "confirmed",
            comment=response.comment,
            about=subject_title(subject),
        )
        for subject, sign_off in place.sign_offs.items()
        if subject not in desk.leads and (response := sign_off.response) and response.on
    ]
    return iter(sorted(signed, key=lambda one: one.on, reverse=True))


def _remarks(desk: SigningDesk, place: Place) -> Iterator[tuple[str, tuple[Remark, ...]]]:
    """What was said of each question, newest first; what was not taken is not told."""
    said: dict[str, list[Response]] = {}
    for one in desk.responses:
        if one.counts and one.place == place.review.locality and one.subject in desk.leads:
            said.setdefault(one.subject, []).append(one)
    for code, responses in said.items():
        latest = sorted(responses, key=lambda one: one.on or date.min)[::-1]
        yield code, tuple(_remark(one, place.present[code]) for one in latest)


def _signed(role: str, sign_offs: Sequence[SignOff]) -> tuple[SignedOff, ...]:
    """The sign-off of some subjects together, where each of them was confirmed, on the day the last one was."""
    given = [one.response for one in sign_offs if one.response and one.response.answer is Answer.CONFIRMED]
    days = [one.on for one in given if one.on]
    if len(days) < len(sign_offs):
        return ()
    by = listed(list(dict.fromkeys(one.by for one in given)))
    changed = tuple(change.said for one in sign_offs for change in one.changes)
    return (SignedOff(by, role, max(days), changed),)


def _remark(response: Response, content: Content) -> Remark:
    return Remark(
        code=response.subject,
        verdict=None if response.answer is Answer.COMMENT else response.answer.value,
        comment=response.comment,
        by=response.by,
        on=response.on,
        holds=response.content == content.hash,
    )
