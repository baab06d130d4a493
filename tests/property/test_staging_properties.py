"""Staging against a plain reading of its rules, over small random heaps of overlapping and re-issued files."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hand_made import HandMade

REPORT = "reportal_ward_beds"
START = date(2025, 4, 1)

ROWS = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(-1, 8), st.sampled_from(["10", "11", "many"])), max_size=8
)
FILES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(1, 9), ROWS), min_size=1, max_size=4,
    unique_by=lambda file: file[2],
)  # fmt: skip


def plain(files: list[tuple[str, date, date, int, list[tuple[str, date, str]]]]) -> dict[tuple[str, int], str]:
    """The outcome of every row, told as the rules are: one row at a time."""
    rows = [
        (file, number, issued, ward, day, beds, min(max(day, start), end))
        for file, start, end, issued, listed in files
        for number, (ward, day, beds) in enumerate(listed, start=5)
    ]
    found: dict[tuple[str, int], str] = {}
    standing = []
    for row in rows:
        file, number, issued, ward, day, beds, covers = row
        if beds == "many":
            found[file, number] = "set aside"
        elif any(later > issued and start <= covers <= end for _, start, end, later, _ in files):
            again = any(other[3:5] == (ward, day) and other[2] > issued for other in rows)
            found[file, number] = "superseded" if again else "withdrawn"
        else:
            standing.append(row)
    for row in standing:
        file, number, issued, ward, day, beds, _ = row
        best = max(
            (other for other in standing if other[3:5] == (ward, day)), key=lambda other: (other[2], other[1])
        )
        if row == best:
            found[file, number] = "current"
        elif issued < best[2]:
            found[file, number] = "superseded"
        else:
            found[file, number] = "duplicate" if beds == best[5] else "set aside"
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_every_row_has_the_outcome_that_the_rules_say_and_counts_add_up(drawn):
    with tempfile.TemporaryDirectory() as folder:
        made = HandMade(Path(folder))
        files = []
        for first, length, issued, drawn_rows in drawn:
            start, end = START + timedelta(first), START + timedelta(first + length)
            listed = [(ward, START + timedelta(day), beds) for ward, day, beds in drawn_rows]
            cells = [
                {"ward_code": ward, "bed_date": f"{day:%d/%m/%Y}", "available_beds": beds}
                for ward, day, beds in listed
            ]
            file = made.lay(REPORT, cells, start.isoformat(), end.isoformat(), f"2025-05-{issued:02d}")
            files.append((file.file, start, end, issued, listed))
        expected = plain(files)
        assert made.outcomes(REPORT) == expected
        account = made.conform("bed_day")
        (counts,) = account.counts
        tally = Counter(expected.values())
        assert counts.landed == sum(tally.values())
        assert (counts.current, counts.superseded, counts.withdrawn, counts.duplicate, counts.set_aside) == tuple(
            tally[outcome] for outcome in ("current", "superseded", "withdrawn", "duplicate", "set aside")
        )
        assert account.rows == counts.current
