"""What a gateway tells of itself: to Prometheus, in its log, and of the time before it was started again."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.threads import deferToThread

from gateway.assembly.measures import SERIES_SUFFIX
from gateway.measures import GATEWAY, SeriesStore, Span
from tests.system.gateway_process import PASSWORD, Gateway, gateway, samples
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import node_smsc
from tests.system.test_gateway_sms import Conversation

pytestmark = pytest.mark.system


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def _metrics(port: int) -> dict[str, float]:
    """Every sample by its name, those of all labels added up."""

    def fetch() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:  # our own
            return str(response.read().decode())

    found: dict[str, float] = {}
    for family in text_string_to_metric_families(await deferToThread(fetch)):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def _lines(ours: Gateway) -> list[dict[str, Any]]:
    return [json.loads(line) for log in ours.logs for line in log if line.startswith("{")]


def _watched_seconds(path: Path) -> list[float]:
    store, now = SeriesStore(path), int(time.time()) + 2
    (series,) = store.read(["accepted"], GATEWAY, Span.HOUR, now)
    store.close(now)
    return [value for value in series.values if value is not None]


@in_reactor
async def test_metrics_log_and_series_tell_what_was_asked_and_last_over_a_restart(tmp_path: Path) -> None:
    port = _free_port()
    settings = f'[health]\nlisten_port = {port}\n[logging]\nqueries = "all"\n'
    series = tmp_path / f"journal.sqlite{SERIES_SUFFIX}"
    (code,) = samples().fresh(1)
    async with node_smsc(password=PASSWORD) as smsc, gateway(tmp_path, smsc.port, settings=settings) as ours:
        await smsc.event("bound")
        people = Conversation(smsc, ours)
        await people.ask(people.phone(), code)
        told = await _metrics(port)
        assert (told["zhenma_link_bound"], told["zhenma_link_mo_messages_total"]) == (1.0, 1.0)
        assert (told["zhenma_queries_accepted_total"], told["zhenma_backend_up"]) == (1.0, 1.0)
        assert await ours.end() == 0
        steps = [(line["event"], line["state"]) for line in _lines(ours) if line.get("uid")]
        assert steps == [("query_accepted", "accepted"), ("query_answered", "sending"), ("query_finished", "sent")]
        assert ("link_bound", "mobile", f"link-{smsc.port}") in [
            (line.get("event"), line.get("carrier"), line.get("link")) for line in _lines(ours)
        ]
        before = _watched_seconds(series)
        assert sum(before) > 0

        await ours.start()
        assert (await _metrics(port))["zhenma_queries_accepted_total"] == 0.0
        assert await ours.end() == 0
        assert len(_watched_seconds(series)) >= len(before)


@in_reactor
async def test_series_that_are_broken_are_moved_aside_and_nobody_waits_for_them(tmp_path: Path) -> None:
    series = tmp_path / f"journal.sqlite{SERIES_SUFFIX}"
    series.write_bytes(b"no database at all" * 1000)
    (code,) = samples().fresh(1)
    async with node_smsc(password=PASSWORD) as smsc, gateway(tmp_path, smsc.port) as ours:
        await smsc.event("bound")
        people = Conversation(smsc, ours)
        assert code[-4:] in await people.ask(people.phone(), code)
        assert await ours.end() == 0
    assert series.with_name(series.name + ".broken").stat().st_size == 18_000
    assert any("are broken" in line["message"] for line in _lines(ours))
