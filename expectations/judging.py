"""Great Expectations at work: one suite and one validation for all the frames of a report.

Here: all that knows Great Expectations. Not here: where frames come from, and what a verdict means for a file.

It takes seconds to import, so it is imported only when there is something to judge; and a long-lived process keeps
what its context remembers, so each call has a context of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.suites import Expectation
from nhsbn.errors import NhsbnError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Judgement:
    """One thing to judge: an expectation with its settings, over one narrow frame.

    Attributes:
        item: the expectation.
        kwargs: settings of its class, but for the columns.
        groups: the readings judged, one tuple a reading or pair.
        frame: ``value_1``[, ``value_2``] and whatever else the caller wants back.
    """

    item: Expectation
    kwargs: Mapping[str, Any]
    groups: tuple[tuple[str, ...], ...]
    frame: pd.DataFrame


def prepare() -> None:
    """Import what judging needs."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations.expectations  # noqa: F401
    import pandas  # noqa: F401


def judge(name: str, judgements: Sequence[Judgement]) -> list[pd.DataFrame]:
    """Ask Great Expectations about every frame at once.

    The frames are laid side by side in one, their columns told apart by place and the shorter filled up with
    nulls, so that a report is one suite and one validation.

    Args:
        name: the report, to name the suite.
        judgements: what to judge.

    Returns:
        What failed of the frame of each judgement, in order.

    Raises:
        NhsbnError: when an expectation could not be evaluated, naming it.
    """
    if not judgements:
        return []
    prepare()
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("extracts").add_dataframe_asset(name)
    values = [
        judgement.frame.filter(like="value_").add_suffix(f"_of_{place}")
        for place, judgement in enumerate(judgements)
    ]
    batch = asset.add_batch_definition_whole_dataframe("newly landed").get_batch(
        {"dataframe": pd.concat(values, axis=1)}
    )

    def validated(places: Iterable[int], result_format: str) -> dict[int, Any]:
        expectations = [_expectation(judgements[place], place) for place in places]
        suite = gx.ExpectationSuite(name=name, expectations=expectations)
        results = batch.validate(suite, result_format={"result_format": result_format}).results
        return {result.expectation_config.meta["place"]: result for result in results}

    # Whether all is well is half the work of saying what is not, and mostly all is well.
    verdicts = validated(range(len(judgements)), "BOOLEAN_ONLY")
    details = validated((place for place, verdict in verdicts.items() if not verdict.success), "COMPLETE")
    failed = [judgement.frame.head(0) for judgement in judgements]
    for place, detail in details.items():
        item, frame = judgements[place].item, judgements[place].frame
        if "unexpected_index_list" not in detail.result:
            raise NhsbnError(
                f"{name}, check {item.id}: {item.expectation} could not be evaluated; "
                "mend its kwargs in the report's suite"
            )
        # The nulls that fill up a shorter frame may fail too, beyond its end.
        failed[place] = frame[frame.index.isin(detail.result["unexpected_index_list"])]
    return failed


def _expectation(judgement: Judgement, place: int) -> Any:
    import great_expectations.expectations as gxe

    item = judgement.item
    columns: dict[str, Any] = {"column": f"value_1_of_{place}"}
    if item.pair:
        columns = {
            "column_A": f"value_1_of_{place}",
            "column_B": f"value_2_of_{place}",
            "ignore_row_if": "either_value_is_missing",
        }
    return getattr(gxe, item.expectation)(
        **columns,
        **judgement.kwargs,
        severity=item.severity,
        meta={"check": item.id, "place": place, "notes": item.notes},
    )
