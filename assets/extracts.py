"""The extracts as assets: one a report, landed together in one step.

Here: what the UI shows of each report's files and of their checks. Not here: landing and checking (landing_stage).
"""

# Annotations are not postponed in this module: Dagster reads the types of a step's arguments.

from collections.abc import Iterator, Sequence

import dagster as dg

from assets import specs
from assets.landing_stage import LandedReport, land
from assets.openlineage import told
from assets.shown import table
from assets.workshop import Workshop
from expectations.results import CheckResult
from expectations.suites import Suite
from nhsbn.metrics.catalogue import Catalogue
from nhsbn.planning import extract_key
from resources.site import Site


def extract_assets(site: Site, suites: dict[str, Suite], catalogues: Sequence[Catalogue]) -> dg.AssetsDefinition:
    """The assets of every declared report, each told of what the catalogues use of it."""
    register = site.register
    reports = sorted(register.reports)
    unused = site.columns.unused(catalogues)
    by_key = {specs.asset_key(extract_key(report)): report for report in reports}

    @dg.multi_asset(
        name="land",
        description="Land what is new in the inbox, and check it.",
        specs=[
            specs.extract_spec(
                site, register.reports[report], suites[report].owner, suites[report].version, unused
            )
            for report in reports
        ],
        check_specs=[check for report in reports for check in specs.extract_checks(register.reports[report])],
        can_subset=True,
    )
    @told
    def land_extracts(
        context: dg.AssetExecutionContext, workshop: dg.ResourceParam[Workshop]
    ) -> Iterator[dg.MaterializeResult]:
        wanted = [by_key[key] for key in context.selected_asset_keys]
        for report, landed in land(workshop, wanted).items():
            yield _materialised(report, landed)

    return land_extracts


def _materialised(report: str, one: LandedReport) -> dg.MaterializeResult:
    key = specs.asset_key(extract_key(report))
    files = one.landed.files
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(one.landed.data_version),
        metadata={
            "dagster/row_count": sum(file.rows.landed for file in one.landed.admitted),
            "files": len(files),
            "rows set aside": sum(file.rows.set_aside for file in files),
            "title, total and blank rows": sum(
                file.rows.title + file.rows.total + file.rows.blank for file in files
            ),
            "last files": _files(one),
        },
        check_results=[
            *(
                _check(key, name, dg.AssetCheckSeverity.ERROR, [gate for gate in one.gates if gate.check == name])
                for name in specs.GATES
            ),
            _check(key, "quality", dg.AssetCheckSeverity.WARN, one.quality),
        ],
    )


def _files(one: LandedReport) -> dg.MetadataValue:
    latest = sorted(one.landed.files, key=lambda file: (str(file.period_end), str(file.extracted_at), file.name))
    return table(
        [
            {
                "file": file.name,
                "status": file.status,
                "from": str(file.period_start or ""),
                "to": str(file.period_end or ""),
                "extracted": str(file.extracted_at or ""),
                "rows": file.rows.landed,
                "set aside": file.rows.set_aside,
                "sha256": file.file,
                "why": "; ".join(problem.message for problem in (*file.problems, *file.warnings)),
            }
            for file in reversed(latest)
        ]
    )


def _check(
    key: dg.AssetKey, name: str, severity: dg.AssetCheckSeverity, results: Sequence[CheckResult]
) -> dg.AssetCheckResult:
    """One check of the UI, over the results of every file."""
    wrong = [result for result in results if not result.passed]
    said = [
        {
            "file": result.file_name,
            "expected": result.title,
            "found": result.observed,
            "what to do": result.instruction,
            "owner": result.owner,
        }
        for result in wrong
    ]
    rows = [
        {"file": row.file_name, "sheet": row.sheet or "", "row": row.row, "key": _key_text(row.key)}
        for result in wrong
        for row in result.failing
    ]
    metadata: dict[str, dg.MetadataValue] = {"judged": dg.MetadataValue.int(len(results))}
    if said:
        metadata |= {"failures": table(said), "failing rows": table(rows)}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not wrong,
        severity=severity,
        description=f"{len(wrong)} of {len(results)} failed" if wrong else None,
        metadata=metadata,
    )


def _key_text(key: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {value}" for name, value in key.items())
