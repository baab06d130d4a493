"""The invented patients: pools of them by locality and kind of care, with an age each.

Here: drawing patients. Not here: what happens to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.shape import LOCALITIES

Ints = npt.NDArray[np.int64]
SHARE = (0.42, 0.34, 0.24)
"""Share of patients by locality, near the registered lists."""

_POOLS: dict[str, tuple[int, int, int]] = {
    # people at scale 1, youngest, oldest
    "adult": (34_000, 18, 64),
    "older_adult": (8_000, 65, 97),
    "cyp": (11_000, 4, 17),
    "lda": (2_600, 18, 78),
    "talking_therapies": (26_000, 16, 80),
    "infant": (14_000, 0, 5),
    "pupil": (9_000, 5, 17),
    "physical": (38_000, 30, 99),
}
_SMALLEST = 600
"""People in the smallest pool at any scale: wards keep their real size, and need as many patients."""


@dataclass(frozen=True)
class People:
    """Pools of patients.

    Attributes:
        ages: age of each patient, by patient number.
        practices: registered GP practice of each patient, as an index of ``practice_codes``; -1 not recorded.
        pools: first patient number and size of each (pool, locality number).
    """

    ages: Ints
    practices: Ints
    pools: dict[tuple[str, int], tuple[int, int]]
    practice_codes: tuple[str, ...]

    @classmethod
    def invent(cls, rng: np.random.Generator, scale: float) -> People:
        """Draw the patients of a trust at a scale."""
        codes = tuple(f"{prefix}{number:03d}" for prefix in ("C86", "C87", "B81") for number in range(1, 31))
        pools: dict[tuple[str, int], tuple[int, int]] = {}
        ages: list[Ints] = []
        practices: list[Ints] = []
        first = 1
        for pool, (size, youngest, oldest) in _POOLS.items():
            for place in range(len(LOCALITIES)):
                count = max(_SMALLEST, int(size * scale * SHARE[place]))
                pools[pool, place] = (first, count)
                ages.append(rng.integers(youngest, oldest + 1, count))
                near = place * 30 + rng.integers(0, 30, count)
                far = rng.integers(0, len(codes), count)
                chance = rng.random(count)
                practices.append(np.where(chance < 0.01, -1, np.where(chance < 0.04, far, near)))
                first += count
        nobody = np.array([-1])
        return cls(np.concatenate([nobody, *ages]), np.concatenate([nobody, *practices]), pools, codes)

    def draw(self, rng: np.random.Generator, pool: str, place: int, count: int) -> Ints:
        """``count`` patient numbers from a pool."""
        first, size = self.pools[pool, place]
        return rng.integers(first, first + size, count)


def pool_of(service: str, team_type: str) -> str:
    """The pool that a team's patients come from."""
    if service != "community_physical":
        return service
    return {"16": "infant", "32": "pupil", "38": "pupil"}.get(team_type, "physical")
