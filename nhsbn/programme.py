"""The annual programme: the projects a trust takes part in, their periods, openings and deadlines.

Here: the declaration, which periods a project has and which are open on a day. Not here: what a project asks (its
catalogue), and the schedules that act on it (pipelines).
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
        project: its id, which names its folder, job and assets.
        edition: the financial year of the tool and its definitions.
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

    def period(self, text: str) -> Period:
        """The period a person asked for.

        Raises:
            NhsbnError: when the text is no period, or not one of this project.
        """
        period = Period.parse(text)
        if period not in self.periods:
            raise NhsbnError(
                f"{self.title} {self.edition} is collected by {self.cadence}, from {self.first_period} to "
                f"{self.last_period}; {period} is not one of its periods."
            )
        return period

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
    """Every declared project."""

    programme: tuple[Project, ...]

    @property
    def running(self) -> tuple[Project, ...]:
        """The projects the trust takes part in."""
        return tuple(project for project in self.programme if project.participates)

    def project(self, name: str) -> Project:
        """The project a person asked for.

        Raises:
            NhsbnError: when there is none of that id, or the trust does not take part.
        """
        for project in self.programme:
            if project.project == name:
                if not project.participates:
                    raise NhsbnError(
                        f"The trust does not take part in {project.title} (decided by: {project.decided_by}). "
                        "To take part, set participates in projects/programme.yaml."
                    )
                return project
        raise NhsbnError(f"There is no project {name!r}. {known(self.running)}")


def known(projects: Iterable[Project]) -> str:
    """The projects that can be asked for, in words."""
    return f"The projects are: {', '.join(project.project for project in projects)}."


def load_programme(text: str, where: str) -> Programme:
    """Read ``projects/programme.yaml``.

    Raises:
        ProblemsError: every fault, with its line; a project declared twice.
    """
    document = Document(text, where)
    programme = document.validate(Programme)
    names = [project.project for project in programme.programme]
    with Collector() as problems:
        for index, name in enumerate(names):
            if name in names[:index]:
                problems.add(document.at("programme", index), f"project {name} is declared twice; keep one")
    return programme
