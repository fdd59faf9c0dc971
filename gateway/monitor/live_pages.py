"""The gateway as it is now: an overview, a page for each carrier, link and the hotline, all of them live."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from gateway.measures import GATEWAY, Series, Snapshot, Span, Subject, Subscription
from gateway.measures.feed import Full
from gateway.measures.snapshot import LinkReading
from gateway.monitor import charts
from gateway.monitor.live_status import status
from gateway.monitor.page import Page
from gateway.monitor.roles import STAFF, Role
from gateway.monitor.visit import Visit
from smpp import LinkState
from smpp.events import Why
from smpp.receipts import MessageState

_CARRIERS = STAFF | {Role.CARRIER}
_WRITE_SECONDS = 60.0
_MAX_MEASURES = 12
_MEASURE = re.compile(r"[a-z_]{1,40}(\.[A-Za-z0-9_]{1,60})?", re.ASCII)
_LOOKS = {
    LinkState.BOUND: "good",
    LinkState.HALF_BOUND: "warn",
    LinkState.CONNECTING: "warn",
    LinkState.STOPPED: "warn",
}


class Watched(Protocol):
    """What `gateway.measures.Measures` gives, as far as pages need it."""

    def snapshot(self) -> Snapshot:
        """Everything as it is now."""

    async def series(self, names: Sequence[str], subject: Subject, span: Span) -> tuple[Series, ...]:
        """Measures over time."""

    def subscribe(self, topic: str = "") -> Subscription:
        """The news of each second.  Raises Full."""


class LivePages:
    """For operators and whoever may look; and for a carrier's engineers, of their own carrier only."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def pages(self) -> Sequence[Page]:
        return [
            Page("GET", "/overview", self._overview, STAFF, entry="live.overview"),
            Page("GET", "/carriers/{carrier}", self._carrier, _CARRIERS, entry="live.carrier", below="live.overview"),
            Page("GET", "/carriers/{carrier}/links/{link}", self._link, _CARRIERS, below="live.overview"),
            Page("GET", "/hotline", self._hotline, STAFF, entry="live.hotline"),
            Page("GET", "/live", self._news, STAFF, streamed=True, prolongs=False),
            Page("GET", "/carriers/{carrier}/live", self._news, _CARRIERS, streamed=True, prolongs=False),
            Page("GET", "/api/status", self._status, STAFF, prolongs=False),
            Page("GET", "/api/carriers/{carrier}/status", self._status, _CARRIERS, prolongs=False),
            Page("GET", "/api/series", self._series, STAFF, prolongs=False),
            Page("GET", "/api/carriers/{carrier}/series", self._series, _CARRIERS, prolongs=False),
            Page("GET", "/api/carriers/{carrier}/links/{link}/series", self._series, _CARRIERS, prolongs=False),
        ]

    async def _overview(self, visit: Visit) -> web.StreamResponse:
        links = self._watched.snapshot().links
        return self._rendered(visit, "live/overview.html", links, charts.with_refusals(charts.OF_GATEWAY, links))

    async def _carrier(self, visit: Visit) -> web.StreamResponse:
        carrier, _ = self._named(visit)
        links = self._watched.snapshot().links_of(carrier)
        return self._rendered(visit, "live/carrier.html", links, charts.with_refusals(charts.OF_CARRIER, links))

    async def _link(self, visit: Visit) -> web.StreamResponse:
        carrier, name = self._named(visit)
        links = [link for link in self._watched.snapshot().links_of(carrier) if link.status.name == name]
        return self._rendered(visit, "live/link.html", links, charts.with_refusals(charts.OF_LINK, links))

    async def _hotline(self, visit: Visit) -> web.StreamResponse:
        return self._rendered(visit, "live/hotline.html", (), charts.OF_VOICE)

    def _rendered(
        self, visit: Visit, template: str, links: Sequence[LinkReading], shown: Sequence[charts.Chart]
    ) -> web.StreamResponse:
        carrier, link = self._named(visit)
        return visit.render(
            template,
            snapshot=self._watched.snapshot(),
            links=links,
            look_of=lambda state: _LOOKS.get(state, "bad"),
            carrier=carrier,
            link=link,
            charts=shown,
            words=_words(visit),
            period=_period(visit),
            periods=charts.PERIODS,
        )

    def _named(self, visit: Visit) -> tuple[str, str]:
        """Carrier and link of the path, "" where it has none.  Raises HTTPNotFound for what is not configured."""
        named = visit.request.match_info
        carrier, link = named.get("carrier", ""), named.get("link", "")
        if carrier:
            links = self._watched.snapshot().links_of(carrier)
            if not links or (link and link not in {each.status.name for each in links}):
                raise web.HTTPNotFound
        return carrier, link

    async def _status(self, visit: Visit) -> web.StreamResponse:
        carrier, _ = self._named(visit)
        return visit.json(status(self._watched.snapshot(), carrier))

    async def _series(self, visit: Visit) -> web.StreamResponse:
        """?measures=mo,mt&span=hour: even steps from `from_at` on; null is a gap."""
        carrier, link = self._named(visit)
        names = visit.request.query.get("measures", "").split(",")
        if len(names) > _MAX_MEASURES or not all(_MEASURE.fullmatch(name) for name in names):
            raise web.HTTPBadRequest
        found = await self._watched.series(names, Subject(carrier, link) if carrier else GATEWAY, _span(visit))
        return visit.json({
            "from_at": found[0].times[0],
            "resolution_seconds": found[0].resolution_seconds,
            "measures": {each.name: [_rounded(value) for value in each.values] for each in found},
        })  # fmt: skip

    async def _news(self, visit: Visit) -> web.StreamResponse:
        """Server-sent events (HTML, 9.2): one a second, until the user signs out or the gateway ends."""
        carrier, _ = self._named(visit)
        try:
            subscription = self._watched.subscribe(carrier)
        except Full:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        with subscription:
            await response.prepare(visit.request)
            async for news in subscription:
                if not visit.stay.is_current():
                    break
                try:
                    async with asyncio.timeout(_WRITE_SECONDS):
                        await response.write(b"data: " + news + b"\n\n")
                except (TimeoutError, ConnectionError):  # whoever watched has gone, or does not read
                    break
        return response


