"""The desk with its scan as processes: a hot-spot of a made log is a case with its looks, told once, over kill -9."""

from __future__ import annotations

import asyncio
import fcntl
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from gateway.insight.case_book import CaseBook
from gateway.insight.case_evidence import SCANNED
from gateway.insight.case_store import open_book
from gateway.insight.case_values import Dossier
from tests.gateway.configured import CONFIG, GATEWAY, configured
from tests.gateway.insight.made_journal import write_journal

pytestmark = pytest.mark.system

_BEFORE_SECONDS = 900.0  # the log is taken to be complete so long after an arrival
_WITHIN_SECONDS = 240.0


class Receiver:
    """Takes every alert, and counts each one's key."""

    def __init__(self) -> None:
        self.keys = Counter[str]()
        self.bodies: dict[str, str] = {}

    async def take(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        self.keys[key] += 1
        self.bodies[key] = await request.text()
        return web.Response(status=204)

    def scanned(self) -> dict[str, dict[str, object]]:
        """What was told of the scan's findings, by key."""
        bodies = {key: json.loads(body) for key, body in self.bodies.items()}
        return {key: body for key, body in bodies.items() if body["detector"] in SCANNED}


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, int]]:
    app, own = web.Application(), Receiver()
    app.router.add_post("/", own.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield own, runner.addresses[0][1]
    await runner.cleanup()


def _folder(tmp_path: Path, port: int) -> Path:
    (tmp_path / "hook").write_text("0123456789abcdef", encoding="utf-8")
    settings = f"""{GATEWAY}
[insight]
cases_path = "cases.sqlite"
statistics_path = "sums.sqlite"
centres_path = "{CONFIG / "map" / "area_centres.csv"}"
scan_every_seconds = 1
scan_state_path = "hotspots.state"
[[insight.webhooks]]
name = "desk"
url = "http://127.0.0.1:{port}/"
secret_file = "hook"
"""
    folder = configured(tmp_path, settings)
    write_journal(folder / "journal.sqlite", time.time() - _BEFORE_SECONDS)
    return folder


async def _desk(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", "insight", "--config", str(folder))


async def _until_kept(state: Path, since: float) -> None:
    """The scan has told all that it found and kept its state."""
    while True:
        if state.exists() and state.stat().st_mtime_ns >= since * 1e9:
            return
        await asyncio.sleep(0.1)


async def _until_told(folder: Path) -> None:
    """Every alert was taken, and the desk has noted that it was: a kill before that repeats it under the same key."""
    book = CaseBook(open_book(str(folder / "cases.sqlite")))
    while True:
        if not book.waiting_alerts():
            return
        await asyncio.sleep(0.1)


def _dossiers(folder: Path) -> list[Dossier]:
    book = CaseBook(open_book(str(folder / "cases.sqlite")))
    return [book.dossier(case.id) for case in book.cases() if case.detector in SCANNED]


async def _until_alone(state: Path) -> None:
    """Nobody holds the scan's lock any more: a scan ends with its desk."""
    with state.with_suffix(".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(0.1)
            else:
                return


async def test_hot_spots_are_cases_with_their_looks_and_told_once_over_kills(
    tmp_path: Path, receiver: tuple[Receiver, int]
) -> None:
    own, port = receiver
    folder = _folder(tmp_path, port)
    state = folder / "hotspots.state"
    process = await _desk(folder)
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            await _until_kept(state, 0.0)
            found = _dossiers(folder)
            await _until_told(folder)
            process.kill()
            await process.wait()
            await _until_alone(state)
            state.unlink()  # as if the machine had died before it was written
            process, again = await _desk(folder), time.time()
            await _until_kept(state, again)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert {one.case.detector for one in found} >= {"hotspot", "diversion"}
    assert all(one.extent.looks >= one.signals[0].observed for one in found)
    assert [one.case.id for one in _dossiers(folder)] == [one.case.id for one in found]
    assert own.scanned().keys() == {f"case:{one.case.id}:desk" for one in found}
    assert set(own.keys.values()) == {1}
    assert all(look.caller not in body for one in found for look in one.evidence for body in own.bodies.values())


async def test_the_scan_alone_fills_a_case_book_until_it_is_told_to_end(tmp_path: Path) -> None:
    journal, book, state = tmp_path / "journal.sqlite", str(tmp_path / "cases.sqlite"), tmp_path / "hotspots.state"
    write_journal(journal, time.time() - _BEFORE_SECONDS)
    open_book(book, create=True).dispose()
    words = ["--config", str(CONFIG), "--journal", str(journal), "--cases", book, "--state", str(state)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", "hotspots", "watch", *words)
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            await _until_kept(state, 0.0)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = _dossiers(tmp_path)
    assert {one.case.detector for one in found} >= {"hotspot", "diversion"}
    assert all(one.extent.looks >= one.signals[0].observed for one in found)
