"""The shape of the trust that extracts are invented for: teams, wards, cost centres, codes and report headings.

Here: reading ``trust/maps`` and ``sources`` as the simulations need them. Not here: anything drawn at random, and
any mapping of a code to its meaning; that is the pipeline's work, which this package must not share.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nhsbn.extracts.reports import SourceRegister

ROOT = Path(__file__).resolve().parent.parent
LOCALITIES = ("doncaster", "rotherham", "north_lincolnshire")
SERVICES = ("adult", "older_adult", "cyp", "lda", "talking_therapies", "community_physical")


@dataclass(frozen=True)
class Team:
    """A community team, as the team register first describes it."""

    team_id: str
    name: str
    service: str
    team_type: str
    locality: str


@dataclass(frozen=True)
class Ward:
    """A ward: its code, place and funded beds at the start."""

    code: str
    name: str
    locality: str
    service: str
    bed_type: str
    beds: int
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class CostCentre:
    """A cost centre: ``code`` keeps its leading zero; ``organisation`` is how ESR prints it."""

    code: str
    description: str
    care_group: str
    service: str
    locality: str
    organisation: str


@dataclass(frozen=True)
class Subjective:
    """A subjective code of the ledger."""

    code: str
    description: str
    category: str
    employment_type: str
    staff_group: str


@dataclass(frozen=True)
class Shape:
    """The trust as its own mapping tables describe it.

    Attributes:
        root: the folder that holds ``trust`` and ``sources``.
    """

    root: Path = ROOT

    def _map(self, name: str) -> list[Mapping[str, str]]:
        with (self.root / "trust" / "maps" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def register(self) -> SourceRegister:
        """The declared reports, whose headings are the only ones written."""
        folder = self.root / "sources"
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*.yaml"))}
        codelists = (folder / "codelists.yaml").read_text(encoding="utf-8")
        return SourceRegister.load(texts, codelists, "codelists.yaml")

    @cached_property
    def teams(self) -> tuple[Team, ...]:
        """Every team once, as it was first registered."""
        first: dict[str, Team] = {}
        for row in self._map("map_team"):
            team = Team(row["team_id"], row["team_name"], row["service"], row["team_type"], row["locality"])
            first.setdefault(row["team_id"], team)
        return tuple(first.values())

    @cached_property
    def wards(self) -> tuple[Ward, ...]:
        """Every ward once, as it was first registered."""
        aliases: dict[str, list[str]] = {}
        for row in self._map("map_ward_alias"):
            aliases.setdefault(row["ward_code"], []).append(row["alias"])
        first: dict[str, Ward] = {}
        for row in self._map("map_ward"):
            code = row["ward_code"]
            ward = Ward(
                code, row["ward_name"], row["locality"], row["service"], row["bed_type"],
                int(row["funded_beds"]), tuple(aliases[code]),
            )  # fmt: skip
            first.setdefault(code, ward)
        return tuple(first.values())

    @cached_property
    def cost_centres(self) -> tuple[CostCentre, ...]:
        """Every cost centre once; one that is split has the locality of its first share."""
        organisations = {row["cost_centre"]: row["organisation"] for row in self._map("map_esr_organisation")}
        first: dict[str, CostCentre] = {}
        for row in self._map("map_cost_centre"):
            code = row["cost_centre"]
            centre = CostCentre(
                code, row["description"], row["care_group"], row["service"], row["locality"],
                organisations.get(code, f"379 {row['description']}"),
            )  # fmt: skip
            first.setdefault(code, centre)
        return tuple(first.values())

    @cached_property
    def subjectives(self) -> tuple[Subjective, ...]:
        """Every subjective code of the ledger."""
        return tuple(
            Subjective(
                row["subjective"], row["description"], row["category"], row["employment_type"], row["staff_group"]
            )
            for row in self._map("map_subjective")
        )
