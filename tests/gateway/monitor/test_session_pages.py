"""How long a session still holds: told to scripts, and kept only by those who are there or only look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.monitor import Role
from gateway.monitor.live_pages import LivePages
from gateway.monitor.roles import WATCHERS
from gateway.monitor.settings import MonitorSettings
from tests.gateway.monitor.served import Browser, Served, serving
from tests.gateway.monitor.still import Still

IDLE, WHOLE = 3600.0, 12 * 3600.0


async def left(browser: Browser, query: str = "") -> tuple[float, float]:
    """Until the session ends for want of use, and until it ends in any case."""
    got = await browser.get(f"/api/session{query}")
    assert got.status == 200, got.text
    term = json.loads(got.text)
    assert (term["idle_seconds"], term["seconds"]) == (IDLE, WHOLE)
    return term["idle_left_seconds"], term["left_seconds"]


def pass_time(served: Served, seconds: float) -> None:
    served.clock.now += seconds


async def test_a_look_at_the_session_tells_what_is_left_and_prolongs_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        pass_time(served, 1000)
        assert await left(browser) == (2600.0, WHOLE - 1000)
        pass_time(served, 2599)
        assert await left(browser) == (1.0, WHOLE - 3599)
        pass_time(served, 1)
        assert (await browser.get("/api/session")).status == 401


@pytest.mark.parametrize("role", Role)
async def test_use_keeps_every_session_and_watching_only_those_of_who_only_look(tmp_path: Path, role: Role) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(role)
        pass_time(served, 3000)
        assert (await left(browser, "?kept=watched"))[0] == (IDLE if role in WATCHERS else 600.0)
        assert (await left(browser, "?kept=used"))[0] == IDLE


async def test_whatever_keeps_a_session_it_ends_after_twelve_hours(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.READ_ONLY)
        for _ in range(23):
            pass_time(served, 1800)
            await left(browser, "?kept=watched")
        assert await left(browser) == (IDLE, 1800.0)
        pass_time(served, 1800)
        assert (await browser.get("/api/session?kept=watched")).status == 401


async def test_what_a_page_asks_for_on_its_own_is_no_use(tmp_path: Path) -> None:
    async with serving(tmp_path, sections=[LivePages(Still())]) as served:
        browser = await served.signed_in(Role.OPERATOR)
        for path in ("/live", "/api/status", "/api/series?measures=mo"):
            pass_time(served, 600)
            assert (await browser.get(path)).status == 200
        assert (await left(browser))[0] == IDLE - 1800
        await browser.get("/overview")
        assert (await left(browser))[0] == IDLE


async def test_a_program_has_no_session_and_a_reason_that_is_none_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert (await served.browser().get("/api/session", served.token(Role.OPERATOR))).status == 403
        assert (await (await served.signed_in(Role.OPERATOR)).get("/api/session?kept=ever")).status == 400


async def test_a_session_of_minutes_is_told_in_seconds(tmp_path: Path) -> None:
    settings = replace(MonitorSettings(), idle_minutes=0.5, session_hours=0.1)
    async with serving(tmp_path, settings=settings) as served:
        browser = await served.signed_in(Role.OPERATOR)
        term = json.loads((await browser.get("/api/session")).text)
        assert (term["idle_seconds"], term["seconds"]) == (30.0, 360.0)
