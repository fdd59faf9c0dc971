"""Reaching Redis: from the address in the settings to a connection that is signed in and knows our scripts."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from gateway.core.errors import StateUnavailable
from gateway.shared.connection import Argument, RedisConnection, Reply
from gateway.shared.settings import RedisSettings

logger = logging.getLogger(__name__)

Lost = Callable[[RedisConnection, str], None]


async def dial(settings: RedisSettings, scripts: Iterable[str], lost: Lost) -> RedisConnection:
    """A connection ready for commands, `scripts` loaded.  Raises StateUnavailable within `connect_seconds`."""
    connection = RedisConnection(lost)
    try:
        async with asyncio.timeout(settings.connect_seconds):
            await _connect(settings, connection)
            await _sign_in(settings, scripts, connection)
    except (OSError, TimeoutError) as exc:
        reason = str(exc) or f"no answer within {settings.connect_seconds:g} s"
        connection.drop(reason)
        raise StateUnavailable(f"Redis at {settings.url} cannot be reached: {reason}") from exc
    except StateUnavailable as exc:
        connection.drop(str(exc))
        raise
    return connection


async def _connect(settings: RedisSettings, connection: RedisConnection) -> None:
    loop = asyncio.get_running_loop()
    parts = urlsplit(settings.url)
    if parts.scheme == "unix":
        await loop.create_unix_connection(lambda: connection, parts.path)
    else:
        context = ssl.create_default_context() if parts.scheme == "rediss" else None
        host, port = parts.hostname or "", parts.port or 6379
        if settings.sentinels:
            # redis-py takes 6 MiB, and only its Sentinel is used
            from gateway.shared.sentinels import master_of  # noqa: PLC0415  # as above

            host, port = await master_of(settings)
        await loop.create_connection(lambda: connection, host, port, ssl=context)


async def _sign_in(settings: RedisSettings, scripts: Iterable[str], connection: RedisConnection) -> None:
    commands: list[tuple[Argument, ...]] = []
    if settings.password:
        user = (settings.username,) if settings.username else ()
        commands.append(("AUTH", *user, settings.password))
    parts = urlsplit(settings.url)
    if parts.scheme != "unix" and (database := parts.path.strip("/")) not in ("", "0"):
        commands.append(("SELECT", database))
    commands += [("SCRIPT", "LOAD", script) for script in scripts]
    commands.append(("PING",))
    replies: list[asyncio.Future[Reply]] = [asyncio.get_running_loop().create_future() for _ in commands]
    connection.send(commands, replies)
    await asyncio.gather(*replies)


async def warn_of_eviction(execute: Callable[[str, str, str], asyncio.Future[Reply]]) -> None:
    """Log a warning if Redis may throw history away when its memory is full; it stays correct, but gets slow."""
    try:
        reply = await execute("CONFIG", "GET", "maxmemory-policy")
    except StateUnavailable:  # a managed Redis may refuse CONFIG; then its owner sees to the policy
        return
    policy = reply[1].decode() if isinstance(reply, list) and len(reply) == 2 else "unknown"
    if policy != "noeviction":
        logger.warning("Redis evicts by %s: set maxmemory-policy to noeviction, or limits and history are lost", policy)
