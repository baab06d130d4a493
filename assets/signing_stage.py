"""Signing for a return: what came back is taken, and every sign-off held to the figures as they are.

Here: putting reviews, plan and records together. Not here: a review itself (``assets.review_stage``), what a
response is worth (the core's review), and the packs that are signed (``assets.pack_stage``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from assets.measuring_stage import Edition, collection
from assets.review_stage import Reviewing
from assets.workshop import Workshop
from nhsbn.checks.review import Review
from nhsbn.errors import NhsbnError
from nhsbn.review.content import RETURN, Content, contents
from nhsbn.review.markup import Desk, Weighed, check_key, weigh
from nhsbn.review.plan import Plan, load_plan
from nhsbn.review.sign_off import Progress, Response, SignOff, Standing, progress, stand
from resources.inbox import list_reviews
from resources.records_reviews import ReturnedFile, ReviewRecords
from resources.records_rows import Collection
from resources.review_reading import hash_of, read_review_file


@dataclass(frozen=True)
class TakenFile:
    """What became of one file that came back.

    Attributes:
        refused: why nothing of it was taken; empty where it was read.
        before: when the very same file was taken; None where it is new.
        weighed: what its rows came to; None where it was refused, or taken before.
    """

    name: str
    refused: str = ""
    before: datetime | None = None
    weighed: Weighed | None = None


@dataclass(frozen=True)
class Place:
    """One place under review, with how each of its subjects stands.

    Attributes:
        present: subject to its content as it is.
        sign_offs: the same subjects to how they stand.
    """

    review: Review
    present: Mapping[str, Content]
    sign_offs: Mapping[str, SignOff]


@dataclass(frozen=True)
class ReviewStatus:
    """How far a return has come.

    Attributes:
        progress: the leads', by place, section and lead.
        oversight: the director's: place, section or return, and how it stands.
        sign_offs: place and question code to how each stands, where someone has answered.
        waiting: files that came back and were not taken yet.
    """

    progress: tuple[Progress, ...]
    oversight: tuple[tuple[str, str, SignOff], ...]
    sign_offs: tuple[tuple[str, str, SignOff], ...]
    waiting: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether every question is confirmed, and every director's sign-off holds."""
        signed = all(one.standing is Standing.CONFIRMED for _, _, one in self.oversight)
        return signed and all(one.is_done for one in self.progress)


