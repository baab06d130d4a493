"""Small random extracts of patients' activity: a few rows a file, from few ids, so that they meet.

Here: RePortal, the Mental Health Act register and the incident system, issued once or again. As every file draws
its rows from the same few ids, a later issue changes, drops and adds rows of an earlier one. Not here: staff and
money (random_workforce), and what the rows come to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.property.small_return import Extract, Row

Rows = st.SearchStrategy[Row]
Issue = tuple[str, str]

TEAMS = ("10101", "10106", "10108", "10112", "10124", "20101", "20105", "20116", "30118", "10125", "99999")
WARDS = ("BRODS", "CUSWO", "KINGF", "MULBE", "ROWAN", "CORAL", "AMBER", "SAPPH", "HAWTH", "GONE")
FIRST, LAST = date(2025, 3, 20), date(2025, 7, 5)
BUSY = ("31/03/2025", "01/04/2025", "30/04/2025", "02/05/2025")

times = st.sampled_from(["00:00", "00:01", "09:00", "09:00:40", "14:30", "23:59"])


def day(start: date = FIRST, end: date = LAST) -> st.SearchStrategy[str]:
    """A date as printed; often one of a few, on which much happens together."""
    return st.sampled_from(BUSY) | st.dates(start, end).map("{:%d/%m/%Y}".format)


def moment(start: date = FIRST, end: date = LAST) -> st.SearchStrategy[str]:
    """A date and time as printed."""
    return st.builds("{} {}".format, day(start, end), times)


def maybe(cell: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A cell that is blank about as often as not."""
    return st.just("") | cell


def one_of(*cells: str) -> st.SearchStrategy[str]:
    """One of some cells."""
    return st.sampled_from(cells)


def numbered(letter: str, most: int) -> st.SearchStrategy[str]:
    """An id of a few."""
    return st.sampled_from([f"{letter}{number}" for number in range(1, most + 1)])


def row(**cells: st.SearchStrategy[str]) -> Rows:
    """A row of cells by column id."""
    return st.fixed_dictionaries(cells)


