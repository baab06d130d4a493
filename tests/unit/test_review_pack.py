from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from invented_pack import PERIOD, check, pack

from nhsbn.checks.standing import Status
from nhsbn.review.pack import Look, Remark, ReviewPack, SignedOff, accepted, gaps, opened
from nhsbn.tools.cells import State


def looked_at(states: dict[int, State] | None = None, checks=(), remarks=()) -> Look:
    whole = pack(1)
    own = whole.review.questions[0]
    cells = [replace(cell, state=(states or {}).get(at, State.VALUE)) for at, cell in enumerate(own.cells)]
    question = replace(own, cells=tuple(cells), checks=tuple(checks))
    return replace(whole, remarks={question.code: tuple(remarks)}).look(question)


def said(verdict, holds: bool = True) -> Remark:
    return Remark("MI-AC-01", verdict, "", "Ada Byrne", date(2025, 7, 10), holds)


@pytest.mark.parametrize(
    ("look", "given"),
    [
        (Look.CLEAR, {}),
        (Look.CLEAR, {"checks": [check(1, status) for status in (Status.PASSED, Status.NOT_JUDGED)]}),
        (Look.CLEAR, {"checks": [check(1, Status.RESOLVED)]}),
        (Look.CLEAR, {"states": {0: State.NOT_APPLICABLE, 1: State.TRUE_ZERO}}),
        (Look.CLEAR, {"remarks": [said("confirmed")]}),
        (Look.CLEAR, {"remarks": [said("queried", holds=False)]}),
        (Look.CLEAR, {"remarks": [said("confirmed"), said("queried")]}),
        (Look.ACCEPTED, {"checks": [check(1, Status.ACCEPTED, "stops")]}),
        (Look.GAP, {"states": {2: State.NOT_COLLECTED}, "checks": [check(1, Status.ACCEPTED)]}),
        (Look.WARNING, {"checks": [check(1, Status.LAPSED)], "states": {0: State.NOT_COLLECTED}}),
        (Look.QUERIED, {"remarks": [said(None), said("queried")], "checks": [check(1, Status.NEW)]}),
        (Look.WITHHELD, {"states": {1: State.WITHHELD}, "remarks": [said("queried")]}),
        (Look.WITHHELD, {"checks": [check(1, Status.PERSISTING, "withholds")]}),
        (Look.STOPS, {"checks": [check(1, Status.NEW, "stops")], "states": {1: State.WITHHELD}}),
    ],
)
def test_the_most_pressing_reason_to_look_is_named(look: Look, given: dict) -> None:
    assert looked_at(**given) is look


def test_what_needs_a_look_comes_first_and_then_the_order_of_the_catalogue() -> None:
    whole = pack(33)
    for part in whole.parts:
        asked = whole.questions(part)
        keys = [(list(Look).index(whole.look(one)), one.code) for one in asked]
        assert keys == sorted(keys)
        assert sorted(one.code for one in asked) == sorted(part.codes)


def test_a_lead_sees_their_parts_alone() -> None:
    own = pack().of_lead("inpatient")
    assert [part.section for part in own.parts] == ["activity"]
    assert own.reader == "Sam Okafor, Inpatient performance lead"
    assert not own.is_for_director
    with pytest.raises(ValueError, match="nobody leads no part; community, inpatient, workforce do"):
        pack().of_lead("nobody")


def test_a_gap_is_told_once_for_all_cells_of_a_reason() -> None:
    own = pack(5).review.questions[4]
    cells = tuple(
        replace(cell, state=State.NOT_COLLECTED, reason="no file" if at else "no ward", owner="Lead")
        for at, cell in enumerate(own.cells)
    )
    first, second = gaps([replace(own, cells=cells)])
    assert (first.reason, first.cells) == ("no ward", (("all", PERIOD.months[0]),))
    assert (second.reason, second.cells) == ("no file", (("all", PERIOD.months[1]), ("all", PERIOD.months[2])))
    assert not gaps([replace(own, cells=tuple(replace(one, state=State.NOT_APPLICABLE) for one in own.cells))])


def test_open_and_accepted_checks_are_told_apart_and_the_gravest_comes_first() -> None:
    asked = pack(40).review.questions
    severities = [found.severity for _, found in opened(asked)]
    assert set(severities) == {"stops", "withholds", "warns"}
    assert severities == sorted(severities, key=("stops", "withholds", "warns").index)
    assert {found.status for _, found in accepted(asked)} == {Status.ACCEPTED}
    assert all(found.status.is_open for _, found in opened(asked))


def test_a_sign_off_holds_until_something_changes() -> None:
    signed = SignedOff("Ada Byrne", "Lead", date(2025, 7, 10))
    assert signed.holds
    assert not replace(signed, changed=("MI-AC-04 was 812",)).holds
    assert not replace(signed, verdict="queried").holds


def test_a_pack_of_nobody_in_particular_is_the_directors() -> None:
    assert isinstance(pack(), ReviewPack)
    assert pack().is_for_director
    assert pack().parts[2].signed_off is None
