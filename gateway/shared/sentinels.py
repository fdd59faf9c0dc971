"""Redis' Sentinels: who of several is the master now."""

from __future__ import annotations

from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.core.errors import StateUnavailable
from gateway.shared.settings import RedisSettings


async def master_of(settings: RedisSettings) -> tuple[str, int]:
    """Host and port where the Sentinels say that the master is now.  Raises StateUnavailable."""
    addresses = [(host, int(port)) for host, _, port in (each.rpartition(":") for each in settings.sentinels)]
    options = {"socket_timeout": settings.connect_seconds / 2, "retry": Retry(NoBackoff(), 0)}
    sentinel = Sentinel(addresses, sentinel_kwargs=options)  # type: ignore[no-untyped-call]  # redis-py's is untyped
    try:
        host, port = await sentinel.discover_master(settings.sentinel_master)
    except RedisError as exc:
        asked = ", ".join(settings.sentinels)
        raise StateUnavailable(f"no Sentinel of {asked} can name the master {settings.sentinel_master}") from exc
    finally:
        for client in sentinel.sentinels:
            await client.aclose()
    return str(host), int(port)
