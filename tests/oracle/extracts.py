"""Raw extract files to tidy text frames, the current issue of every row only.

Here: finding the header, dropping what is not data, and deciding which issue counts. Not here: types and meanings.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

NULLS = {"", "null", "n/a", "..", "#n/a", "(blank)"}
STOPS = ("grand total", "sub-total", "sub total", "subtotal", "total", "end of report", "rows:", "row count")


@cache
def declarations(sources: Path) -> dict[str, dict]:
    """Every declared report as plain data."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(sources.glob("*/*.yaml"))]
    return {report["report"]: report for report in found}


def squash(text: object) -> str:
    """Text with case and white space made alike."""
    return " ".join(str(text).replace("\u00a0", " ").lower().split())


def read_report(inbox: Path, report: dict) -> pd.DataFrame:
    """The current rows of a report as text, with ``_file``, ``_row``, ``_start``, ``_end`` and ``_issued``."""
    pattern = re.compile(report["file_name"], re.IGNORECASE)
    paths = [path for path in sorted((inbox / report["source"]).glob("*")) if pattern.search(path.name)]
    tables = [table for path in paths for table in _tables(path, report)]
    files = pd.DataFrame([stamp for _, stamp in tables], columns=["_file", "_start", "_end", "_issued"])
    files = files.astype(dict.fromkeys(["_start", "_end", "_issued"], "datetime64[us]")).drop_duplicates()
    frames = [frame.assign(_file=stamp["_file"]) for frame, stamp in tables]
    found = pd.concat(frames) if frames else pd.DataFrame(columns=[*report["columns"], "_row", "_file"])
    found = found.astype(dict.fromkeys(report["columns"], "string") | {"_row": "int64"})
    return _current(_sound(found.merge(files, on="_file"), report), files, report)


def _tables(path: Path, report: dict) -> list[tuple[pd.DataFrame, dict[str, object]]]:
    meaning = {
        squash(heading): name
        for name, column in report["columns"].items()
        for heading in (column["heading"], *column.get("aliases", []))
    }
    required = {name for name, column in report["columns"].items() if column.get("required")}
    tables = []
    for grid in _grids(path):
        header = _header(grid, meaning, required)
        if header is None:
            continue
        titles = [" ".join(str(cell) for cell in row if cell is not None) for row in grid.iloc[:header].to_numpy()]
        names = [meaning.get(squash(cell)) for cell in grid.iloc[header]]
        kept = [index for index, name in enumerate(names) if name]
        frame = grid.iloc[header + 1 :, kept].copy()
        frame.columns = [names[index] for index in kept]
        frame["_row"] = range(header + 2, len(grid) + 1)
        first = grid.iloc[header + 1 :, 0].astype("string").str.strip().str.lower()
        widest = grid.iloc[header + 1 :].notna().sum(axis=1)
        tables.append((_tidy(frame, report, required, first, widest), _stamp(path, titles, report)))
    return tables


def _grids(path: Path) -> list[pd.DataFrame]:
    if path.suffix.lower() in {".xlsx", ".xls"}:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="calamine")
        return [sheet.reset_index(drop=True) for sheet in sheets.values()]
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")
    sample = text[:20_000].splitlines()[:30]
    delimiter = max(",\t;|", key=lambda mark: max((line.count(mark) for line in sample), default=0))
    width = max(len(row) for row in csv.reader(sample, delimiter=delimiter))
    return [
        pd.read_csv(
            io.StringIO(text),
            header=None,
            names=range(width),
            dtype="str",
            sep=delimiter,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=[""],
            engine="c",
        ).astype(object)
    ]


def _header(grid: pd.DataFrame, meaning: dict[str, str], required: set[str]) -> int | None:
    for index in range(min(30, len(grid))):
        found = {meaning.get(squash(cell)) for cell in grid.iloc[index] if cell is not None}
        if required <= found:
            return index
    return None


def _as_text(column: pd.Series) -> pd.Series:
    def one(cell: object) -> object:
        if cell is None or cell is pd.NaT or (isinstance(cell, float) and pd.isna(cell)):
            return None
        if isinstance(cell, bool):
            return "TRUE" if cell else "FALSE"
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        if isinstance(cell, (datetime, pd.Timestamp)):
            return cell.strftime("%Y-%m-%d %H:%M:%S") if cell.time() != datetime.min.time() else f"{cell:%Y-%m-%d}"
        if isinstance(cell, date):
            return cell.isoformat()
        return str(cell)

    if column.isna().all():
        return pd.Series(pd.NA, index=column.index, dtype="string")
    if not column.map(type).isin([str, type(None), float]).all() or column.map(type).eq(float).any():
        column = column.map(one)
    text = column.astype("string").str.replace("\u00a0", " ").str.strip()
    return text.mask(text.str.lower().isin(NULLS))


def _tidy(
    frame: pd.DataFrame, report: dict, required: set[str], first: pd.Series, widest: pd.Series
) -> pd.DataFrame:
    for name in report["columns"]:
        frame[name] = (
            _as_text(frame[name]) if name in frame else pd.Series(pd.NA, index=frame.index, dtype="string")
        )
    for name in report.get("fill_down", []):
        frame[name] = frame[name].ffill()
    data = frame[[*report["columns"], "_row"]]
    total = first.fillna("").str.startswith(STOPS) & (
        data[report["key"]].isna().any(axis=1) | (widest.reindex(data.index) <= 2)
    )
    keep = ~total & data[report["key"]].notna().all(axis=1)
    tidy = data[keep].copy()
    for name, column in report["columns"].items():
        if column.get("digits"):
            tidy[name] = tidy[name].str.zfill(column["digits"])
    return tidy


def _stamp(path: Path, titles: list[str], report: dict) -> dict[str, object]:
    said = " | ".join(titles)
    issued = re.search(r"(?:Run at|Printed on):?\s*(\d\d/\d\d/\d{4})(?:\s+(\d\d:\d\d))?", said, re.IGNORECASE)
    suffix = re.search(r"_extracted-(\d{8})", path.name)
    if issued:
        stamp = datetime.strptime(f"{issued[1]} {issued[2] or '00:00'}", "%d/%m/%Y %H:%M")
    elif suffix:
        stamp = datetime.strptime(suffix[1], "%Y%m%d")
    else:
        raise ValueError(f"{path.name} does not say when it was run")
    start, end = _period(re.search(report["file_name"], path.name, re.IGNORECASE).groupdict(), report, stamp)
    return {"_file": path.name, "_start": pd.Timestamp(start), "_end": pd.Timestamp(end), "_issued": stamp}


def _period(named: dict[str, str], report: dict, issued: datetime) -> tuple[date, date]:
    shape = report["period"]["shape"]
    if shape == "range":
        return _day(named["from"]), _day(named["to"])
    if shape == "day":
        return _day(named["yyyymmdd"]), _day(named["yyyymmdd"])
    if shape in {"month", "month_end"} or (shape == "rolling_year" and named.get("yyyymm")):
        first = _day(named["yyyymm"] + "01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if shape == "month":
            return first, last
        if shape == "month_end":
            return last, last
        return (last + timedelta(days=1)).replace(year=(last + timedelta(days=1)).year - 1), last
    if shape == "rolling_year":
        last = _day(named["yyyymmdd"])
        after = last + timedelta(days=1)
        return after.replace(year=after.year - 1), last
    year = int(named["fin_year"][:4])
    if shape == "finance_month":
        first = (pd.Timestamp(year, 4, 1) + pd.DateOffset(months=int(named["pp"]) - 1)).date()
        return first, (pd.Timestamp(first) + pd.offsets.MonthEnd(0)).date()
    return date(year, 4, 1), min(date(year + 1, 3, 31), issued.date())


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()


def _sound(rows: pd.DataFrame, report: dict) -> pd.DataFrame:
    """Rows without a fault that sets a row aside, which then replaces no row of an earlier issue either."""
    fault = pd.Series(False, index=rows.index)
    for rule in report.get("rules", []):
        early, late = re.findall(r"(\w+)(?= <|$| as date)", rule["when"])
        least = dates(rows[late])
        fault |= dates(rows[early]) < (least.dt.normalize() if "as date" in rule["when"] else least)
    for name, column in report["columns"].items():
        if "minimum" in column or "maximum" in column:
            value = numbers(rows[name])
            fault |= value.lt(column.get("minimum", float("-inf"))) | value.gt(column.get("maximum", float("inf")))
    return rows[~fault]


def _current(rows: pd.DataFrame, files: pd.DataFrame, report: dict) -> pd.DataFrame:
    if report["kind"] == "snapshot":
        rows["_on"] = rows["_end"]
    else:
        rows["_on"] = dates(rows[report["covers"]]).dt.normalize()
        rows = rows[rows["_on"].notna()]
        rows["_on"] = rows["_on"].clip(rows["_start"], rows["_end"])
    superseded = pd.Series(False, index=rows.index)
    for mine in files.itertuples():
        later = files[(files["_issued"] > mine._4) & (files["_start"] <= mine._3) & (files["_end"] >= mine._2)]
        own = rows["_file"] == mine._1
        for other in later.itertuples():
            superseded |= own & rows["_on"].between(other._2, other._3)
    rows = rows[~superseded]
    key = [*report["key"], *(["_on"] if report["kind"] == "snapshot" else [])]
    return rows.sort_values(["_issued", "_file", "_row"]).drop_duplicates(key, keep="last").reset_index(drop=True)


FORMS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M", "%d %b %Y", "%d.%m.%y %H:%M", "%d.%m.%y", "%d.%m.%Y", "%Y%m%d",
)  # fmt: skip


def dates(text: pd.Series) -> pd.Series:
    """Dates of every form the systems print; open ends and nonsense become NaT."""
    text = text.astype("string").str.strip()
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    open_end = text.str.contains("4712", na=False)
    for form in FORMS:
        missing = found.isna() & text.notna() & ~open_end
        if not missing.any():
            break
        found[missing] = pd.to_datetime(text[missing], format=form, errors="coerce").astype("datetime64[us]")
    missing = found.isna() & text.str.fullmatch(r"\d{5}(\.\d+)?").fillna(False)
    if missing.any():
        serial = text[missing].astype(float)
        found[missing] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(serial, unit="D")).dt.round("s")
    return found.mask(found < pd.Timestamp("1901-01-01"))


def numbers(text: pd.Series) -> pd.Series:
    """Numbers as ledgers print them: commas, pounds, brackets, trailing minus, a dash for nought."""
    text = text.astype("string").str.replace(r"[£,\s]", "", regex=True)
    negative = text.str.fullmatch(r"\(.*\)|.*-|.*CR", case=False).fillna(False) & text.ne("-").fillna(False)
    bare = text.str.replace(r"^\(|\)$|-$|CR$", "", regex=True).mask(text.eq("-").fillna(False), "0")
    value = pd.to_numeric(bare, errors="coerce").astype(float)
    return value.mask(negative, -value)
