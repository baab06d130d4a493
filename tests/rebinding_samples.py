"""Proposals on a small tool, and what a person decides of them."""

from __future__ import annotations

from datetime import date

import pytest

from nhsbn.errors import ProblemsError
from nhsbn.rebinding.decisions import Decision, NewEdition, Rebound, decide, shown
from nhsbn.rebinding.proposal import Proposal, propose
from tests.small_templates import PLAIN, Asked, Layout, edition, tool

RECEIVED = Asked("Q1", "Referrals received", "Each referral once, by the day it was received")
ACCEPTED = Asked("Q2", "Referrals accepted", "As Q1, by the day it was accepted")
BEDS = Asked("Q3", "Available beds", "Beds open at midnight", by_service=False)
STAFF = Asked("Q4", "Staff in post", "Contracted hours over full time hours", by_service=False)
LAST = {"Access": [RECEIVED, ACCEPTED], "Activity": [BEDS, STAFF]}
ON = NewEdition("2025-26", "the small tool of 2025-26", date(2026, 4, 1))


def proposal(*access: Asked, activity: tuple[Asked, ...] = (BEDS, STAFF), layout: Layout = PLAIN) -> Proposal:
    grid, _ = tool({"Access": access, "Activity": activity}, layout)
    return propose(edition(LAST), "new.xlsx", b"new", grid)


def kinds(found: Proposal) -> dict[str, str]:
    return {(one.new.code if one.new else one.old.code): one.kind for one in found.matches.values()}


def decided(found: Proposal, **choices: tuple[str, ...]) -> Rebound:
    """Everything accepted but for what is chosen: decision, bind to, comparable, reason, decided by."""
    rows = {**found.matches, **found.headings}
    given = {row: choices.get(row, ("accept",)) for row in rows}
    return decide(found, [Decision(f"row {row}", row, *shown(rows[row]), *given[row]) for row in rows], ON)


def refused(found: Proposal, **choices: tuple[str, ...]) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        decided(found, **choices)
    return [str(problem) for problem in raised.value.problems]