@st.composite
def extracts(
    draw: st.DrawFn, report: str, rows: Rows, key: Sequence[str], *issues: Issue, most: int = 8
) -> list[Extract]:
    """Some issues of a report, each of rows drawn anew.

    Args:
        draw: given by Hypothesis.
        report: its id.
        rows: how a row is drawn.
        key: columns by which a row is one of its file.
        issues: period as named by the file, and when it was run as an ISO time, of the files there may be.
        most: rows in a file; there must be more ids than that.
    """
    made = []
    for named, extracted in issues:
        if draw(st.integers(0, 4)):
            least = draw(st.sampled_from([0, most // 2, most]))
            unlike = st.lists(
                rows, min_size=least, max_size=most, unique_by=lambda row: tuple(row[name] for name in key)
            )
            found = draw(unlike)
            repeated = found[:1]
            made.append(Extract(report, named, datetime.fromisoformat(extracted), found + repeated))
    return made


def together(*parts: st.SearchStrategy[list[Extract]]) -> st.SearchStrategy[list[Extract]]:
    """All the files of several reports."""
    return st.tuples(*parts).map(lambda lists: [extract for part in lists for extract in part])


def _of_referral(cells: dict[str, Any]) -> dict[str, str]:
    """Give a row the patient of its referral, so that one referral is of one patient; else the one drawn."""
    drawn = cells.pop("patient", "")
    return {**cells, "patient_id": f"P{int(cells['referral_id'][1:] or drawn) % 3}"}


REFERRALS = numbered("R", 6)

referral = row(
    referral_id=REFERRALS,
    team_id=one_of(*TEAMS),
    received_at=moment(),
    source_of_referral=one_of("A1", "P1", "P1", "H1", "J2", ""),
    priority=one_of("1", "2", "3", "4", "4", ""),
    accepted_date=maybe(day()),
    rejected_date=maybe(day()),
    closed_date=maybe(day(end=date(2025, 8, 1))),
    closure_reason=one_of("", "Treatment completed", "Administrative closure", "Duplicate referral"),
).map(_of_referral)

contact = row(
    contact_id=numbered("", 20),
    activity_source=one_of("Appointment", "Visit"),
    referral_id=one_of("R1", "R2", "R3", "R4", "R5", "R9", ""),
    patient=one_of("1", "2"),
    team_id=one_of(*TEAMS[:6], "99999"),
    contact_at=moment(),
    attendance=one_of(
        "Finished", "Finished", "Attended", "Arrived late", "Late Not Seen", "Did Not Attend", "Booked",
        "Cancelled by Patient", "Cancelled by Unit", "Deleted", "Lost",
    ),
    contact_method=one_of(
        "Face to face", "Face-to-Face", "Telephone", "Video", "Talk type", "Email", "Telepathy", ""
    ),
    contact_with=one_of("Patient", "Patient", "patient ", "", "Carer", "Professional"),
    group_session_id=one_of("", "G1"),
).map(_of_referral)  # fmt: skip

on_caseload = row(
    referral_id=REFERRALS,
    team_id=one_of(*TEAMS[:6], "99999"),
    received_date=maybe(day(date(2024, 3, 1))),
    waiting=one_of("Y", "N", "Yes", ""),
).map(_of_referral)

community = together(
    extracts(
        "reportal_referrals", referral, ("referral_id", "team_id"),
        ("20250301_20250430", "2025-05-03T08:00"), ("20250401_20250630", "2025-07-03T08:00"),
        ("20250401_20250630", "2025-07-10T08:00"),
    ),
    extracts(
        "reportal_contacts", contact, ("contact_id", "activity_source"),
        ("202504", "2025-05-03T08:00"), ("202505", "2025-06-03T08:00"), ("202504", "2025-06-09T08:00"), most=25,
    ),
    extracts(
        "reportal_caseload", on_caseload, ("referral_id", "team_id"),
        ("20250331", "2025-04-01T06:00"), ("20250430", "2025-05-01T06:00"), ("20250430", "2025-05-08T06:00"),
        ("20250531", "2025-06-01T06:00"),
    ),
)  # fmt: skip


def _of_spell(cells: dict[str, Any]) -> dict[str, str]:
    """Give a ward stay its patient, and times that follow one another from how long each part lasted."""
    began = cells.pop("admitted")
    start = began + cells.pop("first_wards")
    lasted, left = cells.pop("lasted"), cells.pop("left")
    end = None if lasted is None else start + lasted
    gone = None if end is None or left is None else end + left
    times = {"admission_at": began, "ward_start_at": start, "ward_end_at": end, "discharge_at": gone}
    printed = {name: "" if time is None else f"{time:%d/%m/%Y %H:%M}" for name, time in times.items()}
    if cells.pop("no_ward_end"):
        printed["ward_end_at"] = ""
    return {**cells, **printed, "patient_id": f"P{int(cells['spell_id'][1:]) % 3}"}


def _lengths(most: int) -> st.SearchStrategy[timedelta]:
    return st.builds(timedelta, days=st.integers(0, most), hours=one_of("0", "7", "20").map(int))


ward_stay = row(
    spell_id=numbered("S", 6),
    ward_stay_id=numbered("W", 12),
    ward_code=one_of(*WARDS),
    admitted=st.builds(
        datetime.combine,
        st.dates(date(2025, 3, 20), date(2025, 7, 5)) | st.sampled_from([date(2020, 1, 1), date(2025, 1, 4)]),
        st.sampled_from([datetime(2025, 1, 1, hour).time() for hour in (0, 9, 22)]),
    ),
    first_wards=st.just(timedelta()) | _lengths(40),
    lasted=st.none() | _lengths(3) | _lengths(60),
    left=st.none() | st.just(timedelta()) | _lengths(20),
    no_ward_end=st.integers(0, 9).map(lambda drawn: drawn == 0),
    admission_method=one_of("21", "28", "2A", "2B", "11", "81", ""),
    discharge_method=one_of("1", "1", "4", "5", ""),
    discharge_destination=one_of("19", "19", "37", "38", "50", "79", "87", ""),
    crfd_start=maybe(day()),
    crfd_end=maybe(day()),
).map(_of_spell)

leave = row(
    leave_id=numbered("", 12),
    ward_stay_id=numbered("W", 14),
    patient_id=one_of("P0", "P1", "P2"),
    leave_type=one_of("01", "02", "03", "04"),
    start_at=moment(),
    end_at=maybe(moment()),
)

ward_beds = row(
    ward_code=one_of(*WARDS),
    bed_date=day(),
    available_beds=one_of("0", "5", "18"),
    closed_beds=one_of("", "2"),
    occupied_at_midnight=one_of("", "17"),
)

detention = row(
    period_id=numbered("", 12),
    patient_id=one_of("P0", "P1", "P2"),
    section=one_of("Sec 2", "S3", "Sec 3", "S4", "5(2)", "5(4)", "S136", "Informal", "37/41", "Sec 99"),
    start_at=moment(),
    expiry_at=maybe(day()),
    end_at=maybe(moment()),
    ward_at_start=one_of("Brod Wd", "Osprey Ward", ""),
)

order = row(
    cto_id=numbered("", 6),
    patient_id=one_of("P0", "P1", "P2"),
    start_date=day(),
    expiry_date=maybe(day()),
    end_date=maybe(day()),
    recall_at=maybe(moment()),
)

_stays = extracts(
    "reportal_ward_stays", ward_stay, ("ward_stay_id",),
    ("20250101_20250430", "2025-05-03T08:00"), ("20250401_20250630", "2025-07-03T08:00"),
    ("20250401_20250731", "2025-08-03T08:00"),
)  # fmt: skip
_leave = extracts(
    "reportal_leave", leave, ("leave_id",),
    ("20250401_20250630", "2025-07-03T08:00"), ("20250401_20250630", "2025-07-09T08:00"),
)  # fmt: skip
_register = extracts(
    "mha_legal_status", detention, ("period_id",), ("2024-25", "2025-04-09T08:00"), ("2025-26", "2025-07-03T08:00")
)

inpatient = together(
    _stays,
    _leave,
    _register,
    extracts("mha_ctos", order, ("cto_id",), ("2025-26", "2025-07-03T08:00"), most=4),
    extracts(
        "reportal_ward_beds", ward_beds, ("ward_code", "bed_date"),
        ("20250401_20250630", "2025-07-03T08:00"), ("20250401_20250430", "2025-07-09T08:00"),
    ),
    extracts(
        "reportal_contacts", contact, ("contact_id", "activity_source"), ("202504", "2025-05-03T08:00"), most=16
    ),
)  # fmt: skip


def _of_incident(cells: dict[str, Any]) -> dict[str, str]:
    """Give a row the date of its incident, which every person and act of it shares."""
    number = int(cells["incident_ref"][1:])
    return {**cells, "incident_date": ("30/04/2025", "01/05/2025", "02/04/2025", "30/06/2025")[number % 4]}


INCIDENTS = numbered("I", 6)

person_involved = row(
    incident_ref=INCIDENTS,
    person_seq=one_of("1", "2", "3"),
    location=one_of(
        "Brod Wd", "Tickhill Road: Cusworth", "Sandpiper", "HAWTH", "Rotherham CMHT North", "Car park", ""
    ),
    category=one_of("Violence and Aggression", "Abuse and violence", "Falls", "Medication", "Death", "Comets"),
    sub_category=one_of(
        "Physical assault - patient to staff", "Physical assault  - Patient to patient", "Unexpected death", ""
    ),
    approval_status=one_of("Finally approved", "In holding area", "Rejected", "Finally approved"),
    duplicate_of=one_of("", "", "", "I9"),
    serious_incident=one_of("", "Y", "N"),
    harm=one_of("", "None", "Moderate"),
).map(_of_incident)  # fmt: skip

act = row(
    incident_ref=numbered("I", 7),
    seq=one_of("1", "2", "3", "10"),
    intervention_type=one_of(
        "Prone", "Face down", "Standing", "Supine", "Seclusion", "Seclusion", "RT", "Rapid tranquillisation",
        "Mechanical restraint", "Tickling",
    ),
    duration=one_of("", "12"),
).map(_of_incident)  # fmt: skip

incidents = together(
    extracts(
        "risk_incidents", person_involved, ("incident_ref", "person_seq"),
        ("20250401_20250630", "2025-07-03T08:00"), ("20250401_20250531", "2025-07-09T08:00"),
    ),
    extracts(
        "risk_restrictive_interventions", act, ("incident_ref", "seq"),
        ("20250401_20250630", "2025-07-03T08:00"), ("20250401_20250630", "2025-07-09T08:00"),
    ),
    _stays, _leave, _register,
)  # fmt: skip
