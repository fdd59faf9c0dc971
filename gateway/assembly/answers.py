"""The Answerer and what it asks: verification backend, Redis, history, allowance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.answering import Answerer
from gateway.assembly.grounds import Grounds
from gateway.assembly.nodes import Nodes, shared_history
from gateway.channels.callers import Callers
from gateway.core.ports import History, Verification
from gateway.fragments import Fragments
from gateway.measures.watched import WatchedBackend
from gateway.records.journal.history import SqlHistory
from gateway.shared.allowance import RedisAllowance
from gateway.shared.cluster import redis_of
from gateway.shared.commands import RedisCommands
from gateway.shared.history import RedisHistory
from gateway.shared.settings import RedisSettings
from gateway.texts import Texts
from gateway.verification.cache import RegistrationCache
from gateway.verification.client import BackendClient
from gateway.verification.names import ProductsMet
from gateway.verification.overheard import Overheard
from gateway.verification.verification import CachedVerification
from gateway.verification.watch import ChangeWatch


@dataclass(frozen=True, slots=True)
class Answers:
    """The Answerer with the parts of it that others look at, too."""

    answerer: Answerer
    fragments: Fragments
    redis: RedisCommands
    cache: RegistrationCache
    products: ProductsMet
    backend: WatchedBackend
    changes: Overheard


async def open_answers(grounds: Grounds, texts: Texts, nodes: Nodes | None, callers: Callers) -> Answers:
    """Build the Answerer, and connect to Redis if it is configured (going on without it if it is away)."""
    gateway, clock = grounds.settings.gateway, grounds.machine.clock
    redis = redis_of(gateway.redis or RedisSettings())  # never started: Redis that is always away
    cache = RegistrationCache(redis, gateway.verification.cache, clock)
    fragments = Fragments(gateway.answering.hold_seconds)
    backend = _open_backend(grounds)
    verification, changes = _open_verification(grounds, backend, cache)
    products = ProductsMet(verification)
    answerer = Answerer(
        verification=products if gateway.voice is not None else verification,
        history=_open_history(grounds, redis, nodes),
        contexts=grounds.journal,
        allowance=RedisAllowance(redis, gateway.allowance, clock, callers.disguised),
        texts=texts,
        fragments=fragments,
        settings=gateway.answering,
        clock=clock,
    )
    if gateway.redis is not None:
        grounds.ends.push_async_callback(redis.close)
        await redis.start()
        await cache.start()
    return Answers(answerer, fragments, redis, cache, products, backend, changes)


def _open_backend(grounds: Grounds) -> WatchedBackend:
    steady = grounds.machine.steady
    client = BackendClient(grounds.settings.gateway.verification.backend, steady)
    grounds.ends.push_async_callback(client.close)
    return WatchedBackend(client, steady)


def _open_verification(
    grounds: Grounds, backend: WatchedBackend, cache: RegistrationCache
) -> tuple[Verification, Overheard]:
    settings, machine = grounds.settings.gateway.verification, grounds.machine
    verification = CachedVerification(backend, cache, settings.backend, machine.clock)
    grounds.ends.push_async_callback(verification.close)
    kept_seconds = settings.cache.activated_seconds + settings.cache.stale_seconds
    changes = Overheard(verification)
    watch = ChangeWatch(settings.backend, changes, kept_seconds, machine.clock)
    watching = asyncio.ensure_future(watch.run())
    grounds.ends.callback(watching.cancel)
    return verification, changes


def _open_history(grounds: Grounds, redis: RedisCommands, nodes: Nodes | None) -> History:
    gateway = grounds.settings.gateway
    truth = SqlHistory(grounds.journal, gateway.history.retry_seconds)
    if nodes is not None:
        return shared_history(nodes, grounds, truth)
    if gateway.redis is None:
        return truth
    return RedisHistory(redis, truth, gateway.history, grounds.machine.clock)
