"""Hostile and damaged workbooks, filled: refused or filled and proved, and nothing else.

    python -m tests.fuzz_xlsx --packages 10000

Each package is a workbook of one of several makers, with random changes to its XML, to the bytes of its zip, or to
how either is written. What is filled is proved, and compared part by part by a reader that knows nothing of the
writer. The suite runs a few hundred of these.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import address
from nhsbn.xlsx.values import Entry, Value
from nhsbn.xlsx.verify import prove, verify
from tests.xlsx_makers import MAKERS, TITLES
from tests.xlsx_samples import form, with_sheet

SLOWEST_SECONDS = 10.0

VALUES: tuple[Value, ...] = (0, -1.5, 1e300, "text", "=1+1", "@x", "+1", "-1", "_x0041_", " a ", "é😀", "a&<>b")
VALUES += (True, None)
MARKS = (b"<!--", b"-->", b"&", b'"', b"'", b"<", b">", b"/>", b"\0", b"\xff", b"PK\1\2", b"<![CDATA[", b"]]>")
MARKS += (b"<?x?>", b"<!DOCTYPE a>", b"&#0;", b"&#x110000;", b"&lol;", b"</row>", b"<row>", b"<c/>", b"</c>")
MARKS += (b"<f>A1</f>", b"9")
PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels")
PARTS += ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml")
ADDED = ("../x", "/x", "xl/vbaProject.bin", "XL/WORKBOOK.XML", "_xmlsignatures/a", "x\\y", "xl/media/a.png")
MAY_CHANGE = re.compile(r"xl/(sharedStrings|workbook|worksheets/sheet\d+)\.xml", re.IGNORECASE)


class FaultError(Exception):
    """A package that was neither refused nor filled without harm."""


@dataclass
class Account:
    """What became of the packages."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    cells: int = 0


def main() -> None:
    """Fill so many packages, and say what became of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("--packages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    start = time.perf_counter()
    account = run(range(arguments.seed, arguments.seed + arguments.packages))
    for outcome, count in account.outcomes.most_common():
        print(f"{count:>8,}  {outcome}")
    seconds = time.perf_counter() - start
    print(f"{account.cells:,} cells filled; slowest package {account.slowest:.2f} s; {seconds:.0f} s in all")


def run(seeds: range) -> Account:
    """Fill a package for each seed.

    Raises:
        FaultError: for the first that is not refused and not filled without harm, with its seed.
    """
    account = Account()
    for seed in seeds:
        start = time.perf_counter()
        try:
            outcome, cells = one(random.Random(seed))
        except Exception as error:
            raise FaultError(f"package {seed}: {type(error).__name__}: {error}") from error
        taken = time.perf_counter() - start
        if taken > SLOWEST_SECONDS:
            raise FaultError(f"package {seed} took {taken:.1f} s")
        account.outcomes[outcome] += 1
        account.cells += cells
        account.slowest = max(account.slowest, taken)
    return account


def one(rng: random.Random) -> tuple[str, int]:
    """Fill one package: what became of it, and how many cells were filled."""
    template = package(rng)
    entries = list(cells(rng))
    try:
        data = fill(template, entries).data
    except ProblemsError as error:
        refused = {problem.where for problem in error.problems}
        entries = [cell for cell in entries if f"sheet {cell.sheet!r}, cell {cell.address}" not in refused]
        if not entries:
            return "refused: every cell", 0
        try:
            data = fill(template, entries).data
        except ProblemsError:
            raise
        except NhsbnError:
            return "refused: the package", 0
    except NhsbnError:
        return "refused: the package", 0
    if fill(template, entries).data != data:
        raise FaultError("the same gave other bytes")
    try:
        prove(template, data, entries)
    except NhsbnError as error:
        if isinstance(error, ProblemsError) or not re.search("not well-formed|out of order", str(error)):
            raise
        return "refused by the proof: rows that were not read to be filled", 0
    compare(template, data)
    verify_harmed(template, data, rng)
    return "filled and proved", len(entries)


def verify_harmed(template: bytes, filled: bytes, rng: random.Random) -> None:
    """A filled file that somebody changed is refused, or what is not as it was is told."""
    harmed = rng.choice(CHANGES)(filled, rng)
    try:
        harm = verify(template, harmed).harm
        compare(template, harmed)
    except NhsbnError:
        return
    except FaultError:
        if not harm:
            raise


def compare(template: bytes, filled: bytes) -> None:
    """Every part but those that filling changes is the same, by the standard library's reader."""
    with zipfile.ZipFile(io.BytesIO(template)) as before, zipfile.ZipFile(io.BytesIO(filled)) as after:
        if before.namelist() != after.namelist():
            raise FaultError("parts are lost, added or moved")
        for name in before.namelist():
            if not MAY_CHANGE.fullmatch(name) and before.read(name) != after.read(name):
                raise FaultError(f"{name} differs")


def cells(rng: random.Random) -> Iterator[Entry]:
    """Some cells of sheets that the workbooks have, or some of them, each once."""
    titles, seen = ("Form", "Form", "Apart", *TITLES), set()
    for _ in range(rng.randint(1, 20)):
        title, place = rng.choice(titles), (rng.randint(1, 40), rng.randint(1, 9))
        if (title, place) not in seen:
            seen.add((title, place))
            yield Entry(title, address(place), rng.choice(VALUES))


def package(rng: random.Random) -> bytes:
    """A random workbook, changed."""
    template = rng.choice(BASES)(rng)
    for _ in range(rng.choice((0, 1, 1, 2))):
        template = rng.choice(CHANGES)(template, rng)
    return template


@cache
def made(maker: int, seed: int) -> bytes:
    """A workbook of one of the makers, its first sheet named as the form's."""
    return MAKERS[maker](random.Random(seed))


