"""Landing: every file of the inbox, read once, to Parquet addressed by the hash of its bytes.

Here: the lake's folder of extracts, doing only what is not done yet, writing so that nothing half-written is ever
seen, and spreading the work over processes. Not here: what a row is and what a file covers
(nhsbn.extracts).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from importlib.abc import MetaPathFinder
from pathlib import Path

import numpy as np
import pyarrow as pa

from nhsbn.errors import Problem
from nhsbn.extracts.extract_period import extract_period
from nhsbn.extracts.headers import Header, find_header, heading_warnings, tables_of
from nhsbn.extracts.identifiers import Tokens
from nhsbn.extracts.landing import LandedFile, RefusedError, RowCounts, gate
from nhsbn.extracts.reports import Report, SourceRegister
from nhsbn.extracts.row_classes import CleanTable, clashing_rows, clean_rows
from resources.extract_store import extract_path, known, landed_version, write
from resources.inbox import InboxFile, Limits, check_size, hash_file, kind_of, list_inbox, plain_name
from resources.text_reader import TextFile
from resources.workbook_reader import Workbook, refuse_full

_SHOWN = 10
_WORTH_PROCESSES = 24 << 20

Progress = Callable[[int, int, LandedFile], None]
"""Called as ``progress(done, of, file)`` when a file is done."""


@dataclass(frozen=True)
class _Job:
    """A file to be landed, with all that a worker process needs to know."""

    file: InboxFile
    sha256: str
    version: str
    lake: Path
    others: tuple[Report, ...]
    key: bytes
    limits: Limits


def land_inbox(
    inbox: Path,
    lake: Path,
    register: SourceRegister,
    key: bytes,
    progress: Progress | None = None,
    *,
    hashes: Mapping[Path, str] | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
) -> list[LandedFile]:
    """Land what is in the inbox and not yet in the lake.

    A file that cannot be read stops no other: it comes back ``refused`` with the reason. A second call over the
    same files only hashes them, but for those whose hash is given.

    Args:
        inbox: holds ``<source>/<file>``.
        lake: the lake's root.
        register: every declared report.
        key: the person key.
        progress: called for each file.
        hashes: the SHA-256 of files that are as they were when they were hashed, and need not be read for it.
        limits: sizes above which a file is refused; by default those of the environment.
        workers: processes to use; by default as many as there are cores, if there is enough to read.

    Returns:
        Every file, in order of source and name, after the checks between files.

    Raises:
        NhsbnError: when the inbox cannot be listed or the lake cannot be written.
    """
    limits = limits or Limits()
    found = list_inbox(inbox, register.reports.values())
    results: dict[int, LandedFile] = {}

    def done(index: int, landed: LandedFile) -> None:
        results[index] = landed
        if progress:
            progress(len(results), len(found), landed)

    def jobs() -> Iterator[tuple[int, _Job]]:
        """The files to be landed as soon as each is hashed, the largest first; the others are done at once."""
        seen: dict[tuple[str, str], str] = {}
        fingerprint = Tokens(key).fingerprint
        order = sorted(range(len(found)), key=lambda index: -_size(found[index]))
        every = _hashes([found[index] for index in order], hashes or {}, limits)
        for index, sha256 in zip(order, every, strict=True):
            file = found[index]
            if isinstance(sha256, RefusedError) or file.report is None:
                done(index, _refused(file, "", sha256 if isinstance(sha256, RefusedError) else file.ignored or ""))
            elif first := seen.get((file.report.report, sha256)):
                why = f"has the same contents as {first}, which is used. Delete one of them."
                done(index, _refused(file, sha256, why))
            else:
                seen[file.report.report, sha256] = file.name
                version = landed_version(file.report, file.name, fingerprint)
                if landed := known(extract_path(lake, file.report, sha256), file.name, version):
                    done(index, landed)
                else:
                    others = tuple(other for other in register.reports.values() if other is not file.report)
                    yield index, _Job(file, sha256, version, lake, others, key, limits)

    for index, landed in _landed(jobs(), workers):
        done(index, landed)
    return gate(results[index] for index in range(len(found)))


def _hashes(
    found: Iterable[InboxFile], known_hashes: Mapping[Path, str], limits: Limits
) -> Iterator[str | RefusedError]:
    def one(file: InboxFile) -> str | RefusedError:
        if file.report is None:
            return ""
        if sha256 := known_hashes.get(file.path):
            return sha256
        try:
            return hash_file(file.path, limits)
        except RefusedError as error:
            return error
        except OSError as error:
            return RefusedError(f"cannot be read: {error.strerror}. Give yourself the right to read it.")

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(one, found)


def _landed(jobs: Iterator[tuple[int, _Job]], workers: int | None) -> Iterator[tuple[int, LandedFile]]:
    """Land files as they come: over processes, as calamine holds Python's lock, if there is enough to do.

    The processes begin while later files are still being hashed, so that a slow disk is waited for only once.
    """
    count, size, left = workers or os.cpu_count() or 1, 0, {}
    for index, job in jobs:
        left[index] = job
        size += _size(job.file)
        if count > 1 and len(left) > 1 and (workers is not None or size >= _WORTH_PROCESSES):
            break
    else:
        yield from _landed_here(left)
        return
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, mp_context=spawn, initializer=_lighten) as pool:
            futures = {pool.submit(_land, job): index for index, job in left.items()}
            for index, job in jobs:
                left[index] = job
                futures[pool.submit(_land, job)] = index
            for future in as_completed(futures):
                landed = future.result()
                del left[futures[future]]
                yield futures[future], landed
    except BrokenProcessPool:  # a script that may not be imported twice, or too little memory for two
        left.update(jobs)
        yield from _landed_here(left)


def _landed_here(jobs: dict[int, _Job]) -> Iterator[tuple[int, LandedFile]]:
    for index, job in jobs.items():
        yield index, _land(job)
    _tokens.cache_clear()


def _size(file: InboxFile) -> int:
    """Bytes; none where it cannot be seen, which hashing will say."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0


