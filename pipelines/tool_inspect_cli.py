"""``nhsbn tool inspect`` and ``nhsbn tool bind``: what a template asks, and what became of last year's questions.

Here: arguments, files and order of work. Not here: how it is shown (tool_report), and finding out any of it (the
core).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nhsbn.errors import NhsbnError
from nhsbn.metrics.catalogue import Catalogue
from nhsbn.rebinding.decisions import NewEdition, decide
from nhsbn.rebinding.inspection import inspect as look_over
from nhsbn.rebinding.proposal import EditionTool, Proposal, propose
from nhsbn.tools.template_reading import read_template
from pipelines.tool_cli import Naming
from pipelines.tool_report import console, show_inspection, show_proposal
from resources.site import Site
from resources.workbook_files import read_whole, write_all_whole, write_whole

Template = Annotated[Path, typer.Argument(help="The workbook as its sender made it.")]
_EDITION = re.compile(r"[0-9]{4}(-[0-9]{2})?")


def inspect(
    template: Template,
    heading: Annotated[
        str | None, typer.Option(help="The heading of question codes, where it is not found.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for machines.")] = False,
) -> None:
    """Show any workbook's sheets and questions, and what filling it cannot promise."""
    given = read_whole(template)
    with Naming(template):
        inspection = look_over(given, heading)
    if as_json:
        typer.echo(json.dumps(inspection.data, ensure_ascii=False, indent=2))
    else:
        show_inspection(console(), template.name, inspection)


def bind(
    project: Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")],
    edition: Annotated[str, typer.Argument(help="Its edition to start from, such as 2024-25.")],
    template: Template,
    workbook: Annotated[
        Path | None, typer.Option(help="Write the proposal as an Excel to fill in.", show_default=False)
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="Read that Excel, filled in, and make the edition.", show_default=False)
    ] = None,
    new: Annotated[
        str | None, typer.Option("--as", help="The edition to make, such as 2025-26.", show_default=False)
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace that edition's binding, if it has one.")
    ] = False,
) -> None:
    """Carry last year's binding to a new template: what is the same, moved, reworded, new and gone.

    Nothing is accepted of itself. With --workbook the proposal is written as an Excel; filled in, it is given back
    with --decisions and --as, which write the new edition's template, binding.yaml and comparability.yaml.
    """
    if (decisions is None) is not (new is None):
        raise NhsbnError("--decisions and --as go together: the Excel filled in, and the edition to make of it")
    if decisions is not None and workbook is not None:
        raise NhsbnError("--workbook writes the Excel that --decisions reads; give one of them")
    if workbook is not None and workbook.suffix.lower() != ".xlsx":
        raise NhsbnError(f"{workbook} must end in .xlsx")
    if workbook is not None and workbook.exists():
        raise NhsbnError(f"{workbook} is there already, and may hold decisions; name another file, or remove it")
    if template.suffix.lower() not in (".xlsx", ".xlsm"):
        raise NhsbnError(f"{template} must end in .xlsx or .xlsm; save it in Excel as one of them")
    site = Site()
    against = _edition_tool(site, project, edition)
    given = read_whole(template)
    with Naming(template):
        grid = read_template(given)
    proposal = propose(against, template.name, given, grid)
    if decisions is not None and new is not None:
        _make(site, proposal, decisions, new, replace=replace)
        return
    show_proposal(console(), proposal)
    if workbook is not None:
        from resources.binding_workbook import write_proposal

        write_whole(workbook, write_proposal(proposal))
        typer.echo(f"Fill in {workbook}, and give it back with: --decisions {workbook} --as <new edition>")


def _make(site: Site, proposal: Proposal, decisions: Path, new: str, *, replace: bool) -> None:
    """Write the edition that was decided, whole or not at all."""
    from resources.binding_workbook import read_decisions

    project, folder = proposal.against.project, site.root / "projects" / proposal.against.project / new
    if not _EDITION.fullmatch(new):
        raise NhsbnError(f"{new!r} is no edition; write it as 2025-26")
    if new == proposal.against.edition:
        raise NhsbnError(f"{new} is the edition that is bound from; name the new one")
    rows = read_decisions(read_whole(decisions), decisions.name, proposal)
    title = site.catalogue(project, proposal.against.edition).title
    catalogue = site.catalogue(project, new) if (folder / "metrics.yaml").is_file() else None
    asked = NewEdition(
        edition=new,
        title=f"the {title} tool of {new}",
        on=datetime.now(UTC).date(),
        items=_items(catalogue) if catalogue else None,
        units={question.code: question.unit for question in catalogue.questions} if catalogue else {},
    )
    rebound = decide(proposal, rows, asked)
    files = {
        proposal.template_name: proposal.template,
        "binding.yaml": rebound.binding.encode(),
        "comparability.yaml": rebound.comparability.encode(),
    }
    there = [name for name in files if (folder / name).exists()]
    if there and not replace:
        raise NhsbnError(
            f"{folder} has {', '.join(there)} already; to replace what was decided before, add --replace"
        )
    write_all_whole({folder / name: data for name, data in files.items()})
    typer.echo(f"Written to {folder}: {', '.join(files)}")
    if catalogue is None:
        items = f", and declare in it what is new: {', '.join(rebound.new)}" if rebound.new else ""
        typer.echo(f"Next, write {folder / 'metrics.yaml'}, starting from {proposal.against.edition}'s{items}.")
        typer.echo("Then enter the edition in projects/programme.yaml.")
    undecided = (
        Site(site.root, site.trust).comparability(project, new).undecided if catalogue else rebound.undecided
    )
    if undecided:
        last = proposal.against.edition
        typer.echo(f"Not comparable with {last} until comparability.yaml says so: {', '.join(undecided)}")


def _edition_tool(site: Site, project: str, edition: str) -> EditionTool:
    """An edition as it lies on disk.

    Raises:
        NhsbnError: when there is no such project or edition.
    """
    bound = sorted(path.parent for path in (site.root / "projects").glob("*/*/binding.yaml"))
    editions = [folder.name for folder in bound if folder.parent.name == project]
    if not editions:
        rooms = ", ".join(dict.fromkeys(folder.parent.name for folder in bound))
        raise NhsbnError(f"There is no project {project!r} with a binding. There are: {rooms}.")
    if edition not in editions:
        raise NhsbnError(f"{project} has no edition {edition!r} with a binding. It has: {', '.join(editions)}.")
    binding = site.text_of_edition(project, edition, "binding.yaml")
    template = site.template(project, edition)
    definitions = {
        question.code: f"{question.metric.metric_description} {question.metric.inclusion_exclusion_rules}"
        for question in site.catalogue(project, edition).questions
    }
    return EditionTool(project, edition, template, read_template(template), binding, definitions)


def _items(catalogue: Catalogue) -> dict[str, str | None]:
    return {question.code: question.metric.dimension for question in catalogue.questions}