def _period(visit: Visit) -> charts.Period:
    """?period=day; the shortest if it is not said."""
    name = visit.request.query.get("period", charts.PERIODS[0].name)
    for period in charts.PERIODS:
        if period.name == name:
            return period
    raise web.HTTPBadRequest


def _span(visit: Visit) -> Span:
    try:
        return Span[visit.request.query.get("span", "hour").upper()]
    except KeyError:
        raise web.HTTPBadRequest from None


def _rounded(value: float | None) -> float | None:
    return value if value is None else round(value, 4)


def _words(visit: Visit) -> dict[str, object]:
    """What the page's script says."""
    names = ("live", "waiting", "lost", "over", "empty", "broken", "up", "down", "none", "now", "as_of")
    filled = {
        "since": ("at",), "last_lost": ("at", "why"), "failed": ("at", "why"), "retry": ("left",),
        "unbound": ("number", "of", "links"),
    }  # fmt: skip
    return {
        "language": visit.language,
        "states": {state.value: visit.text(f"live.state_{state.name.lower()}") for state in LinkState},
        "looks": {state.value: _LOOKS.get(state, "bad") for state in LinkState},
        "reasons": {why.name.lower(): visit.text(f"live.lost_{why.name.lower()}") for why in Why},
        "receipts": {state.name.lower(): visit.text(f"live.receipt_{state.name.lower()}") for state in MessageState},
        **{name: visit.text(f"live.say_{name}") for name in names},
        **{key: _sentence(visit, f"live.say_{key}", within) for key, within in filled.items()},
    }


def _sentence(visit: Visit, key: str, words: Sequence[str]) -> str:
    """A text whose words the script fills in."""
    return visit.text(key, **{word: f"{{{word}}}" for word in words})
