"""The data rooms on disk: extract declarations, mappings, SQL and projects, read as text for the core.

Here: where each room is, and reading it. Not here: any meaning; the core validates what is read. Another trust
points ``NHSBN_TRUST`` at its own ``trust`` folder and changes nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nhsbn.checks.comparisons import OtherFigure, read_comparisons
from nhsbn.checks.declared import Checks, load_checks
from nhsbn.conformed.conforming import Inputs
from nhsbn.conformed.mappings import MapDeclarations, MappingTable, load_mappings, vocabularies_of
from nhsbn.conformed.sqlfiles import load_conformed, load_measures
from nhsbn.declarations import Collector, Document
from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister
from nhsbn.lineage.columns import ColumnGraph
from nhsbn.metrics.catalogue import Catalogue, load_catalogue
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.programme import Programme, load_programme
from nhsbn.rebinding.comparability import Comparability, EditionItems, edition_items, load_comparability
from nhsbn.tools.binding import Binding
from nhsbn.trust import Population, Trust, load_populations, load_trust

ROOT = Path(__file__).resolve().parent.parent


def _trust_folder() -> Path:
    return Path(os.environ.get("NHSBN_TRUST", ROOT / "trust"))


def _text(path: Path) -> str:
    """A declaration, without the mark that Excel sets before a CSV.

    Raises:
        NhsbnError: when it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NhsbnError(f"{path} is not UTF-8 text; save it as that (in Excel: CSV UTF-8)") from None


