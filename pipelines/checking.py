"""How a return's figures stand before they are sent, as the command line shows and changes it.

Here: tables and sentences, and handing over. Not here: arguments (checks_cli, which reads this only when asked),
judging (the checking stage), and what the records keep.
"""

from __future__ import annotations

import getpass
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assets.checking_stage import checks_of, is_judged, judge_return, standings, today
from assets.editions import edition_of
from assets.measuring_stage import Edition, collection, inputs
from assets.workshop import Workshop
from nhsbn.checks.comparisons import read_comparisons
from nhsbn.checks.declared import Checks
from nhsbn.checks.kinds import AgreeCheck
from nhsbn.checks.results import SEVERITIES
from nhsbn.checks.standing import Acceptance, Key, Standing, Status
from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError
from resources.history import SubmittedTools
from resources.home import Home
from resources.records_checks import CheckRecords
from resources.site import Site
from resources.workbook_files import read_whole

OPEN = 3
"""Exit code: something stops a tool or withholds figures, and is neither mended nor accepted."""

SHOWN = 40
"""Results that the terminal shows; --all shows every one."""

WORDS = {"stops": "Stops", "withholds": "Withholds", "warns": "Warns"}


def show_checks(home: Home, project: str, period: str, locality: str | None, *, everything: bool) -> int:
    """Judge the figures of a period where they have changed, and show how every result stands.

    Returns:
        The exit code.

    Raises:
        NhsbnError: when the figures have not been calculated, or there is no such project, period or place.
    """
    console = _console()
    with _opened(home, project, period) as (workshop, work):
        place = workshop.site.organisation.place(locality) if locality else None
        _judged(workshop, work)
        found = standings(workshop, work, today())
        wanted = [one for one in found if place in (None, one.result.locality)]
        _show(console, workshop, work, wanted, everything=everything)
    held = any(one.status.is_open and one.result.severity != "warns" for one in wanted)
    return OPEN if held else 0


def accept_failure(
    home: Home, project: str, period: str, key: Key, reason: str, until: str, by: str | None
) -> None:
    """Keep a person's word that a failure may stand.

    Args:
        home: where the records are.
        project: its id.
        period: as a person writes it.
        key: the check, what it failed for, and the place.
        reason: why the figure is right.
        until: the last day on which this holds, as a person writes it.
        by: who; None for who is logged in.

    Raises:
        NhsbnError: when the failure is not there, or is not said so that it can be kept.
    """
    check, subject, locality = key
    day = _day(until)
    if not reason.strip():
        raise NhsbnError("--reason is empty; say why the figure is right, as the director will read it")
    with _opened(home, project, period) as (workshop, work):
        place = workshop.site.organisation.place(locality)
        if not is_judged(workshop, work):
            raise NhsbnError(
                f"The figures have changed since they were judged. Run: nhsbn check {project} {period}"
            )
        failures = {one.result.key: one for one in standings(workshop, work, today()) if one.result.failed}
        one = failures.get((check, subject, place))
        if one is None:
            raise NhsbnError(_no_such_failure(checks_of(workshop, work), failures.values(), check, subject, place))
        acceptance = Acceptance(
            check, subject, place, one.result.content, reason.strip(), by or getpass.getuser(), day, today()
        )
        CheckRecords(workshop.records).keep_acceptance(collection(workshop, work), acceptance)
    console = _console()
    console.print(f"Accepted until {day:%d %B %Y}: {escape(one.result.message)}", highlight=False, soft_wrap=True)
    if one.result.severity != "warns":
        console.print(f"Fill the tools again: nhsbn run {project} {period}", highlight=False)


