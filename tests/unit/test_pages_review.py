from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date

import pytest
from invented_pack import pack
from page_reader import Read

from nhsbn.review.pack import ReviewPack
from nhsbn.tools.cells import State
from pages.review_pack import render
from pages.review_view import latest, shown_questions, stands, unbroken, which


@pytest.fixture(scope="module")
def whole() -> ReviewPack:
    return pack(24)


@pytest.fixture(scope="module")
def page(whole: ReviewPack) -> str:
    return render(whole)


def test_the_same_pack_makes_the_same_bytes(page: str) -> None:
    assert render(pack(24)) == page


def test_the_page_is_whole_and_fetches_nothing(page: str) -> None:
    read = Read(page)
    assert read.fetched == []
    assert "@import" not in page
    assert "url(" not in page
    assert len(read.ids) == len(set(read.ids))
    inside = {f"#{name}" for name in read.ids}
    assert [link for link in read.links if link not in inside] == ["traces/MI-AC-03.html"]


def test_only_its_own_style_and_script_may_run(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*)</{tag}>", page, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert 'style="' not in page


def test_every_question_is_there_with_its_figures_and_what_needs_a_look_comes_first(
    whole: ReviewPack, page: str
) -> None:
    anchors = re.findall(r'<article class="card[^"]*" id="q-([^"]+)"', page)
    assert anchors == [one.question.code for one in shown_questions(whole)]
    assert sorted(anchors) == sorted(question.code for question in whole.review.questions)
    assert anchors[0] == "MI-AC-09"
    text = Read(page).text
    for one in shown_questions(whole):
        assert one.question.title in text
        assert one.latest.shown in text
        for _, figures in one.rows:
            assert all(f"was {figure.before}" in text for figure in figures if figure.before)
        for drawing in one.drawings:
            assert drawing.words in text


def test_monthly_figures_have_an_xmr_chart_and_others_bars_by_locality_and_breakdown(whole: ReviewPack) -> None:
    for one in shown_questions(whole):
        titles = [drawing.title for drawing in one.drawings]
        if one.question.limits:
            assert titles == ["History"]
        elif len(one.question.members) > 1:
            assert titles == ["By locality, June 2025", "By breakdown, June 2025"]
        else:
            assert titles == ["By locality, June 2025"]


def test_a_lead_is_shown_their_own_sections_and_nothing_of_others(whole: ReviewPack) -> None:
    page = render(whole.of_lead("inpatient"))
    own = set(whole.parts[1].codes)
    codes = set(re.findall(r"MI-AC-\d+", page))
    assert codes == own
    text = Read(page).text
    assert "For Sam Okafor, Inpatient performance lead" in text
    assert "side by side" not in text
    assert "Priya Nair" not in text
    assert "mapped nowhere" in text  # what is wrong with the return as a whole concerns every lead


def test_the_director_sees_progress_gaps_warnings_places_and_who_validated_what(page: str) -> None:
    text = Read(page).text
    assert "For Grace Obi, care group director" in text
    assert "Validated Ada Byrne, 10 July 2025" in text
    assert (
        "Lapsed It was confirmed; since then has changed: MI-AC-04, Adult acute, May 2025: was 812, is now 809"
        in text
    )
    assert "Overdue" in text
    assert "the extract of May 2025 has not arrived Inpatient performance lead" in text
    assert "accepted by Ada Byrne until 31 December 2025: A ward closed" in text
    assert "Localities side by side, June 2025" in text
    assert "North Lincolnshire" in text
    assert "Sections validated 1 of 3" in text


def test_what_people_wrote_stays_what_they_wrote(page: str) -> None:
    assert "The new ward is missing &lt;here&gt;." in page


def test_a_question_without_a_trace_page_says_by_which_command_it_is_traced(page: str) -> None:
    text = Read(page).text
    assert "nhsbn trace mhlda_indicators 2025-26-Q1 rotherham MI-AC-04 --month 2025-06" in text
    assert "rotherham MI-AC-03 --month" not in text


def test_figures_that_changed_since_they_were_judged_are_called_so(whole: ReviewPack, page: str) -> None:
    stale = render(replace(whole, review=replace(whole.review, is_judged=False)))
    assert "The checks are older than the figures." in stale
    assert "The checks are older than the figures." not in page


def test_a_pack_with_nothing_amiss_says_so() -> None:
    whole = pack(2)
    clean = tuple(
        replace(
            one, checks=(), limits=None, history=(), cells=tuple(replace(cell, state=None) for cell in one.cells)
        )
        for one in whole.review.questions
    )
    review = replace(whole.review, questions=clean, checks=(), tool_version=None)
    text = Read(render(replace(whole, review=review, beside=(review,), parts=whole.parts[:1]))).text
    for said in (
        "Every requested cell is answered",
        "No check is open.",
        "No failure of a check has been accepted.",
    ):
        assert said in text
    assert "No collection tool yet" in text
    assert "Cells answered –" in text


@pytest.mark.parametrize(
    ("made_on", "stand"), [(date(2025, 7, 21), ("waiting", "grey")), (date(2025, 7, 22), ("overdue", "red"))]
)
def test_a_section_is_overdue_the_day_after(whole: ReviewPack, made_on: date, stand: tuple[str, str]) -> None:
    assert stands(replace(whole, made_on=made_on), whole.parts[2]) == stand


def test_cells_are_named_as_shortly_as_they_can_be(whole: ReviewPack) -> None:
    question = whole.review.questions[1]
    assert len(question.members) == 3
    months = tuple(dict.fromkeys(cell.month for cell in question.cells))
    every = [(cell.member, cell.month) for cell in question.cells]
    assert which(question, every, months) == "all months"
    assert which(question, every[:3], months) == "Adult acute, all months"
    assert which(question, [every[1], every[4]], months) == "Adult acute and Older adult, May 2025"
    assert which(question, [every[0], every[4]], months) == "Adult acute, April 2025; Older adult, May 2025"


def test_a_chart_shows_the_months_that_its_lines_are_of(whole: ReviewPack) -> None:
    history = next(one.history for one in whole.review.questions if one.limits)
    assert unbroken(history) == history
    assert unbroken((*history[:3], *history[4:])) == history[4:]
    assert unbroken(()) == ()


def test_all_cells_are_answered_only_when_none_is_missing() -> None:
    whole = pack(1)
    (question,) = whole.review.questions
    one = replace(question.cells[0], state=State.VALUE)
    cells = (*(replace(one, member=str(number)) for number in range(999)), replace(one, state=State.NOT_COLLECTED))
    review = replace(whole.review, questions=(replace(question, cells=cells, history=(), limits=None),))
    said = Read(render(replace(whole, review=review, beside=(review,)))).text
    assert "Cells answered 99%" in said


def test_the_figure_of_a_broken_down_question_is_its_total(whole: ReviewPack) -> None:
    question = whole.review.questions[1]
    month = question.cells[-1].month
    found = latest(question, month)
    assert found.value == question.history[-1].value
    assert (found.change, found.last) == (None, None)
    single = whole.review.questions[0]
    assert latest(single, month).change == single.cells[-1].change  # of a percentage, in points
