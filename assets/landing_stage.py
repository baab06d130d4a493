"""The first stage: the inbox's files landed and checked, report by report.

Here: landing, the gates, the suites, and noting what came of each file. Not here: how any of these is done
(resources.landing, expectations), and the assets that show it (extracts).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assets.workshop import Landed, Stamp, Workshop
from expectations.many_reports import Unchecked
from expectations.results import CheckResult
from nhsbn.extracts.landing import LandedFile
from nhsbn.planning import Key, extract_key
from resources.landing import extract_path, land_inbox
from resources.person_key import person_key
from resources.records_rows import Checked


@dataclass(frozen=True)
class LandedReport:
    """One report's files with the results of their checks."""

    landed: Landed
    gates: tuple[CheckResult, ...]
    quality: tuple[CheckResult, ...]


def land(workshop: Workshop, reports: Iterable[str]) -> dict[str, LandedReport]:
    """Land and check what is in the inbox of some reports; what was done before is not done again.

    Args:
        workshop: what to work with.
        reports: ids. Files of other reports are landed too, but what is remembered of those is left as it is.

    Returns:
        Report to what came of its files.

    Raises:
        NhsbnError: when the inbox cannot be listed or the lake cannot be written.
    """
    wanted = sorted(reports)
    workshop.tell("Landing: looking at the inbox")
    stamps = workshop.stamps()

    def told(done: int, of: int, file: LandedFile) -> None:
        if done == of or done % 25 == 0:
            workshop.tell(f"Landing: {done} of {of} files")

    files = land_inbox(
        workshop.home.inbox,
        workshop.home.lake,
        workshop.site.register,
        person_key(workshop.home.root),
        told,
        hashes=dict(_unchanged(workshop, stamps)),
    )
    landed: dict[str, Landed] = {}
    for report in wanted:
        version = workshop.version_of(workshop.site.register.reports[report])
        own = tuple(file for file in files if file.report == report)
        landed[report] = Landed(stamps.get(report, ()), version, own)
    results = workshop.checkers.check(_unchecked(workshop, landed), workshop.site.register, workshop.suites)
    found: dict[str, LandedReport] = {}
    for number, report in enumerate(wanted, 1):
        workshop.tell(f"Checking: {number} of {len(wanted)} reports")
        found[report] = LandedReport(landed[report], *next(results))
        workshop.keep_landed(report, landed[report])
    ods_code = workshop.site.organisation.ods_code
    workshop.records.keep_files(ods_code, (file for file in files if file.report in found))
    checks = (result for one in found.values() for result in (*one.gates, *one.quality))
    workshop.records.keep_checks(None, ods_code, map(_kept, checks))
    return found


def changes(workshop: Workshop) -> dict[Key, str]:
    """The reports whose files in the inbox are not those last landed, with what changed in words."""
    now = workshop.stamps()
    found: dict[Key, str] = {}
    for name, report in workshop.site.register.reports.items():
        before, stamps = workshop.landed(name), now.get(name, ())
        version = workshop.version_of(report)
        if because := _difference(before, stamps, version):
            found[extract_key(name)] = because
    return found


def _unchanged(workshop: Workshop, stamps: Mapping[str, Iterable[Stamp]]) -> Iterator[tuple[Path, str]]:
    """The files that nobody touched since they were last landed, with their SHA-256."""
    for report in workshop.site.register.reports:
        before = workshop.landed(report)
        untouched = {name for name, *_ in {*before.stamps} & {*stamps.get(report, ())}}
        for file in before.files:
            if file.sha256 and f"{file.source}/{file.name}" in untouched:
                yield workshop.home.inbox / file.source / file.name, file.sha256


def _difference(before: Landed, stamps: tuple[tuple[str, int, int], ...], version: str) -> str:
    old = {name: rest for name, *rest in before.stamps}
    new = {name: rest for name, *rest in stamps}
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[name] != new[name] for name in old.keys() & new.keys()),
        "gone": len(old.keys() - new.keys()),
    }
    said = [f"{count} {'file' if count == 1 else 'files'} {word}" for word, count in counts.items() if count]
    if said:
        return ", ".join(said)
    if before.version != version and stamps:
        return "its declaration or suite changed"
    return ""


def _unchecked(workshop: Workshop, landed: Mapping[str, Landed]) -> Iterator[Unchecked]:
    for name, one in landed.items():
        declared = workshop.site.register.reports[name]
        parquet = {file.sha256: extract_path(workshop.home.lake, declared, file.sha256) for file in one.files}
        yield Unchecked(name, one.files, parquet)


def _kept(result: CheckResult) -> Checked:
    return Checked(
        subject=f"{result.report}/{result.file_name}",
        check_name=result.check,
        subject_version=result.file,
        passed=result.passed,
        severity="error" if result.severity == "critical" else "warning",
        message=result.observed,
        observed={
            "judged": result.judged_count,
            "unexpected": result.unexpected_count,
            "failing": [row.model_dump(mode="json") for row in result.failing],
        },
    )
