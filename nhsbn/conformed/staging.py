"""Staging SQL, generated from the declaration of a report: typed cells, rows set aside, and the current issue.

Here: how each declared type is read, the checks that set a row aside, and which landed rows are current. Not here:
cleaning text and finding rows (landing did that), running the SQL (the lake), or mappings (conformed tables).

Every landed row ends in one outcome: *current*; *superseded* (a later issue has the same key); *withdrawn* (a
later issue covers its date and has it no more); *duplicate* (the file repeats it exactly); *set aside*, with the
reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from nhsbn.extracts.reports import Column, Report

Outcome = Literal["current", "superseded", "withdrawn", "duplicate", "set aside"]

DUCKDB_TYPES = {
    "text": "varchar",
    "code": "varchar",
    "integer": "integer",
    "number": "double",
    "money": "double",
    "date": "date",
    "datetime": "timestamp",
    "flag": "boolean",
}

_OTHER_FORMS = (
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d-%b-%Y",
    "%d-%b-%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d %b %Y",
    "%d %b %Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%Y%m%d",
)
_OPEN_WORDS = ("ongoing", "tbc", "n/a", "na", "open", "current", "not known", "unknown")
_YES = ("yes", "y", "true", "t", "1")
_NO = ("no", "n", "false", "f", "0")


def _texts(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


MACROS = (
    # Words of extracts and of mapping tables are compared alike. Chains of replace and no pattern, because DuckDB
    # works those out once for each distinct word of a block.
    """create or replace macro norm(x) as lower(trim(replace(replace(replace(replace(replace(
        replace(x, chr(160), ' '), '-', ' '), '\t', ' '), '    ', ' '), '  ', ' '), '  ', ' ')))""",
    # The costly first step of reading a date or number is a column of its own (Staging.read_once), because DuckDB
    # works out an argument of a macro anew wherever the macro names it. Common forms are told by their shape: to
    # try one form after another costs ten times as much. A bare number is a date only in the years 1954 to 2119.
    f"""create or replace macro printed_stamp(x) as case
        when strlen(x) = 16 and x like '__/%' then try_strptime(x, '%d/%m/%Y %H:%M')
        when strlen(x) = 10 and x like '__/%' then try_strptime(x, '%d/%m/%Y')
        when x like '____-%' then try_cast(x as timestamp)
        when strlen(x) = 17 and x like '__-%' then try_strptime(x, '%d-%b-%Y %H:%M')
        when strlen(x) = 11 and x like '__-%' then try_strptime(x, '%d-%b-%Y')
        when regexp_full_match(x, '[2-7][0-9]{{4}}([.][0-9]+)?')
            then timestamp '1899-12-30' + to_seconds(round(cast(x as double) * 86400))
        else try_strptime(x, [{_texts(list(_OTHER_FORMS))}])
    end""",
    # 4712 is how ESR writes an open end, and 1900 how SystmOne writes nothing. A year of two digits is read as
    # such, and then put between 1970 and 2069.
    """create or replace macro known_stamp(t) as case
        when year(t) between 1901 and 2199 then t
        when year(t) < 70 then t + interval 2000 year
        when year(t) < 100 then t + interval 1900 year
    end""",
    f"""create or replace macro unread_stamp(x, t) as x is not null
        and (t is null or (known_stamp(t) is null and year(t) not in (1900, 4712)))
        and lower(x) not in ({_texts(_OPEN_WORDS)})""",
    # Ledgers print a negative as -1, (1), 1- or 1 CR.
    """create or replace macro plain_number(x) as case
        when try_cast(x as double) is null then replace(replace(replace(upper(x), '£', ''), ',', ''), ' ', '')
    end""",
    """create or replace macro amount(s) as case
        when s is null then null
        when s like '(%)' then -try_cast(s[2:-2] as double)
        when s like '%CR' then -abs(try_cast(s[:-3] as double))
        when s like '%DR' then try_cast(s[:-3] as double)
        when s like '%-' then -try_cast(s[:-2] as double)
        else try_cast(s as double)
    end""",
    """create or replace macro finite(v) as case when isfinite(v) then v end""",
    """create or replace macro read_number(x, plain) as finite(coalesce(try_cast(x as double), amount(plain)))""",
    """create or replace macro read_money(x, plain) as case
        when x in ('-', '–', '—') then 0.0 else read_number(x, plain)
    end""",
    """create or replace macro whole(v) as case when v = floor(v) then try_cast(v as integer) end""",
    f"""create or replace macro read_flag(x) as case
        when lower(x) in ({_texts(_YES)}) then true when lower(x) in ({_texts(_NO)}) then false
    end""",
    # Durations come as 10, 10 mins, 00:10 or 1 hr 5 mins.
    """create or replace macro minutes(x) as case
        when regexp_full_match(x, '[0-9]{1,2}:[0-9]{2}')
            then cast(split_part(x, ':', 1) as integer) * 60 + cast(split_part(x, ':', 2) as integer)
        when regexp_full_match(lower(x), '([0-9]+ *h[a-z]* *)?([0-9]+ *(m[a-z]*)?)?') then
            coalesce(try_cast(regexp_extract(lower(x), '([0-9]+) *h', 1) as integer), 0) * 60
            + coalesce(try_cast(regexp_extract(lower(x), '(^|[^0-9])([0-9]+) *(m[a-z]*)?$', 2) as integer), 0)
    end""",
)
"""SQL that makes the functions which staging and the conformed tables read cells with."""


@dataclass(frozen=True)
class Check:
    """A reason to set a row aside.

    Attributes:
        number: its place in the order of checks; the first that fails is the row's reason.
        column: the column looked at, or none for a rule over several.
        expected: the reason, without the value.
        fails: SQL over ``raw_<column>`` (text as landed) and ``<column>`` (typed).
        shows_value: the value may be shown beside the reason: not personal, and not free text.
    """

    number: int
    column: str | None
    expected: str
    fails: str
    shows_value: bool


LANDING_CHECK = 0
"""The number that stands for what landing set aside, with a reason of its own."""

REPEATED_KEY = Check(
    999, None, "the key is repeated in the file with other values; the last row is kept", "false", False
)


@dataclass(frozen=True)
class Staging:
    """The SQL that stages one report.

    Attributes:
        report: the declaration.
        checks: why rows are set aside.
        codelists: code lists by name.
    """

    report: Report
    codelists: Mapping[str, Mapping[str, str]]

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check: cell by cell in the order of the columns, then the rules over several."""
        found: list[tuple[str | None, str, str, bool]] = []
        for name, column in self.report.kept_columns.items():
            label, shows = f"column '{column.heading}'", column.personal == "none" and column.type != "text"
            if column.type == "code":
                known = f"expected a code of {column.codes}"
                found.append((name, f"{label}: {known}", f"raw_{name} is not null and {name} is null", shows))
            if column.required and column.type not in ("text", "code"):
                expected = f"{label}: expected {_expectation(column)}"
                found.append((name, expected, f"raw_{name} is not null and {name} is null", shows))
            if column.minimum is not None or column.maximum is not None:
                expected = f"{label}: expected {_expectation(column)}"
                found.append((name, expected, _out_of_range(name, column), shows))
            if column.required:
                found.append((name, f"{label}: is blank, and is required", f"raw_{name} is null", False))
        found += [(None, rule.reason, rule.when, False) for rule in self.report.rules]
        return tuple(Check(number, *check) for number, check in enumerate(found, start=1))

    @property
    def softly_typed(self) -> tuple[str, ...]:
        """Columns whose unreadable cells become blank and are only counted."""
        return tuple(
            name
            for name, column in self.report.kept_columns.items()
            if column.type not in ("text", "code") and not column.required
        )

    def read_once(self, names: Iterable[str]) -> str:
        """SQL of the first step of reading dates and numbers, each a column ``read_<name>``."""
        steps = {"date": "printed_stamp", "datetime": "printed_stamp"}
        steps |= dict.fromkeys(("integer", "number", "money"), "plain_number")
        columns = self.report.columns
        return "".join(
            f", {steps[columns[name].type]}({name}) as read_{name}"
            for name in names
            if columns[name].type in steps
        )

    def typed(self, name: str) -> str:
        """SQL that reads one landed column, beside its ``read_<name>``."""
        column = self.report.columns[name]
        match column.type:
            case "date":
                return f"cast(known_stamp(read_{name}) as date)"
            case "datetime":
                return f"known_stamp(read_{name})"
            case "integer":
                return f"whole(read_number({name}, read_{name}))"
            case "number" | "money":
                return f"read_{column.type}({name}, read_{name})"
            case "code":
                return self._code(name, self.codelists[column.codes or ""])
            case "flag":
                return f"read_flag({name})"
            case _:
                return name

    def _code(self, name: str, codes: Mapping[str, str]) -> str:
        """A code as listed, though its case differs or a spreadsheet took the zero in front."""
        spelt = {code.upper(): code for code in codes}
        spelt |= {code.lstrip("0"): code for code in codes if code.startswith("0") and code.strip("0")}
        spelt |= {code: code for code in codes}
        cases = " ".join(f"when {_texts([text])} then {_texts([code])}" for text, code in spelt.items())
        return f"case upper({name}) {cases} end"

    @property
    def landed_columns(self) -> str:
        """The columns of an empty landed file."""
        texts = [*self.report.kept_columns, "_file", "_file_name", "_sheet", "_set_aside"]
        columns = [(name, "varchar") for name in texts] + [("_row", "bigint"), ("_nth", "bigint")]
        return ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns)

    def examine(self, landed: str) -> str:
        """A row for every landed row, told from its own file alone.

        Gives ``_file, _nth, _row``; ``key_hash`` and ``content``, hashes of its key and of all it holds;
        ``fault``, the first check it fails; ``unread``, a bit for each softly typed cell that could not be read;
        ``day``, the day of its file that it belongs to.

        Args:
            landed: the relation of landed rows to read, beside ``issue.file``.
        """
        kept = self.report.kept_columns
        raw = ", ".join(f"{name} as raw_{name}" for name in kept)
        typed = ", ".join(f"{self.typed(name)} as {name}" for name in kept)
        stamps = [name for name in self.softly_typed if kept[name].type in ("date", "datetime")]
        typed += "".join(f", read_{name}" for name in stamps)
        faults = " ".join(f"when {check.fails} then {check.number}" for check in self.checks)
        fault = f"case when _set_aside is not null then {LANDING_CHECK} {faults} end"
        unread = " + ".join(
            f"case when {self._unreadable(name)} then {1 << place}::bigint else 0 end"
            for place, name in enumerate(self.softly_typed)
        )
        day = f"least(greatest({self.report.covers}::date, file.period_start), file.period_end)"
        return f"""
            with typed as (
                select _file, _nth, _row, _set_aside, {raw}, {typed}
                from (select *{self.read_once(kept)} from {landed})
            )
            select
                typed._file, typed._nth, typed._row, {self._key_hash()} as key_hash,
                hash({", ".join(f"raw_{name}" for name in kept)}) as content,
                ({fault})::smallint as fault, {unread or "0::bigint"} as unread,
                {day if self.report.covers else "file.period_end"} as day
            from typed
            join issue.file as file on file.report = '{self.report.report}' and file.file = typed._file
        """

    def overtaken(self, examined: str) -> str:
        """Examined rows, each with ``file_no`` instead of ``_file`` and whether a later issue covers its day.

        Args:
            examined: SQL of a relation of what :meth:`examine` gives.
        """
        return f"""
            with covering as (
                select
                    unnest(range(period_start, period_end + 1, interval 1 day))::date as day, max(stamp) as stamp
                from issue.file where report = '{self.report.report}' group by day
            )
            select
                file.file_no, examined.* exclude (_file, day),
                coalesce(covering.stamp > file.stamp, false) as overtaken
            from {examined} as examined
            join issue.file as file on file.report = '{self.report.report}' and file.file = examined._file
            left join covering on covering.day = examined.day
        """

    def _key_hash(self) -> str:
        """128 bits that stand for a row's key.

        Of the key as typed: a date is one date in whichever form it is printed. A snapshot's rows are alike only
        within one snapshot; an event's are in whichever file has them.
        """
        parts = [*self.report.key, *(["file.period_end"] if self.report.kind == "snapshot" else [])]
        texts = ", ".join(f"coalesce({part}::varchar, '')" for part in parts)
        return f"md5_number(concat_ws(chr(31), {texts}))"

    def _unreadable(self, name: str) -> str:
        if self.report.columns[name].type in ("date", "datetime"):
            return f"unread_stamp(raw_{name}, read_{name})"
        return f"raw_{name} is not null and {name} is null"

    def twins(self) -> str:
        """The outcome of rows whose key occurs twice.

        Reads ``issue.file`` and ``issue.twin``, the rows of :meth:`overtaken` with such a key. Returns ``file_no,
        _nth, _row, outcome, last_row`` for those that are not current. Of rows of one file with one key the last
        stands; the others are duplicates where they repeat it exactly, and are otherwise set aside.
        """
        return f"""
            with twin as (
                select twin.*, file.issue
                from issue.twin as twin
                join issue.file as file on file.report = '{self.report.report}' and file.file_no = twin.file_no
            ), judge as (
                select
                    key_hash,
                    max(issue) as last_issue,
                    max((issue, _nth, _row, content)) filter (fault is null and not overtaken) as best
                from twin group by key_hash
            )
            select twin.file_no, twin._nth, twin._row, best[3] as last_row, case
                when overtaken then case when last_issue > issue then 'superseded' else 'withdrawn' end
                when issue < best[1] then 'superseded'
                when content = best[4] then 'duplicate'
                else 'set aside'
            end as outcome
            from twin join judge on twin.key_hash = judge.key_hash
            where fault is null and (overtaken or (issue, _nth) <> (best[1], best[2]))
        """

    def staged(self, landed: str, gone: str) -> str:
        """The current rows, typed.

        Args:
            landed: the relation of landed rows to read, beside ``issue.file``.
            gone: the relation of those that are not current.
        """
        typed = ", ".join(
            f"{self.typed(column)} as {column}" if declared.type != "text" else column
            for column, declared in self.report.kept_columns.items()
        )
        snapshot = ", file.period_end as snapshot_date" if self.report.kind == "snapshot" else ""
        return f"""
            select
                {typed}, landed._file, landed._sheet, landed._row, landed._nth,
                file.period_end as _period_end{snapshot}
            from (select *{self.read_once(self.report.kept_columns)} from {landed}) as landed
            join issue.file as file on file.report = '{self.report.report}' and file.file = landed._file
            anti join {gone} as gone on gone._file = landed._file and gone._nth = landed._nth
        """

    def found(self) -> str:
        """SQL of the value to show for a row set aside, over ``landed`` and ``check_no``; none if it may not be.

        Only what looks like a number, a date or a short code is shown: a name in the wrong column never is.
        """
        cases = " ".join(
            f"when {check.number} then landed.{check.column}" for check in self.checks if check.shows_value
        )
        if not cases:
            return "cast(null as varchar)"
        shown = "[0-9£.,()/: +-]{1,19}|[0-9]{1,2}-[A-Za-z]{3}-[0-9]{2,4}|[A-Za-z0-9]{1,3}"
        value = f"case check_no {cases} end"
        return (
            f"case when regexp_full_match({value}, '{shown}') and not regexp_matches({value}, '[0-9]{{9}}') "
            f"then {value} end"
        )


_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount",
    "date": "a date, day first",
    "datetime": "a date and time, day first",
    "flag": "Yes or No",
}


def _expectation(column: Column) -> str:
    """What a cell should be, in words."""
    word = _WORDS[column.type]
    if column.minimum is not None and column.maximum is not None:
        return f"{word} from {column.minimum:g} to {column.maximum:g}"
    if column.minimum is not None:
        return f"{word} of {column.minimum:g} or more"
    return word if column.maximum is None else f"{word} of {column.maximum:g} or less"


def _out_of_range(name: str, column: Column) -> str:
    low = f"{name} < {column.minimum}" if column.minimum is not None else ""
    high = f"{name} > {column.maximum}" if column.maximum is not None else ""
    return " or ".join(filter(None, (low, high)))
