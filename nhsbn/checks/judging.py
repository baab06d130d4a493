"""Every declared check judged on the evidence.

Here: which rule answers for which kind of check. Not here: the rules, and keeping what they come to.
"""

from __future__ import annotations

from collections.abc import Iterator

from nhsbn.checks import kinds
from nhsbn.checks.declared import Checks
from nhsbn.checks.evidence import Evidence
from nhsbn.checks.logic_rules import (
    judge_balance,
    judge_complete,
    judge_localities,
    judge_members,
    judge_order,
    judge_share,
    judge_sum,
)
from nhsbn.checks.results import Judged
from nhsbn.checks.source_rules import judge_agree, judge_mapped, judge_reissued
from nhsbn.checks.value_rules import judge_change, judge_outlier, judge_range, judge_special_cause


def judge(checks: Checks, evidence: Evidence) -> tuple[Judged, ...]:
    """The result of every check for every question and place it is for, passed and failed alike."""
    return tuple(result for check in checks.checks for result in _judge(check, checks, evidence))


def _judge(check: kinds.DeclaredCheck, checks: Checks, evidence: Evidence) -> Iterator[Judged]:  # noqa: C901
    fairness = checks.fairness
    match check:
        case kinds.RangeCheck():
            return judge_range(check, evidence)
        case kinds.ChangeCheck() if fairness:
            return judge_change(check, evidence, fairness)
        case kinds.OutlierCheck() if fairness:
            return judge_outlier(check, evidence, fairness)
        case kinds.SpecialCauseCheck():
            return judge_special_cause(check, evidence)
        case kinds.ShareCheck():
            return judge_share(check, evidence)
        case kinds.OrderCheck():
            return judge_order(check, evidence)
        case kinds.SumCheck():
            return judge_sum(check, evidence)
        case kinds.MembersCheck():
            return judge_members(check, evidence, checks.not_additive)
        case kinds.LocalitiesCheck():
            return judge_localities(check, evidence, checks.not_additive)
        case kinds.BalanceCheck():
            return judge_balance(check, evidence)
        case kinds.AgreeCheck():
            return judge_agree(check, evidence)
        case kinds.MappedCheck():
            return judge_mapped(check, evidence)
        case kinds.ReissuedCheck():
            return judge_reissued(check, evidence)
        case kinds.CompleteCheck():
            return judge_complete(check, evidence)
        case _:
            raise TypeError(f"{check.kind} has no rule")