@dataclass
class SigningDesk:
    """A return whose figures are to be signed for.

    Attributes:
        workshop: where all of it is kept.
        work: the edition and period.
        today: an answer cannot be of a later day, and acceptances expire.
    """

    workshop: Workshop
    work: Edition
    today: date
    _places: dict[str, Place] = field(default_factory=dict)

    @cached_property
    def plan(self) -> Plan:
        """The data collection plan.

        Raises:
            NhsbnError: when the edition has none.
            ProblemsError: every fault of it.
        """
        project, site = self.work.project, self.workshop.site
        text = site.text_of_edition(project.project, project.edition, "plan.yaml")
        where = f"projects/{project.project}/{project.edition}/plan.yaml"
        return load_plan(text, where, self.work.catalogue, self.places)

    @property
    def places(self) -> tuple[str, ...]:
        """The places that are signed for, the trust last."""
        return self._reviewing.places

    @cached_property
    def made(self) -> tuple[str, ...]:
        """Those of them that have a tool."""
        return tuple(one for one in self.places if self.workshop.records.latest_tool(self.of, one))

    def place(self, locality: str) -> Place:
        """One place, gathered once.

        Args:
            locality: a locality's id, or ``trust``.

        Raises:
            NhsbnError: when no tool has been made for it.
        """
        if locality not in self._places:
            review = self._reviewing.of(locality)
            if review.tool_version is None:
                asked = f"{self.work.project.project} {self.work.period}"
                raise NhsbnError(f"No tool has been made for {review.place} yet. Run: nhsbn run {asked}")
            present = contents(review)
            own = [one for one in self.responses if one.place == locality]
            kept = {**self._kept, **{content.hash: content for content in present.values()}}
            sign_offs = {subject: stand(content, own, kept, present) for subject, content in present.items()}
            self._places[locality] = Place(review, present, sign_offs)
        return self._places[locality]

    def take(self) -> list[TakenFile]:
        """Take every workbook of the inbox that is of this return and was not taken before, for it or another."""
        return [self._take(path) for path in list_reviews(self.workshop.home.inbox)]

    def status(self, localities: Sequence[str]) -> ReviewStatus:
        """How far some places have come."""
        found = {locality: self.place(locality) for locality in localities}
        asked = [
            (locality, question, place.sign_offs[question.code])
            for locality, place in found.items()
            for question in place.review.questions
        ]
        leads = self.leads
        taken = ReviewRecords(self.workshop.records).taken(self.of.ods_code)
        return ReviewStatus(
            progress(
                (locality, question.section, leads[question.code], sign_off.standing)
                for locality, question, sign_off in asked
            ),
            tuple(
                (locality, subject, sign_off)
                for locality, place in found.items()
                for subject, sign_off in place.sign_offs.items()
                if subject not in leads
            ),
            tuple((locality, question.code, one) for locality, question, one in asked if one.response),
            tuple(path.name for path in list_reviews(self.workshop.home.inbox) if not _is_one_of(path, taken)),
        )

    @cached_property
    def _reviewing(self) -> Reviewing:
        return Reviewing(self.workshop, self.work, self.today)

    @cached_property
    def of(self) -> Collection:
        """What is signed for, as the records know it."""
        return collection(self.workshop, self.work)

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """Everything that was said of it, in the order taken; what does not count too."""
        return ReviewRecords(self.workshop.records).responses(self.of)

    @cached_property
    def _kept(self) -> Mapping[str, Content]:
        hashes = {one.content for one in self.responses if one.content}
        return ReviewRecords(self.workshop.records).contents(self.of.ods_code, hashes)

    @cached_property
    def leads(self) -> Mapping[str, str]:
        """Question code to the id of its lead."""
        return {one.code: self.plan.lead(one.metric) for one in self.work.catalogue.questions}

    def _forget(self) -> None:
        """After something was taken: read it again from the records."""
        for name in ("responses", "_kept"):
            self.__dict__.pop(name, None)
        self._places.clear()

    def _take(self, path: Path) -> TakenFile:
        try:
            sha256 = hash_of(path)
            known = ReviewRecords(self.workshop.records).taken(self.of.ods_code).get(sha256)
            if known is not None:
                return TakenFile(path.name, before=known)
            marked = read_review_file(path)
            of = self.of
            check_key(marked.key, of.project, of.edition, of.period, self.places, self.plan)
        except NhsbnError as error:
            return TakenFile(path.name, refused=str(error))
        key, place = marked.key, self.place(marked.key.place)
        records = ReviewRecords(self.workshop.records)
        desk = Desk(
            plan=self.plan,
            answers_for=self._answers_for(key.place),
            present=place.present,
            kept=records.contents(of.ods_code, {shown.content for shown in key.rows.values()}),
            given=[one for one in self.responses if one.place == key.place],
            unconfirmed=_unconfirmed(place),
            tool_version=place.review.tool_version,
            today=self.today,
        )
        weighed = weigh(marked, desk)
        file = ReturnedFile(of, key.place, key.reader, key.tool_version, path.name, sha256)
        records.keep_return(file, weighed.responses)
        self._forget()
        return TakenFile(path.name, weighed=weighed)

    def _answers_for(self, locality: str) -> Mapping[str, str]:
        """Question code to its lead; sections and the return to the place's director."""
        director = self.plan.directors[locality]
        return {subject: self.leads.get(subject, director) for subject in self.place(locality).present}


def _unconfirmed(place: Place) -> Mapping[str, int]:
    """Section, and the return, to how many of its questions are not confirmed as they are."""
    open_ones = [
        question.section
        for question in place.review.questions
        if place.sign_offs[question.code].standing is not Standing.CONFIRMED
    ]
    return {**Counter(open_ones), RETURN: len(open_ones)}


def _is_one_of(path: Path, taken: Mapping[str, datetime]) -> bool:
    try:
        return hash_of(path) in taken
    except NhsbnError:
        return False
