"""A project's collection tools as assets: one a locality and one for the trust, by period.

Here: what the UI shows of each filled tool. Not here: filling and writing it (tool_stage).

The graph is that of the newest edition; a period is filled into the tool of the edition it belongs to
(``docs/decisions/0013``).
"""

# Annotations are not postponed in this module: Dagster reads the types of a step's arguments.

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from assets import specs
from assets.checked import TOOL_CHECK, check_results, tool_check
from assets.checking_stage import checks_of, held_back, judge_return, standings, today
from assets.editions import edition_of
from assets.measuring_stage import calculate
from assets.openlineage import told
from assets.shown import table
from assets.tool_stage import FILLED_BY, Form, Made, fill
from assets.workshop import Workshop
from nhsbn.metrics.catalogue import Catalogue
from nhsbn.planning import tool_key
from nhsbn.programme import Project
from nhsbn.tools.cells import State
from nhsbn.tools.collection_tool import ToolCell


def tool_assets(
    project: Project,
    catalogue: Catalogue,
    places: Mapping[str, str],
    reports: Iterable[str],
    partitions: dg.PartitionsDefinition,
) -> dg.AssetsDefinition:
    """The assets of a project's tools.

    Args:
        project: the newest edition.
        catalogue: what it asks.
        places: locality id, or ``trust``, to its name.
        reports: every declared extract report.
        partitions: the periods of every edition.
    """
    listed = sorted(reports)
    by_key = {specs.asset_key(tool_key(project.project, place)): place for place in places}

    @dg.multi_asset(
        name=f"{project.project}_tools",
        description=f"Fill the collection tools of {project.title} for one period.",
        specs=[
            specs.tool_spec(project, catalogue, place, name, FILLED_BY, listed, partitions)
            for place, name in places.items()
        ],
        check_specs=[tool_check(key) for key in by_key],
        can_subset=True,
    )
    @told
    def fill_tools(
        context: dg.AssetExecutionContext, workshop: dg.ResourceParam[Workshop]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        work = edition_of(workshop.site, project.project, context.partition_key)
        form = Form(workshop, work)
        values = calculate(workshop, context.run.run_id, work, work.catalogue.metrics)
        judge_return(workshop, context.run.run_id, work)
        checks, found = checks_of(workshop, work), standings(workshop, work, today())
        back = held_back(workshop, work, today())
        for key, place in by_key.items():
            if key not in context.selected_asset_keys:
                continue
            own = [one for one in found if one.result.locality == place]
            results = check_results(key, TOOL_CHECK, work, own, checks, back[place].stopped)
            if back[place].stopped:
                yield from results
                continue
            made = fill(workshop, context.run.run_id, work, form, place, values, back[place])
            cells = workshop.records.cells(made.version.id)
            yield _materialised(key, work.project.edition, made, cells, results)

    return fill_tools


def _materialised(
    key: dg.AssetKey, edition: str, made: Made, cells: Iterable[ToolCell], checks: list[dg.AssetCheckResult]
) -> dg.MaterializeResult:
    states: Counter[State] = Counter()
    gaps: Counter[tuple[str, str, str]] = Counter()
    for cell in cells:
        states[cell.state] += 1
        if not cell.state.is_filled:
            gaps[cell.state.words, cell.reason, cell.owner] += 1
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(made.version.sha256),
        metadata={
            "file": dg.MetadataValue.path(str(made.path)),
            "edition": edition,
            "version": made.version.version,
            "written": made.is_new,
            **{state.words.lower(): states[state] for state in State},
            "empty cells": table(
                [
                    {"cells": count, "state": state, "reason": reason, "owner": owner}
                    for (state, reason, owner), count in gaps.most_common()
                ]
            ),
            "verification": dg.MetadataValue.json(made.version.verification),
            "inputs version": made.version.inputs_version,
        },
        check_results=checks,
    )
