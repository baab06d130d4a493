"""What every stage works with: the declarations, the home folder, and what the inbox held when it was landed.

Here: opening these once for a run, and remembering what was landed. Not here: what any stage does with them.
Nothing of this module knows Dagster, so that a test, a script or another orchestrator can work the same stages.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from expectations.many_reports import Checkers
from expectations.suites import Suite, load_suites
from nhsbn.conformed.conforming import Inputs
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import Report
from resources.home import Home
from resources.inbox import InboxFile, list_inbox
from resources.lake import Lake
from resources.openlineage import SETTING, Sender
from resources.records import Records
from resources.records_rows import digest
from resources.site import Site

Tell = Callable[[str], None]
"""Called with one line that a person may read while they wait."""

Stamp = tuple[str, int, int]
"""A file of the inbox by name, size and time of change: enough to tell that nothing was touched."""


def say_nothing(_: str) -> None:
    """For those who do not wait."""


@dataclass(frozen=True)
class Landed:
    """What one report's files in the inbox came to.

    Attributes:
        stamps: its files as they lay in the inbox.
        version: of the report's declaration and of its suite.
        files: the same files, landed; refused and blocked ones included.
    """

    stamps: tuple[Stamp, ...] = ()
    version: str = ""
    files: tuple[LandedFile, ...] = ()

    @property
    def admitted(self) -> tuple[LandedFile, ...]:
        """The files whose rows may be used."""
        return tuple(file for file in self.files if file.status == "admitted")

    @property
    def data_version(self) -> str:
        """Hash of the files' contents and of what was decided about each."""
        return digest(sorted((file.sha256, file.name, file.status) for file in self.files))

    def to_json(self) -> str:
        """As kept between runs."""
        files = [json.loads(file.to_json()) for file in self.files]
        return json.dumps({"stamps": self.stamps, "version": self.version, "files": files}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Landed:
        """Read what :meth:`to_json` wrote."""
        data = json.loads(text)
        files = tuple(LandedFile.from_json(json.dumps(file)) for file in data["files"])
        return cls(tuple((name, size, changed) for name, size, changed in data["stamps"]), data["version"], files)


class Workshop:
    """One run's hold on everything it works with. What was landed is read once, and then stands for the run.

    Args:
        site: the declarations.
        home: where this installation's state is.
        tell: told what is being done.
    """

    def __init__(self, site: Site, home: Home, tell: Tell = say_nothing) -> None:
        self.site = site
        self.home = home
        self.tell = tell
        self.checkers = Checkers()
        self._landed: dict[str, Landed] = {}
        self._inputs: Inputs | None = None

    @cached_property
    def records(self) -> Records:
        """The records of this home.

        Raises:
            NhsbnError: when they cannot be opened.
        """
        return self.home.open_records()

    @cached_property
    def suites(self) -> Mapping[str, Suite]:
        """What is expected of each report's files."""
        return load_suites(self.site.texts("expectations", "**/*.yaml"), self.site.register)

    @cached_property
    def sender(self) -> Sender | None:
        """Tells others of each step, where the environment names whom."""
        target = os.environ.get(SETTING)
        return Sender(target, self.tell) if target else None

    def close(self) -> None:
        """Let go of all that was opened: what checks reports, the records, whom each step was told to."""
        self.checkers.close()
        if "records" in self.__dict__:
            self.records.close()
        if self.__dict__.get("sender"):
            self.__dict__["sender"].close()

    def version_of(self, report: Report) -> str:
        """What decides, beside a file itself, what landing and checking make of it."""
        return f"{report.version}.{self.suites[report.report].version}"

    @cached_property
    def lake(self) -> Lake:
        """The lake of this home."""
        return Lake(self.home.lake)

    @property
    def inputs(self) -> Inputs:
        """All that conformed tables are made from, with the files as they were last landed."""
        if self._inputs is None:
            self._inputs = self.site.inputs(
                {report: self.landed(report).files for report in self.site.register.reports}
            )
        return self._inputs

    def inbox(self) -> list[InboxFile]:
        """Every file in the inbox now."""
        return list_inbox(self.home.inbox, self.site.register.reports.values())

    def stamps(self) -> dict[str, tuple[Stamp, ...]]:
        """The files of each report as they lie in the inbox now; those of no report are under ``""``."""
        found: dict[str, list[Stamp]] = defaultdict(list)
        for file in self.inbox():
            name, size, changed = f"{file.source}/{file.name}", 0, 0
            with suppress(OSError):  # it went meanwhile, or is a link to nothing, which landing refuses
                state = file.path.stat()
                size, changed = state.st_size, state.st_mtime_ns
            found[file.report.report if file.report else ""].append((name, size, changed))
        return {report: tuple(stamps) for report, stamps in found.items()}

    def landed(self, report: str) -> Landed:
        """What the report's files came to when they were last landed; nothing before the first time."""
        if report not in self._landed:
            path = self._landed_path(report)
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            self._landed[report] = Landed.from_json(text) if text else Landed()
        return self._landed[report]

    def keep_landed(self, report: str, landed: Landed) -> None:
        """Remember what a report's files came to, for this run and the next, whole or not at all."""
        path = self._landed_path(report)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(landed.to_json(), encoding="utf-8")
        draft.replace(path)
        self._landed[report] = landed
        self._inputs = None

    def _landed_path(self, report: str) -> Path:
        source = self.site.register.reports[report].source
        return self.home.lake / "extracts" / source / report / "landed.json"
