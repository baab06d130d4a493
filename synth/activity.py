"""Community activity: referrals to teams, their decisions and closures, and the contacts within them.

Here: what happened, as arrays of numbers. Not here: the files that tell of it (``community``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.calendar import Calendar, day_number, weekday
from synth.cells import NEVER
from synth.demand import CONTACTS_A_YEAR, CRISIS, DEMAND
from synth.inpatients import Hospital
from synth.people import SHARE, People, pool_of
from synth.shape import LOCALITIES, Shape

Ints = npt.NDArray[np.int64]
DAY = 1440

OUTCOMES = ("attended", "late_seen", "missed", "late_unseen", "by_patient", "by_unit", "unoutcomed", "excluded")
METHODS = ("face_to_face", "telephone", "video", "email", "text", "other")


@dataclass(frozen=True)
class Referrals:
    """Referrals to teams, one an element. Days are day numbers, ``NEVER`` when it has not come."""

    number: Ints
    patient: Ints
    team: Ints
    received: Ints
    """Minute of receipt."""
    source: npt.NDArray[np.str_]
    priority: Ints
    """National code; 0 is not recorded."""
    accepted: Ints
    rejected: Ints
    closed: Ints
    closure: Ints
    """Closure reason, a number into ``community.CLOSURES``."""
    first: Ints
    """Minute of the first contact planned."""
    entered: Ints
    """Day on which the closure was entered: later than the closure when it was back-dated."""

    def __len__(self) -> int:
        """Number of referrals to teams."""
        return len(self.number)


@dataclass(frozen=True)
class Contacts:
    """Contacts, one an element, in order of time."""

    number: Ints
    referral: Ints
    """Row of ``Referrals``."""
    minute: Ints
    outcome: Ints
    method: Ints
    duration: Ints
    about: Ints
    """Contact with: 0 patient, 1 carer, 2 professional."""
    first: npt.NDArray[np.bool_]
    group: Ints
    """Group session number; -1 when it was not a group."""
    staff: Ints

    def __len__(self) -> int:
        """Number of contacts."""
        return len(self.number)


def refer(
    shape: Shape, calendar: Calendar, people: People, hospital: Hospital, scale: float, rng: np.random.Generator
) -> Referrals:
    """Draw every referral that is open at some time in the window, follow-up after discharge included."""
    begin = day_number(calendar.first_day)
    end = begin + calendar.days
    parts: list[dict[str, npt.NDArray[np.generic]]] = []
    spread = _teams_sharing(shape)
    for index, team in enumerate(shape.teams):
        demand = DEMAND[team.service, team.team_type]
        retired = team.name.startswith("zz")
        rate = demand.referrals * scale * spread[index] / 365
        reach = int(demand.open_days * 3) + 60
        count = rng.poisson(rate * (calendar.days + reach)) if not retired else max(1, round(12 * scale))
        received = rng.integers((begin - reach) * DAY, (end if not retired else begin - 200) * DAY, count)
        if not demand.every_day:
            received = _working(received)
        parts.append(
            _follow(index, team.team_type, received, demand.open_days, demand.wait_days, demand.rejected, rng)
        )
        place = LOCALITIES.index(team.locality)
        parts[-1]["patient"] = people.draw(rng, pool_of(team.service, team.team_type), place, count)
        weights = np.array([0.55 / (2**position) for position in range(len(demand.sources))])
        parts[-1]["source"] = rng.choice(np.array(demand.sources), count, p=weights / weights.sum())
        if retired:
            parts[-1]["closed"] = np.full(count, NEVER)
    parts.append(_after_discharge(shape, hospital, begin, rng))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    touches = (joined["closed"] >= begin) & (joined["received"] < end * DAY)
    joined = {name: values[touches] for name, values in joined.items()}
    order = np.argsort(joined["received"], kind="stable")
    joined = {name: values[order] for name, values in joined.items()}
    count = len(order)
    joined["number"] = np.arange(count) + 500_001
    late = rng.random(count) < 0.003
    joined["entered"] = np.where(
        late & (joined["closed"] < NEVER), joined["closed"] + rng.integers(10, 40, count), joined["closed"]
    )
    joined["closure"] = np.minimum(rng.geometric(0.45, count) - 1, 6)
    return Referrals(**_hand_on(shape, joined, rng))  # type: ignore[arg-type]


def _teams_sharing(shape: Shape) -> list[float]:
    """Each team's share of its kind's referrals, by the size of its locality."""
    weight = [SHARE[LOCALITIES.index(team.locality)] for team in shape.teams]
    alike: dict[tuple[str, str, str], int] = {}
    for team in shape.teams:
        key = (team.service, team.team_type, team.locality)
        alike[key] = alike.get(key, 0) + (not team.name.startswith("zz"))
    kind: dict[tuple[str, str], float] = {}
    for service, team_type, locality in alike:
        kind[service, team_type] = kind.get((service, team_type), 0.0) + SHARE[LOCALITIES.index(locality)]
    return [
        weight[index]
        / kind[team.service, team.team_type]
        / max(alike[team.service, team.team_type, team.locality], 1)
        for index, team in enumerate(shape.teams)
    ]


def _working(minutes: Ints) -> Ints:
    """Moves a weekend's minute to the Friday before, inside office hours."""
    day = minutes // DAY
    day -= np.maximum(weekday(day) - 4, 0)
    return day * DAY + 510 + minutes % 510


