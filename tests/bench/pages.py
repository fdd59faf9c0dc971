"""Pages of the monitor that stand open: each loads as a browser does, then reads its stream of news for as long."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp

from gateway.simulate.visitors import Visitors

_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')
_CHARTS = re.compile(r'data-path="([^"]+/series)" data-unit="\w+" data-span="(\w+)"')
_MEASURES = re.compile(r'data-measure="([^"]+)"')
_SETTLE_SECONDS = 3.0


@asynccontextmanager
async def open_pages(visitors: Visitors, count: int) -> AsyncIterator[list[int]]:
    """So many overviews, open until the end; yields the count of news that each has read so far."""
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{visitors.port}", cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as session:
        await _sign_in(session, visitors)
        read = [0] * count
        tasks = [asyncio.create_task(_page(session, read, index)) for index in range(count)]
        await asyncio.sleep(_SETTLE_SECONDS)
        try:
            yield read
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _sign_in(session: aiohttp.ClientSession, visitors: Visitors) -> None:
    async with session.get("/sign-in") as answer:
        found = _FORM_TOKEN.search(await answer.text())
    assert found, "the page to sign in has no form"
    fields = {"form_token": found[1], "name": "operator", "password": visitors.password}
    async with session.post("/sign-in", data=fields) as answer:
        answer.raise_for_status()


async def _page(session: aiohttp.ClientSession, read: list[int], index: int) -> None:
    async with session.get("/overview") as answer:
        page = await answer.text()
    for path in _series(page):
        async with session.get(path) as answer:
            answer.raise_for_status()
            await answer.read()
    async with session.get("/live", timeout=aiohttp.ClientTimeout(total=None)) as answer:
        answer.raise_for_status()
        while await answer.content.readuntil(b"\n\n"):
            read[index] += 1


def _series(page: str) -> Iterator[str]:
    """What the page's charts ask for."""
    for figure in page.split("<figure ")[1:]:
        chart = _CHARTS.search(figure)
        if chart:
            yield f"{chart[1]}?measures={','.join(_MEASURES.findall(figure))}&span={chart[2]}"
