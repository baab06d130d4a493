"""The home folder: everything one installation keeps, and where in it each thing lies.

Here: the places, making them, and opening the records that belong to them. Not here: what any place holds.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nhsbn.errors import NhsbnError
from resources.records import Records
from resources.site import ROOT

DEFAULT = Path("var")


@dataclass(frozen=True)
class Home:
    """One installation's state.

    Attributes:
        root: the folder; absolute.
    """

    root: Path

    @classmethod
    def at(cls, folder: str | Path | None = None) -> Home:
        """The home a person named, else that of ``NHSBN_HOME``, else ``var`` where the person stands."""
        return cls(Path(folder or os.environ.get("NHSBN_HOME") or DEFAULT).expanduser().absolute())

    @property
    def inbox(self) -> Path:
        """Where extracts are put: ``inbox/<source>/<file>``."""
        return self.root / "inbox"

    @property
    def lake(self) -> Path:
        """Landed extracts and conformed tables, as Parquet addressed by content."""
        return self.root / "lake"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage, unless ``DAGSTER_HOME`` says otherwise."""
        return self.root / "dagster"

    @property
    def dagster_home(self) -> Path:
        """Where Dagster's configuration lies: in ``DAGSTER_HOME``, else here."""
        return Path(os.environ.get("DAGSTER_HOME") or self.dagster)

    @property
    def out(self) -> Path:
        """The filled tools: ``out/<project>/<period>/<locality>/<tool>.xlsx``."""
        return self.root / "out"

    def tool(self, project: str, period: str, locality: str, tool: str, ending: str = ".xlsx") -> Path:
        """Where a filled tool lies; its ending is its template's."""
        return self.out / project / period / locality / f"{tool}{ending}"

    def review(self, project: str, period: str, locality: str) -> Path:
        """Where a place's review packs lie, a page and a workbook for each reader."""
        return self.out / project / period / locality / "review"

    def prepare(self) -> Home:
        """Make the folders, and prove that they can be written before anything is begun.

        Raises:
            NhsbnError: when they cannot.
        """
        try:
            for folder in (self.inbox, self.lake, self.dagster, self.out):
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            config = self.dagster / "dagster.yaml"
            if not config.exists():
                text = (ROOT / "deploy" / "dagster-sqlite.yaml").read_text(encoding="utf-8")
                config.write_text(text, encoding="utf-8")
        except OSError as error:
            raise NhsbnError(
                f"The home folder {self.root} cannot be written ({error.strerror}: {error.filename}). Give "
                "another with --home or NHSBN_HOME, or ask for the right to write there."
            ) from None
        return self

    def open_records(self) -> Records:
        """The records: the database of ``NHSBN_DATABASE_URL``, else ``records.db`` here.

        Raises:
            NhsbnError: when they cannot be opened.
        """
        if url := os.environ.get("NHSBN_DATABASE_URL"):
            return Records(url)
        return Records.in_file(self.root / "records.db")
