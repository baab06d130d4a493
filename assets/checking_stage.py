"""The stage between measuring and filling: every declared check, judged on kept figures and kept with its results.

Here: gathering the evidence, judging when something it stands on has changed, and what open failures hold back.
Not here: the rules (``nhsbn.checks``), calculating a figure, and filling a tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from assets.cell_knowledge import coverage, knowledge
from assets.measuring_stage import Edition, calculate, collection, inputs
from assets.workshop import Workshop
from nhsbn.checks.comparisons import by_cell
from nhsbn.checks.declared import Checks
from nhsbn.checks.evidence import Earlier, Evidence, Verdict, earlier
from nhsbn.checks.judging import judge
from nhsbn.checks.standing import Held, Standing, held, stand
from nhsbn.metrics.catalogue import JUDGED_BY, Question
from nhsbn.periods import Month
from nhsbn.tools.cells import CellState, decide
from nhsbn.values import ALL, TRUST, MetricValue
from resources.records_checks import CheckRecords, KeptJudgement
from resources.records_rows import Calculated, digest

JUDGED_AS = "3"
"""Part of what a judgement stands on: raise it when a rule itself comes to judge otherwise."""

MONTHS_BACK = 36
"""How far back the history of a figure is looked at."""


@dataclass(frozen=True)
class Basis:
    """What a judgement stands on, known without any figure.

    Attributes:
        parts: each version by its name, as kept with the judgement.
        known: metrics whose figures are at hand, controls included.
    """

    parts: Mapping[str, object]
    known: frozenset[str]

    @property
    def version(self) -> str:
        """All of it as one hash."""
        return digest(self.parts)


def today() -> date:
    """The day that decides which acceptances still hold."""
    return datetime.now(UTC).date()


def checks_of(workshop: Workshop, work: Edition) -> Checks:
    """The checks of an edition."""
    return workshop.site.checks(work.project.project, work.project.edition)


def controls_of(workshop: Workshop, work: Edition) -> Edition | None:
    """The figures that only checks use, as an edition of their own."""
    controls = checks_of(workshop, work).controls
    return Edition(work.project, controls, work.period) if controls else None


def places_of(workshop: Workshop, work: Edition) -> tuple[str, ...]:
    """The places that the edition is submitted for, the trust last."""
    localities = workshop.site.organisation.locality_ids if work.project.by_locality else ()
    return (*localities, TRUST)


def basis(workshop: Workshop, work: Edition) -> Basis:
    """What a judgement of the present figures would stand on."""
    site, of = workshop.site, collection(workshop, work)
    versions = inputs(workshop, work, work.catalogue.metrics)
    if controls := controls_of(workshop, work):
        versions |= inputs(workshop, controls, controls.catalogue.metrics)
    known = workshop.records.known_versions(of, versions)
    metrics = work.catalogue.metrics
    parts = {
        "judged as": JUDGED_AS,
        "checks": checks_of(workshop, work).version,
        "ranges": digest([one.model_dump(mode="json", include=JUDGED_BY) for one in metrics]),
        "figures": {metric_id: version for metric_id, version in sorted(versions.items()) if metric_id in known},
        "extracts": digest({report: workshop.landed(report).data_version for report in site.register.reports}),
        "mapping": digest([site.maps[name].version for name in ("map_ward", "map_team")]),
        "tables": workshop.inputs.versions["unmapped"],
        "history": CheckRecords(workshop.records).versions(of.ods_code, of.project, work.period),
        "published": digest([vars(one) | {"month": str(one.month)} for one in site.comparisons]),
        "comparability": digest(
            {item: (one.item, one.verdict) for item, one in _verdicts(workshop, work).items()}
        ),
    }
    return Basis(parts, frozenset(known))


def is_judged(workshop: Workshop, work: Edition) -> bool:
    """Whether the last judgement stands on what is now known; so it is where nothing is to be checked."""
    if not checks_of(workshop, work).checks:
        return True
    last = CheckRecords(workshop.records).judgements(collection(workshop, work), 1)
    return bool(last) and last[0].basis == basis(workshop, work).version


def judge_return(workshop: Workshop, run_id: str, work: Edition) -> KeptJudgement | None:
    """Judge every check of a return, unless the last judgement stands on the very same.

    Figures that only checks use are calculated when they are not at hand; every other figure is taken as kept, and
    a question whose figures are not there yet is not judged.

    Returns:
        The judgement that stands; None where nothing is to be checked.
    """
    checks = checks_of(workshop, work)
    if not checks.checks:
        return None
    kept, of = CheckRecords(workshop.records), collection(workshop, work)
    now, last = basis(workshop, work), kept.judgements(of, 1)
    controls = controls_of(workshop, work)
    metrics = controls.catalogue.metrics if controls else ()
    if last and last[0].basis == now.version and now.known.issuperset(one.metric_id for one in metrics):
        return last[0]
    extra = calculate(workshop, run_id, controls, metrics) if controls else {}
    now = basis(workshop, work)
    workshop.tell(f"Judging: {len(checks.checks)} checks")
    known = workshop.records.known(of, inputs(workshop, work, work.catalogue.metrics))
    results = judge(checks, gather(workshop, work, {**known, **extra}))
    kept.keep_judgement(run_id, of, now.version, checks.version, now.parts, results)
    return kept.judgements(of, 1)[0]


def standings(
    workshop: Workshop, work: Edition, today: date, *, failed_only: bool = False
) -> tuple[Standing, ...]:
    """How every result of the last judgement stands, what needs a look first.

    Args:
        workshop: where it is kept.
        work: the edition and period.
        today: decides which acceptances have expired.
        failed_only: leave out what passed, was resolved or could not be judged.
    """
    kept, of = CheckRecords(workshop.records), collection(workshop, work)
    judgements = kept.judgements(of)
    if not judgements:
        return ()
    results = kept.results(judgements[0].id, failed_only=failed_only)
    before = kept.outcomes(judgements[1].id) if len(judgements) > 1 else {}
    return stand(results, before, kept.acceptances(of), today)


def held_back(workshop: Workshop, work: Edition, today: date) -> dict[str, Held]:
    """Place to what its open failures stop and withhold."""
    found = standings(workshop, work, today, failed_only=True)
    instructions = checks_of(workshop, work).instructions
    return {place: held(found, place, instructions) for place in places_of(workshop, work)}


def subjects_shown(workshop: Workshop, work: Edition, found: Iterable[Standing]) -> Iterator[tuple[str, Standing]]:
    """Each result with what it is shown with: its question; a control's, the first question its check names."""
    asked = {question.code for question in work.catalogue.questions}
    by_id = checks_of(workshop, work).by_id
    for one in found:
        subject, check = one.result.subject, by_id.get(one.result.check)
        named = (code for code in (check.named if check else ()) if code in asked)
        yield (subject if subject in asked else next(named, subject)), one


