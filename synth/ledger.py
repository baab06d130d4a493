"""The finance ledger: budgets, actuals and worked time by cost centre, subjective code and month.

Here: the lines, agreeing with the workforce but for a ledger's usual lag. Not here: the statement they are
printed in (``statement``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nhsbn.periods import Month
from synth.calendar import Calendar, day_number
from synth.shape import Shape, Subjective
from synth.workforce import GRADES, Workforce, kind_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SUBJECTIVE = {  # (staff group, grade) of ESR to the first four digits of the subjective code
    (0, 0): "5020", (0, 1): "5034", (0, 2): "5047", (1, 0): "5055", (1, 1): "5056", (1, 2): "5057", (2, 0): "5146",
    (2, 1): "5186", (2, 2): "5306", (3, 0): "5364", (3, 1): "5348", (3, 2): "5348", (3, 3): "5348", (4, 0): "5325",
    (5, 0): "5052", (5, 1): "5053", (5, 2): "5524", (6, 0): "5504", (6, 1): "5504", (6, 2): "5511", (6, 3): "5015",
    (7, 0): "5542", (8, 0): "5592",
}  # fmt: skip
_BANK = {"ward": 0.16, "community": 0.03, "physical": 0.05, "medical": 0.02, "corporate": 0.01, "therapy": 0.01}
_AGENCY = {"ward": 0.05, "community": 0.03, "physical": 0.02, "medical": 0.12, "corporate": 0.004, "therapy": 0.01}
DUMP_CENTRE = "048888"
"""A cost centre that finance posts to and no mapping knows."""


@dataclass(frozen=True)
class Lines:
    """The keys of every line, and one column a month of each amount (lines by months, pounds or WTE)."""

    centre: Ints
    """Number into ``Shape.cost_centres``; -1 is the dump cost centre."""
    subjective: Ints
    annual: Floats
    budget: Floats
    actual: Floats
    budgeted_wte: Floats
    contracted_wte: Floats
    worked_wte: Floats
    year_to_date_budget: Floats
    year_to_date_actual: Floats


def simulate(
    shape: Shape, workforce: Workforce, calendar: Calendar, scale: float, rng: np.random.Generator
) -> Lines:
    """Post every line of every month."""
    index = {subjective.code: number for number, subjective in enumerate(shape.subjectives)}
    months = list(calendar)
    keys, wte, cost = _pay(workforce, index, months)
    budgeted, contracted = wte
    centre = np.array([key[0] for key in keys], dtype=np.int64).reshape(-1)
    code = np.array([key[1] for key in keys], dtype=np.int64).reshape(-1)
    ahead = np.where(rng.random(len(keys)) < 0.06, rng.choice([-0.2, 0.2, 0.4], len(keys)), 0.0)
    budgeted = np.maximum(np.repeat(budgeted[:, None], len(months), axis=1) + ahead[:, None], 0)
    annual = budgeted * cost[:, None]
    spent = contracted * cost[:, None] / 12 * rng.normal(1.0, 0.01, contracted.shape)
    parts = [
        (
            centre,
            code,
            annual,
            annual / 12,
            spent,
            budgeted,
            contracted,
            contracted * rng.normal(0.985, 0.005, contracted.shape),
        )
    ]
    parts += _temporary(shape, workforce, parts[0], rng)
    parts.append(_other(shape, parts[0], len(months), scale, rng))
    joined = [np.concatenate([part[number] for part in parts]) for number in range(8)]
    order = np.lexsort((joined[1], np.where(joined[0] < 0, 10_000, joined[0])))
    order = order[np.argsort(_care_group_order(shape)[joined[0][order]], kind="stable")]
    centre, code, annual, budget, actual, budgeted, contracted, worked = (values[order] for values in joined)
    budget, actual = np.round(budget, 2), np.round(actual, 2)
    return Lines(
        centre, code, np.round(annual, 2), budget, actual, np.round(budgeted, 2), np.round(contracted, 2),
        np.round(worked, 2), _year_to_date(budget, months), _year_to_date(actual, months),
    )  # fmt: skip


def _care_group_order(shape: Shape) -> Ints:
    groups = sorted({centre.care_group for centre in shape.cost_centres})
    return np.array([groups.index(centre.care_group) for centre in shape.cost_centres] + [len(groups)])


def _pay(
    workforce: Workforce, index: dict[str, int], months: list[Month]
) -> tuple[list[tuple[int, int]], tuple[Floats, Floats], Floats]:
    """Substantive pay lines, their budgeted and contracted WTE, and the yearly cost of one WTE."""
    positions, held = workforce.positions, workforce.assignments
    codes = np.zeros((9, 4), np.int64)
    costs = np.zeros((9, 4))
    for (group, grade), stem in SUBJECTIVE.items():
        codes[group, grade] = index[f"{stem}0"]
        costs[group, grade] = GRADES[group][grade][3]
    code = codes[positions.group, positions.grade]
    cost = costs[positions.group, positions.grade]
    flat, line = np.unique(positions.centre * 1000 + code, return_inverse=True)
    budgeted = np.bincount(line, positions.budget, len(flat))
    pounds = np.bincount(line, positions.budget * cost, len(flat)) / budgeted
    contracted = np.zeros((len(flat), len(months)))
    for column, month in enumerate(months):
        day = day_number(month.last_day)
        live = held.live_on(day)
        contracted[:, column] = np.bincount(line[held.position[live]], held.fte_on(day)[live], len(flat))
    return [(int(key) // 1000, int(key) % 1000) for key in flat], (budgeted, contracted), pounds


def _temporary(shape: Shape, workforce: Workforce, pay: tuple, rng: np.random.Generator) -> list[tuple]:
    """Bank and agency lines beside the clinical pay lines: no budget, worked WTE, at times an accrual reversed."""
    centre, code, annual = pay[0], pay[1], pay[2]
    kinds = [kind_of(one) for one in workforce.centres]
    clinical = np.array([subjective.staff_group not in ("students",) for subjective in shape.subjectives])
    parts = []
    for offset, share, rate in ((1, _BANK, 1.0), (2, _AGENCY, 1.5)):
        weight = np.array([share[kind] for kind in kinds])[centre]
        here = clinical[code] & (rng.random(len(code)) < np.minimum(weight * 12, 0.9))
        size = annual[here] / 12 * weight[here, None] / np.minimum(weight[here] * 12, 0.9)[:, None]
        spent = size * rng.gamma(3, 1 / 3, size.shape)
        if offset == 2:
            spent = np.where(rng.random(size.shape) < 0.02, -0.3 * spent, spent)
        wte = np.maximum(spent, 0) / (annual[here] / np.maximum(pay[5][here], 0.1) / 12 * rate)
        none = np.zeros_like(spent)
        parts.append((centre[here], code[here] + offset, none, none, spent, none, none, wte))
    return parts


def _other(shape: Shape, pay: tuple, months: int, scale: float, rng: np.random.Generator) -> tuple:
    """Non-pay, income and excluded lines; more of them at a larger scale, as a whole trust's ledger has."""
    chosen: list[tuple[int, int, float]] = []
    by_category: dict[str, list[int]] = {}
    for number, subjective in enumerate(shape.subjectives):
        by_category.setdefault(subjective.category, []).append(number)
    pay_of = np.bincount(pay[0], pay[2][:, 0], len(shape.cost_centres))
    lines = min(len(by_category["non_pay"]), 8 + round(45 * scale))
    for centre, one in enumerate(shape.cost_centres):
        for code in rng.permutation(by_category["non_pay"])[:lines]:
            size = pay_of[centre] * 0.28 / lines * float(rng.lognormal(-0.4, 0.9))
            chosen.append((centre, int(code), size))
        chosen.append(
            (centre, int(rng.choice(by_category["income"])), -pay_of[centre] * float(rng.uniform(0.02, 1.5)))
        )
        if one.service == "corporate":
            chosen.append((centre, _code(shape.subjectives, "97020"), -pay_of[centre] * 0.1))
            chosen.append((centre, _code(shape.subjectives, "97010"), pay_of[centre] * 0.1))
    chosen.append((0, _code(shape.subjectives, "39550"), 9_000.0 * scale))
    total = float(pay_of.sum())
    chosen += [(-1, code, total * 0.0004) for code in by_category["non_pay"][:4]]
    annual = np.repeat(np.array([size for _, _, size in chosen])[:, None], months, axis=1)
    none = np.zeros_like(annual)
    actual = annual / 12 * rng.normal(1.0, 0.12, annual.shape)
    actual = np.where(rng.random(annual.shape) < 0.04, 0.0, actual)
    centre = np.array([centre for centre, _, _ in chosen])
    code = np.array([code for _, code, _ in chosen])
    recharge = np.isin(code, [_code(shape.subjectives, "97010"), _code(shape.subjectives, "97020")])
    actual = np.where(recharge[:, None], annual / 12, actual)
    return centre, code, annual, annual / 12, actual, none, none, none


def _code(subjectives: tuple[Subjective, ...], code: str) -> int:
    return next(number for number, subjective in enumerate(subjectives) if subjective.code == code)


def _year_to_date(amounts: Floats, months: list[Month]) -> Floats:
    total = np.zeros_like(amounts)
    for column, month in enumerate(months):
        before = total[:, column - 1] if column and month.number != 4 else 0.0
        total[:, column] = amounts[:, column] + before
    return np.round(total, 2)
