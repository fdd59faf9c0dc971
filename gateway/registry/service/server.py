"""The registry's process: opens the database, listens, and on SIGTERM or SIGINT finishes what it has begun."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

import uvloop
from aiohttp import web

from gateway.core.errors import SettingsFault
from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import open_store
from gateway.registry.service.api import Api
from gateway.registry.service.desk import Desk
from gateway.registry.service.settings import Listen, RegistrySettings
from gateway.registry.views.lookups import Register

_DRAIN_SECONDS = 10.0
_KEEPALIVE_SECONDS = 75.0

_log = logging.getLogger(__name__)


def serve(settings: RegistrySettings, vault: Vault, ready: Callable[[str], None] = lambda _address: None) -> None:
    """Serve until a signal.  `ready` is told the address once connections are taken.  Raises SettingsFault."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, vault, ready))


async def _serve(settings: RegistrySettings, vault: Vault, ready: Callable[[str], None]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    store = open_store(settings.database)
    runner = web.AppRunner(
        Api(Register(store, vault), settings.token, Desk(store, vault, settings.desk)).application(),
        access_log=None,
        keepalive_timeout=_KEEPALIVE_SECONDS,
        shutdown_timeout=_DRAIN_SECONDS,
    )
    try:
        await runner.setup()
        address = await _listen(runner, settings.listen)
        _log.info("registry listens on %s", address)
        ready(address)
        await stopping.wait()
        _log.info("registry stops: no new connections, open requests are answered")
    finally:
        await runner.cleanup()
        store.dispose()


async def _listen(runner: web.AppRunner, listen: Listen) -> str:
    try:
        if listen.path:
            await web.UnixSite(runner, listen.path).start()
            return f"unix:{listen.path}"
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as exc:
        where = listen.path or f"{listen.host}:{listen.port}"
        raise SettingsFault(f"cannot listen on {where}: {exc.strerror or exc}") from exc
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
