"""Declarations: every fault at once, each with its file and line."""

from __future__ import annotations

import pytest

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import Problem, ProblemsError


class Inner(Declared):
    width: int


class Outer(Declared):
    name: str
    parts: list[Inner]


def problems_of(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        Document(text, "thing.yaml").validate(Outer)
    return [str(problem) for problem in caught.value.problems]


def test_a_sound_document_becomes_its_model():
    outer = Document("name: a\nparts:\n  - width: 3\n", "thing.yaml").validate(Outer)
    assert outer == Outer(name="a", parts=[Inner(width=3)])


def test_all_faults_come_together_with_their_lines():
    found = problems_of("nmae: a\nparts:\n  - width: 3\n  - width: wide\n    hight: 2\n")
    assert [line.split(": ")[0] for line in found] == [
        "thing.yaml:1",  # name is missing: the document's first line
        "thing.yaml:4",
        "thing.yaml:5",
        "thing.yaml:1",
    ]
    assert any("nmae: is not a known key" in line for line in found)
    assert any("parts.1.width" in line for line in found)


def test_a_key_given_twice_is_a_fault_not_a_surprise():
    assert problems_of("name: a\nname: b\nparts: []\n") == ["thing.yaml:2: 'name' is given twice; keep one"]


def test_text_that_is_not_yaml_says_where():
    assert problems_of("name: [a\nparts: ]\n")[0].startswith("thing.yaml:2: not valid YAML")


def test_lines_fall_back_to_the_nearest_parent():
    document = Document("name: a\nparts:\n  - width: 3\n", "thing.yaml")
    assert document.at("parts", 0, "absent") == "thing.yaml:3"


def test_a_collector_raises_what_was_gathered_and_hides_no_other_error():
    with pytest.raises(ProblemsError) as caught, Collector() as problems:
        problems.add("a:1", "first")
        with problems.gather():
            raise ProblemsError([Problem("b:2", "second")])
    assert [str(problem) for problem in caught.value.problems] == ["a:1: first", "b:2: second"]
    with pytest.raises(ZeroDivisionError), Collector() as problems:
        problems.add("a:1", "first")
        _ = 1 / 0
