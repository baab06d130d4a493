"""Report declarations: the fifteen we ship are sound, and unsound ones are told apart."""

from __future__ import annotations

import re

import pytest

from nhsbn.errors import ProblemsError
from nhsbn.extracts.reports import SourceRegister, normalise_heading
from resources.site import Site

SOUND = """
report: esr_thing
source: esr
title: Thing
description: A thing.
file_name: 'Thing_(?P<yyyymm>\\d{6})'
kind: snapshot
grain: one thing
key: [thing_id]
period: {shape: month_end}
columns:
  thing_id: {heading: Thing ID, aliases: [ID], type: text, required: true}
  owner: {heading: Owner, type: text, personal: drop}
"""
CODELISTS = "lists:\n  colour: {r: red}\n"


def load(text: str) -> SourceRegister:
    return SourceRegister.load({"thing.yaml": text}, CODELISTS, "codelists.yaml")


def faults(text: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        load(text)
    return str(caught.value)


def test_the_five_systems_fifteen_reports_are_declared():
    register = Site().register
    assert len(register.reports) == 15
    assert {report.source for report in register.reports.values()} == {"esr", "ledger", "reportal", "risk", "mha"}


@pytest.mark.parametrize("report", Site().register.reports.values(), ids=lambda report: report.report)
def test_a_declared_heading_means_one_column(report):
    seen: dict[str, str] = {}
    for name, column in report.columns.items():
        for heading in {normalise_heading(text) for text in (column.heading, *column.aliases)}:
            assert seen.setdefault(heading, name) == name
    assert re.compile(report.file_name).groups >= 1


@pytest.mark.parametrize("report", Site().register.reports.values(), ids=lambda report: report.report)
def test_person_identifiers_are_never_landed_in_clear(report):
    for name in ("patient_id", "employee_number", "assignment_number", "staff_id", "caseload_holder"):
        if name in report.columns:
            assert report.columns[name].personal == "hash"
    for name in ("employee_name", "reporter_name", "description", "nearest_relative"):
        if name in report.columns:
            assert name not in report.kept_columns


def test_headings_match_whatever_their_case_and_spaces():
    headings = load(SOUND).reports["esr_thing"].headings
    assert headings[normalise_heading(" THING\u00a0 id\n")] == headings["id"] == "thing_id"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("key: [thing_id]", "key: [thing_no]"), "names columns it does not declare: thing_no"),
        (("kind: snapshot", "kind: events"), "kind events needs covers"),
        (("report: esr_thing", "report: mha_thing"), "must begin with its source"),
        (
            ("type: text, required", "type: code, codes: shade, required"),
            "code list 'shade' is not in codelists.yaml",
        ),
        (("type: text, required", "type: code, required"), "type code needs a code list"),
        (("(?P<yyyymm>", "(?P<yyyymm"), "not a regular expression"),
        (("personal: drop", "personal: delete"), "personal"),
    ],
)
def test_each_fault_is_named_with_file_and_line(change, message):
    found = faults(SOUND.replace(*change))
    assert message in found
    assert re.match(r"thing\.yaml:\d+: ", found)


def test_any_change_of_a_declaration_is_another_version():
    one, two = load(SOUND), load(SOUND.replace("aliases: [ID]", "aliases: [Ident]"))
    assert one.reports["esr_thing"].version != two.reports["esr_thing"].version
