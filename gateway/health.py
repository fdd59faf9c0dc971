"""/healthz and /readyz: for systemd, load balancers and curl."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from gateway.channels.sms import SmsChannel
from smpp import LinkState, LinkStatus


class Health:
    """`healthz`: the process answers.  `readyz`: at least one link is bound, so consumers are served."""

    def __init__(self, links: Callable[[], Sequence[LinkStatus]], channel: SmsChannel) -> None:
        self._links = links
        self._channel = channel
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen.  Raises OSError if the port is taken."""
        application = web.Application(client_max_size=1024)
        application.add_routes([web.get("/healthz", self._healthz), web.get("/readyz", self._readyz)])
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
