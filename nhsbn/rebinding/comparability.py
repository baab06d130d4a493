"""Whether a figure may be compared with last year's: what a person decided, and else what the definitions say.

Here: ``comparability.yaml``, held to both editions, and the verdict on an item. Not here: the figures and the
year-on-year checks that ask, and finding which questions changed (rebinding).

An item that the file does not list is asked in the same words in both editions. It is comparable when its
declaration says the same in both; when that differs, its verdict is undecided. What is undecided counts as no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import field_validator, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.metrics.catalogue import Catalogue, Question
from nhsbn.tools.binding_text import scalar

Verdict = Literal["yes", "with caveat", "no"]
Declarable = Literal["yes", "with caveat", "no", "undecided"]


class DeclaredComparison(Declared):
    """What is declared of one item.

    Attributes:
        was: the other edition's item; null where it was not asked.
        comparable: left out where only the item's id changed, and the definitions are to say.
        reason: why, in a sentence that a reader of the figures understands.
        decided_by: the role that decided.
    """

    was: str | None
    comparable: Declarable | None = None
    reason: str = ""
    decided_by: str = ""
    decided_on: date | None = None

    @field_validator("comparable", mode="before")
    @classmethod
    def _is_a_word(cls, value: object) -> object:
        return (
            {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        )  # as YAML reads yes

    @model_validator(mode="after")
    def _is_whole(self) -> DeclaredComparison:
        if self.comparable in ("yes", "with caveat", "no") and not (
            self.reason and self.decided_by and self.decided_on
        ):
            raise ValueError(f"comparable: {self.comparable} needs reason, decided_by and decided_on")
        if self.was is None and self.comparable in ("yes", "with caveat"):
            raise ValueError("what was not asked last year cannot be comparable; name what it was")
        return self


class DeclaredComparability(Declared):
    """``comparability.yaml`` of an edition.

    Attributes:
        against: the edition that it is compared with.
        items: what is declared of items, by this edition's item.
    """

    project: str
    edition: str
    against: str
    items: dict[str, DeclaredComparison]


@dataclass(frozen=True)
class Comparable:
    """Whether an item's figures may be compared with another edition's.

    Attributes:
        against: the other edition; empty where there is none.
        item: the other edition's item; None where it was not asked.
        verdict: undecided counts as no.
        reason: why, or what is to be decided.
    """

    against: str
    item: str | None
    verdict: Verdict
    reason: str
    is_decided: bool = True


@dataclass(frozen=True)
class EditionItems:
    """What an edition asks, as far as comparing needs it.

    Attributes:
        catalogue: its metrics.
        others: items that its binding asks beside them, such as whether a service is provided.
    """

    catalogue: Catalogue
    others: frozenset[str] = frozenset()

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The catalogue's questions by item."""
        return {question.code: question for question in self.catalogue.questions}

    def __contains__(self, item: str) -> bool:
        """Whether it asks an item."""
        return item in self.questions or item in self.others

    def differences(self, item: str, other: EditionItems, was: str) -> tuple[str, ...]:
        """What of an item's declaration, so far as it makes the figure, another edition declares otherwise."""
        if item not in self.questions or was not in other.questions:
            return ()
        mine = _declaration(self.catalogue, self.questions[item])
        theirs = _declaration(other.catalogue, other.questions[was])
        return tuple(name for name in mine if mine[name] != theirs[name])


@dataclass(frozen=True)
class Comparability:
    """Which figures of an edition may be compared with another edition's.

    Attributes:
        against: the other edition; empty where none is declared.
        declared: what ``comparability.yaml`` lists.
        own: what this edition asks.
        other: what the other edition asks; None where there is none.
    """

    against: str
    declared: Mapping[str, DeclaredComparison]
    own: EditionItems
    other: EditionItems | None

    def of(self, item: str) -> Comparable:
        """The verdict on one of this edition's items."""
        if self.other is None:
            return Comparable("", None, "no", "compared with no other edition", is_decided=False)
        listed = self.declared.get(item)
        was = listed.was if listed else item if item in self.other else None
        if was is None:
            reason = listed.reason if listed else ""
            return Comparable(self.against, None, "no", reason or f"not asked in {self.against}")
        if listed and listed.comparable is not None:
            if listed.comparable == "undecided":
                reason = f"undecided: {listed.reason or 'asked in other words'}"
                return Comparable(self.against, was, "no", reason, is_decided=False)
            return Comparable(self.against, was, listed.comparable, listed.reason)
        changed = self.own.differences(item, self.other, was)
        if changed:
            reason = f"undecided: {', '.join(changed)} declared otherwise in {self.against}"
            return Comparable(self.against, was, "no", reason, is_decided=False)
        return Comparable(self.against, was, "yes", f"asked and declared as in {self.against}")

    @property
    def undecided(self) -> tuple[str, ...]:
        """The items on which a person must decide, in the catalogue's order."""
        if self.other is None:
            return ()
        items = dict.fromkeys((*self.own.questions, *sorted(self.own.others)))
        return tuple(item for item in items if not self.of(item).is_decided)


