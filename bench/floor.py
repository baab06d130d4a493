"""The floor: the same extracts to Parquet as text, by the fastest readers at hand, and nothing else.

Nothing is understood: titles, totals and headers are rows like any other; no cell is trimmed, typed, hashed or
checked. What the pipeline takes beyond this is the price of understanding.

    python -m bench.floor INBOX OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

TEXT = {".csv", ".txt"}
WORKBOOKS = {".xlsx", ".xls"}


def main(inbox: Path, out: Path) -> None:
    """Read every extract below ``inbox`` to a Parquet of its own in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for number, path in enumerate(sorted(inbox.rglob("*"))):
            target = out / f"{number:04}.parquet"
            if path.suffix.lower() in TEXT:
                _read_text(connection, path, target)
            elif path.suffix.lower() in WORKBOOKS:
                _read_workbook(path, target)


def _read_text(connection: duckdb.DuckDBPyConnection, path: Path, target: Path) -> None:
    with path.open("rb") as stream:
        top = stream.read(65_536)
    unicode16 = top.startswith((b"\xff\xfe", b"\xfe\xff"))
    lines = top.decode("utf-16" if unicode16 else "latin-1", errors="ignore").splitlines()
    delimiter = max(",\t;|", key=lambda mark: max(line.count(mark) for line in lines))
    width = max(line.count(delimiter) for line in lines) + 1
    columns = ", ".join(f"'c{place}': 'varchar'" for place in range(width))

    def copy(source: Path, encoding: str) -> None:
        connection.execute(
            f"copy (select * from read_csv('{_quoted(source)}', header = false, auto_detect = false,"
            f" delim = '{delimiter}', quote = '\"', escape = '\"', columns = {{{columns}}},"
            f" null_padding = true, strict_mode = false, encoding = '{encoding}'))"
            f" to '{_quoted(target)}' (format parquet)"
        )

    try:
        copy(path, "utf-16" if unicode16 else "utf-8")
    except duckdb.InvalidInputException:  # Windows' own letters, which DuckDB does not read
        again = target.with_suffix(".csv")
        again.write_text(path.read_text(encoding="cp1252", errors="replace"), encoding="utf-8")
        copy(again, "utf-8")
        again.unlink()


def _read_workbook(path: Path, target: Path) -> None:
    workbook = CalamineWorkbook.from_path(path)
    rows = [row for sheet in workbook.sheet_names for row in workbook.get_sheet_by_name(sheet).to_python()]
    width = max(map(len, rows), default=0)
    columns = [[str(row[place]) if place < len(row) else "" for row in rows] for place in range(width)]
    pq.write_table(pa.table({f"c{place}": values for place, values in enumerate(columns)}), target)


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
