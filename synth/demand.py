"""How busy each kind of community team is: referrals, time open, contacts, waits and media.

Here: the figures that activity is drawn from, all plausible bounds or orders of magnitude. Not here: the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTACTS_A_YEAR = 1_600_000
"""Contacts of every outcome and medium at scale 1."""


@dataclass(frozen=True)
class Demand:
    """Figures of one kind of team, over the whole trust at scale 1.

    Attributes:
        referrals: a year.
        open_days: mean days from receipt to closure of an accepted referral.
        contacts: relative volume of contacts.
        wait_days: mean days to the first contact.
        rejected: share of referrals rejected.
        missed: share of booked contacts not attended without warning.
        every_day: works at weekends.
        sources: the commonest sources of referral, first the likeliest.
    """

    referrals: int
    open_days: float
    contacts: int
    wait_days: float
    rejected: float = 0.1
    missed: float = 0.08
    every_day: bool = False
    sources: tuple[str, ...] = ("A1", "C1", "P1", "B1")


_CRISIS = ("A1", "B1", "H1", "E1", "P1", "M7")
_CHILD = ("C2", "A1", "F1", "F3", "B2", "C1")
_PHYSICAL = ("A1", "H2", "P1", "B1", "A3")

DEMAND: dict[tuple[str, str], Demand] = {
    ("adult", "A06"): Demand(7_000, 270, 95, 30, 0.2, 0.11, sources=("P1", "A1", "M7", "C1", "J1")),
    ("adult", "A08"): Demand(250, 700, 30, 14, 0.05, 0.12, sources=("P1", "A1")),
    ("adult", "A14"): Demand(700, 500, 45, 10, 0.15, 0.1, sources=("P1", "A1", "B2", "C2")),
    ("adult", "A02"): Demand(9_000, 21, 75, 0.3, 0.1, 0.04, True, _CRISIS),
    ("adult", "A18"): Demand(9_000, 14, 30, 4, 0.25, 0.06, sources=("A1", "B1", "C1", "E1", "M7")),
    ("adult", "A11"): Demand(6_000, 4, 18, 0.1, 0.03, 0.01, True, ("H1", "H2")),
    ("adult", "C02"): Demand(900, 200, 16, 18, 0.15, 0.09, sources=("A4", "A2", "A1")),
    ("adult", "A13"): Demand(1_600, 250, 28, 70, 0.15, 0.1, sources=("P1", "A1")),
    ("adult", "C10"): Demand(250, 300, 6, 25, 0.2, 0.08, sources=("A1", "P1")),
    ("older_adult", "A07"): Demand(3_000, 240, 50, 15, 0.1, 0.04, sources=("A1", "H2", "C1", "P1")),
    ("older_adult", "A17"): Demand(3_600, 200, 40, 45, 0.08, 0.05, sources=("A1", "H2", "P1")),
    ("older_adult", "A15"): Demand(150, 350, 4, 30, 0.1, 0.05, sources=("A1", "P1")),
    ("cyp", "A06"): Demand(5_200, 320, 70, 45, 0.25, 0.1, sources=_CHILD),
    ("cyp", "A02"): Demand(1_800, 14, 9, 0.4, 0.08, 0.04, True, ("H1", "A1", "B2", "C1")),
    ("cyp", "C10"): Demand(300, 250, 8, 12, 0.1, 0.06, sources=("A1", "F2", "B2")),
    ("cyp", "F01"): Demand(2_400, 120, 22, 25, 0.12, 0.07, sources=("C2", "B1", "F1")),
    ("cyp", "C04"): Demand(2_200, 420, 14, 150, 0.3, 0.08, sources=("C2", "A1", "F3")),
    ("cyp", "C06"): Demand(300, 400, 6, 20, 0.05, 0.08, sources=("C1",)),
    ("lda", "E01"): Demand(1_400, 400, 38, 30, 0.12, 0.06, sources=("A1", "C1", "B2", "P1")),
    ("lda", "E04"): Demand(300, 150, 14, 4, 0.08, 0.04, sources=("P1", "C1")),
    ("lda", "C01"): Demand(800, 300, 7, 130, 0.25, 0.08, sources=("A1", "B1")),
    ("talking_therapies", "A12"): Demand(22_000, 85, 95, 16, 0.06, 0.12, sources=("B1", "A1", "N1", "D2")),
    ("community_physical", "12"): Demand(18_000, 240, 520, 1, 0.02, 0.01, True, _PHYSICAL),
    ("community_physical", "16"): Demand(9_000, 500, 110, 12, 0.0, 0.06, sources=("A4", "A1")),
    ("community_physical", "32"): Demand(5_000, 200, 40, 15, 0.05, 0.07, sources=("C2", "A1")),
    ("community_physical", "27"): Demand(6_000, 300, 60, 40, 0.1, 0.08, sources=_PHYSICAL),
    ("community_physical", "20"): Demand(7_000, 80, 36, 45, 0.08, 0.09, sources=_PHYSICAL),
    ("community_physical", "33"): Demand(3_500, 250, 30, 60, 0.08, 0.08, sources=("A2", "C2", "A1", "H2")),
    ("community_physical", "50"): Demand(1_200, 200, 6, 50, 0.1, 0.05, sources=_PHYSICAL),
    ("community_physical", "43"): Demand(1_500, 60, 9, 6, 0.05, 0.03, sources=_PHYSICAL),
    ("community_physical", "38"): Demand(900, 150, 14, 3, 0.02, 0.04, sources=("H2", "F2")),
    ("community_physical", "47"): Demand(1_800, 60, 26, 2, 0.02, 0.01, True, _PHYSICAL),
    ("community_physical", "53"): Demand(2_500, 25, 16, 1, 0.08, 0.01, True, _PHYSICAL),
    ("community_physical", "11"): Demand(2_200, 150, 8, 35, 0.08, 0.1, sources=_PHYSICAL),
    ("community_physical", "07"): Demand(1_800, 150, 5, 30, 0.05, 0.07, sources=_PHYSICAL),
}
CRISIS = frozenset({"A02", "A11"})
"""Team types whose response is measured in hours."""