def odd_rows(rng: random.Random) -> bytes:
    """A workbook whose only sheet is written in every way that a sheet may be."""
    rows = []
    for row in range(1, rng.randint(1, 30)):
        if rng.random() < 0.3:
            continue
        number = f' r="{row}"'
        if rng.random() < 0.03:
            number = rng.choice(("", f" r='{row}'", f' spans="1:2" r="{row}"'))
        end = rng.choice(("/>", f">{odd_cells(row, rng)}</row>", f">{odd_cells(row, rng)}</row >"))
        rows.append(f"<row{number}{end}")
    head = rng.choice(("", '<dimension ref="A1"/>', '<cols><col min="1" max="3" style="2" hidden="1"/></cols>'))
    merged = '<mergeCells><mergeCell ref="B2:C3"/></mergeCells>'
    return with_sheet(f"<sheetData>{''.join(rows)}</sheetData>", head, rng.choice(("", merged)))


def odd_cells(row: int, rng: random.Random) -> str:
    """The cells of a row."""
    cells = []
    for column in sorted(rng.sample(range(1, 10), rng.randint(0, 5))):
        at = address((row, column))
        given = rng.choice((f' r="{at}"', f' r="{at}"', f' s="1" r="{at}"', f" r='{at}' t = \"n\""))
        given = "" if rng.random() < 0.005 else given
        inside = rng.choice(
            (
                "<v>1</v>",
                "<f>SUM(A1:B3)</f><v>3</v>",
                f'<f t="array" ref="{at}:{address((row + 1, column))}">A1:A2</f><v>3</v>',
                '<f t="shared" ref="A1:A9" si="0">B1*2</f><v/>',
                '<f t="shared" si="0"/><v>4</v>',
                "<is><t>x</t></is>",
                "",
                "<!-- <v>2</v> -->",
                "<f><![CDATA[A1<2]]></f>",
            )
        )
        cells.append(f"<c{given}>{inside}</c>" if inside or rng.random() < 0.3 else f"<c{given}/>")
    return rng.choice(("", "\n", "<!-- x -->")).join(cells)


BASES: tuple[Callable[[random.Random], bytes], ...] = (
    lambda rng: form(),
    lambda rng: made(rng.randrange(len(MAKERS)), rng.randrange(12)),
    odd_rows,
    odd_rows,
)


def of_part(change: Callable[[bytes, random.Random], bytes]) -> Callable[[bytes, random.Random], bytes]:
    """A change to one part of a package; none at all when the package cannot be read any more."""

    def changed(template: bytes, rng: random.Random) -> bytes:
        try:
            package = read_package(template)
            name = rng.choice([name for name in PARTS if package.find(name)])
            return package.replaced({name: change(package.part(name), rng)})
        except (NhsbnError, IndexError):
            return template

    return changed


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, taken out, doubled or swapped for what confuses readers of XML and of zip files."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        if not made:
            break
        at, length = rng.randrange(len(made)), rng.randint(1, 40)
        kind = rng.randrange(5)
        if kind == 0:
            made[at] = rng.randrange(256)
        elif kind == 1:
            del made[at : at + length]
        elif kind == 2:
            made[at:at] = made[at : at + length]
        elif kind == 3:
            made[at:at] = rng.choice(MARKS)
        else:
            digits = [place for place in range(at, min(at + 200, len(made))) if 48 <= made[place] <= 57]
            for place in digits[:1]:
                made[place] = rng.choice(b"0123456789-")
    return bytes(made)


def doubled(data: bytes, rng: random.Random) -> bytes:
    """An element written twice, taken out, or two swapped."""
    tags = [match.span() for match in re.finditer(rb"<[a-zA-Z][^<>]*/>", data)]
    if not tags:
        return data
    (start, end), (first, last) = rng.choice(tags), rng.choice(tags)
    kind = rng.randrange(3)
    if kind == 0:
        return data[:end] + data[start:end] + data[end:]
    if kind == 1 or first < end:
        return data[:start] + data[end:]
    return data[:start] + data[first:last] + data[end:first] + data[start:end] + data[last:]


def rewritten_otherwise(data: bytes, rng: random.Random) -> bytes:
    """The same XML in other writing: quotes, blanks, comments, a prefix for every name."""
    kind = rng.randrange(5)
    if kind == 0:
        return re.sub(rb'="([^"\']*)"', rb"='\1'", data)
    if kind == 1:
        return re.sub(rb"<(\w+)([^<>?!]*?)(/?)>", rb"<\1\n\2 \3>", data)
    if kind == 2:
        return data.replace(b"<row ", b"<!-- <row r='1'/> --><row ")
    if kind == 3 and b"xmlns=" in data:
        return re.sub(rb"<(/?)(\w+)(?=[\s/>])", rb"<\1q:\2", data).replace(b"xmlns=", b"xmlns:q=", 1)
    return data.replace(b"><", b">\r\n\t<")


def repacked(template: bytes, rng: random.Random) -> bytes:
    """The package zipped anew: stored, in another order, or with a part added."""
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as source:
            parts = [(name, source.read(name)) for name in source.namelist()]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError):
        return template
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as target:
        warnings.simplefilter("ignore")  # of a name that is there already
        for name, data in rng.sample(parts, len(parts)) if rng.random() < 0.5 else parts:
            target.writestr(name, data)
        if rng.random() < 0.3:
            target.writestr(rng.choice(ADDED), b"x")
    return made.getvalue()


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    mutated,
    of_part(mutated),
    of_part(mutated),
    of_part(doubled),
    of_part(rewritten_otherwise),
    of_part(rewritten_otherwise),
    repacked,
)


if __name__ == "__main__":
    main()