def by_metric(workshop: Workshop, work: Edition, found: Iterable[Standing]) -> dict[str, list[Standing]]:
    """Results by the metric they are shown with, in the order given; those of the whole return under ``""``."""
    metrics = {question.code: question.metric.metric_id for question in work.catalogue.questions}
    shown: dict[str, list[Standing]] = {}
    for subject, one in subjects_shown(workshop, work, found):
        shown.setdefault(metrics.get(subject, ""), []).append(one)
    return shown


def gather(workshop: Workshop, work: Edition, calculated: Mapping[str, Calculated]) -> Evidence:
    """The evidence of a return: its figures and their states, those before, and other sources'.

    Args:
        workshop: where all of it is kept.
        work: the edition and period.
        calculated: metric id to its values, controls included.
    """
    site, of = workshop.site, collection(workshop, work)
    versions = workshop.inputs.versions
    accounts = [one for name in site.library.conformed if (one := workshop.lake.account(name, versions[name]))]
    values = tuple(value for one in calculated.values() for value in one.values)
    months = [work.period.first_month.plus(-back) for back in range(MONTHS_BACK, 0, -1)]
    places = places_of(workshop, work)
    kept = CheckRecords(workshop.records)
    return Evidence(
        catalogue=work.catalogue,
        controls=checks_of(workshop, work).controls,
        period=work.period,
        places=places,
        values=values,
        states=_states(workshop, work, calculated, values, places),
        earlier=_earlier(workshop, work, kept, months),
        other=by_cell([*site.comparisons, *kept.comparisons(of.ods_code)]),
        mapped={
            account.table: (account.unmapped_rows, account.rows)
            for account in accounts
            if site.library.conformed[account.table].header.maps
        },
        reissued={
            account.table: {one.report: (one.withdrawn, one.superseded) for one in account.counts}
            for account in accounts
            if account.counts
        },
    )


def _states(
    workshop: Workshop,
    work: Edition,
    calculated: Mapping[str, Calculated],
    values: Iterable[MetricValue],
    places: Iterable[str],
) -> dict[str, dict[tuple[str, str, Month], CellState]]:
    """The state of every cell of every question at hand, before any check withholds it."""
    found = {(one.code, one.locality, one.member, one.month): one for one in values}
    extracts = coverage(workshop)
    controls = controls_of(workshop, work)
    asked: list[Question] = [*work.catalogue.questions, *(controls.catalogue.questions if controls else ())]
    at_hand = [one for one in asked if one.metric.returned or one.metric.metric_id in calculated]
    states: dict[str, dict[tuple[str, str, Month], CellState]] = {}
    for place in places:
        known = knowledge(workshop, work, place, extracts, {})
        states[place] = {
            (question.code, member, month): decide(
                question, member, month, found.get((question.code, place, member, month)), known
            )
            for question in at_hand
            for member in (ALL, *work.catalogue.members(question.metric))
            for month in work.period.months
        }
    return states


def _earlier(workshop: Workshop, work: Edition, kept: CheckRecords, months: list[Month]) -> Earlier:
    of = collection(workshop, work)
    return earlier(
        work.project.edition,
        kept.submitted(of.ods_code, of.project, months),
        kept.computed(of.ods_code, of.project, months, of.period),
        _verdicts(workshop, work),
        {question.code for question in work.catalogue.questions if question.is_ratio},
    )


def _verdicts(workshop: Workshop, work: Edition) -> dict[str, Verdict]:
    """Whether each question's figures may be held to the edition before."""
    found = workshop.site.comparability(work.project.project, work.project.edition)
    return {question.code: found.of(question.code) for question in work.catalogue.questions}
