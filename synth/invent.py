"""The extracts of a whole trust, written to a folder: the door of this package.

Here: the order of simulation, and sharing the writing of files among processes. Not here: any simulation or
format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from math import inf
from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.periods import Month, Period
from synth import (
    absence,
    activity,
    community,
    hospital,
    inpatients,
    ledger,
    mha,
    register,
    risk,
    safety,
    staff,
    statement,
    truth,
    workforce,
    writers,
)
from synth.calendar import Calendar
from synth.forms import Extract
from synth.shape import Shape
from synth.world import Told, World

Progress = Callable[[str], None]
_WORTH_SHARING = 0.05
"""Scale times months below which starting a second process takes longer than it saves."""
START = Month(2024, 4)


def generate(
    folder: Path,
    *,
    seed: int = 1,
    scale: float = 1.0,
    start: Month | str = START,
    months: int = 24,
    progress: Progress | None = None,
) -> None:
    """Write ``<folder>/inbox/<source>/`` extracts and ``<folder>/truth/`` for a whole invented trust.

    The same seed, scale and months give the same bytes.

    Args:
        folder: where to; existing files of the same names are replaced.
        seed: of every random draw.
        scale: 1 is 1.6 million contacts a year and 3,800 staff; wards keep their real beds at any scale.
        start: first month.
        months: how many months.
        progress: called with the name of each file as it is written.

    Raises:
        NhsbnError: when the scale or the number of months is not above nought, or the start is no month.
    """
    if not 0 < scale < inf or months < 1:
        raise NhsbnError(
            f"scale {scale} and months {months}: both must be numbers above nought, as in --scale 0.1 --months 24"
        )
    calendar = Calendar(_month(start), months)
    world = World.invent(Shape(), calendar, scale, seed)
    told = list(_tell(world))
    extracts = (extract for one in told for extract in one.extracts)
    inbox = Path(folder) / "inbox"
    shared = scale * months >= _WORTH_SHARING * 12 and (os.cpu_count() or 1) > 1
    for name in _written_together(extracts, inbox) if shared else _written(extracts, inbox):
        if progress is not None:
            progress(name)
    truth.write(Path(folder) / "truth", {name: table for one in told for name, table in one.truth.items()})


def _month(start: Month | str) -> Month:
    if isinstance(start, Month):
        return start
    period = Period.parse(start)
    if period.kind != "month":
        raise NhsbnError(f"start {start!r} is a {period.kind}; write its first month, as 2024-04")
    return period.first_month


def _tell(world: World) -> Iterator[Told]:
    shape, calendar, scale = world.shape, world.calendar, world.scale
    wards = inpatients.simulate(shape, calendar, world.people, world.chance("wards"))
    referrals = activity.refer(shape, calendar, world.people, wards, scale, world.chance("referrals"))
    contacts = activity.contact(shape, calendar, referrals, scale, world.chance("contacts"))
    yield community.tell(world, referrals, contacts)
    yield hospital.tell(world, wards)
    yield register.tell(world, wards, mha.simulate(wards, calendar, world.chance("sections")))
    incidents = risk.simulate(shape, calendar, wards, world.people, scale, world.chance("incidents"))
    yield safety.tell(world, incidents)
    people = workforce.simulate(shape, calendar, scale, world.chance("workforce"))
    yield staff.tell(world, people, absence.simulate(people, calendar, world.chance("absence")))
    yield statement.tell(world, ledger.simulate(shape, people, calendar, scale, world.chance("ledger")))


def _written(extracts: Iterator[Extract], inbox: Path) -> Iterator[str]:
    for extract in extracts:
        yield writers.write(extract, inbox).name


def _written_together(extracts: Iterator[Extract], inbox: Path) -> Iterator[str]:
    """Writes files in other processes, a few in flight at a time so that memory stays small."""
    workers = min(os.cpu_count() or 1, 4)
    with ProcessPoolExecutor(workers) as pool:
        flying: set[Future[Path]] = set()
        for extract in extracts:
            flying.add(pool.submit(writers.write, extract, inbox))
            if len(flying) > 2 * workers:
                done, flying = wait(flying, return_when=FIRST_COMPLETED)
                yield from sorted(future.result().name for future in done)
        yield from sorted(future.result().name for future in flying)
