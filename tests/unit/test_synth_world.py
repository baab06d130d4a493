"""The invented world is plausible, and hangs together: its truth, its extracts and the trust's own mappings."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nhsbn.periods import Month
from synth import absence, community, generate, inpatients, ledger, mha, quirks, register, safety, staff, workforce
from synth.calendar import Calendar, day_number
from synth.forms import Extract, Sheet
from synth.people import People
from synth.shape import Shape
from synth.workforce import STATUSES

DAY = 1440
SHAPE = Shape()
YEAR = Calendar(Month(2024, 4), 12)


@pytest.fixture(scope="module")
def hospital() -> inpatients.Hospital:
    rng = np.random.default_rng(5)
    return inpatients.simulate(SHAPE, YEAR, People.invent(rng, 0.1), rng)


@pytest.fixture(scope="module")
def staffed() -> workforce.Workforce:
    return workforce.simulate(SHAPE, YEAR, 0.1, np.random.default_rng(5))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    folder = tmp_path_factory.mktemp("told")
    generate(folder, scale=0.02, months=4, seed=11)
    return {path.stem: pq.read_table(path) for path in (folder / "truth").glob("*.parquet")}


def mapped(name: str, column: str) -> set[str]:
    with (Path(SHAPE.root) / "trust" / "maps" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


# Plausible


def test_sickness_is_within_half_a_point_of_the_published_rate_each_month(staffed: workforce.Workforce) -> None:
    episodes = absence.simulate(staffed, YEAR, np.random.default_rng(6))
    held = staffed.assignments
    sick = episodes.category == 0
    row = episodes.assignment[sick]
    for month in YEAR:
        lost = available = 0.0
        for day in range(day_number(month.first_day), day_number(month.last_day) + 1):
            live, fte = held.live_on(day), held.fte_on(day)
            away = (episodes.start[sick] <= day) & (episodes.end[sick] >= day) & live[row]
            available += fte[live].sum()
            lost += fte[row[away]].sum()
        assert 100 * lost / available == pytest.approx(absence.SICKNESS_PERCENT[month.number], abs=0.5), month


def test_vacancies_stay_between_eight_and_thirteen_percent(staffed: workforce.Workforce) -> None:
    held = staffed.assignments
    for month in YEAR:
        day = day_number(month.last_day)
        share = 1 - held.fte_on(day)[held.live_on(day)].sum() / staffed.positions.budget.sum()
        assert 0.08 <= share <= 0.13, month


def test_wards_are_as_full_as_wards_are(hospital: inpatients.Hospital) -> None:
    first = day_number(YEAR.first_day)
    inside = np.zeros(len(hospital.wards))
    for stay in hospital.stays:
        begin, end = max(stay.start // DAY, first), min(stay.end // DAY, first + YEAR.days)
        inside[stay.ward] += max(end - begin, 0)
    for number, ward in enumerate(hospital.wards):
        filled = inside[number] / hospital.beds[number].sum()
        low, high = {"adult_acute": (0.9, 1.02), "older_adult": (0.85, 1.02)}.get(ward.bed_type, (0.65, 1.02))
        assert low <= filled <= high, ward.name
        assert hospital.occupied[number].sum() <= inside[number], ward.name


def test_contacts_of_a_year_are_as_many_as_the_scale_asks(told: dict[str, pa.Table]) -> None:
    counted = told["contact"].filter(pc.not_equal(told["contact"]["quirk"], "withdrawn"))
    days = Calendar(Month(2024, 4), 4).days
    assert len(counted) == pytest.approx(1_600_000 * 0.02 * days / 365, rel=0.05)


# Hanging together


def test_stays_of_a_spell_follow_one_another_and_leave_lies_inside_its_stay(hospital: inpatients.Hospital) -> None:
    for spell in hospital.spells:
        assert spell.stays[0].start == spell.admitted
        assert spell.stays[-1].end == spell.discharged
        assert all(before.end == after.start for before, after in pairwise(spell.stays))
    moved = sum(len(spell.stays) > 1 for spell in hospital.spells)
    assert 0.03 < moved / len(hospital.spells) < 0.2
    leave = hospital.leave
    for stay, start, end in zip(leave.stay, leave.start, leave.end, strict=True):
        assert hospital.stays[stay - 1].start < start < end <= hospital.stays[stay - 1].end
    assert set(leave.kind.tolist()) == {"01", "02", "03", "04"}


def test_a_patient_is_in_one_spell_at_a_time(hospital: inpatients.Hospital) -> None:
    spells: dict[int, list[tuple[int, int]]] = {}
    for spell in hospital.spells:
        spells.setdefault(spell.patient, []).append((spell.admitted, spell.discharged))
    again = [sorted(times) for times in spells.values() if len(times) > 1]
    assert again
    assert all(before[1] <= after[0] for times in again for before, after in pairwise(times))


def test_sections_change_renew_and_end_as_the_act_has_it(hospital: inpatients.Hospital) -> None:
    kept = mha.simulate(hospital, YEAR, np.random.default_rng(7))
    assert all(section.start < section.end for section in kept.sections)
    assert {"02", "03", "05", "20"} <= {section.status for section in kept.sections}
    by_patient: dict[int, list[mha.Section]] = {}
    for section in kept.sections:
        by_patient.setdefault(section.patient, []).append(section)
    follows = sum(
        before.status == "02" and after.status == "03" and after.start <= before.end
        for sections in by_patient.values()
        for before, after in pairwise(sections)
    )
    assert follows > 20
    assert all(
        section.end - section.start <= 28 * DAY + 300 for section in kept.sections if section.status == "02"
    )
    assert all(section.end - section.start <= 3 * DAY for section in kept.sections if section.status == "05")
    assert len({order.number for order in kept.orders}) == len(kept.orders)


def test_the_ledger_agrees_with_the_staff_and_adds_up(staffed: workforce.Workforce) -> None:
    lines = ledger.simulate(SHAPE, staffed, YEAR, 0.1, np.random.default_rng(8))
    held = staffed.assignments
    for column, month in enumerate(YEAR):
        day = day_number(month.last_day)
        in_post = held.fte_on(day)[held.live_on(day)].sum()
        assert lines.contracted_wte[:, column].sum() == pytest.approx(in_post, abs=2)
        assert lines.year_to_date_actual[:, column] == pytest.approx(
            lines.actual[:, : column + 1].sum(axis=1), abs=0.01
        )
    codes = [subjective.code for subjective in SHAPE.subjectives]
    recharge = np.isin(lines.subjective, [codes.index("97010"), codes.index("97020")])
    assert lines.actual[recharge].sum() == pytest.approx(0, abs=0.01)
    assert lines.actual[:, 0].min() < 0
    unmapped = np.abs(lines.actual[lines.centre < 0]).sum() / np.abs(lines.actual).sum()
    assert 0 < unmapped < 0.005
    keys = list(zip(lines.centre.tolist(), lines.subjective.tolist(), strict=True))
    assert len(set(keys)) == len(keys)


# Mapped


def test_every_word_that_files_use_is_mapped_but_for_a_deliberate_few(told: dict[str, pa.Table]) -> None:
    def words(table: str, column: str) -> Counter[str]:
        return Counter(value for value in told[table][column].to_pylist() if value is not None)

    assert words("contact", "attendance").keys() <= mapped("map_attendance", "attendance")
    assert words("contact", "contact_method").keys() <= mapped("map_contact_method", "contact_method")
    assert words("contact", "team_id").keys() <= mapped("map_team", "team_id")
    assert words("referral", "source_of_referral").keys() <= mapped("map_referral_source", "source_code")
    assert words("ward_stay", "bed_type_code").keys() <= mapped("map_bed_type", "class_code")
    assert words("ward_stay", "ward_code").keys() == mapped("map_ward", "ward_code")
    assert words("incident_person", "harm").keys() <= mapped("map_harm", "harm_text")
    assert words("incident_person", "category").keys() <= mapped("map_incident_category", "category")
    assert words("restrictive_act", "intervention_type").keys() <= mapped(
        "map_intervention_type", "intervention_text"
    )
    sections = words("section", "section").keys() - {register.UNKNOWN_SECTION}
    assert sections <= mapped("map_legal_status", "section_text")
    assert words("assignment", "staff_group").keys() <= mapped("map_staff_group", "staff_group_text")
    assert set(staff.LEAVING) <= mapped("map_leaving_reason", "leaving_reason")
    assert set(STATUSES) <= mapped("map_assignment", "assignment_status")
    places = words("incident_person", "location")
    known = mapped("map_ward_alias", "alias") | mapped("map_team", "team_name")
    strange = sum(count for place, count in places.items() if place not in known)
    assert places.keys() - known <= {safety.UNKNOWN_PLACE}
    assert strange / places.total() < 0.01


def test_what_no_mapping_knows_is_rare_and_remembered(told: dict[str, pa.Table]) -> None:
    for table in ("contact", "referral"):
        found = Counter(told[table]["quirk"].to_pylist())
        assert found.keys() <= set(quirks.QUIRKS)
        assert 0 < found["unmapped"] / found.total() < 0.005
    assert community.OLD_TEAM not in mapped("map_team", "team_id")


# Issues


def extract(cells: pa.Table) -> Extract:
    report = SHAPE.register.reports["reportal_contacts"]
    return Extract(report, "RePortal_Contacts_202404", "", datetime(2024, 5, 4, 9, 12), (Sheet("", cells),))


def test_a_period_issued_twice_tells_first_what_was_known_first() -> None:
    flags = np.array(
        [0, quirks.LATE, quirks.CHANGED, quirks.WITHDRAWN, quirks.DUPLICATE, quirks.BAD], dtype=np.int8
    )
    final = pa.table({"contact_id": list("abcdef"), "attendance": ["Finished"] * 6})
    before = final.set_column(1, "attendance", pa.array(["Finished", "Finished", "Booked", *["Finished"] * 3]))
    first, later = quirks.issues(extract(final), flags, before=before, bad=("contact_id", "?"))
    assert first.sheets[0].cells["contact_id"].to_pylist() == ["a", "c", "d", "e", "e", "f"]
    assert first.sheets[0].cells["attendance"].to_pylist()[1] == "Booked"
    assert later.sheets[0].cells["contact_id"].to_pylist() == ["a", "b", "c", "e", "e", "f"]
    assert later.sheets[0].cells["attendance"].to_pylist()[2] == "Finished"
    assert first.overrides == later.overrides == ((5, "contact_id", "?"),)
    assert later.run_at > first.run_at
    assert later.name == "RePortal_Contacts_202404_v2"


def test_a_period_issued_once_has_no_late_changed_or_withdrawn_rows() -> None:
    flags = quirks.draw(200_000, np.random.default_rng(1), reissued=False, but=(quirks.BAD,))
    assert set(flags.tolist()) == {0, quirks.DUPLICATE, quirks.UNMAPPED}
    assert (flags == quirks.UNMAPPED).mean() == pytest.approx(quirks.RATES[quirks.UNMAPPED], rel=0.2)


def test_late_changed_and_withdrawn_contacts_are_remembered(told: dict[str, pa.Table]) -> None:
    found = Counter(told["contact"]["quirk"].to_pylist())
    assert found["late"] > found["changed"] > found["withdrawn"] > 0