def load_comparability(
    text: str, where: str, own: EditionItems, others: Mapping[str, EditionItems]
) -> Comparability:
    """Read an edition's ``comparability.yaml``.

    Args:
        text: the YAML.
        where: its path, for messages.
        own: what this edition asks.
        others: what each other edition of the project asks.

    Raises:
        ProblemsError: every fault, by file and line: an edition or an item that is not there, an item claimed
            twice, a verdict without its reason.
    """
    document = Document(text, where)
    declared = document.validate(DeclaredComparability)
    catalogue = own.catalogue
    with Collector() as problems:
        for key, wanted in (("project", catalogue.project), ("edition", catalogue.edition)):
            if getattr(declared, key) != wanted:
                problems.add(
                    document.at(key), f"{key} is {getattr(declared, key)!r}, and metrics.yaml says {wanted!r}"
                )
        other = others.get(declared.against)
        if other is None:
            known = ", ".join(sorted(others)) or "none"
            problems.add(document.at("against"), f"edition {declared.against!r} is not there; there are: {known}")
        claimed: dict[str, str] = {}
        for item, one in declared.items.items():
            if item not in own:
                problems.add(
                    document.at("items", item), f"item {item!r} is not asked in {catalogue.edition}; take it out"
                )
            if one.was is None:
                continue
            if other is not None and one.was not in other:
                problems.add(
                    document.at("items", item, "was"), f"item {one.was!r} was not asked in {declared.against}"
                )
            if one.was in claimed:
                problems.add(
                    document.at("items", item, "was"), f"{one.was!r} is what {claimed[one.was]!r} was already"
                )
            claimed.setdefault(one.was, item)
    return Comparability(declared.against, declared.items, own, other)


def comparability_text(declared: DeclaredComparability) -> str:
    """A ``comparability.yaml`` that a person reads and edits."""
    lines = [
        f"# Whether figures of {declared.edition} may be compared with those of {declared.against}.",
        "#",
        "# comparable: yes, with caveat, no or undecided, with a reason, the role that decided, and the day.",
        "# Undecided counts as no. was: the item of the other edition; null where it was not asked. An item",
        "# that is not listed is asked in the same words in both; it is comparable where both metrics.yaml",
        "# declare it alike, and undecided where they do not.",
        f"project: {declared.project}",
        f"edition: {declared.edition}",
        f"against: {declared.against}",
        "",
        "items:" if declared.items else "items: {}",
    ]
    for item, one in declared.items.items():
        lines.append(f"  {scalar(item)}:")
        lines.append(f"    was: {scalar(one.was)}")
        lines += (
            [f"    comparable: {one.comparable}"] if one.comparable else []
        )  # yes and no are words to the reader
        said = {"reason": one.reason, "decided_by": one.decided_by}
        lines += [f"    {key}: {scalar(text)}" for key, text in said.items() if text]
        lines += [f"    decided_on: {one.decided_on}"] if one.decided_on else []
    return "\n".join(lines) + "\n"


def edition_items(catalogue: Catalogue, bound: Iterable[str]) -> EditionItems:
    """What an edition asks, from its catalogue and the items that its binding names."""
    own = {question.code for question in catalogue.questions}
    return EditionItems(catalogue, frozenset(bound) - own)


def _declaration(catalogue: Catalogue, question: Question) -> dict[str, Any]:
    """All of a declaration that makes the figure, and nothing that only judges or addresses it."""
    metric, item = question.metric, question.item
    return {
        "definition": (metric.metric_description.split(), metric.inclusion_exclusion_rules.split()),
        "unit": question.unit,
        "breakdown": (metric.breakdown, catalogue.members(metric)),
        "scope": catalogue.scope_of(metric),
        "return": metric.returned is None,
        "title": item.title.split(),
        "numerator": item.numerator,
        "less": item.less,
        "denominator": item.denominator,
        "multiplier": item.multiplier,
    }