class _WithoutPandas(MetaPathFinder):
    """Keeps Arrow, in a worker, from importing pandas, which it would at its first array and takes a second."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Say that there is no pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError("a landing worker does without pandas", name=fullname)


def _lighten() -> None:
    sys.meta_path.insert(0, _WithoutPandas())


@lru_cache(maxsize=1)
def _tokens(key: bytes) -> Tokens:
    return Tokens(key)


def _land(job: _Job) -> LandedFile:
    """Land one file, and answer for whatever is wrong with it."""
    try:
        data = job.file.path.read_bytes()
        check_size(len(data), job.limits)
        if hashlib.sha256(data).hexdigest() != job.sha256:
            raise RefusedError("changed while it was being read. Run again once it is fully copied.")
        return _land_bytes(job, data)
    except RefusedError as error:
        return _refused(job.file, job.sha256, error)
    except OSError as error:
        return _refused(
            job.file, job.sha256, f"cannot be read: {error.strerror}. Give yourself the right to read it."
        )
    except (ValueError, ArithmeticError, LookupError, MemoryError) as error:
        return _refused(
            job.file,
            job.sha256,
            f"cannot be read ({type(error).__name__}). Save it anew as .xlsx or 'CSV UTF-8'; if that does not "
            "help, report this file's form as a fault of landing.",
        )


def _land_bytes(job: _Job, data: bytes) -> LandedFile:
    report = job.file.report
    if report is None:
        raise RefusedError("has the name of no report")
    name = plain_name(job.file.name)
    kind = kind_of(data)
    if kind == "text":
        opened: TextFile | Workbook = TextFile.decode(data)
        tops = opened.tops()
        delimiter = _delimiter(tops, (report, *job.others))
        headers = {delimiter: tables_of({"": tops.get(delimiter, [])}, report, job.others)[""]}
    else:
        opened = Workbook.open(data, kind, job.limits)
        tops = opened.tops()
        headers = tables_of(tops, report, job.others)
    period = extract_period(report, name, _titles(tops, headers, kind == "text"), len(headers) > 1)

    tokens = _tokens(job.key)
    tables, counts, warnings = [], RowCounts(), []
    for sheet, header in headers.items():
        raw = opened.table(sheet, header.row)
        if kind == "text":
            refuse_full(raw.above + len(raw.rows), "it")
        clean = clean_rows(raw, header, report, tokens)
        counts += clean.counts
        where = name if kind == "text" else f"{name}, sheet {sheet!r}"
        warnings += [*heading_warnings(where, header, report), *_row_warnings(where, clean)]
        tables.append(_placed(clean.table, job.sha256, name, None if kind == "text" else sheet))
    if kind != "text":
        warnings += [
            Problem(
                f"{name}, sheet {sheet!r}", f"was not landed: it does not hold the headings of {report.title}."
            )
            for sheet, top in tops.items()
            if sheet not in headers and top
        ]
    table = _joined(tables)
    problems = [Problem(name, clash, "unique_key") for clash in _clashes(table, report)]
    if period.blocked:
        problems.append(Problem(name, period.blocked, "period"))
    if period.warning:
        warnings.append(Problem(name, period.warning))
    if not counts.landed:
        warnings.append(Problem(name, "holds no rows. That counts as none having happened; ask if it is so."))
    landed = LandedFile(
        sha256=job.sha256,
        report=report.report,
        name=job.file.name,
        sheet=None if kind == "text" else "; ".join(headers),
        size=len(data),
        period_start=period.span.start,
        period_end=period.span.end,
        extracted_at=period.extracted_at,
        rows=counts,
        status="blocked" if problems else "admitted",
        problems=tuple(problems),
        warnings=tuple(warnings),
        source=report.source,
        version=job.version,
    )
    write(extract_path(job.lake, report, job.sha256), table, landed)
    return landed


def _delimiter(tops: dict[str, list[list[str]]], reports: Iterable[Report]) -> str:
    """The delimiter that shows most headings of the first report of which it shows any; empty when none does."""
    best, most = "", 0
    for report in reports:
        for delimiter, top in tops.items():
            header = find_header(top, report)
            if header and len(header.columns) > most:
                best, most = delimiter, len(header.columns)
        if best:
            break
    return best


def _titles(tops: dict[str, list[list[str]]], headers: dict[str, Header], text: bool) -> list[str]:
    """The rows above the headers, as lines; those of the other sheets where no landed sheet has any."""
    above = [row for sheet, header in headers.items() for row in tops[sheet][: header.row]]
    lines = [line for row in above if (line := " ".join(cell.strip() for cell in row if cell.strip()))]
    if lines or text:
        return lines
    return [" ".join(row) for sheet, top in tops.items() if sheet not in headers for row in top]


def _placed(table: pa.Table, sha256: str, name: str, sheet: str | None) -> pa.Table:
    """The table with the place each row came from."""
    zeros = pa.array(np.zeros(len(table), dtype=np.int8))

    def same(value: str | None) -> pa.Array:
        if value is None:
            return pa.nulls(len(table), pa.string())
        return pa.DictionaryArray.from_arrays(zeros, pa.array([value], pa.string()))

    for column, value in (("_file", sha256[:12]), ("_file_name", name), ("_sheet", sheet)):
        table = table.append_column(column, same(value))
    declared = [column for column in table.column_names if not column.startswith("_")]
    return table.select([*declared, "_file", "_file_name", "_sheet", "_row", "_set_aside"])


def _joined(tables: list[pa.Table]) -> pa.Table:
    """The sheets of one file as one table, with the coded columns of several made plain, as their words differ."""
    if len(tables) == 1:
        return tables[0]
    plain = pa.schema(
        (field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        for field in tables[0].schema
    )
    return pa.concat_tables([table.cast(plain) for table in tables])


def _row_warnings(where: str, clean: CleanTable) -> list[Problem]:
    warnings = [
        Problem(
            f"{where}, {_rows(rows)}", f"set aside: {reason}. Mend it in the source system and ask for it anew."
        )
        for reason, rows in clean.set_aside.items()
    ]
    kept = clean.counts.landed + clean.counts.set_aside
    if clean.footer_rows is not None and clean.footer_rows != kept:
        warnings.append(Problem(where, f"its footer states {clean.footer_rows:,} rows and it holds {kept:,}."))
    return warnings


def _rows(rows: tuple[int, ...]) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _clashes(table: pa.Table, report: Report) -> Iterator[str]:
    clashes = clashing_rows(table, report)
    if not clashes:
        return
    key = " and ".join(repr(report.columns[name].heading) for name in report.key)
    places = [
        " = ".join(
            f"{f'{sheet} ' if sheet else ''}{row}" for sheet, row in sorted(group, key=lambda place: place[1])
        )
        for group in clashes
    ]
    more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
    yield (
        f"{len(places):,} key(s) ({key}) stand on several rows with different contents: rows "
        f"{'; '.join(places[:_SHOWN])}{more}. Ask for an extract with one row for {report.grain}."
    )


def _refused(file: InboxFile, sha256: str, why: RefusedError | str) -> LandedFile:
    try:
        size = file.path.stat().st_size
    except OSError:
        size = 0
    problem = Problem(file.place, str(why), "required_columns")
    return LandedFile(
        sha256=sha256,
        report=file.report.report if file.report else "",
        name=file.name,
        sheet=None,
        size=size,
        period_start=None,
        period_end=None,
        extracted_at=None,
        rows=RowCounts(),
        status="refused",
        problems=(problem,),
        source=file.source,
    )
