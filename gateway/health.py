"""/healthz and /readyz for systemd, load balancers and curl; /metrics for Prometheus."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import Callable, Sequence

from aiohttp import web

from gateway.channels.sms import SmsChannel
from gateway.measures.exposition import exposition
from gateway.measures.snapshot import Snapshot
from smpp import LinkState, LinkStatus

logger = logging.getLogger(__name__)


class Health:
    """`healthz`: the process answers.  `readyz`: at least one link is bound, so consumers are served.

    `metrics` tell of everything, so they are for whoever has `metrics_token`, or, without one, for this machine alone.
    """

    def __init__(
        self,
        links: Callable[[], Sequence[LinkStatus]],
        channel: SmsChannel,
        snapshot: Callable[[], Snapshot],
        metrics_token: str = "",
    ) -> None:
        self._links = links
        self._channel = channel
        self._snapshot = snapshot
        self._authorization = f"Bearer {metrics_token}".encode() if metrics_token else b""
        self._loopback = True
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen.  Raises OSError if the port is taken."""
        self._loopback = _is_loopback(host)
        if not (self._loopback or self._authorization):
            logger.warning("/metrics is not served beyond loopback without a token: set health.metrics_token_file")
        application = web.Application(client_max_size=1024)
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **self._channel.statistics()})

    async def _readyz(self, _: web.Request) -> web.Response:
        links = {link.name: link.state.value for link in self._links()}
        ready = LinkState.BOUND in links.values()
        return web.json_response({"ready": ready, "links": links}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._authorization:
            given = request.headers.get("Authorization", "").encode(errors="replace")
            if not hmac.compare_digest(given, self._authorization):
                return web.Response(
                    status=401, headers={"WWW-Authenticate": "Bearer"}, text="send the token of metrics_token_file\n"
                )
        elif not self._loopback:
            return web.Response(status=403, text="beyond loopback this needs a token: set health.metrics_token_file\n")
        accept = request.headers.get("Accept", "")
        text, content_type = await asyncio.to_thread(exposition, self._snapshot(), accept)
        return web.Response(body=text, headers={"Content-Type": content_type})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
