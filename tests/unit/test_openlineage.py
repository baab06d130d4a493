"""Steps told to OpenLineage: to a file, to a collector over HTTP, and to one that is not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import dagster as dg
import pytest

from assets.conformed import conformed_assets
from nhsbn.conformed.conforming import ConformedTable, Conserved
from nhsbn.lineage.feeds import EVERY, MATCHED, ROWS, VALUE, Column
from resources.openlineage import DataSet, Sender, StepRun
from resources.site import Site

SITE = Site()
STEP = StepRun("3f0b6a52-70f5-4c4e-9d2f-9a1a0a6f9b11", "a_return", "conform", ["extract/a", "map/places"])
TABLE = DataSet(
    "conformed/place",
    {"town": "varchar"},
    {
        "town": {
            Column("map.places", "town"): VALUE,
            Column("staged.a", "code"): MATCHED,
            Column("staged.a", "kind"): ROWS,
            Column("staged.a", EVERY): ROWS,
        }
    },
    rows=3,
    version="v1",
)


def unheard(line: str) -> None:
    raise AssertionError(f"nothing was to be told, and this was: {line}")


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Collector(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    received: ClassVar[list[tuple[str, dict[str, Any]]]] = []
    answer = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, json.loads(body)))
        self.send_response(self.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collector(answer: int = 201) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A collector that answers every post alike; its address, and what it received."""
    kind = type("Kept", (Collector,), {"received": [], "answer": answer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", kind.received
    finally:
        server.shutdown()
        server.server_close()


def test_a_file_gets_a_line_an_event_with_inputs_outputs_schema_and_lineage(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "events.jsonl"
    sender = Sender(str(path), unheard)
    sender.begun(STEP, [DataSet("conformed/place", {"town": "varchar"})])
    sender.ended(STEP, [TABLE], failed=False)
    sender.close()
    first, last = events(path)
    assert (first["eventType"], last["eventType"]) == ("START", "COMPLETE")
    assert first["run"]["runId"] == last["run"]["runId"] == str(UUID(STEP.id))
    assert last["run"]["facets"]["parent"]["run"]["runId"] == STEP.run_id
    assert last["job"] == {"namespace": "nhsbn", "name": "a_return.conform", "facets": {}}
    assert last["schemaURL"].startswith("https://openlineage.io/spec/")
    assert [(one["namespace"], one["name"]) for one in last["inputs"]] == [
        ("nhsbn", "extract/a"),
        ("nhsbn", "map/places"),
    ]
    (output,) = last["outputs"]
    assert output["name"] == "conformed/place"
    assert [(one["name"], one["type"]) for one in output["facets"]["schema"]["fields"]] == [("town", "varchar")]
    assert output["facets"]["version"]["datasetVersion"] == "v1"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 3
    fed = output["facets"]["columnLineage"]["fields"]["town"]["inputFields"]
    assert [
        (one["name"], one["field"], one["transformations"][0]["type"], one["transformations"][0]["subtype"])
        for one in fed
    ] == [
        ("map/places", "town", "DIRECT", "TRANSFORMATION"),
        ("extract/a", "code", "INDIRECT", "JOIN"),
        ("extract/a", "kind", "INDIRECT", "FILTER"),
    ]


@pytest.mark.parametrize(("path", "posted_to"), [("", "/api/v1/lineage"), ("/own/endpoint", "/own/endpoint")])
def test_a_collector_is_posted_to(path: str, posted_to: str) -> None:
    with collector() as (address, received):
        sender = Sender(address + path, unheard)
        sender.begun(STEP, [])
        sender.ended(STEP, [TABLE], failed=True)
        sender.close()
    assert [(where, event["eventType"]) for where, event in received] == [
        (posted_to, "START"),
        (posted_to, "FAIL"),
    ]
    assert received[1][1]["outputs"][0]["facets"]["columnLineage"]["fields"].keys() == {"town"}


def _nobody() -> str:
    with collector() as (address, _):
        pass
    return address.replace("http://", "http://user:secret@")


@pytest.mark.parametrize(
    "target",
    [
        _nobody,
        lambda: str(Path(__file__) / "below a file" / "events.jsonl"),
        lambda: "http://user:secret@[no address",
    ],
)
def test_a_failure_to_send_is_told_once_without_secrets_and_raises_nothing(target: Callable[[], str]) -> None:
    heard: list[str] = []
    sender = Sender(target(), heard.append)
    sender.begun(STEP, [])
    sender.ended(STEP, [TABLE], failed=False)
    (line,) = heard
    assert line.startswith("OpenLineage: not sent to ")
    assert "secret" not in line


def test_a_collector_that_refuses_is_not_asked_again() -> None:
    heard: list[str] = []
    with collector(answer=500) as (address, received):
        sender = Sender(address, heard.append)
        sender.begun(STEP, [])
        sender.ended(STEP, [TABLE], failed=False)
    assert len(received) == 1
    assert len(heard) == 1


def materialised(monkeypatch: pytest.MonkeyPatch, account: ConformedTable, sender: Sender | None) -> bool:
    def conform(*_: object) -> Iterator[ConformedTable]:
        account.reconcile()
        yield account

    monkeypatch.setattr("assets.conformed.conform", conform)
    return dg.materialize(
        [conformed_assets(SITE)],
        selection=["conformed/bed_day"],
        resources={"workshop": SimpleNamespace(site=SITE, sender=sender)},
        raise_on_error=False,
    ).success


def test_a_step_tells_what_it_reads_and_what_it_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert materialised(monkeypatch, ConformedTable("bed_day", "v7", 12, 0.0), Sender(str(path), unheard))
    first, last = events(path)
    assert {one["name"] for one in last["inputs"]} == {"extract/reportal_ward_beds", "map/map_ward"}
    (output,) = last["outputs"]
    assert output["facets"]["version"]["datasetVersion"] == "v7"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 12
    columns = SITE.library.conformed["bed_day"].header.columns
    assert [one["name"] for one in output["facets"]["schema"]["fields"]] == list(columns)
    fed = output["facets"]["columnLineage"]["fields"]["available_beds"]["inputFields"]
    assert [(one["name"], one["field"]) for one in fed] == [("extract/reportal_ward_beds", "available_beds")]
    assert first["outputs"][0]["name"] == "conformed/bed_day"


def test_a_step_that_fails_tells_so_and_made_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lost = ConformedTable("bed_day", "v7", 1, 0.0, conserved=(Conserved("rows", 2, 1),))
    assert not materialised(monkeypatch, lost, Sender(str(path), unheard))
    first, last = events(path)
    assert (first["eventType"], last["eventType"], last["outputs"]) == ("START", "FAIL", [])


def test_without_a_target_a_step_works_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert materialised(monkeypatch, ConformedTable("bed_day", "v7", 12, 0.0), None)
