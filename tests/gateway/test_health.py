"""/metrics: for this machine, or for whoever has the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.channels.sms import SmsChannel
from gateway.health import Health
from gateway.settings import HealthSettings
from smpp import LinkState
from tests.gateway.measures.readings import full_snapshot, link


class _Channel:
    def statistics(self) -> dict[str, int]:
        return {"accepted": 1, "open": 0}


@asynccontextmanager
async def serving(host: str = "127.0.0.1", token: str = "", state: LinkState = LinkState.BOUND) -> AsyncIterator[str]:
    channel = cast(SmsChannel, _Channel())
    health = Health(lambda: [link(state=state).status], channel, full_snapshot, token)
    await health.start(host, 0)
    runner = health._runner
    assert runner is not None
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await health.close()


async def _get(url: str, **headers: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text(), response.headers["Content-Type"]


async def test_this_machine_reads_metrics_without_a_token() -> None:
    async with serving() as url:
        status, text, content_type = await _get(f"{url}/metrics")
    assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "zhenma_link_bound" in {family.name for family in text_string_to_metric_families(text)}


async def test_openmetrics_is_spoken_where_it_is_asked_for() -> None:
    async with serving() as url:
        status, text, content_type = await _get(f"{url}/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert (status, content_type.split(";")[0]) == (200, "application/openmetrics-text")
    assert text.endswith("# EOF\n")


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic s3cret", "Bearer s3crets", "Bearer \u00e9"])
async def test_where_a_token_is_set_nothing_is_told_without_it(given: str) -> None:
    async with serving(token="s3cret") as url:
        status, text, _ = await _get(f"{url}/metrics", Authorization=given)
        assert (status, "zhenma" in text) == (401, False)
        assert (await _get(f"{url}/metrics", Authorization="Bearer s3cret"))[0] == 200


async def test_beyond_loopback_nothing_is_told_without_a_token(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(host="0.0.0.0") as url:
        status, text, _ = await _get(f"{url}/metrics")
        assert (status, "metrics_token_file" in text) == (403, True)
        assert (await _get(f"{url}/healthz"))[0] == 200
    assert "metrics_token_file" in caplog.text


@pytest.mark.parametrize(("state", "status"), [(LinkState.BOUND, 200), (LinkState.WAITING, 503)])
async def test_ready_is_a_link_that_is_bound(state: LinkState, status: int) -> None:
    async with serving(state=state) as url:
        assert (await _get(f"{url}/readyz"))[0] == status


def test_the_token_is_not_shown() -> None:
    assert "s3cret" not in repr(HealthSettings(metrics_token="s3cret"))