def _follow(
    team: int,
    team_type: str,
    received: Ints,
    open_days: float,
    wait: float,
    rejected: float,
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[np.generic]]:
    count = len(received)
    day = received // DAY
    crisis = team_type in CRISIS
    accept_after = np.zeros(count, np.int64) if crisis else rng.integers(0, 8, count)
    chance = rng.random(count)
    refused = chance < rejected
    undecided = (chance >= rejected) & (chance < rejected + 0.01)
    accepted = np.where(refused | undecided, NEVER, day + accept_after)
    turned = np.where(refused, day + 1 + accept_after, NEVER)
    length = (rng.gamma(0.9, open_days / 0.9, count)).astype(np.int64) + 1
    first = received + (rng.exponential(wait, count) * DAY).astype(np.int64) + rng.integers(10, 120, count)
    if not crisis and wait > 1:
        first = np.maximum(_working(first), received + 30)
    closed = np.where(refused, turned, np.where(undecided, day + 60, np.maximum(day + length, first // DAY)))
    forgotten = rng.random(count) < 0.004
    closed = np.where(forgotten & ~refused, NEVER, closed)
    if crisis:
        priority = rng.choice([4, 2, 1, 3], count, p=[0.3, 0.45, 0.15, 0.1])
        slower = np.where(priority == 2, 30, np.where(priority == 3, 60, 6))
        hours = rng.gamma(1.2, slower / 4, count) if team_type == "A02" else rng.gamma(1.5, 0.5, count)
        first = received + np.maximum((hours * 60).astype(np.int64), 5)
        closed = np.maximum(closed, np.where(refused, 0, first // DAY))
    else:
        priority = rng.choice([3, 2, 0], count, p=[0.88, 0.11, 0.01])
    first = np.where(refused | undecided, NEVER, first)
    return {
        "team": np.full(count, team), "received": received, "accepted": accepted, "rejected": turned,
        "closed": closed, "first": first, "priority": priority,
    }  # fmt: skip


def _after_discharge(
    shape: Shape, hospital: Hospital, begin: int, rng: np.random.Generator
) -> dict[str, npt.NDArray[np.generic]]:
    """Referrals to the crisis team of the locality on discharge: most are seen within three days."""
    crisis = {t.locality: i for i, t in enumerate(shape.teams) if (t.service, t.team_type) == ("adult", "A02")}
    older = {t.locality: i for i, t in enumerate(shape.teams) if t.team_type == "A07"}
    rows: list[tuple[int, int, int]] = []
    for spell in hospital.spells:
        ward = hospital.wards[spell.stays[-1].ward]
        followed = ward.bed_type in ("adult_acute", "older_adult", "picu", "rehabilitation", "learning_disability")
        if followed and begin * DAY <= spell.discharged < NEVER and spell.discharge_method != "4":
            team = (older if ward.bed_type == "older_adult" else crisis)[ward.locality]
            rows.append((team, spell.discharged, spell.patient))
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    count, received = len(table), table[:, 1]
    seen = received // DAY + rng.choice([0, 1, 2, 3, 4, 6], count, p=[0.05, 0.38, 0.28, 0.16, 0.08, 0.05])
    first = np.maximum(seen * DAY + rng.integers(540, 1050, count), received + 20)
    return {
        "team": table[:, 0], "received": received, "patient": table[:, 2], "accepted": received // DAY,
        "rejected": np.full(count, NEVER), "closed": first // DAY + rng.integers(3, 30, count), "first": first,
        "priority": np.full(count, 3), "source": np.full(count, "P1", dtype="<U2"),
    }  # fmt: skip


def _hand_on(
    shape: Shape, joined: dict[str, npt.NDArray[np.generic]], rng: np.random.Generator
) -> dict[str, npt.NDArray[np.generic]]:
    """Single points of access hand two in five referrals to a community team: a second row of the referral."""
    gate = np.array([team.team_type == "A18" for team in shape.teams])
    target = np.array(
        [
            next((i for i, t in enumerate(shape.teams) if (t.team_type, t.locality) == ("A06", team.locality)), 0)
            for team in shape.teams
        ]
    )
    team = joined["team"].astype(np.int64)
    moved = gate[team] & (joined["accepted"] < NEVER) & (joined["closed"] < NEVER) & (rng.random(len(team)) < 0.4)
    second = {name: values[moved].copy() for name, values in joined.items()}
    count = int(moved.sum())
    second["team"] = target[team[moved]]
    second["accepted"] = second["closed"]
    second["first"] = _working((second["closed"] + rng.integers(5, 40, count)) * DAY + rng.integers(0, DAY, count))
    second["closed"] = second["closed"] + rng.integers(45, 400, count)
    second["entered"] = second["closed"]
    return {name: np.concatenate([values, second[name]]) for name, values in joined.items()}


def contact(
    shape: Shape, calendar: Calendar, referrals: Referrals, scale: float, rng: np.random.Generator
) -> Contacts:
    """Draw the contacts of the window: as many as the scale asks, shared out by team and by days open."""
    begin = day_number(calendar.first_day)
    end = begin + calendar.days
    team_rows = {index: np.flatnonzero(referrals.team == index) for index in range(len(shape.teams))}
    kind_total: dict[tuple[str, str], int] = {}
    opened = np.clip(np.maximum(referrals.first // DAY, begin), begin, end)
    shut = np.clip(np.minimum(referrals.closed, end), begin, end)
    days = np.where(referrals.first < NEVER, np.maximum(shut - opened, 0), 0)
    for index, team in enumerate(shape.teams):
        key = (team.service, team.team_type)
        kind_total[key] = kind_total.get(key, 0) + int(days[team_rows[index]].sum())
    firsts = (referrals.first >= begin * DAY) & (referrals.first < end * DAY)
    wanted = CONTACTS_A_YEAR * scale * calendar.days / 365 - int(firsts.sum())
    volume = sum(DEMAND[key].contacts for key, total in kind_total.items() if total)
    rate = np.zeros(len(referrals))
    for index, team in enumerate(shape.teams):
        key = (team.service, team.team_type)
        rate[team_rows[index]] = wanted * DEMAND[key].contacts / volume / max(kind_total[key], 1)
    more = rng.poisson(days * rate)
    row = np.repeat(np.arange(len(referrals)), more)
    minute = opened[row] * DAY + (rng.random(len(row)) * days[row] * DAY).astype(np.int64)
    everyday = np.array([DEMAND[team.service, team.team_type].every_day for team in shape.teams])[
        referrals.team[row]
    ]
    minute = np.where(everyday, minute // DAY * DAY + 450 + minute % 750, _working(minute))
    minute = np.maximum(minute, referrals.first[row] + 15)
    row = np.concatenate([np.flatnonzero(firsts), row])
    minute = np.concatenate([referrals.first[firsts], minute])
    is_first = np.arange(len(row)) < int(firsts.sum())
    inside = (minute >= begin * DAY) & (minute < end * DAY)
    row, minute, is_first = row[inside], minute[inside], is_first[inside]
    order = np.argsort(minute, kind="stable")
    return _outcomes(shape, referrals, row[order], minute[order], is_first[order], rng)


def _outcomes(
    shape: Shape,
    referrals: Referrals,
    row: Ints,
    minute: Ints,
    first: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> Contacts:
    count = len(row)
    missed = np.array([DEMAND[t.service, t.team_type].missed for t in shape.teams])[referrals.team[row]]
    chance = rng.random(count)
    urgent = first & np.isin(referrals.team[row], [i for i, t in enumerate(shape.teams) if t.team_type in CRISIS])
    chance = np.where(urgent, chance * 0.5, chance)
    edges = np.cumsum(
        np.stack([
            0.815 - missed, np.full(count, 0.012), missed, np.full(count, 0.003), np.full(count, 0.07),
            np.full(count, 0.05), np.full(count, 0.03), np.full(count, 0.02),
        ]),
        axis=0,
    )  # fmt: skip
    outcome = (chance > edges).sum(axis=0)
    method = rng.choice(len(METHODS), count, p=[0.66, 0.22, 0.07, 0.02, 0.025, 0.005])
    method = np.where(urgent, 0, method)
    duration = rng.choice([10, 15, 20, 30, 45, 60, 90, 120, 0, 1, 1440], count,
                          p=[0.08, 0.12, 0.15, 0.25, 0.15, 0.17, 0.05, 0.024, 0.003, 0.002, 0.001])  # fmt: skip
    about = np.where(urgent, 0, rng.choice(3, count, p=[0.87, 0.06, 0.07]))
    grouped = (rng.random(count) < 0.025) & ~first
    day = minute // DAY
    wednesday = day - weekday(day) + 2
    window = (wednesday >= day.min(initial=NEVER)) & (wednesday <= day.max(initial=0))
    fits = grouped & window & (wednesday * DAY > referrals.first[row])
    group = np.where(fits, referrals.team[row] * 10_000 + (wednesday - 10_000) // 7, -1)
    minute = np.where(fits, wednesday * DAY + 600, minute)
    method = np.where(fits, 0, method)
    return Contacts(
        np.arange(count) + 9_000_001, row, minute, np.minimum(outcome, 7), method, duration, about, first, group,
        rng.integers(0, 40, count) + referrals.team[row] * 50,
    )  # fmt: skip
