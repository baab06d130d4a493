"""The errors a person may meet, and the problems they list.

Here: the base error, and the one that carries many problems at once. Not here: wording of a particular check,
which stands beside the check.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class NhsbnError(Exception):
    """A mistake a user can mend. The command line prints it without a traceback."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        where: what a person would look for: ``file:line``, ``file, sheet 'S', row 12, column 'FTE'``, a metric id.
        message: what was found, what was expected, what to do.
        check: the check that found it, where one did: a gate of landing has a name of its own.
    """

    where: str
    message: str
    check: str = ""

    def __str__(self) -> str:
        """The problem as one line."""
        return f"{self.where}: {self.message}"


class ProblemsError(NhsbnError):
    """Every problem found in one go, so that a person mends them all in one sitting."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
