"""The pages in a real browser: what they run and fetch, what keyboard and screen reader meet, and how fast."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from invented_pack import pack
from invented_trace import trace
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pages import review_pack, trace_page

DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SECONDS = 2.0
"""Within which a page of a thousand questions is to be open."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    whole = pack(24)
    (made / "director.html").write_text(review_pack.render(whole), encoding="utf-8")
    (made / "lead.html").write_text(review_pack.render(whole.of_lead("inpatient")), encoding="utf-8")
    (made / "trace.html").write_text(trace_page.render(trace()), encoding="utf-8")
    return made


@pytest.fixture
def seen(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and all that it says to the console or asks of a network."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda request: heard.append(request.url))
    yield page, heard
    page.close()


PAGES = pytest.mark.parametrize("name", ["director", "lead", "trace"])


@PAGES
def test_it_opens_without_a_word_to_the_console_and_fetches_nothing(seen, folder: Path, name: str) -> None:
    page, heard = seen
    url = (folder / f"{name}.html").as_uri()
    page.goto(url)
    page.evaluate(DRAWN)
    assert heard == [url]


@PAGES
def test_axe_finds_no_fault(seen, folder: Path, name: str) -> None:
    page, _ = seen
    page.goto((folder / f"{name}.html").as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    faults = [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
    assert faults == []


@PAGES
def test_a_narrow_screen_need_not_be_scrolled_sideways(seen, folder: Path, name: str) -> None:
    page, _ = seen
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto((folder / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def shown(page: Page) -> list[str]:
    """The codes in the list, and the cards below it, which must be the same in the same order."""
    rows = page.locator("#list tbody tr:visible").evaluate_all("all => all.map(one => one.dataset.code)")
    cards = page.locator("#cards > article:not([hidden])").evaluate_all("all => all.map(one => one.dataset.code)")
    assert rows == cards
    return rows


def test_filters_work_by_keyboard_and_say_how_many_are_left(seen, folder: Path) -> None:
    page, _ = seen
    page.goto((folder / "director.html").as_uri())
    every = shown(page)
    assert len(every) == 24
    page.focus("#find")
    page.keyboard.type("figure 17")
    assert shown(page) == ["MI-AC-17"]
    assert page.inner_text("#count") == "1 of 24 questions"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "look"
    page.keyboard.type("Queried")
    assert shown(page) == ["MI-AC-04"]
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    page.keyboard.type("Work")
    workforce = shown(page)
    assert len(workforce) == 8
    page.keyboard.press("Tab")
    page.keyboard.type("Community")
    assert shown(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("24 questions")
    assert shown(page) == every


def test_needs_a_look_leaves_out_what_is_accepted_or_clear(seen, folder: Path) -> None:
    page, _ = seen
    page.goto((folder / "director.html").as_uri())
    page.select_option("#look", "pressing")
    looks = page.locator("#list tbody tr:visible td:first-child").all_inner_texts()
    assert 0 < len(looks) < 24
    assert not {"Accepted", "Nothing found"} & set(looks)


def test_any_column_sorts_by_keyboard_and_what_has_no_value_stays_last(seen, folder: Path) -> None:
    page, _ = seen
    page.goto((folder / "director.html").as_uri())
    head = page.locator("#list th[data-sort=change]")
    for order, sign in (("ascending", 1), ("descending", -1)):
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == order
        changes = page.locator("#list tbody tr").evaluate_all("all => all.map(one => one.dataset.change)")
        values = [float(change) for change in changes if change]
        assert len(values) > 5
        assert values == sorted(values, key=lambda value: sign * value)
        assert all(not change for change in changes[len(values) :])
        shown(page)
    page.locator("#list th[data-sort=code] button").click()
    assert shown(page) == sorted(shown(page))
    assert page.locator("#list th[aria-sort]").count() == 1


def test_the_rows_of_a_trace_sort_by_day_and_number_and_are_found(seen, folder: Path) -> None:
    page, _ = seen
    page.goto((folder / "trace.html").as_uri())
    table = page.locator("#t-rows-numerator")
    table.get_by_role("button", name="starts_on").click()
    days = table.locator("tbody tr td:nth-child(5)").evaluate_all("all => all.map(one => one.dataset.value)")
    assert days == sorted(days)
    table.get_by_role("button", name="Row", exact=True).click()
    table.get_by_role("button", name="Row", exact=True).click()
    assert table.locator("tbody tr").first.locator("td").nth(2).inner_text() == "61"
    page.fill("#find-rows-numerator", "28 may")
    assert table.locator("tbody tr:visible").count() == 2


def test_the_print_has_everything_that_is_folded_away(seen, folder: Path, tmp_path: Path) -> None:
    page, _ = seen
    page.goto((folder / "director.html").as_uri())
    assert not page.locator("details").first.evaluate("one => one.open")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.emulate_media(media="print")
    assert not page.locator(".filters").is_visible()
    assert page.pdf(path=str(tmp_path / "director.pdf")).startswith(b"%PDF")


def test_a_thousand_questions_are_open_in_two_seconds(seen, folder: Path) -> None:
    page, heard = seen
    target = folder / "thousand.html"
    target.write_text(review_pack.render(pack(1000)), encoding="utf-8")
    took: list[float] = []
    while len(took) < 5 and not any(seconds < SECONDS for seconds in took):  # others work here too
        page.goto("about:blank")
        started = time.perf_counter()
        page.goto(target.as_uri())
        page.evaluate(DRAWN)
        took.append(time.perf_counter() - started)
    assert min(took) < SECONDS, took
    assert page.locator("#list tbody tr").count() == 1000
    assert not [line for line in heard if line.startswith(("console", "error"))]


def test_only_what_scrolls_is_a_stop_for_the_keyboard(seen, folder: Path) -> None:
    page, _ = seen
    page.goto((folder / "director.html").as_uri())
    page.evaluate(DRAWN)
    first = page.locator(".scroll").first
    assert first.evaluate("one => one.tabIndex") == -1
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(DRAWN)
    assert first.evaluate("one => one.tabIndex") == 0
