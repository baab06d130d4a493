"""From a file in the inbox to its checks: what landing refuses and blocks, and what the shipped suite warns of."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.gates import gate_report
from expectations.results import CheckResult
from expectations.runner import check_report
from expectations.suites import load_suites
from resources.landing import extract_path, land_inbox
from resources.site import Site

HEADINGS = "CTO ID,Patient ID,Start Date,Expiry Date,End Date,End Reason,Recall Date,Team"
GOOD = "C1,P000001,03/06/2025,03/12/2025,,,,North CMHT"
TITLES = "Report: Community Treatment Orders\nFinancial Year 2025-26\nRun at: 02/07/2025 09:12\n"


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def checks(
    site: Site, home: Path, *rows: str, titles: str = TITLES, headings: str = HEADINGS
) -> dict[str, CheckResult]:
    """The checks of one register of community treatment orders, by id."""
    (home / "inbox" / "mha").mkdir(parents=True)
    text = "\n".join((titles, headings, *rows, ""))
    (home / "inbox" / "mha" / "MHA_CTO_2025-26.csv").write_text(text, encoding="utf-8")
    files = land_inbox(home / "inbox", home / "lake", site.register, b"key of this test")
    report = site.register.reports["mha_ctos"]
    suite = load_suites(site.texts("expectations", "**/*.yaml"), site.register)["mha_ctos"]
    parquet = {file.sha256: extract_path(home / "lake", report, file.sha256) for file in files}
    with duckdb.connect() as connection:
        gates = gate_report(suite, report, files, parquet, connection)
        quality = check_report(suite, site.register, files, parquet, connection)
    return {result.check: result for result in (*gates, *quality)}


def failed(found: dict[str, CheckResult]) -> set[str]:
    return {check for check, result in found.items() if not result.passed}


def test_a_good_register_passes_everything(site, tmp_path):
    assert failed(checks(site, tmp_path, GOOD)) == set()


def test_a_renamed_required_heading_fails_the_first_gate(site, tmp_path):
    found = checks(site, tmp_path, GOOD, headings=HEADINGS.replace("Start Date", "Order made on"))
    assert failed(found) == {"required_columns"}
    assert "'Start Date'" in found["required_columns"].observed


def test_the_wrong_year_in_the_title_fails_the_period(site, tmp_path):
    found = checks(site, tmp_path, GOOD, titles=TITLES.replace("2025-26", "2024-25"))
    assert "period" in failed(found)
    assert "unique_key" not in failed(found)


def test_one_key_with_two_contents_fails_the_key_and_names_both_rows(site, tmp_path):
    found = checks(site, tmp_path, GOOD, GOOD.replace("North", "South"))
    assert "unique_key" in failed(found)
    assert "period" not in failed(found)
    rows = found["unique_key"].failing
    assert [(row.row, row.key) for row in rows] == [(6, {"cto_id": "C1"}), (7, {"cto_id": "C1"})]


def test_what_is_odd_is_a_warning_with_its_row(site, tmp_path):
    found = checks(
        site,
        tmp_path,
        GOOD,
        "C2,P000002,31/06/2025,31/12/2025,,,,North CMHT",
        "C3,P000003,05/06/2025,05/06/2024,,,,North CMHT",
        "C4,P000004,05/06/2025,05/12/2025,06/06/2025,77,,North CMHT",
        "C5,P000005,05/06/2025,05/12/2025,01/06/2025,,,c/o Dr Invented",
        "C6,P000006,05/06/2019,05/12/2019,,,,North CMHT",
    )
    rows = {check: [row.key["cto_id"] for row in result.failing] for check, result in found.items()}
    assert {check: keys for check, keys in rows.items() if keys} == {
        "dates_readable": ["C2"],
        "codes_in_list": ["C4"],
        "dates_near_period": ["C6"],
        "no_names": ["C5"],
        "end_after_start": ["C5"],
        "expiry_after_start": ["C3"],
    }
    assert failed(found) == set(rows) & {check for check, keys in rows.items() if keys}
    assert all(found[check].severity == "warning" for check in failed(found))
    assert "Invented" not in "".join(result.model_dump_json() for result in found.values())
