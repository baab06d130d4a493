"""The conformed tables as assets: one a table, made together in one step, and what no mapping table knows.

Here: what the UI shows of each table and of its reconciliation. Not here: making them (conforming_stage).
"""

# Annotations are not postponed in this module: Dagster reads the types of a step's arguments.

from collections.abc import Iterator, Sequence

import dagster as dg

from assets import specs
from assets.conforming_stage import Unmapped, conform, unmapped
from assets.openlineage import told
from assets.shown import table
from assets.workshop import Workshop
from nhsbn.conformed.conforming import ConformedTable, NotKeptError
from nhsbn.planning import conformed_key
from resources.site import Site


def conformed_assets(site: Site) -> dg.AssetsDefinition:
    """The assets of every conformed table, ``unmapped`` among them."""
    tables = site.library.conformed
    by_key = {specs.asset_key(conformed_key(name)): name for name in tables}

    @dg.multi_asset(
        name="conform",
        description="Make the conformed tables of which an input changed.",
        specs=[specs.conformed_spec(site, file) for file in tables.values()],
        check_specs=[check for file in tables.values() for check in specs.conformed_checks(file)],
        can_subset=True,
    )
    @told
    def conform_tables(
        context: dg.AssetExecutionContext, workshop: dg.ResourceParam[Workshop]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        wanted = [by_key[key] for key in context.selected_asset_keys]
        try:
            for account in conform(workshop, wanted):
                check = _mapped(unmapped(workshop)) if account.table == specs.UNMAPPED else _reconciled(account)
                yield _materialised(account, check)
        except NotKeptError as error:
            yield _reconciled(error.account)  # the table is not made, and its check says why
            raise

    return conform_tables


def _materialised(account: ConformedTable, check: dg.AssetCheckResult) -> dg.MaterializeResult:
    aside = [
        {"report": one.report, "reason": one.reason, "rows": one.rows, "for example": "; ".join(one.examples)}
        for one in account.set_aside
    ]
    unread = [{"report": one.report, "column": one.heading, "rows": one.rows} for one in account.unread]
    return dg.MaterializeResult(
        asset_key=specs.asset_key(conformed_key(account.table)),
        data_version=dg.DataVersion(account.version),
        metadata={
            "dagster/row_count": account.rows,
            "rows in": _rows_in(account),
            "set aside": table(aside),
            "cells not read": table(unread),
            "unmapped rows": account.unmapped_rows,
        },
        check_results=[check],
    )


def _rows_in(account: ConformedTable) -> dg.MetadataValue:
    return table(
        [
            {
                "report": one.report,
                "landed": one.landed,
                "current": one.current,
                "superseded": one.superseded,
                "withdrawn": one.withdrawn,
                "duplicate": one.duplicate,
                "set aside": one.set_aside,
            }
            for one in account.counts
        ]
    )


def _reconciled(account: ConformedTable) -> dg.AssetCheckResult:
    totals = [
        {"total": one.column, "in": one.staged, "out": one.conformed, "kept": one.holds}
        for one in account.conserved
    ]
    return dg.AssetCheckResult(
        asset_key=specs.asset_key(conformed_key(account.table)),
        check_name="reconciled",
        passed=all(one.holds for one in account.conserved),
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"rows in": _rows_in(account), "totals": table(totals)},
    )


def _mapped(found: Sequence[Unmapped]) -> dg.AssetCheckResult:
    rows, pounds = sum(one.rows for one in found), sum(one.pounds or 0 for one in found)
    said = f"{len(found)} keys are in no mapping table: {rows:,} rows, £{pounds:,.2f}."
    listed = [
        {
            "table": one.table,
            "mapping table": one.map_name,
            "missing": one.key_text,
            "rows": one.rows,
            "pounds": one.pounds,
        }
        for one in found
    ]
    return dg.AssetCheckResult(
        asset_key=specs.asset_key(conformed_key(specs.UNMAPPED)),
        check_name="everything_mapped",
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{said} Add them to trust/maps, dated and approved." if found else None,
        metadata={"rows": rows, "pounds": pounds, "unmapped": table(listed)},
    )
