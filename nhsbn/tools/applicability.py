"""Which beds and services a place has, and so which questions do not apply to it.

Here: the rules that a metric's ``applies`` may name, and holding them to the trust's wards and teams. Not here:
the mapping tables themselves, and the state of a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from nhsbn.conformed.mappings import Row
from nhsbn.errors import NhsbnError
from nhsbn.periods import Period
from nhsbn.values import ALL, TRUST


@dataclass(frozen=True)
class Rule:
    """A rule of applicability.

    Attributes:
        breakdown: whose members it asks after.
        member: the one member it asks after, or None for that of the cell.
        reason: given where it does not hold, with ``{place}``.
    """

    breakdown: str
    member: str | None
    reason: str


RULES = {
    "service_provided": Rule("service", None, "this service is not provided in {place}"),
    "bed_type_provided": Rule("bed_type", None, "no beds of this type are provided in {place}"),
    "talking_therapies_provided": Rule(
        "service", "talking_therapies", "talking therapies are not provided in {place}"
    ),
    "learning_disability_beds_provided": Rule(
        "bed_type", "learning_disability", "no learning disability beds are provided in {place}"
    ),
}


@dataclass(frozen=True)
class Applicability:
    """What one place provides in one period.

    Attributes:
        place: the place in words, for reasons.
        provided: breakdown (``service``, ``bed_type``) to the members provided.
    """

    place: str
    provided: Mapping[str, frozenset[str]]

    def reason(self, rule: str, member: str) -> str:
        """Why a rule leaves a member out; empty when it does not.

        The total over members is left out only where no member at all is provided.

        Raises:
            NhsbnError: when there is no such rule.
        """
        if rule not in RULES:
            raise NhsbnError(f"applies: {rule!r} is not a rule; use one of {', '.join(RULES)}")
        asked = RULES[rule]
        members = self.provided[asked.breakdown]
        wanted = asked.member or member
        holds = bool(members) if wanted == ALL else wanted in members
        return "" if holds else asked.reason.format(place=self.place)


def applicability(
    locality: str, place: str, period: Period, wards: Iterable[Row], teams: Iterable[Row]
) -> Applicability:
    """What a locality, or the trust, provides at any time in a period.

    Args:
        locality: a locality's id, or ``trust`` for any of them.
        place: the same in words.
        period: the reporting period.
        wards: rows of ``map_ward``.
        teams: rows of ``map_team``.
    """

    def here(row: Row) -> bool:
        begins, ends = row["valid_from"], row["valid_to"]
        valid = (not isinstance(begins, date) or begins <= period.last_day) and (
            not isinstance(ends, date) or ends >= period.first_day
        )
        return valid and locality in (TRUST, row["locality"])

    own_wards = [row for row in wards if here(row)]
    own_teams = [row for row in teams if here(row)]
    return Applicability(
        place,
        {
            "service": frozenset(str(row["service"]) for row in (*own_wards, *own_teams)),
            "bed_type": frozenset(str(row["bed_type"]) for row in own_wards),
        },
    )
