"""The kinds of check: what each looks at, how far is too far, and who must then do what.

Here: the model of each kind. Not here: reading ``checks.yaml`` (declared), applying a check (the rules), and the
ranges and tolerances that stand with each metric in ``metrics.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from nhsbn.checks.results import Severity
from nhsbn.checks.xmr import SCALE, SHIFT, TREND
from nhsbn.declarations import Declared
from nhsbn.metrics.catalogue import Question, Unit

Items = dict[str, str]
"""Item or metric id to why it is left out."""


class DeclaredCheck(Declared):
    """What every check says of itself.

    Attributes:
        severity: what a failure does: ``stops`` the tool, ``withholds`` the metric's cells in it, or ``warns``.
        instruction: what the person who must act is told to do.
        threshold_from: where the threshold came from (written ``from``).
        owner: the role that must act; the metric's own owner where left out.
        left_out: items or metrics that it is not for, each with the reason (written ``except``).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str
    title: str
    severity: Severity
    instruction: str = Field(min_length=1)
    threshold_from: str = Field(alias="from", min_length=1)
    owner: str | None = None
    left_out: Items = Field(default_factory=dict, alias="except")

    @property
    def named(self) -> tuple[str, ...]:
        """The questions it names, beside those it leaves out."""
        return ()

    @property
    def judges(self) -> tuple[str, ...] | None:
        """What its results are of: the questions it names so; None where it is every question that it takes."""
        return None

    def takes(self, question: Question) -> bool:
        """Whether it is for a question."""
        return question.code not in self.left_out and question.metric.metric_id not in self.left_out


class Fairness(Declared):
    """When a change of a small number is no news.

    Attributes:
        chance: for figures that count things: how rarely chance alone may make such a difference.
        rows: over how few rows a mean or median is not held to its past at all.
        at_least: for all others: the smallest change that matters, by unit.
    """

    chance: float = Field(gt=0, lt=1)
    rows: int = Field(ge=1)
    at_least: dict[Unit, float]

    @field_validator("at_least")
    @classmethod
    def _every_unit(cls, value: dict[Unit, float]) -> dict[Unit, float]:
        if missing := [unit for unit in get_args(Unit) if unit not in value]:
            raise ValueError(f"say the smallest change that matters in {', '.join(missing)} too")
        return value


class RangeCheck(DeclaredCheck):
    """Every figure of the trust lies in its metric's plausible range, which is of the trust in one month."""

    kind: Literal["plausible_range"]


class ChangeCheck(DeclaredCheck):
    """Every figure is near what was submitted for an earlier month.

    Attributes:
        against: ``same_period_last_year``, or ``previous_period``, whose months it is held to one by one.
        tolerance_percent: how far is too far; the metric's own year-on-year tolerance where left out.
    """

    kind: Literal["change"]
    against: Literal["same_period_last_year", "previous_period"]
    tolerance_percent: float | None = Field(default=None, gt=0)


class OutlierCheck(DeclaredCheck):
    """Every figure's modified z-score on its own history is small.

    Attributes:
        score: beyond which a figure is an outlier.
        points: how many months of history it needs.
        at_least_percent: how far from the median it must be for anyone to look.
    """

    kind: Literal["outlier"]
    score: float = Field(gt=0)
    points: int = Field(ge=3)
    at_least_percent: float = Field(default=0, ge=0)


class SpecialCauseCheck(DeclaredCheck):
    """No month of the period is marked by a rule of the XmR chart.

    Attributes:
        points: how many months the chart needs, those of the period included.
        scale: mean moving ranges from the mean to a process limit.
        shift: points on one side of the mean.
        trend: points each beyond the one before.
    """

    kind: Literal["special_cause"]
    points: int = Field(ge=3)
    scale: float = Field(default=SCALE, gt=0)
    shift: int = Field(default=SHIFT, ge=3)
    trend: int = Field(default=TREND, ge=3)


class ShareCheck(DeclaredCheck):
    """A numerator that is a part of its denominator is neither above it nor below nought: every percentage."""

    kind: Literal["share"]


class OrderCheck(DeclaredCheck):
    """Each item is at most the one before it.

    Attributes:
        items: largest first.
        tolerance_percent: how far above the one before it may be.
    """

    kind: Literal["order"]
    items: tuple[str, ...] = Field(min_length=2)
    tolerance_percent: float = Field(default=0, ge=0)

    @property
    def named(self) -> tuple[str, ...]:
        """Its items."""
        return self.items

    @property
    def judges(self) -> tuple[str, ...]:
        """Every item but the largest."""
        return self.items[1:]


