"""The data collection plan of an edition: who leads what, where it comes from, and by when.

Here: ``plan.yaml``, read and held to the catalogue; every fault at once, by file and line. Not here: what leads
say (markup) and how long it holds (sign_off). The policy that asks for such a plan is the trust's own, 5.4 to 5.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from pydantic import Field, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import NhsbnError
from nhsbn.metrics.catalogue import Catalogue, Fault, Metric, Section
from nhsbn.tools.template_grid import seen

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class Named(Declared):
    """A person: a deputy is no more than that."""

    name: str = Field(min_length=1)
    email: str = Field(pattern=EMAIL)


class Person(Named):
    """A nominated lead or a care group director.

    Attributes:
        role: as metrics, gaps and packs name it.
        deputy: who may answer in their place.
    """

    role: str = Field(min_length=1)
    deputy: Named | None = None

    @property
    def named(self) -> tuple[Named, ...]:
        """The person, and the deputy where there is one."""
        return (self, self.deputy) if self.deputy else (self,)

    def called(self, text: str) -> str:
        """The name of the person or deputy that a text means, by name or e-mail; empty when it means neither."""
        wanted = seen(text)
        return next((one.name for one in self.named if wanted in (seen(one.name), seen(one.email))), "")


class MetricPlan(Declared):
    """What a metric has of its own.

    Attributes:
        lead: where it is not its section's.
        source: of a metric that a lead returns, which no extract holds.
    """

    lead: str | None = None
    source: str | None = None


class Due(Declared):
    """Days before the deadline by which each step is to be done."""

    collected: int = Field(ge=0)
    validated: int = Field(ge=0)
    overseen: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Due:
        if not self.collected >= self.validated >= self.overseen:
            raise ValueError("collected comes first, then validated, then overseen; give the days in that order")
        return self


class Plan(Declared):
    """The plan of one edition.

    Attributes:
        people: id, which names their files, to the person.
        directors: place, a locality's id or ``trust``, to the id of its care group director.
        sections: section to the id of the lead of its metrics that name no other.
        metrics: those led by someone else, or returned from a source of their own. What is computed has the
            sources that the catalogue names, which are held to the SQL.
    """

    project: str
    edition: str
    due: Due
    people: dict[str, Person] = Field(min_length=1)
    directors: dict[str, str]
    sections: dict[Section, str]
    metrics: dict[str, MetricPlan] = Field(default_factory=dict)

    def lead(self, metric: Metric) -> str:
        """The id of a metric's lead."""
        own = self.metrics.get(metric.metric_id)
        return own.lead if own and own.lead else self.sections[metric.section]

    def source(self, metric: Metric) -> str:
        """Where a metric that a lead returns is collected from; empty of one that is computed."""
        own = self.metrics.get(metric.metric_id)
        return own.source or "" if own else ""

    def leads(self, metrics: Iterable[Metric]) -> tuple[str, ...]:
        """The ids of everyone who leads one of some metrics, in the plan's order."""
        wanted = {self.lead(metric) for metric in metrics}
        return tuple(one for one in self.people if one in wanted)

    def found(self, text: str) -> str:
        """The id of the person whom a text means, by id, role, name or e-mail.

        Raises:
            NhsbnError: when it means nobody of the plan.
        """
        wanted = seen(text)
        for key, person in self.people.items():
            if wanted in (seen(key), seen(person.role)) or person.called(text):
                return key
        known = ", ".join(f"{key} ({person.role})" for key, person in self.people.items())
        raise NhsbnError(f"{text!r} is nobody of the data collection plan. It names: {known}.")

    def days(self, deadline: date) -> dict[str, date]:
        """Each step to the last day on which it is in time."""
        return {step: deadline - timedelta(days=before) for step, before in self.due.model_dump().items()}


def load_plan(text: str, where: str, catalogue: Catalogue, places: Iterable[str]) -> Plan:
    """Read an edition's ``plan.yaml``.

    Args:
        text: its YAML.
        where: its path, for messages.
        catalogue: what the edition asks; each section it asks must have a lead.
        places: ids that must have a director.

    Raises:
        ProblemsError: every fault, by file and line.
    """
    document = Document(text, where)
    plan = document.validate(Plan)
    with Collector() as problems:
        for at, message in _faults(plan, catalogue, tuple(places)):
            problems.add(document.at(*at), message)
    return plan


def _faults(plan: Plan, catalogue: Catalogue, places: tuple[str, ...]) -> Iterator[Fault]:
    for name in ("project", "edition"):
        if (given := getattr(plan, name)) != (wanted := getattr(catalogue, name)):
            yield (name,), f"{name} is {given!r}, and metrics.yaml says {wanted!r}"
    for section in dict.fromkeys(metric.section for metric in catalogue.metrics):
        if section not in plan.sections:
            yield ("sections",), f"the section {section} has no lead; add it"
    for place in places:
        if place not in plan.directors:
            yield ("directors",), f"{place} has no care group director; add one"
    for place in sorted(set(plan.directors) - set(places)):
        yield ("directors", place), f"{place} is no place of the trust; it has {', '.join(places)}"
    yield from _unknown_people(plan)
    yield from _same_names(plan)
    yield from _metric_faults(plan, catalogue)


def _metric_faults(plan: Plan, catalogue: Catalogue) -> Iterator[Fault]:
    asked = {metric.metric_id for metric in catalogue.metrics}
    for metric_id in plan.metrics:
        if metric_id not in asked:
            yield ("metrics", metric_id), f"{metric_id} is no metric of {catalogue.edition}"
    for metric in catalogue.metrics:
        at = ("metrics", metric.metric_id)
        if metric.returned is not None and not plan.source(metric):
            yield at, f"a lead returns {metric.metric_id}; say from which source"
        if metric.returned is None and plan.source(metric):
            yield (*at, "source"), "is in metrics.yaml for what is computed; leave it out here"


def _unknown_people(plan: Plan) -> Iterator[Fault]:
    named: list[tuple[tuple[str | int, ...], str]] = [
        *((("directors", place), who) for place, who in plan.directors.items()),
        *((("sections", name), lead) for name, lead in plan.sections.items()),
        *((("metrics", name, "lead"), metric.lead) for name, metric in plan.metrics.items() if metric.lead),
    ]
    for at, who in named:
        if who not in plan.people:
            yield at, f"{who} is not one of the people above; they are {', '.join(plan.people)}"


def _same_names(plan: Plan) -> Iterator[Fault]:
    """One e-mail for two names would let a sign-off be read as either's."""
    owners: dict[str, str] = {}
    for key, person in plan.people.items():
        for one in person.named:
            name = owners.setdefault(seen(one.email), one.name)
            if name != one.name:
                yield ("people", key), f"{one.email} is {name}'s too; give each person an e-mail of their own"
