"""The ledger's budget statement files.

Here: their cells and print forms, which differ from month to month. Not here: the amounts (``ledger``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from nhsbn.periods import Month, financial_year
from synth.calendar import run_time
from synth.cells import blank_where, words
from synth.forms import Extract, Form, finance_period
from synth.ledger import DUMP_CENTRE, Lines
from synth.world import Told, World, sheet

_MONEY = ("number", "brackets", "commas", "trailing", "number", "pounds")
_HEADS = (
    ("Annual", "annual_budget", "annual_budget"), ("In month", "month_budget", "month_variance"),
    ("Year to date", "ytd_budget", "ytd_actual"),
)  # fmt: skip


def cells(world: World, lines: Lines, column: int, shorn: bool) -> dict[str, pa.Array]:
    """The cells of one month; ``shorn`` cost centres have lost their leading zero."""
    shape = world.shape
    centre = np.where(lines.centre < 0, len(shape.cost_centres), lines.centre)
    codes = [*(one.code for one in shape.cost_centres), DUMP_CENTRE]
    subjective = lines.subjective
    is_pay = np.array([one.category == "pay" for one in shape.subjectives])[subjective]
    budget, actual = lines.budget[:, column], lines.actual[:, column]
    amounts = {
        "annual_budget": lines.annual[:, column],
        "month_budget": budget,
        "month_actual": actual,
        "month_variance": np.round(budget - actual, 2),
        "ytd_budget": lines.year_to_date_budget[:, column],
        "ytd_actual": lines.year_to_date_actual[:, column],
    }
    times = {
        "budgeted_wte": lines.budgeted_wte[:, column],
        "contracted_wte": lines.contracted_wte[:, column],
        "worked_wte": lines.worked_wte[:, column],
    }
    return {
        "care_group": words([*(one.care_group for one in shape.cost_centres), "Other"], centre),
        "service_line": words(
            [*(one.service.replace("_", " ").title() for one in shape.cost_centres), "Other"], centre
        ),
        "cost_centre": words([code.lstrip("0") for code in codes] if shorn else codes, centre),
        "cost_centre_description": words([*(one.description for one in shape.cost_centres), "Dump"], centre),
        "subjective": words([one.code for one in shape.subjectives], subjective),
        "subjective_description": words([one.description[:30] for one in shape.subjectives], subjective),
        **{name: pa.array(values) for name, values in amounts.items()},
        **{name: blank_where(pa.array(values), ~is_pay) for name, values in times.items()},
    }


def files(world: World, lines: Lines) -> Iterator[Extract]:
    """One file a month: the third of each year is a legacy xls, some print money as text."""
    for index, month in enumerate(world.calendar):
        period = (month.number - 4) % 12 + 1
        yield _extract(world, lines, index, month, period)


def _extract(world: World, lines: Lines, index: int, month: Month, period: int) -> Extract:
    form = Form(
        "xls" if period == 3 else "xlsx", headings=int(index % 4 == 1), money=_MONEY[index % len(_MONEY)],  # type: ignore[arg-type]
        group_heads=_HEADS, subtotal_by="care_group",
        grand_total=("annual_budget", "month_budget", "month_actual", "ytd_budget", "ytd_actual"), blank_rows=1,
    )  # fmt: skip
    return Extract(
        world.report("ledger_budget_statement"), f"Budget_Statement_M{period:02d}_{financial_year(month)}",
        finance_period(month), run_time(month.last_day, 9),
        sheet(cells(world, lines, index, shorn=index % 5 == 2), "Budget Statement"), form,
    )  # fmt: skip


def tell(world: World, lines: Lines) -> Told:
    """Every budget statement, and the truth of every line."""
    months = []
    for column, month in enumerate(world.calendar):
        table = pa.table(cells(world, lines, column, shorn=False))
        stamped = pa.array([str(month)] * table.num_rows)
        unmapped = words(("", "unmapped"), (lines.centre < 0).astype(np.int64))
        months.append(table.append_column("month", stamped).append_column("quirk", unmapped))
    return Told(files(world, lines), {"ledger_line": pa.concat_tables(months)})
