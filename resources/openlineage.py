"""OpenLineage: each step of a run told, as it begins and ends, to a file or to a collector, where one is named.

Here: what is told, in OpenLineage's own terms, and sending it. Not here: what a step reads and makes (assets).
Names, types, versions and counts are told, and never a row. A failure to send is told once and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from nhsbn.lineage.feeds import EVERY, MATCHED, VALUE, Feeds

if TYPE_CHECKING:
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import column_lineage_dataset
    from openlineage.client.transport import Transport

SETTING = "NHSBN_OPENLINEAGE"
"""The environment variable that names the file, or the collector's address."""

NAMESPACE = "nhsbn"
"""Of every job and data set told."""

_PRODUCER = "urn:nhsbn"
_WAIT = 5.0
"""Seconds a collector is given to answer."""


@dataclass(frozen=True)
class DataSet:
    """Something that a step reads or makes.

    Attributes:
        name: its asset's key: ``conformed/contact``.
        columns: their names and types; empty where it is not a table.
        feeds: column to what feeds it.
        rows: how many it holds, once it is made.
        version: of its content, once it is made.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, Feeds] = field(default_factory=dict)
    rows: int | None = None
    version: str = ""


@dataclass(frozen=True)
class StepRun:
    """One step of one run.

    Attributes:
        run_id: of the run; a UUID.
        job: the run's job.
        step: its name.
        inputs: the names of what it reads.
    """

    run_id: str
    job: str
    step: str
    inputs: Sequence[str]

    @property
    def id(self) -> str:
        """The step's own UUID: the same for the same step of the same run."""
        return str(uuid5(UUID(self.run_id), self.step))


class Sender:
    """Tells a file or a collector of steps.

    Args:
        target: a path, to which a line is added for each event; or an address that begins with http.
        tell: told once if sending fails; nothing more is sent after that.
    """

    def __init__(self, target: str, tell: Callable[[str], None]) -> None:
        self._target = target
        self._tell = tell
        self._failed = False

    def begun(self, step: StepRun, outputs: Sequence[DataSet]) -> None:
        """Tell that a step begins, and what it is to make."""
        self._send("START", step, outputs)

    def ended(self, step: StepRun, outputs: Sequence[DataSet], *, failed: bool) -> None:
        """Tell that a step has ended, and what it made."""
        self._send("FAIL" if failed else "COMPLETE", step, outputs)

    def close(self) -> None:
        """Let go of the collector."""
        if "_transport" in self.__dict__:
            self._transport.close(_WAIT)

    def _send(self, state: str, step: StepRun, outputs: Sequence[DataSet]) -> None:
        if self._failed:
            return
        try:
            self._transport.emit(_event(state, step, outputs))
        except Exception as error:  # whatever goes wrong with telling others is no fault of the run
            self._failed = True
            self._tell(
                f"OpenLineage: not sent to {_shown(self._target)} ({type(error).__name__}); the run goes on"
            )

    @cached_property
    def _transport(self) -> Transport:
        # The transports alone: the client would add what it finds in the environment and in git.
        address = urlsplit(self._target)
        if address.scheme in ("http", "https"):
            from openlineage.client.transport.http import HttpConfig, HttpTransport

            endpoint = address.path.strip("/") or "api/v1/lineage"
            url = f"{address.scheme}://{address.netloc}"
            return HttpTransport(HttpConfig(url=url, endpoint=endpoint, timeout=_WAIT, retry={"total": 0}))
        from openlineage.client.transport.file import FileConfig, FileTransport

        path = Path(self._target).expanduser().absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileTransport(FileConfig(log_file_path=str(path), append=True))


def _shown(target: str) -> str:
    """A target without what may be secret in it."""
    try:
        address = urlsplit(target)
    except ValueError:
        return f"what {SETTING} names"
    return f"{address.scheme}://{address.hostname}" if address.scheme in ("http", "https") else target


def _event(state: str, step: StepRun, outputs: Sequence[DataSet]) -> event_v2.RunEvent:
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import parent_run

    parent = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=step.run_id),
        job=parent_run.Job(namespace=NAMESPACE, name=step.job),
        producer=_PRODUCER,
    )
    return event_v2.RunEvent(
        eventType=event_v2.RunState[state],
        eventTime=datetime.now(UTC).isoformat(),
        run=event_v2.Run(runId=step.id, facets={"parent": parent}),
        job=event_v2.Job(namespace=NAMESPACE, name=f"{step.job}.{step.step}"),
        inputs=[event_v2.InputDataset(namespace=NAMESPACE, name=name) for name in step.inputs],
        outputs=[_output(one) for one in outputs],
        producer=_PRODUCER,
    )


def _output(made: DataSet) -> event_v2.OutputDataset:
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import (
        DatasetFacet,
        OutputDatasetFacet,
        column_lineage_dataset,
        dataset_version_dataset,
        output_statistics_output_dataset,
        schema_dataset,
    )

    facets: dict[str, DatasetFacet] = {}
    if made.columns:
        fields = [schema_dataset.SchemaDatasetFacetFields(name, kind) for name, kind in made.columns.items()]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=_PRODUCER)
    if made.feeds:
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(
            fields={name: column_lineage_dataset.Fields(_inputs(feeds)) for name, feeds in made.feeds.items()},
            producer=_PRODUCER,
        )
    if made.version:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(made.version, producer=_PRODUCER)
    counted: dict[str, OutputDatasetFacet] = {}
    if made.rows is not None:
        counted["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=made.rows, producer=_PRODUCER
        )
    return event_v2.OutputDataset(namespace=NAMESPACE, name=made.name, facets=facets, outputFacets=counted)


def _inputs(feeds: Feeds) -> list[column_lineage_dataset.InputField]:
    from openlineage.client.facet_v2 import column_lineage_dataset

    kinds = {VALUE: ("DIRECT", "TRANSFORMATION"), MATCHED: ("INDIRECT", "JOIN")}
    found = []
    for column, use in sorted(feeds.items()):
        if column.name != EVERY:
            kind, subtype = kinds.get(use, ("INDIRECT", "FILTER"))
            transformation = column_lineage_dataset.Transformation(type=kind, subtype=subtype)
            name = dataset_name(column.relation)
            found.append(column_lineage_dataset.InputField(NAMESPACE, name, column.name, [transformation]))
    return found


def dataset_name(relation: str) -> str:
    """The data set that SQL calls by this name: ``staged.esr_absence`` is the asset ``extract/esr_absence``."""
    schema, table = relation.split(".")
    return f"{'extract' if schema == 'staged' else schema}/{table}"
