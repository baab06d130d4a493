"""What a check came to: each figure it found fault with, and the result over all it looked at.

Here: findings, results, and the content an acceptance is bound to. Not here: how a result is reached (the rules),
and how it stands against earlier results and acceptances (standing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Severity = Literal["stops", "withholds", "warns"]
SEVERITIES: tuple[Severity, ...] = ("stops", "withholds", "warns")
"""What a failure does, gravest first: no tool is filled; the metric's cells are withheld; it is shown."""

DIGITS = 12
"""Significant digits of a value that count: sums of the same rows in another order differ beyond."""


def counted(value: float | None) -> str:
    """A value as far as it counts, nought without a sign; empty for none."""
    return "" if value is None else f"{value + 0.0:.{DIGITS}g}"


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"

    @property
    def words(self) -> str:
        """As a reader meets it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class Finding:
    """One figure that a check found fault with.

    Attributes:
        member: of the breakdown, or ``all``; empty where the check is of no cell.
        month: ``2025-04``; empty where it is of no month.
        value: what was found.
        against: what it was held to: a value of last year, a limit, another source's figure.
        said: both in a sentence, with their units.
    """

    member: str
    month: str
    value: float | None
    against: float | None
    said: str


@dataclass(frozen=True)
class Judged:
    """The result of one check for one subject and place.

    Attributes:
        check: the check's id.
        subject: a question code, a conformed table, or ``tool``.
        locality: a locality's id, or ``trust``.
        message: what was found, worst first; why, where nothing was judged.
        findings: every fault, worst first.
        looked_at: how many figures were held to the check.
    """

    check: str
    subject: str
    locality: str
    severity: Severity
    outcome: Outcome
    message: str
    findings: tuple[Finding, ...] = ()
    looked_at: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same result another time."""
        return self.check, self.subject, self.locality

    @property
    def failed(self) -> bool:
        """Whether fault was found."""
        return self.outcome is Outcome.FAILED

    @property
    def content(self) -> str:
        """Hash of what was found: an acceptance holds only as long as this stays the same.

        What is no figure is told by its words alone.
        """
        found = sorted(
            (one.member, one.month, counted(one.value), counted(one.against), one.said * (one.value is None))
            for one in self.findings
        )
        return hashlib.sha256(json.dumps([self.message if not found else "", found]).encode()).hexdigest()[:16]


def judged(
    check: str,
    severity: Severity,
    subject: str,
    locality: str,
    findings: Sequence[Finding],
    looked_at: int,
    unjudged: str = "",
) -> Judged:
    """The result of what was found.

    Args:
        check: the check's id.
        severity: what its failure does.
        subject: question code, table or ``tool``.
        locality: locality's id, or ``trust``.
        findings: every fault.
        looked_at: how many figures were held to it.
        unjudged: why none was.
    """
    if findings:
        worst = sorted(findings, key=lambda one: -abs((one.value or 0.0) - (one.against or 0.0)))
        more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
        message = f"{worst[0].said}{more}"
        return Judged(check, subject, locality, severity, Outcome.FAILED, message, tuple(worst), looked_at)
    if looked_at == 0:
        why = unjudged or "there is nothing to judge"
        return Judged(check, subject, locality, severity, Outcome.NOT_JUDGED, why)
    return Judged(check, subject, locality, severity, Outcome.PASSED, "", (), looked_at)
