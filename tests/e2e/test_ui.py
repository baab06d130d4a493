"""The Dagster UI in a real browser, as a reviewer uses it: find a metric, read it, follow it, make it anew.

``NHSBN_PICTURES=docs/images python -m pytest tests/e2e/test_ui.py`` takes the pictures of the documentation.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from nhsbn.planning import Key, conformed_key, extract_key, metric_key, tool_key
from pipelines.definitions import build_defs
from pipelines.jobs import job_name
from resources.home import Home
from resources.site import ROOT, Site

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
METRIC, TOOL = metric_key(PROJECT, "MI-CM-07"), tool_key(PROJECT, "rotherham")
WIDTH = 1800
PATIENCE = 30_000
"""Milliseconds that the UI is given to show something."""

# Runs are started at once: without the daemon that a queue of runs needs, the UI is up in half the time.
AT_ONCE = "run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}\n"


@dataclass(frozen=True)
class Ui:
    """A running UI and the home it is over."""

    address: str
    home: Path

    def of(self, key: Key, view: str = "") -> str:
        """The page of an asset."""
        return f"{self.address}/assets/{'/'.join(key)}{view}"


@pytest.fixture(scope="module")
def ui(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The UI over a home of its own, in which the first quarter's tools have been made."""
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("ui") / "home"))
    with (home / "dagster" / "dagster.yaml").open("a", encoding="utf-8") as config:
        config.write(AT_ONCE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster_webserver", "-w", str(ROOT / "workspace.yaml")]
    places = {"NHSBN_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "PYTHONWARNINGS": "ignore"}
    log = home / "webserver.log"
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            cwd=ROOT,
            env={**os.environ, **places},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{address}/server_info", server, log)
        yield Ui(address, home)
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_answering(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, f"the UI ended by itself: {log.read_text(encoding='utf-8')[-2000:]}"
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"the UI does not answer: {log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing = "chromium is absent, so the UI cannot be looked at; see scripts/install-debian-packages.sh"
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE)
    opened = browser.new_page(viewport={"width": WIDTH, "height": 1900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def keep_picture(page: Page, name: str, height: int) -> None:
    """Take a picture of the upper part for the documentation, when that is what this is run for."""
    if folder := os.environ.get("NHSBN_PICTURES"):
        expect(page.get_by_text("fetching statuses")).to_have_count(0)
        page.wait_for_timeout(2_000)  # until nothing moves any more
        page.screenshot(path=Path(folder) / name, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})


def test_a_reviewer_finds_a_metric_and_reads_what_it_is(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.address}/locations")
    page.get_by_text("Search", exact=True).first.click()
    page.keyboard.type("MI_CM_07")
    page.get_by_role("link").filter(has_text="MI_CM_07").first.click()
    page.wait_for_url(ui.of(METRIC))
    for said in ("Appointments not attended without warning (3)", "How the number is made", "Where it comes from"):
        expect(page.get_by_text(said).first).to_be_visible()
    for said in ("community-performance-lead", "MI_activity"):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.locator("a[href$='/sql/measures/appointment.sql:1']")).to_be_visible()
    for said in ("values by breakdown", "rows counted and left out", "rows set aside", "files", "comes from"):
        expect(page.get_by_text(said, exact=True).first).to_be_attached()
    for said in (
        "Learning disability and autism",
        "not with the patient",
        "contact.outcome",
        "north_lincolnshire",
    ):
        expect(page.get_by_text(said, exact=True).first).to_be_attached()
    if (more := page.get_by_role("button", name="Show more")).is_visible():
        more.click()
    keep_picture(page, "metric.png", 1900)
    page.set_viewport_size({"width": WIDTH, "height": 1250})
    page.get_by_text("View in graph").scroll_into_view_if_needed()
    expect(page.get_by_text("comes from", exact=True).first).to_be_in_viewport()
    keep_picture(page, "metric-comes-from.png", 1250)


def test_a_metric_is_followed_back_to_its_system(ui: Ui, page: Page) -> None:
    page.set_viewport_size({"width": WIDTH, "height": 700})
    page.goto(ui.of(METRIC, "?view=lineage&lineageScope=upstream&lineageDepth=4"))
    for said in ("extracts_reportal", "reportal_contacts", "conformed", "MI_activity"):
        expect(page.get_by_text(said, exact=True).first).to_be_visible()
    keep_picture(page, "metric-lineage.png", 700)


def test_the_whole_graph_is_groups_from_five_systems_to_the_tools(ui: Ui, page: Page) -> None:
    page.set_viewport_size({"width": WIDTH, "height": 1300})
    page.goto(f"{ui.address}/asset-groups")
    systems = ("esr", "ledger", "mha", "reportal", "risk")
    for group in (*(f"extracts_{system}" for system in systems), "conformed", "MI_quality_and_safety", "MI_tools"):
        named = page.get_by_text(group, exact=True).filter(visible=True)
        expect(named).to_have_count(2)  # in the list, and whole in the graph
    keep_picture(page, "lineage.png", 1300)


def test_an_extract_says_which_of_its_columns_no_metric_uses(ui: Ui, page: Page) -> None:
    page.goto(ui.of(extract_key("reportal_contacts")))
    expect(page.get_by_text("7 of 16: Duration (mins), Location Type", exact=False).first).to_be_attached()


def test_a_metric_made_anew_leaves_the_tool_stale_until_it_is_made_too(ui: Ui, page: Page) -> None:
    stale = page.get_by_text(re.compile(r"^Unsynced \(\d+\)$"))
    look_at(ui, page, TOOL)
    expect(stale).to_have_count(0)

    (ui.home / "inbox" / "reportal" / "RePortal_Contacts_202505.csv").unlink()
    land(ui.home, [extract_key("reportal_contacts"), conformed_key("contact")])
    look_at(ui, page, METRIC)
    expect(stale).to_have_text("Unsynced (1)")
    make(ui, page)
    look_at(ui, page, METRIC)
    expect(stale).to_have_count(0)

    look_at(ui, page, TOOL)
    expect(stale).to_have_text("Unsynced (2)")
    stale.hover()
    expect(page.get_by_text("MI_CM_07").first).to_be_visible()
    keep_picture(page, "stale-tool.png", 300)
    make(ui, page)
    look_at(ui, page, TOOL)
    expect(stale).to_have_count(0)


def look_at(ui: Ui, page: Page, key: Key) -> None:
    """Open what is known of the period of an asset."""
    page.goto(ui.of(key, f"?view=partitions&partition={PERIOD}"))
    expect(page.get_by_text("Latest materialization").first).to_be_visible()


def make(ui: Ui, page: Page) -> None:
    """Have the UI make what is looked at, and wait until it is made."""
    with dg.DagsterInstance.from_config(str(ui.home / "dagster")) as instance:
        before = {run.run_id for run in instance.get_runs()}
        page.get_by_role("button", name="Materialize").first.click()
        page.get_by_role("button", name="Launch 1 run").click()
        for _ in range(4 * 60):
            new = [run for run in instance.get_runs() if run.run_id not in before]
            if new and new[0].is_finished:
                assert new[0].is_success, f"the run ended as {new[0].status}"
                return
            time.sleep(0.25)
    raise AssertionError("the run that the UI started has not ended within a minute")


def land(home: Path, keys: list[Key]) -> None:
    """Bring part of the graph up to date, as the sensor's run would."""
    definitions = build_defs(site=Site(), home=Home(home))
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        result = definitions.resolve_job_def(job_name(PROJECT)).execute_in_process(
            instance=instance, partition_key=PERIOD, asset_selection=[dg.AssetKey(list(key)) for key in keys]
        )
    assert result.success