def load_comparisons(home: Home, file: Path, by: str | None) -> None:
    """Keep another source's figures, and say which of them no check uses.

    Raises:
        NhsbnError: when the file cannot be read, or holds no figure.
        ProblemsError: every fault of it, by line.
    """
    data = read_whole(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NhsbnError(f"{file.name} is not UTF-8; save it in Excel as CSV UTF-8 (comma delimited)") from None
    with _workshop(home) as workshop:
        site = workshop.site
        figures = read_comparisons(text, file.name, tuple(site.organisation.places))
        if not figures:
            raise NhsbnError(f"{file.name} holds no figure; every value is blank or suppressed")
        kept = CheckRecords(workshop.records).keep_comparisons(
            site.organisation.ods_code,
            file.name,
            hashlib.sha256(data).hexdigest(),
            figures,
            by or getpass.getuser(),
        )
        used = set(_used(site))
    console = _console()
    sources = ", ".join(sorted({one.source for one in figures}))
    said = f"{kept:,} figures of {sources} are loaded." if kept else f"{file.name} was loaded before."
    console.print(escape(said), highlight=False, soft_wrap=True)
    for source, item in sorted({(one.source, one.item) for one in figures} - used):
        told = f"No check holds a figure to {item} of {source} yet: add one of kind agree to checks.yaml."
        console.print(escape(told), highlight=False, soft_wrap=True)


def load_history(home: Home, files: Sequence[Path], by: str | None) -> None:
    """Keep what was submitted for earlier periods: every file, or none of them.

    Raises:
        ProblemsError: every file that is no tool of ours, or does not say what it is of.
    """
    console, tools = _console(), SubmittedTools(Site())
    with Collector() as problems:
        found = []
        for file in files:
            try:
                found.append(tools.read(file))
            except NhsbnError as error:
                problems.add(str(file), str(error))
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("File", "Project", "Period", "Place", "Values", "Not taken", "Outcome"):
        table.add_column(head, overflow="fold")
    with _workshop(home) as workshop:
        kept = CheckRecords(workshop.records)
        for file, one in zip(files, found, strict=True):
            before = kept.submissions(one.of, one.locality)
            is_new = kept.keep_submission(one, by or getpass.getuser())
            outcome = "stands in place of an earlier one" if is_new and before else "loaded"
            if not is_new:
                last = before[-1].sha256 == one.sha256
                outcome = "was loaded before" if last else "was loaded before, and corrected since"
            values = sum(value is not None for *_, value in one.values)
            name = "/".join(file.parts[-2:])
            row = (name, one.of.project, one.of.period, one.locality, f"{values:,}", f"{one.misfits:,}", outcome)
            table.add_row(*map(escape, row))
    console.print(table)
    if any(one.misfits for one in found):
        console.print("What was not taken, and why: nhsbn tool read PROJECT EDITION FILE", highlight=False)


def _used(site: Site) -> Iterator[tuple[str, str]]:
    """Sources and items that a check of a running edition holds a figure to."""
    for project in site.programme.running:
        for check in site.checks(project.project, project.edition).of(AgreeCheck):
            if check.source:
                yield check.source, check.theirs


def _judged(workshop: Workshop, work: Edition) -> None:
    """See that the last judgement is of the figures as they are.

    Raises:
        NhsbnError: when they have not been calculated.
    """
    project, period = work.project.project, work.period
    if not checks_of(workshop, work).checks:
        raise NhsbnError(
            f"Edition {work.project.edition} of {project} declares no checks; add projects/{project}/"
            f"{work.project.edition}/checks.yaml"
        )
    versions = inputs(workshop, work, work.catalogue.metrics)
    missing = set(versions) - workshop.records.known_versions(collection(workshop, work), versions)
    if missing:
        raise NhsbnError(
            f"{len(missing)} of {len(versions)} metrics have not been calculated from the extracts at hand. "
            f"Run: nhsbn run {project} {period}"
        )
    judge_return(workshop, f"check-{uuid.uuid4()}", work)


def _show(
    console: Console, workshop: Workshop, work: Edition, found: Sequence[Standing], *, everything: bool
) -> None:
    checks = checks_of(workshop, work)
    hidden = (Status.PASSED, Status.NOT_JUDGED)
    rows = [one for one in found if everything or one.status not in hidden]
    table = Table(title=f"{work.project.title} {work.period}: checks", title_justify="left", box=box.SIMPLE_HEAD)
    for head in ("Does", "Stands", "Check", "Question", "Place"):
        table.add_column(head)
    table.add_column("What was found", overflow="fold", ratio=1)
    shown = rows if everything else rows[:SHOWN]
    for one in shown:
        result = one.result
        told = escape("\n".join(part for part in (result.message, one.note) if part))
        where = (result.check, result.subject, result.locality)
        table.add_row(WORDS[result.severity], one.status.value, *where, told)
    if shown:
        console.print(table)
    if len(rows) > len(shown):
        console.print(f"and {len(rows) - len(shown):,} more; --all shows every one", highlight=False)
    _show_what_to_do(console, checks, rows)
    counts = Counter(one.status for one in found)
    said = ", ".join(f"{counts[status]:,} {status.value}" for status in Status if counts[status])
    console.print(f"{len(checks.checks)} checks, {len(found):,} results in {_places(found)}: {said}.")
    open_ones = Counter(one.result.severity for one in found if one.status.is_open)
    for severity in SEVERITIES[:2]:
        if open_ones[severity]:
            console.print(
                f"[bold red]{open_ones[severity]} result(s) {severity.removesuffix('s')} figures.[/] Mend the "
                "cause and run again, or: nhsbn checks accept",
                highlight=False,
            )


def _show_what_to_do(console: Console, checks: Checks, found: Sequence[Standing]) -> None:
    """Each open check's instruction once, with who must act."""
    open_ones = Counter(one.result.check for one in found if one.status.is_open)
    if not open_ones:
        return
    table = Table(title="What to do", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Check")
    table.add_column("Open", justify="right")
    table.add_column("Instruction", overflow="fold", ratio=1)
    table.add_column("Owner", overflow="fold")
    for check in checks.checks:
        if open_ones[check.id]:
            owner = check.owner or "the metric's owner"
            table.add_row(check.id, f"{open_ones[check.id]:,}", escape(check.instruction), owner)
    console.print(table)


def _places(found: Iterable[Standing]) -> str:
    number = len({one.result.locality for one in found})
    return f"{number} place{'' if number == 1 else 's'}"


def _no_such_failure(checks: Checks, failures: Iterable[Standing], check: str, subject: str, place: str) -> str:
    """What to say of a failure that is not there, with those that are."""
    if check not in checks.by_id:
        return f"There is no check {check!r}. The checks are: {', '.join(checks.by_id)}."
    failed = sorted(one.result.key for one in failures if one.result.check == check)
    listed = "; ".join(f"{found} in {where}" for _, found, where in failed) or "none"
    return f"Check {check} has not failed for {subject} in {place}. It has failed for: {listed}."


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NhsbnError(f"--until {text!r} is not a day; write it as 2025-09-30") from None
    if day < today():
        raise NhsbnError(f"--until {day:%d %B %Y} has passed; an acceptance holds until a day to come")
    return day


@contextmanager
def _workshop(home: Home) -> Iterator[Workshop]:
    workshop = Workshop(Site(), home.prepare())
    try:
        yield workshop
    finally:
        workshop.close()


@contextmanager
def _opened(home: Home, project: str, period: str) -> Iterator[tuple[Workshop, Edition]]:
    with _workshop(home) as workshop:
        yield workshop, edition_of(workshop.site, project, period)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=140)
