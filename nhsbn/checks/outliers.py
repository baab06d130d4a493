"""How far a value lies from its own history, measured so that one odd month of the past does not hide another.

Here: the modified z-score. Not here: how far is too far, which is declared, and what history is compared (series).

Source: B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC Quality Press (1993): 0.6745 times
the distance from the median, over the median absolute deviation (MAD); beyond 3.5 is a likely outlier. Where
more than half of the history is one value the MAD is nought, and 1.253314 times the mean absolute deviation stands
for its 1.4826 times, each being the standard deviation of a normal distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from statistics import fmean, median

MAD_TO_DEVIATION = 0.6745
MEAN_TO_DEVIATION = 1.253314


def modified_z(value: float, history: Sequence[float]) -> float:
    """The modified z-score of a value against its history; infinite where the history never varied and it does.

    Raises:
        ValueError: when there is no history.
    """
    if not history:
        raise ValueError("a score needs a history")
    middle = median(history)
    distances = [abs(past - middle) for past in history]
    if spread := median(distances):
        return MAD_TO_DEVIATION * (value - middle) / spread
    if spread := fmean(distances):
        return (value - middle) / (MEAN_TO_DEVIATION * spread)
    return 0.0 if value == middle else inf if value > middle else -inf
