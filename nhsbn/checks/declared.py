"""The checks of an edition as declared, and the controls that only they use.

Here: ``checks.yaml``, read and held to the catalogue; every fault at once, by file and line. Not here: what each
kind of check says (kinds), and applying one (the rules).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import Field

from nhsbn.checks.kinds import KINDS, DeclaredCheck, Fairness, Items
from nhsbn.declarations import Collector, Declared, Document
from nhsbn.metrics.catalogue import Catalogue, Fault, Metric, disagreements
from nhsbn.metrics.measures import MeasureLibrary

CheckT = TypeVar("CheckT", bound=DeclaredCheck)


class _Heading(Declared):
    """The head of ``checks.yaml``: what it belongs to, and what is true of all its checks."""

    project: str
    edition: str
    small_numbers: Fairness
    not_additive: Items = Field(default_factory=dict)
    controls: tuple[Any, ...] = ()
    checks: tuple[Any, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Checks:
    """The checks of an edition.

    Attributes:
        checks: in order.
        controls: figures that only checks use, as a catalogue of their own; never in a tool. None where the
            checks need none.
        fairness: when a change of a small number is no news.
        not_additive: measures and items whose members or localities do not add up, each with the reason.
        version: hash of the declaration.
    """

    checks: tuple[DeclaredCheck, ...] = ()
    controls: Catalogue | None = None
    fairness: Fairness | None = None
    not_additive: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, DeclaredCheck]:
        """Every check by its id."""
        return {check.id: check for check in self.checks}

    @property
    def instructions(self) -> Mapping[str, str]:
        """What the person who must act is told, by check."""
        return {check.id: check.instruction for check in self.checks}

    def of(self, kind: type[CheckT]) -> tuple[CheckT, ...]:
        """The checks of one kind."""
        return tuple(check for check in self.checks if isinstance(check, kind))


def load_checks(text: str, where: str, catalogue: Catalogue, library: MeasureLibrary | None = None) -> Checks:
    """Read an edition's ``checks.yaml``.

    Args:
        text: its YAML.
        where: its path, for messages.
        catalogue: what the edition asks.
        library: the measures its controls are held to; without one, only their own sense is checked.

    Raises:
        ProblemsError: every fault, by file and line.
    """
    document = Document(text, where)
    found: list[DeclaredCheck] = []
    controls: list[Metric] = []
    with Collector() as problems:
        with problems.gather():
            heading = document.validate(_Heading)
        data = document.data if isinstance(document.data, dict) else {}
        for index in range(_length(data, "controls")):
            with problems.gather():
                controls.append(document.validate(Metric, "controls", index))
        for index in range(_length(data, "checks")):
            given = data["checks"][index]
            kind = str(given.get("kind")) if isinstance(given, dict) else ""
            if kind not in KINDS:
                known = ", ".join(KINDS)
                problems.add(document.at("checks", index), f"kind: {kind!r} is not a kind of check; write {known}")
                continue
            with problems.gather():
                found.append(document.validate(KINDS[kind], "checks", index))
        if not problems.problems:
            held = catalogue.model_copy(update={"metrics": tuple(controls)}) if controls else None
            checks = Checks(
                tuple(found),
                held,
                heading.small_numbers,
                heading.not_additive,
                hashlib.sha256(text.encode()).hexdigest()[:16],
            )
            for at, message in _faults(heading, checks, catalogue, library):
                problems.add(document.at(*at), message)
    return checks


def _length(data: Mapping[str, Any], name: str) -> int:
    return len(data[name]) if isinstance(data.get(name), list) else 0


def _faults(
    heading: _Heading, checks: Checks, catalogue: Catalogue, library: MeasureLibrary | None
) -> Iterator[Fault]:
    """What no check can know by itself: ids used twice, and items that are not asked."""
    for name in ("project", "edition"):
        if getattr(heading, name) != getattr(catalogue, name):
            yield (
                (name,),
                f"{name} is {getattr(heading, name)!r}, and metrics.yaml says {getattr(catalogue, name)!r}",
            )
    if checks.controls is not None:
        for at, message in disagreements(checks.controls, library):
            yield ("controls", *at[1:]), message
    asked = {question.code for question in catalogue.questions}
    controls = {question.code for question in checks.controls.questions} if checks.controls else set()
    for code in sorted(asked & controls):
        yield ("controls",), f"{code} is a control and a question; give the control an id of its own"
    metrics = {metric.metric_id for metric in catalogue.metrics}
    measures = {question.item.numerator.measure for question in catalogue.questions if question.item.numerator}
    for name in sorted(set(heading.not_additive) - measures - metrics - asked):
        said = f"{name} is neither a measure that {catalogue.edition} adds up, nor a metric or question of it"
        yield ("not_additive", name), said
    seen: set[str] = set()
    for index, check in enumerate(checks.checks):
        at = ("checks", index)
        if check.id in seen:
            yield (*at, "id"), f"{check.id} is declared twice; keep one"
        seen.add(check.id)
        yield from _unknown(check, at, asked, controls, metrics, catalogue.edition)


def _unknown(
    check: DeclaredCheck,
    at: tuple[str | int, ...],
    asked: set[str],
    controls: set[str],
    metrics: set[str],
    edition: str,
) -> Iterator[Fault]:
    """What a check names that is not asked, or withholds that has no cells."""
    for code in check.named:
        if code not in asked | controls:
            yield at, f"{code} is neither a question of {edition} nor a control above"
    if check.severity == "withholds" and (beside := sorted({*(check.judges or ())} - asked)):
        said = f"{check.id} judges {', '.join(beside)}, which has no cells to withhold; write stops or warns"
        yield (*at, "severity"), said
    for code in check.left_out:
        if code not in asked | metrics:
            yield (*at, "except", code), f"{code} is neither a question nor a metric of {edition}"
