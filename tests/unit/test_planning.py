"""Planning: a change makes stale what hangs on it, and nothing else."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from nhsbn.planning import Step, conformed_key, extract_key, make_plan, metric_key, tool_key

CONTACTS, STAFF = extract_key("reportal_contacts"), extract_key("esr_staff_in_post")
CONTACT, IN_POST = conformed_key("contact"), conformed_key("staff_in_post")
SEEN, STAFFED = metric_key("p", "MI-CM-03"), metric_key("p", "MI-WF-02")
TOOL = tool_key("p", "trust")
STEPS = (
    Step(TOOL, "the trust's tool", (SEEN, STAFFED)),
    Step(SEEN, "Contacts delivered", (CONTACT,)),
    Step(STAFFED, "Staff in post", (IN_POST,)),
    Step(CONTACT, "contact", (CONTACTS,)),
    Step(IN_POST, "staff_in_post", (STAFF,)),
    Step(CONTACTS, "RePortal contacts"),
    Step(STAFF, "ESR staff in post"),
)


def test_nothing_changed_is_fresh() -> None:
    plan = make_plan(STEPS, {})
    assert plan.is_fresh
    assert len(plan.steps) == len(STEPS)


def test_a_change_reaches_what_reads_it_in_order_and_nothing_else() -> None:
    plan = make_plan(STEPS, {CONTACTS: "1 file is new"})
    assert plan.stale == (CONTACTS, CONTACT, SEEN, TOOL)
    assert plan.because[CONTACTS] == "1 file is new"
    assert plan.because[TOOL] == "reads Contacts delivered"


def test_a_step_with_several_changed_inputs_says_how_many() -> None:
    plan = make_plan(STEPS, {SEEN: "its definition changed", STAFFED: "its definition changed"})
    assert plan.because[TOOL].endswith("and 1 more")


def test_only_keeps_what_was_asked_for_and_what_it_hangs_on() -> None:
    plan = make_plan(STEPS, {CONTACTS: "new", STAFF: "new"}).only([STAFFED])
    assert set(plan.stale) == {STAFF, IN_POST, STAFFED}


def test_steps_that_read_each_other_are_a_fault() -> None:
    with pytest.raises(CycleError):
        make_plan([Step(CONTACT, "a", (IN_POST,)), Step(IN_POST, "b", (CONTACT,))], {})


def test_a_step_that_reads_what_is_not_there_is_a_fault() -> None:
    with pytest.raises(KeyError):
        make_plan([Step(CONTACT, "a", (CONTACTS,))], {})
