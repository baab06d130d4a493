"""Whether two counts differ by more than chance makes counts differ.

Here: the exact conditional test of two Poisson counts. Not here: how large a change matters, which is declared.

Source: J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
Biometrika 31 (1940) 313-323. Given their sum n, one of two counts of equal exposure is binomial (n, 1/2) when
their means are equal; the test adds up its tail and doubles it.
"""

from __future__ import annotations

from math import exp, floor, lgamma, log

_NEGLIGIBLE = 1e-15
"""A tail's terms fall ever faster; one this small beside their sum ends it."""


def chance_of_difference(one: float, other: float) -> float:
    """How often chance alone sets two counts of the same mean at least this far apart, from 0 to 1.

    Args:
        one: a count; an expected number, which need not be whole, is rounded.
        other: the count it is compared with, over an equal exposure.

    Raises:
        ValueError: when a count is below nought.
    """
    low, high = sorted((floor(one + 0.5), floor(other + 0.5)))
    if low < 0:
        raise ValueError(f"{low} is not a count")
    total = low + high
    term = exp(lgamma(total + 1) - lgamma(low + 1) - lgamma(high + 1) - total * log(2))
    tail = term
    for successes in range(low, 0, -1):
        term *= successes / (total - successes + 1)
        tail += term
        if term <= tail * _NEGLIGIBLE:  # both are nought where the counts lie too far apart for a number
            break
    return min(1.0, 2 * tail)
