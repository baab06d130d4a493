"""Tools that were submitted before, read back from their files for the records.

Here: finding the edition that a file is of, and its values as the records keep them. Not here: reading cells (the
core's tool reading), and keeping them (records_checks).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.tools.returned_cells import Misfit
from nhsbn.tools.tool_reading import ReadTool, ToolForm
from resources.records_checks import SubmittedFile
from resources.records_rows import Collection
from resources.site import Site
from resources.tool_forms import read_tool_file, tool_form


class SubmittedTools:
    """Reads submitted tools of any edition that the programme knows; each edition's form is opened once.

    Args:
        site: the declarations.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._forms: dict[tuple[str, str], ToolForm] = {}

    def read(self, path: Path) -> SubmittedFile:
        """A submitted tool from its file.

        Raises:
            NhsbnError: when it is no tool of any edition, or does not say which period or place it is of.
        """
        tool = self._recognised(path)
        submission, of = tool.submission, self._site.organisation
        if submission.period is None or submission.locality is None:
            told = [
                f"{one.where}: {one.why}" for one in tool.misfits if one.kind in (Misfit.PERIOD, Misfit.LOCALITY)
            ]
            raise NhsbnError(
                f"{path.name}: it is a tool of {submission.project} {submission.edition}, but not of a period and "
                f"place that are known ({'; '.join(told) or 'its submission details are blank'}). Fill in the "
                "reporting period and the locality on its first sheet, and load it again."
            )
        if submission.ods_code and submission.ods_code != of.ods_code:
            raise NhsbnError(
                f"{path.name}: it was submitted by {submission.ods_code}, and the records are of {of.ods_code}; "
                "load the trust's own tools only"
            )
        return SubmittedFile(
            of=Collection(of.ods_code, submission.project, submission.edition, str(submission.period)),
            locality=submission.locality,
            file_name=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            misfits=len(tool.misfits),
            values=tuple(_values(tool)),
        )

    def _recognised(self, path: Path) -> ReadTool:
        """The tool read as the edition it is of."""
        for project in self._site.programme.running:
            edition, tried = project.edition, set[str]()
            while edition and edition not in tried:
                tried.add(edition)
                tool = read_tool_file(path, self._form(project.project, edition))
                edition = next((one.found for one in tool.misfits if one.kind is Misfit.EDITION), "")
                if not edition and tool.values:
                    return tool
        editions = ", ".join(
            f"{edition.project} {edition.edition}"
            for project in self._site.programme.running
            for edition in self._site.programme.editions(project.project)
        )
        raise NhsbnError(
            f"{path.name}: it holds no answer of a tool that is known ({editions}). If it is of another edition, "
            "add that edition's folder to projects/ and to projects/programme.yaml first."
        )

    def _form(self, project: str, edition: str) -> ToolForm:
        if (project, edition) not in self._forms:
            self._forms[project, edition] = tool_form(self._site, project, edition)
        return self._forms[project, edition]


def _values(tool: ReadTool) -> Iterator[tuple[str, str, str, float | str | None]]:
    """Every requested cell that could be taken, blanks included, once an item, member and month."""
    seen: set[tuple[str, str, str]] = set()
    for cell in (*tool.values, *tool.blanks):
        key = (cell.item, cell.member, str(cell.month) if cell.month else "")
        if key not in seen:
            seen.add(key)
            yield (*key, cell.value)