@dataclass(frozen=True)
class Site:
    """One installation's data rooms.

    Attributes:
        root: the folder that holds ``sources``, ``sql`` and ``projects``.
        trust: the folder that describes the trust.
    """

    root: Path = ROOT
    trust: Path = field(default_factory=_trust_folder)

    def texts(self, room: str, pattern: str) -> dict[str, str]:
        """Every file of a room that matches, by its path from the root, in order.

        Args:
            room: ``sources``, ``sql/conformed``, ``sql/measures``, ``projects`` or ``trust``.
            pattern: a glob below the room.
        """
        folder = self.trust if room == "trust" else self.root / room
        return {
            f"{room}/{path.relative_to(folder).as_posix()}": _text(path) for path in sorted(folder.glob(pattern))
        }

    @cached_property
    def register(self) -> SourceRegister:
        """The declared reports and code lists.

        Raises:
            ProblemsError: every fault of every declaration.
        """
        codelists = "sources/codelists.yaml"
        return SourceRegister.load(self.texts("sources", "*/*.yaml"), _text(self.root / codelists), codelists)

    @cached_property
    def library(self) -> MeasureLibrary:
        """Every measure, and the conformed tables behind them.

        Raises:
            ProblemsError: every fault of every SQL file.
        """
        return MeasureLibrary(
            load_measures(self.texts("sql/measures", "*.sql")),
            load_conformed(self.texts("sql/conformed", "*.sql")),
        )

    @cached_property
    def columns(self) -> ColumnGraph:
        """Which column comes from which, from the reports to the measures.

        Raises:
            ProblemsError: every fault of the declarations and of the SQL files.
        """
        where = "sources/maps.yaml"
        declared = Document(_text(self.root / where), where).validate(MapDeclarations).maps
        maps = {name: tuple(declaration.columns) for name, declaration in declared.items()}
        return ColumnGraph(self.library, self.register, maps)

    def inputs(self, files: Mapping[str, tuple[LandedFile, ...]]) -> Inputs:
        """What conformed tables are made from, given the landed files of each report."""
        return Inputs(self.register, self.library.conformed, self.maps, files)

    def catalogue(self, project: str, edition: str) -> Catalogue:
        """What one edition of a project asks, held to the measures; read once.

        Raises:
            NhsbnError: when the edition has no catalogue.
            ProblemsError: every fault of the catalogue, and of the SQL behind it.
        """
        key = (project, edition)
        if key not in self._catalogues:
            text = self.text_of_edition(project, edition, "metrics.yaml")
            where = f"projects/{project}/{edition}/metrics.yaml"
            self._catalogues[key] = load_catalogue(text, where, self.library)
        return self._catalogues[key]

    @cached_property
    def _catalogues(self) -> dict[tuple[str, str], Catalogue]:
        return {}

    def comparability(self, project: str, edition: str) -> Comparability:
        """Which figures of an edition may be compared with the edition before; read once.

        An edition without ``comparability.yaml`` is compared with none.

        Raises:
            NhsbnError: when the edition has no catalogue.
            ProblemsError: every fault of the file, of either catalogue or of either binding.
        """
        key = (project, edition)
        if key not in self._comparabilities:
            where = f"projects/{project}/{edition}/comparability.yaml"
            path, own = self.root / where, self._items(project, edition)
            if path.is_file():
                folders = (self.root / "projects" / project).glob("*/metrics.yaml")
                names = sorted(one.parent.name for one in folders if one.parent.name != edition)
                others = {name: self._items(project, name) for name in names}
                found = load_comparability(_text(path), where, own, others)
            else:
                found = Comparability("", {}, own, None)
            self._comparabilities[key] = found
        return self._comparabilities[key]

    @cached_property
    def _comparabilities(self) -> dict[tuple[str, str], Comparability]:
        return {}

    def _items(self, project: str, edition: str) -> EditionItems:
        """What an edition asks: its catalogue's items, and what its binding asks beside them."""
        where = f"projects/{project}/{edition}/binding.yaml"
        path = self.root / where
        asked: Iterable[str] = ()
        if path.is_file():
            binding = Document(_text(path), where).validate(Binding)
            asked = (question.item or code for _, code, question in binding.questions())
        return edition_items(self.catalogue(project, edition), asked)

    def checks(self, project: str, edition: str) -> Checks:
        """What is checked of one edition's figures, read once; nothing where it declares no checks.

        Raises:
            ProblemsError: every fault of them.
        """
        key = (project, edition)
        if key not in self._checks:
            where = f"projects/{project}/{edition}/checks.yaml"
            path = self.root / where
            text = _text(path) if path.is_file() else ""
            catalogue = self.catalogue(project, edition)
            self._checks[key] = load_checks(text, where, catalogue, self.library) if text else Checks()
        return self._checks[key]

    def assured(self, project: str, edition: str) -> Catalogue:
        """All of an edition that definition cases hold: what it asks, and the figures that only its checks use."""
        catalogue, controls = self.catalogue(project, edition), self.checks(project, edition).controls
        metrics = (*catalogue.metrics, *(controls.metrics if controls else ()))
        return catalogue.model_copy(update={"metrics": metrics})

    @cached_property
    def _checks(self) -> dict[tuple[str, str], Checks]:
        return {}

    @cached_property
    def comparisons(self) -> tuple[OtherFigure, ...]:
        """Other sources' figures that the trust's folder holds.

        Raises:
            ProblemsError: every fault of every file.
        """
        places = tuple(self.organisation.places)
        with Collector() as problems:
            found: list[OtherFigure] = []
            for where, text in self.texts("trust", "comparisons/*.csv").items():
                with problems.gather():
                    found += read_comparisons(text, where, places)
        return tuple(found)

    def of_edition(self, project: str, edition: str, name: str) -> bytes:
        """A file of one edition, as it is.

        Raises:
            NhsbnError: when the edition's folder lacks it.
        """
        return self._path_of_edition(project, edition, name).read_bytes()

    def text_of_edition(self, project: str, edition: str, name: str) -> str:
        """A declaration of one edition: ``metrics.yaml``, ``binding.yaml`` or ``plan.yaml``.

        Raises:
            NhsbnError: when the edition's folder lacks it, or it is not UTF-8.
        """
        return _text(self._path_of_edition(project, edition, name))

    def template(self, project: str, edition: str) -> bytes:
        """The empty tool of one edition, as its binding names it.

        Raises:
            NhsbnError: when the edition's folder lacks it or its binding.
            ProblemsError: every fault of the binding as declared.
        """
        text = self.text_of_edition(project, edition, "binding.yaml")
        binding = Document(text, f"projects/{project}/{edition}/binding.yaml").validate(Binding)
        return self.of_edition(project, edition, binding.template)

    def _path_of_edition(self, project: str, edition: str, name: str) -> Path:
        path = self.root / "projects" / project / edition / name
        if not path.is_file():
            raise NhsbnError(f"{path} is missing; an edition of the programme needs it to be filled or read.")
        return path

    @cached_property
    def organisation(self) -> Trust:
        """The trust: its name, localities and vocabularies.

        Raises:
            NhsbnError: when the trust's folder lacks its description.
            ProblemsError: every fault of it.
        """
        return load_trust(self._of_trust("trust.yaml"), "trust/trust.yaml")

    @cached_property
    def populations(self) -> tuple[Population, ...]:
        """How many people live in, or are registered in, each locality.

        Raises:
            NhsbnError: when the trust's folder lacks them.
            ProblemsError: every fault.
        """
        return load_populations(self._of_trust("population.csv"), "trust/population.csv", self.organisation)

    @cached_property
    def maps(self) -> dict[str, MappingTable]:
        """The trust's mapping tables by name.

        Raises:
            ProblemsError: every fault of every table.
        """
        where = "sources/maps.yaml"
        return load_mappings(
            _text(self.root / where),
            where,
            self.texts("trust", "maps/*.csv"),
            vocabularies_of(self.organisation),
        )

    @cached_property
    def programme(self) -> Programme:
        """The projects of the year.

        Raises:
            ProblemsError: every fault.
        """
        where = "projects/programme.yaml"
        return load_programme(_text(self.root / where), where)

    def _of_trust(self, name: str) -> str:
        path = self.trust / name
        if not path.is_file():
            raise NhsbnError(f"{path} is missing. NHSBN_TRUST must name a folder that describes a trust.")
        return _text(path)
