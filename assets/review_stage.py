"""What a review pack is told of one place: gathered from the records, the catalogue and the last judgement.

Here: putting it together. Not here: its shape (``nhsbn.checks.review``), how a pack looks, and calculating.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from assets.checking_stage import checks_of, controls_of, gather, is_judged, places_of, standings, subjects_shown
from assets.measuring_stage import Edition, collection, inputs
from assets.workshop import Workshop
from nhsbn.checks.declared import Checks
from nhsbn.checks.evidence import Evidence
from nhsbn.checks.kinds import SpecialCauseCheck
from nhsbn.checks.review import HistoryPoint, Review, ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Standing
from nhsbn.checks.value_rules import charted
from nhsbn.checks.xmr import Limits, Signal, limits, signals
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month
from nhsbn.tools.collection_tool import ToolCell
from nhsbn.values import ALL

States = Mapping[tuple[str, str, str], ToolCell]
"""Item, member and month to the cell of the last tool."""


class Reviewing:
    """A return under review: what all of its places share is gathered once, then each place's review is drawn.

    Args:
        workshop: where all of it is kept; nothing is calculated, and nothing written.
        work: the edition and period.
        today: decides which acceptances still hold.
    """

    def __init__(self, workshop: Workshop, work: Edition, today: date) -> None:
        self._workshop = workshop
        self._work = work
        self._today = today

    @property
    def places(self) -> tuple[str, ...]:
        """The places that may be reviewed, the trust last."""
        return places_of(self._workshop, self._work)

    def of(self, locality: str) -> Review:
        """The review of one place.

        Args:
            locality: a locality's id, or ``trust``.
        """
        work, records = self._work, self._workshop.records
        last = records.latest_tool(collection(self._workshop, work), locality)
        cells = records.cells(last.id) if last else []
        states = {(cell.item, cell.member, cell.month): cell for cell in cells}
        checks = self._by_subject(locality)
        return Review(
            project=work.project.project,
            edition=work.project.edition,
            period=str(work.period),
            locality=locality,
            place=self._workshop.site.organisation.places[locality],
            tool_version=last.version if last else None,
            questions=tuple(
                self._question(question, locality, states, checks.pop(question.code, []))
                for question in work.catalogue.questions
            ),
            checks=tuple(check for found in checks.values() for check in found),
            is_judged=self._is_judged,
        )

    @cached_property
    def _checks(self) -> Checks:
        return checks_of(self._workshop, self._work)

    @cached_property
    def _standings(self) -> Sequence[Standing]:
        return standings(self._workshop, self._work, self._today)

    @cached_property
    def _is_judged(self) -> bool:
        return is_judged(self._workshop, self._work)

    @cached_property
    def _evidence(self) -> Evidence:
        of = collection(self._workshop, self._work)
        versions = inputs(self._workshop, self._work, self._work.catalogue.metrics)
        if controls := controls_of(self._workshop, self._work):
            versions |= inputs(self._workshop, controls, controls.catalogue.metrics)
        return gather(self._workshop, self._work, self._workshop.records.known(of, versions))

    @cached_property
    def _chart(self) -> SpecialCauseCheck | None:
        return next(iter(self._checks.of(SpecialCauseCheck)), None)

    def _by_subject(self, locality: str) -> dict[str, list[ReviewedCheck]]:
        """The place's checks by question code, or table or ``tool``, what needs a look first."""
        found: dict[str, list[ReviewedCheck]] = {}
        own = (one for one in self._standings if one.result.locality == locality)
        for subject, one in subjects_shown(self._workshop, self._work, own):
            found.setdefault(subject, []).append(self._check(one))
        return found

    def _check(self, one: Standing) -> ReviewedCheck:
        result, declared = one.result, self._checks.by_id.get(one.result.check)
        question = self._evidence.questions.get(result.subject)
        owner = question.metric.metric_owner if question else self._work.project.owner
        return ReviewedCheck(
            check=result.check,
            title=declared.title if declared else result.check,
            subject=result.subject,
            severity=result.severity,
            outcome=result.outcome,
            status=one.status,
            message=result.message,
            findings=result.findings,
            instruction=declared.instruction if declared else "",
            owner=(declared and declared.owner) or owner,
            threshold_from=declared.threshold_from if declared else "",
            acceptance=one.acceptance,
            note=one.note,
            content=result.content,
        )

    def _question(
        self, question: Question, locality: str, states: States, checks: Sequence[ReviewedCheck]
    ) -> ReviewedQuestion:
        metric, catalogue = question.metric, self._work.catalogue
        titles = catalogue.dimensions[metric.dimension].members if metric.dimension else {}
        verdict = self._evidence.earlier.verdicts.get(question.code)
        history, lines = self._history(question, locality)
        return ReviewedQuestion(
            code=question.code,
            metric_id=metric.metric_id,
            title=question.item.title,
            metric_title=metric.metric_title,
            section=metric.section,
            unit=question.unit,
            definition=metric.metric_description,
            rules=metric.inclusion_exclusion_rules,
            sources=metric.sources,
            owner=metric.metric_owner,
            lead=metric.returned.lead if metric.returned else "",
            members={**titles, ALL: "All"},
            comparable=verdict.reason if verdict else "",
            caveat=self._evidence.earlier.caveat(question.code),
            cells=tuple(self._cells(question, locality, states)),
            history=history,
            limits=lines,
            checks=tuple(checks),
        )

    def _cells(self, question: Question, locality: str, states: States) -> Iterator[ReviewedCell]:
        """The question's cells by month, then member, as the tool lists them; the total last."""
        evidence = self._evidence
        for month in self._work.period.months:
            for member in (*self._work.catalogue.members(question.metric), ALL):
                figure = evidence.of(question.code, locality, member).get(month)
                cell = states.get((question.code, member, str(month)))
                value = figure.value if figure else None
                if cell is not None:
                    value = cell.value if isinstance(cell.value, float | int) else None
                before = evidence.earlier.submitted.get((question.code, locality, member), {}).get(month.plus(-12))
                change = None if value is None or before is None else value - before
                yield ReviewedCell(
                    member=member,
                    month=month,
                    value=value,
                    state=cell.state if cell else None,
                    reason=cell.reason if cell else "",
                    owner=cell.owner if cell else "",
                    last_submitted=before,
                    change=change,
                    change_percent=100 * change / abs(before) if change is not None and before else None,
                )

    def _history(self, question: Question, locality: str) -> tuple[tuple[HistoryPoint, ...], Limits | None]:
        """Every month known of the question's total, and the lines of its chart where it is long enough."""
        earlier, key = self._evidence.earlier, (question.code, locality, ALL)
        series = dict(earlier.history(key))
        now = self._evidence.of(question.code, locality)
        series |= {month: one.value for month, one in now.items() if one.value is not None}
        lines, marks = self._lines(question, locality)
        submitted = earlier.submitted.get(key, {})
        points = (
            HistoryPoint(
                month=month,
                value=series[month],
                kind="submitted" if month in submitted and month not in now else "computed",
                is_reported=month in now,
                signals=marks.get(month, frozenset()),
            )
            for month in sorted(series)
        )
        return tuple(points), lines

    def _lines(self, question: Question, locality: str) -> tuple[Limits | None, Mapping[Month, frozenset[Signal]]]:
        months, values = charted(self._evidence, question.code, locality)
        if self._chart is None or len(values) < self._chart.points or not self._chart.takes(question):
            return None, {}
        lines = limits(values, self._chart.scale)
        marks = signals(values, lines, self._chart.shift, self._chart.trend)
        return lines, dict(zip(months, marks, strict=True))
