"""The annual programme: the projects a trust takes part in, their editions, periods, openings and deadlines.

Here: the declaration, which periods an edition has and which are open on a day, and which edition a period belongs
to. Not here: what an edition asks (its catalogue), and the schedules that act on it (pipelines).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Literal

from pydantic import Field, field_validator, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import NhsbnError
from nhsbn.periods import Kind, Period, span


class Project(Declared):
    """One project of the programme, in one edition.

    Attributes:
        project: its id, which names its folder, job and assets; the same in each of its editions.
        edition: the financial year of the tool and its definitions; names the folder that holds them.
        cadence: the kind of period that one return covers.
        opens: days from a period's last day to the first day on which its return is made.
        deadline: days from a period's last day to the last day on which it may be submitted.
        runs_at: time of day, Europe/London, at which open periods run of themselves on weekdays.
        by_locality: whether localities may be submitted one by one; the trust as a whole always is.
        decided_by: the role that decided on taking part.
        owner: the role that answers for the return.
    """

    project: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    edition: str
    sector: str
    cadence: Kind
    first_period: str
    last_period: str
    opens: int = Field(ge=0)
    deadline: int
    runs_at: time
    submission: Literal["workbook", "online"]
    by_locality: bool
    participates: bool
    decided_by: str
    owner: str

    @field_validator("first_period", "last_period")
    @classmethod
    def _is_period(cls, value: str) -> str:
        try:
            return str(Period.parse(value))
        except NhsbnError as error:
            raise ValueError(str(error)) from None

    @field_validator("runs_at", mode="before")
    @classmethod
    def _is_written_as_text(cls, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError('write the time in quotes, as "06:30"')  # without them YAML reads 10:30 as a number
        return value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Project:
        first, last = Period.parse(self.first_period), Period.parse(self.last_period)
        if {first.kind, last.kind} != {self.cadence}:
            raise ValueError(f"first_period and last_period must each be a {self.cadence}, as cadence says")
        if last < first:
            raise ValueError("last_period lies before first_period")
        if self.deadline <= self.opens:
            raise ValueError("deadline must come after opens")
        return self

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period of the edition, in order."""
        return tuple(span(Period.parse(self.first_period), Period.parse(self.last_period)))

    def deadline_of(self, period: Period) -> date:
        """The last day on which a period may be submitted."""
        return period.last_day + timedelta(days=self.deadline)

    def open_on(self, day: date) -> tuple[Period, ...]:
        """The periods that are being collected on ``day``."""
        return tuple(
            period
            for period in self.periods
            if period.last_day + timedelta(days=self.opens) <= day <= self.deadline_of(period)
        )

    @property
    def cron(self) -> str:
        """When it runs of itself: at ``runs_at`` on weekdays of the months in which a period is ever open."""
        months = set()
        for period in self.periods:
            day = period.last_day + timedelta(days=self.opens)
            while day <= self.deadline_of(period):
                months.add(day.month)
                day += timedelta(days=1)
        listed = "*" if len(months) == 12 else ",".join(map(str, sorted(months)))
        return f"{self.runs_at.minute} {self.runs_at.hour} * {listed} 1-5"


class Programme(Declared):
    """Every declared project, an entry for each of its editions."""

    programme: tuple[Project, ...]

    @property
    def running(self) -> tuple[Project, ...]:
        """The newest edition of each project the trust takes part in."""
        names = dict.fromkeys(project.project for project in self.programme if project.participates)
        return tuple(self.editions(name)[0] for name in names)

    def editions(self, name: str) -> tuple[Project, ...]:
        """Every edition of a project that the trust takes part in, newest first.

        Raises:
            NhsbnError: when there is no project of that id, or the trust takes part in none of its editions.
        """
        declared = self._declared(name)
        taken = tuple(project for project in declared if project.participates)
        if not taken:
            raise _not_taken(declared[0])
        return taken

    def project(self, name: str) -> Project:
        """The newest edition of the project a person asked for.

        Raises:
            NhsbnError: as :meth:`editions`.
        """
        return self.editions(name)[0]

    def edition(self, name: str, edition: str) -> Project:
        """The edition of a project that a person named.

        Raises:
            NhsbnError: when there is no such edition, or the trust does not take part in it.
        """
        declared = self._declared(name)
        for project in declared:
            if project.edition == edition:
                if not project.participates:
                    raise _not_taken(project)
                return project
        editions = ", ".join(project.edition for project in declared)
        raise NhsbnError(f"{declared[0].title} has no edition {edition!r}. Its editions are: {editions}.")

    def edition_of(self, name: str, text: str) -> tuple[Project, Period]:
        """The edition that the period a person asked for belongs to, and the period.

        Raises:
            NhsbnError: when the text is no period, or one of no edition that the trust takes part in.
        """
        period = Period.parse(text)
        declared = self._declared(name)
        for project in declared:
            if period in project.periods:
                if not project.participates:
                    raise _not_taken(project)
                return project, period
        collected = "; ".join(
            f"edition {project.edition} by {project.cadence}, from {project.first_period} to {project.last_period}"
            for project in declared
        )
        raise NhsbnError(f"{declared[0].title} is collected in {collected}. {period} is not one of its periods.")

    def _declared(self, name: str) -> list[Project]:
        """Every declared edition of a project, newest first."""
        found = [project for project in self.programme if project.project == name]
        if not found:
            raise NhsbnError(f"There is no project {name!r}. {known(self.running)}")
        return sorted(found, key=lambda project: project.periods[0], reverse=True)


def _not_taken(project: Project) -> NhsbnError:
    return NhsbnError(
        f"The trust does not take part in {project.title} {project.edition} (decided by: {project.decided_by}). "
        "To take part, set participates in projects/programme.yaml."
    )


def known(projects: Iterable[Project]) -> str:
    """The projects that can be asked for, in words."""
    return f"The projects are: {', '.join(project.project for project in projects)}."


def load_programme(text: str, where: str) -> Programme:
    """Read ``projects/programme.yaml``.

    Raises:
        ProblemsError: every fault, with its line; an edition declared twice, or two that share a period.
    """
    document = Document(text, where)
    programme = document.validate(Programme)
    with Collector() as problems:
        for index, project in enumerate(programme.programme):
            for before, other in enumerate(programme.programme[:index]):
                if other.project == project.project and (fault := _clash(project, other)):
                    at = f"{fault} (line {document.line('programme', before)})"
                    problems.add(document.at("programme", index), f"{at}; a period belongs to one edition alone")
    return programme


def _clash(project: Project, other: Project) -> str:
    """Why two entries of one project cannot both stand; empty when they can."""
    if project.edition == other.edition:
        return f"edition {project.edition} of project {project.project} is declared twice"
    start = max(project.periods[0].first_day, other.periods[0].first_day)
    if start > min(project.periods[-1].last_day, other.periods[-1].last_day):
        return ""
    return f"editions {project.edition} and {other.edition} of project {project.project} both have {start:%B %Y}"
