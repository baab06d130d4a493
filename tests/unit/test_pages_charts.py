from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from nhsbn.checks.review import HistoryPoint
from nhsbn.checks.xmr import limits, signals
from nhsbn.periods import Month
from pages import chart_words
from pages.charts import HEIGHT, WIDTH, bars, xmr

UNITS = ("count", "percent", "rate", "days", "wte", "pounds")
amounts = st.one_of(
    st.floats(-1e12, 1e12, allow_nan=False),
    st.integers(0, 40).map(float),
    st.just(0.0),
)


def history(values: list[float], submitted: int = 0) -> tuple[HistoryPoint, ...]:
    marks = signals(values, limits(values))
    kinds = ["submitted"] * submitted + ["computed"] * len(values)
    return tuple(
        HistoryPoint(Month(2023, 4).plus(at), value, kinds[at], at >= len(values) - 3, marks[at])
        for at, value in enumerate(values)
    )


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter("text")]


def marks(svg: str) -> dict[str, int]:
    """Fill of each kind of mark to how many there are."""
    paths = [path for path in drawn(svg).iter("path") if path.get("stroke-width")]
    return {str(path.get("fill")): str(path.get("d")).count("M") for path in paths}


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts, min_size=2, max_size=40), st.sampled_from(UNITS))
def test_any_history_is_drawn_within_its_canvas(values: list[float], unit: str) -> None:
    svg = xmr(history(values), limits(values), unit, "c")
    paths = [str(path.get("d")) for path in drawn(svg).iter("path") if path.get("stroke-width")]
    starts = [[float(part) for part in place] for way in paths for place in re.findall(r"M(\S+) (-?[\d.]+)", way)]
    assert len(starts) == len(values)
    assert all(-10 <= x <= WIDTH and -10 <= y <= HEIGHT for x, y in starts)
    assert "nan" not in svg.lower()
    assert "inf" not in svg.lower()


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=12), st.sampled_from(UNITS))
def test_any_bars_are_drawn(values: list[float], unit: str) -> None:
    names = [f"{'A name that is far too long for its bar ' * (at % 2)}{at}" for at in range(len(values))]
    svg = bars(tuple(zip(names, values, strict=True)), unit, "c")
    assert len(list(drawn(svg).iter("rect"))) == len(values)
    assert all(float(str(bar.get("width"))) >= 0 for bar in drawn(svg).iter("rect"))


def test_a_mark_says_by_shape_and_fill_what_its_month_is() -> None:
    values = [100.0, 160.0, 98.0, 152.0, 97.0, 153.0, 99.0, 151.0, 98.0, 152.0, 100.0, 400.0]
    svg = xmr(history(values, submitted=9), limits(values), "count", "c")
    assert marks(svg) == {"#005eb8": 9, "#fff": 2, "#ffdc8e": 1}
    assert 'stroke-dasharray="5 4"' in svg


def test_lines_are_named_and_a_lower_limit_that_nothing_can_cross_is_left_out() -> None:
    values = [0.0, 9.0, 1.0, 12.0]
    found = limits(values)
    svg = xmr(history(values), found, "count", "c")
    names = [text.split()[0] for text in texts(svg) if text.split()[0] in ("Upper", "Mean", "Lower")]
    assert found.lower < 0
    assert names == ["Upper", "Mean"]


def test_bars_that_go_below_nought_say_so_and_the_own_place_stands_out() -> None:
    svg = bars((("Doncaster", -4.0), ("Rotherham", 6.0)), "wte", "c", own="Rotherham")
    assert "−4.0" in texts(svg)
    assert [bar.get("fill") for bar in drawn(svg).iter("rect")] == ["#005eb8", "#8fb8de"]


def test_names_that_are_cut_alike_stay_apart() -> None:
    names = ["Additional professional scientific and technical", "Additional professional scientific and clinical"]
    svg = bars(tuple((name, 1.0) for name in names), "wte", "c")
    cut = [text for text in texts(svg) if text.startswith("Additional")]
    assert len(set(cut)) == 2


def test_a_chart_is_small_has_no_ids_and_is_named_by_its_caption() -> None:
    values = [100.0 + at % 5 for at in range(24)]
    svg = xmr(history(values), limits(values), "count", "caption-1")
    assert len(svg) < 4_000
    assert " id=" not in svg
    assert 'role="img" aria-labelledby="caption-1"' in svg
    assert svg == xmr(history(values), limits(values), "count", "caption-1")


def test_an_axis_goes_by_even_steps_around_its_values() -> None:
    svg = xmr(history([413.0, 362.0, 428.6]), limits([413.0, 362.0, 428.6]), "count", "c")
    assert texts(svg)[3:6] == ["200", "300", "400"]
    percents = texts(bars((("A", 97.3), ("B", 12.0)), "percent", "c"))
    assert {"0%", "50%", "100%"} < set(percents)
    flat = texts(bars((("A", 0.0), ("B", 0.0)), "count", "c"))
    assert {"0", "0.5", "1"} < set(flat)


def test_words_say_what_the_chart_shows() -> None:
    values = [100.0, 104.0, 98.0, 102.0, 97.0, 103.0, 99.0, 101.0, 98.0, 102.0, 100.0, 190.0]
    said = chart_words.xmr(history(values), limits(values), "count")
    assert said.startswith(
        "12 months, April 2023 to March 2024: last 190, lowest 97 in August 2023, highest 190 in March"
    )
    assert "March 2024: outside the process limits." in said
    assert "No special cause." in chart_words.xmr(history([1.0, 2.0, 1.0]), limits([1.0, 2.0, 1.0]), "count")
    assert chart_words.bars([("A", 1.0), ("B", 2.5)], "percent") == "A 1.0% and B 2.5%."