class SumCheck(DeclaredCheck):
    """Items that divide another add up to it."""

    kind: Literal["sum"]
    parts: tuple[str, ...] = Field(min_length=2)
    whole: str
    tolerance_percent: float = Field(default=0, ge=0)

    @property
    def named(self) -> tuple[str, ...]:
        """The whole, then its parts."""
        return (self.whole, *self.parts)

    @property
    def judges(self) -> tuple[str, ...]:
        """The whole."""
        return (self.whole,)


class MembersCheck(DeclaredCheck):
    """The members of a breakdown add up to its total, for whatever adds up.

    Attributes:
        tolerance_percent: how much of the total may belong to no member.
    """

    kind: Literal["members"]
    tolerance_percent: float = Field(ge=0)


class LocalitiesCheck(DeclaredCheck):
    """Localities and what is allocated to none add up to the trust, for whatever adds up.

    Attributes:
        tolerance_percent: how much of the trust may be allocated to no locality.
    """

    kind: Literal["localities"]
    tolerance_percent: float = Field(ge=0)


class BalanceCheck(DeclaredCheck):
    """A census changes by what came in less what went out.

    Attributes:
        census: a figure at each month's end.
        comes: item of what came in; ``goes``, of what went out.
        at_least: the smallest difference that matters.
    """

    kind: Literal["balance"]
    census: str
    comes: str
    goes: str
    at_least: float = Field(ge=0)

    @property
    def named(self) -> tuple[str, ...]:
        """What came in, what went out, and the census."""
        return (self.comes, self.goes, self.census)

    @property
    def judges(self) -> tuple[str, ...]:
        """What came in."""
        return (self.comes,)


class AgreeCheck(DeclaredCheck):
    """A figure agrees with another source's.

    Attributes:
        ours: the item.
        theirs: another item or control; or, where ``source`` is given, an item of a comparison file.
        source: of comparison figures that were loaded.
        tolerance_percent: how far apart they may be; ``at_least``, the smallest difference that matters.
        because: why a difference is expected.
        by_locality: whether localities are held to it too.
        or_year_before: whether a month that is not published yet is held to the same month a year before.
    """

    kind: Literal["agree"]
    ours: str
    theirs: str
    source: str | None = None
    tolerance_percent: float = Field(ge=0)
    at_least: float = Field(default=0, ge=0)
    because: str = Field(min_length=1)
    by_locality: bool = False
    or_year_before: bool = False

    @model_validator(mode="after")
    def _looks_back_at_a_source(self) -> AgreeCheck:
        if self.or_year_before and self.source is None:
            raise ValueError("or_year_before goes with a source; our own figures are of the month itself")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """Ours, and theirs where it is ours too."""
        return (self.ours,) if self.source else (self.ours, self.theirs)

    @property
    def judges(self) -> tuple[str, ...]:
        """Ours."""
        return (self.ours,)


class CompleteCheck(DeclaredCheck):
    """Every requested cell is in a state, and every gap has a rationale and an owner."""

    kind: Literal["complete"]

    @property
    def judges(self) -> tuple[str, ...]:
        """No question: the tool."""
        return ("tool",)


class MappedCheck(DeclaredCheck):
    """Few rows of a conformed table are missing from the mapping tables."""

    kind: Literal["mapped"]
    tolerance_percent: float = Field(ge=0)

    @property
    def judges(self) -> tuple[str, ...]:
        """No question: a table."""
        return ("table",)


class ReissuedCheck(DeclaredCheck):
    """Few rows of an extract that was issued again are missing from the later issue."""

    kind: Literal["reissued"]
    tolerance_percent: float = Field(ge=0)
    at_least: int = Field(default=1, ge=1)

    @property
    def judges(self) -> tuple[str, ...]:
        """No question: a table."""
        return ("table",)


KINDS: Mapping[str, type[DeclaredCheck]] = {
    "plausible_range": RangeCheck,
    "change": ChangeCheck,
    "outlier": OutlierCheck,
    "special_cause": SpecialCauseCheck,
    "share": ShareCheck,
    "order": OrderCheck,
    "sum": SumCheck,
    "members": MembersCheck,
    "localities": LocalitiesCheck,
    "balance": BalanceCheck,
    "agree": AgreeCheck,
    "complete": CompleteCheck,
    "mapped": MappedCheck,
    "reissued": ReissuedCheck,
}
"""The kinds of check."""
