"""The last stage: one locality's collection tool, filled, written and kept as a version.

Here: what a tool stands on, filling it from what is known, and writing it when it differs. Not here: the state of
a cell, where a cell is, and how a workbook is written (the core and the workbook writer).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path, PurePath

from assets.cell_knowledge import coverage, knowledge
from assets.checking_stage import held_back, is_judged, today
from assets.measuring_stage import Edition, collection, inputs
from assets.workshop import Workshop
from nhsbn.checks.standing import Held
from nhsbn.errors import NhsbnError
from nhsbn.metrics.measures import POPULATION
from nhsbn.planning import Key, tool_key
from nhsbn.tools.binding import ResolvedBinding, load_binding
from nhsbn.tools.collection_tool import Submission, Tool, make_tool
from nhsbn.tracing.recipe import make_tool_recipe
from nhsbn.trust import latest
from nhsbn.values import TRUST, MetricValue
from resources.kept import Recipes
from resources.recalculation import asked_for
from resources.records_models import ToolVersion
from resources.records_rows import Calculated, MadeTool, digest
from resources.workbook import SpliceWriter, WorkbookWriter, read_grid
from resources.workbook_files import write_whole

FILLED_BY = "2"
"""Part of what a tool stands on: raise it when the filling itself comes to write other cells."""


class Form:
    """An edition's empty tool: the template's bytes and what is bound to it, opened only when needed.

    Args:
        workshop: where the edition's folder is.
        work: the edition.
    """

    def __init__(self, workshop: Workshop, work: Edition) -> None:
        self._site = workshop.site
        self._work = work

    @cached_property
    def binding_text(self) -> str:
        """The binding, as declared."""
        return self._site.text_of_edition(self._work.project.project, self._work.project.edition, "binding.yaml")

    @cached_property
    def template(self) -> bytes:
        """The empty tool."""
        return self._site.template(self._work.project.project, self._work.project.edition)

    @cached_property
    def template_sha256(self) -> str:
        """Hash of the empty tool."""
        return hashlib.sha256(self.template).hexdigest()

    @cached_property
    def binding_version(self) -> str:
        """Hash of the binding."""
        return digest(self.binding_text)

    @cached_property
    def resolved(self) -> ResolvedBinding:
        """The binding with its cells found in the template.

        Raises:
            ProblemsError: every question without a cell, and every cell without a question.
        """
        catalogue = self._work.catalogue
        where = f"projects/{self._work.project.project}/{self._work.project.edition}/binding.yaml"
        items = [(question.code, question.metric.dimension) for question in catalogue.questions]
        units = {question.code: question.unit for question in catalogue.questions}
        return load_binding(self.binding_text, where, read_grid(self.template), items, units)


@dataclass(frozen=True)
class Made:
    """A tool as it now lies in the home folder."""

    path: Path
    version: ToolVersion
    is_new: bool


def submission(workshop: Workshop, work: Edition, locality: str) -> Submission:
    """Who submits what."""
    trust = workshop.site.organisation
    whole = locality == TRUST
    return Submission(
        project=work.project.project,
        edition=work.project.edition,
        period=work.period,
        locality=locality,
        place="Trust" if whole else trust.places[locality],
        level="Trust" if whole else "Locality",
        organisation=trust.name,
        ods_code=trust.ods_code,
        owner=work.project.owner,
    )


def tool_inputs(workshop: Workshop, work: Edition, form: Form, locality: str, back: Held) -> str:
    """What a tool stands on, as one version, known without calculating or filling anything."""
    return digest(
        [
            FILLED_BY,
            asked_for(),
            form.template_sha256,
            form.binding_version,
            asdict(submission(workshop, work, locality)),
            inputs(workshop, work, work.catalogue.metrics),
            [metric.model_dump(mode="json") for metric in work.catalogue.metrics if metric.returned],
            {report: workshop.landed(report).data_version for report in workshop.site.register.reports},
            [workshop.site.maps[name].version for name in ("map_ward", "map_team")],
            asdict(back),
        ]
    )


def fill(
    workshop: Workshop,
    run_id: str,
    work: Edition,
    form: Form,
    locality: str,
    calculated: Mapping[str, Calculated],
    back: Held,
    writer: WorkbookWriter | None = None,
) -> Made:
    """Make one locality's tool; one that would be the same again is left as it lies.

    Args:
        workshop: what to work with.
        run_id: the run that keeps it.
        work: the edition and period.
        form: its empty tool.
        locality: a locality's id, or ``trust``.
        calculated: every metric's values.
        back: what open checks of the place stop and withhold.
        writer: fills the workbook; by default the one that splices cells in.

    Raises:
        ProblemsError: every answer that the template does not take; nothing is written then.
        NhsbnError: when an open check stops the tool; when the file cannot be written, which in Windows is so
            while it is open in Excel.
    """
    if back.stopped:
        raise NhsbnError(f"The tool of {locality} may not be filled: {'; '.join(back.stopped)}")
    of, version = collection(workshop, work), tool_inputs(workshop, work, form, locality, back)
    binding = form.resolved.binding
    ending = PurePath(binding.template).suffix
    path = workshop.home.tool(work.project.project, str(work.period), locality, binding.tool, ending)
    _keep_recipe(workshop, work, locality, version)
    last = workshop.records.latest_tool(of, locality)
    if last and last.inputs_version == version and _lies_there(path, last.sha256):
        return Made(path, last, is_new=False)
    workshop.tell(f"Filling: {submission(workshop, work, locality).place}")
    tool = _filled(workshop, work, form, locality, calculated, back)
    filled = (writer or SpliceWriter()).fill(form.template, tool.writes)
    sha256 = hashlib.sha256(filled.data).hexdigest()
    if not _lies_there(path, sha256):
        write_whole(path, filled.data)
    made = MadeTool(
        locality=locality,
        path=path.relative_to(workshop.home.root).as_posix(),
        sha256=sha256,
        inputs_version=version,
        template_sha256=form.template_sha256,
        binding_version=form.binding_version,
        verification=filled.verification,
    )
    workshop.records.begin_run(run_id, of)
    workshop.records.keep_tool(run_id, of, made, tool.cells)
    kept = workshop.records.latest_tool(of, locality)
    if kept is None:
        raise NhsbnError(f"The records do not hold the tool of {locality} that was just kept; report this.")
    return Made(path, kept, is_new=True)


def changes(workshop: Workshop, work: Edition, localities: Iterable[str]) -> dict[Key, str]:
    """The tools that stand on something else than when they were made, or do not lie where they should."""
    form, of = Form(workshop, work), collection(workshop, work)
    judged, back = is_judged(workshop, work), held_back(workshop, work, today())
    found: dict[Key, str] = {}
    for locality in localities:
        last = workshop.records.latest_tool(of, locality)
        key = tool_key(work.project.project, locality)
        if last is None:
            found[key] = "has not been made"
        elif not judged:
            found[key] = "its figures have not been checked against what is now known"
        elif back[locality].stopped:
            found[key] = "a check stopped it"
        elif last.inputs_version != tool_inputs(workshop, work, form, locality, back[locality]):
            found[key] = "what it stands on changed"
        elif not _lies_there(workshop.home.root / last.path, last.sha256):
            found[key] = "the file was changed or removed"
    return found


def _keep_recipe(workshop: Workshop, work: Edition, locality: str, version: str) -> None:
    """Keep which calculation of each metric a tool is filled from, so that any version of it can be traced."""
    metrics = inputs(workshop, work, work.catalogue.metrics)
    places = workshop.site.organisation.places
    recipe = make_tool_recipe(work.catalogue, work.period, locality, metrics, places)
    Recipes(workshop.home.lake).keep_tool(version, recipe)


def _filled(
    workshop: Workshop,
    work: Edition,
    form: Form,
    locality: str,
    calculated: Mapping[str, Calculated],
    back: Held,
) -> Tool:
    values: list[MetricValue] = [value for one in calculated.values() for value in one.values]
    return make_tool(
        submission(workshop, work, locality),
        form.resolved,
        work.catalogue.questions,
        values,
        knowledge(workshop, work, locality, coverage(workshop), back.withheld),
        _references(workshop, work),
    )


def _references(workshop: Workshop, work: Edition) -> dict[str, str]:
    """How a tool names the sources that are not extracts."""
    said = sorted({one.source for one in latest(workshop.site.populations, work.period.first_month.year)})
    return {
        POPULATION: f"Population: {', '.join(said)}",
        "service": "Trust team and ward register",
        "bed_type": "Trust ward register",
    }


def _lies_there(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
