"""What goes into the records and comes out of them, as plain frozen rows.

Here: the rows, and the hash that gives them a version. Not here: tables, databases, or decisions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhsbn.values import MetricValue


@dataclass(frozen=True)
class Collection:
    """What a set of records belongs to: one trust's collection for one project, edition and period."""

    ods_code: str
    project: str
    edition: str
    period: str


@dataclass(frozen=True)
class Calculated:
    """One metric's values from one set of inputs.

    Attributes:
        metric_version: hash of the definition and its SQL.
        inputs_version: hash of the definition and of every table version it read.
    """

    metric_id: str
    metric_version: str
    inputs_version: str
    values: tuple[MetricValue, ...]

    @property
    def data_version(self) -> str:
        """Hash of the values: the same numbers from other inputs are the same data."""
        return digest([list(vars(value).values()) for value in self.values])


@dataclass(frozen=True)
class MadeTool:
    """A collection tool as made, before it has a version number."""

    locality: str
    path: str
    sha256: str
    inputs_version: str
    template_sha256: str
    binding_version: str
    verification: Mapping[str, Any]


@dataclass(frozen=True)
class Checked:
    """The outcome of a check, with what it was told of.

    Attributes:
        subject: report, table, metric or tool.
        observed: counts and keys, never a person's identifier.
    """

    subject: str
    check_name: str
    subject_version: str
    passed: bool
    severity: str
    message: str
    observed: Mapping[str, Any]


def digest(value: object) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
