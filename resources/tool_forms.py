"""Tools that come back: the form of an edition, and a filled tool read from its file.

Here: putting an edition's catalogue, binding and template together, and opening the file. Not here: what its cells
say (the core's tool reading).
"""

from __future__ import annotations

from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.tools.binding import load_binding
from nhsbn.tools.tool_reading import ReadTool, ToolForm, read_tool
from nhsbn.tools.workbook_contents import WorkbookContents
from resources.site import Site
from resources.workbook_files import read_whole

LARGEST_FILE = 64 * 2**20
"""Bytes of a tool's file; NHSBN's are some 2 MB."""


def tool_form(site: Site, project: str, edition: str) -> ToolForm:
    """What a tool of an edition is read by.

    Raises:
        NhsbnError: when there is no such project or edition, or its folder lacks a file.
        ProblemsError: every fault of its catalogue or binding.
    """
    declared, catalogue = site.programme.edition(project, edition), site.catalogue(project, edition)
    template = _template(site, project, edition)
    binding = load_binding(
        site.text_of_edition(project, edition, "binding.yaml"),
        f"projects/{project}/{edition}/binding.yaml",
        template.grid,
        [(question.code, question.metric.dimension) for question in catalogue.questions],
        {question.code: question.unit for question in catalogue.questions},
    )
    others = [one.edition for one in site.programme.editions(project) if one.edition != edition]
    return ToolForm(
        project=declared,
        binding=binding,
        template=template,
        units={question.code: question.unit for question in catalogue.questions},
        places=site.organisation.places,
        ods_code=site.organisation.ods_code,
        others=lambda: {other: _template(site, project, other) for other in others},
    )


def read_tool_file(path: Path, form: ToolForm) -> ReadTool:
    """A filled tool from its file.

    Raises:
        NhsbnError: when the file cannot be read, is no workbook, or is far too large for a tool.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size > LARGEST_FILE:
        raise NhsbnError(
            f"{path.name} has {size / 2**20:,.0f} MB, and no collection tool does; read the tool itself"
        )
    data = read_whole(path)
    try:
        return read_tool(WorkbookContents.read(data), form)
    except NhsbnError as error:
        raise NhsbnError(f"{path.name}: {error}") from None


def _template(site: Site, project: str, edition: str) -> WorkbookContents:
    return WorkbookContents.read(site.template(project, edition))
