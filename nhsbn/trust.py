"""What the trust is: its name, localities and populations, read from the trust's own folder.

Here: ``trust.yaml`` and ``population.csv``. Not here: the mapping tables, which say what belongs to which
locality.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import NhsbnError
from nhsbn.values import TRUST

POPULATION_COLUMNS = ("locality", "age_group", "basis", "year", "population", "source")


class Named(Declared):
    """A member of one of the trust's vocabularies."""

    id: str
    name: str


class Locality(Named):
    """A locality, and the codes by which national figures know it."""

    la_code: str
    sub_icb: str


class Service(Named):
    """A service, and the age group whose population it is for."""

    age_group: str


class Trust(Declared):
    """One trust, as ``trust.yaml`` describes it.

    Attributes:
        trust_wide: what a mapping says of a thing that serves every locality and is split over none.
    """

    ods_code: str
    name: str
    localities: tuple[Locality, ...]
    trust_wide: Named
    services: tuple[Service, ...]
    bed_types: tuple[Named, ...]
    staff_groups: tuple[Named, ...]

    @property
    def locality_ids(self) -> tuple[str, ...]:
        """The ids of its localities, as declared."""
        return tuple(locality.id for locality in self.localities)

    @property
    def places(self) -> dict[str, str]:
        """Whatever a tool can be made for, by id: each locality, then the trust as a whole."""
        return {locality.id: locality.name for locality in self.localities} | {TRUST: self.name}

    def place(self, asked: str) -> str:
        """The id of the place a person asked for.

        Raises:
            NhsbnError: when there is none.
        """
        if asked not in self.places:
            raise NhsbnError(f"There is no locality {asked!r}. They are: {', '.join(self.places)}.")
        return asked


@dataclass(frozen=True)
class Population:
    """How many people one age group of one locality holds, on one basis (registered or resident)."""

    locality: str
    age_group: str
    basis: str
    year: int
    population: int
    source: str


def load_trust(text: str, where: str) -> Trust:
    """Read ``trust.yaml``.

    Raises:
        ProblemsError: every fault, with its line.
    """
    return Document(text, where).validate(Trust)


def load_populations(text: str, where: str, trust: Trust) -> tuple[Population, ...]:
    """Read ``population.csv``.

    Raises:
        ProblemsError: every row whose locality is unknown or whose year or number is not one, and every figure
            given twice.
    """
    reader = csv.DictReader(io.StringIO(text))
    found: list[Population] = []
    with Collector() as problems:
        if tuple(reader.fieldnames or ()) != POPULATION_COLUMNS:
            problems.add(f"{where}:1", f"the columns must be {', '.join(POPULATION_COLUMNS)}")
            return ()
        seen: set[tuple[str, ...]] = set()
        for row in reader:
            at = f"{where}:{reader.line_num}"
            if row["locality"] not in trust.locality_ids:
                problems.add(at, f"{row['locality']!r} is not a locality of trust.yaml")
            if not (row["year"].isdigit() and row["population"].isdigit()):
                problems.add(at, "year and population must be whole numbers")
                continue
            key = (row["locality"], row["age_group"], row["basis"], row["year"])
            if key in seen:
                problems.add(at, "this locality, age group, basis and year are given twice; keep one")
            seen.add(key)
            found.append(Population(*key[:3], int(row["year"]), int(row["population"]), row["source"]))
    return tuple(found)


def latest(populations: Iterable[Population], year: int) -> tuple[Population, ...]:
    """Each figure as it was last known in ``year``: of the latest year up to it, else of the earliest there is."""
    best: dict[tuple[str, str, str], Population] = {}
    for one in sorted(populations, key=lambda one: (one.year > year, -one.year if one.year <= year else one.year)):
        best.setdefault((one.locality, one.age_group, one.basis), one)
    return tuple(best[key] for key in sorted(best))
