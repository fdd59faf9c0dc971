"""The composition root: builds everything, starts it, and ends it in an order that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gateway import texts
from gateway.answering import Answerer
from gateway.bridge import deferred_of, result_of
from gateway.channels.callers import Callers
from gateway.channels.intake import Intake
from gateway.channels.receipts import ReceiptBook
from gateway.channels.replies import Outlet, Replies
from gateway.channels.sms import SmsChannel
from gateway.channels.texting import Texting
from gateway.channels.voice import VoiceDesk
from gateway.core.errors import GatewayError, NotDurable, SettingsFault
from gateway.core.inbound import understand
from gateway.core.ports import History, Verification
from gateway.core.uid import UidSequence
from gateway.fragments import Fragments
from gateway.health import Health
from gateway.logs import begin_logging
from gateway.reactor import MonotonicReactor
from gateway.records.callers import recorded_callers
from gateway.records.history import SqlHistory
from gateway.records.journal import SqliteJournal
from gateway.records.place_tables import read_areas, read_places
from gateway.records.pseudonyms import Pseudonyms, read_key
from gateway.settings import GatewaySettings, Settings
from gateway.shared.allowance import RedisAllowance
from gateway.shared.history import RedisHistory
from gateway.shared.settings import RedisSettings
from gateway.shared.turn import RedisTurn
from gateway.verification.cache import RegistrationCache
from gateway.verification.client import BackendClient
from gateway.verification.verification import CachedVerification
from gateway.verification.watch import ChangeWatch
from ivr.server import VoiceServer
from smpp import Account

logger = logging.getLogger(__name__)

EX_SOFTWARE, EX_CONFIG = 70, 78
_TICK_SECONDS = 1.0
_PRUNE_SECONDS = 3600.0
_GC_THRESHOLDS = (20_000, 20, 50)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a process has of its machine besides the network: two clocks and a disk.

    `clock`: Unix time in seconds; `steady`: seconds that only go forward; `open_journal` as SqliteJournal.opened.
    """

    clock: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    open_journal: Callable[[Path, Callable[[BaseException], None]], Awaitable[SqliteJournal]] = SqliteJournal.opened


class Daemon:
    """One gateway process."""

    def __init__(self, settings: Settings, reactor: MonotonicReactor, machine: Machine | None = None) -> None:
        self._settings = settings
        self._reactor = reactor
        self._machine = machine or Machine()
        self._texts = texts.load(settings.gateway.templates_path, settings.gateway.answering.default_language)
        self._callers = _callers(settings.gateway)
        self._ends = AsyncExitStack()
        self._accounts: dict[str, Account] = {}
        self._outlets: dict[str, Outlet] = {}
        self._exit_status = 0

    def run(self) -> int:
        """Until SIGTERM or SIGINT, or until the journal fails; the exit status."""
        begin_logging(self._settings.gateway.logging)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stopping)
        self._reactor.callWhenRunning(self._starting)
        self._reactor.run()  # type: ignore[no-untyped-call]  # Twisted's asyncio reactor is untyped
        return self._exit_status

    def _starting(self) -> None:
        def failed(failure: Failure) -> None:
            self._fail(failure.value)

        deferred_of(self._start()).addErrback(failed)

    def _stopping(self) -> Deferred[None]:
        return deferred_of(self._stop())

    def _fail(self, error: BaseException | None) -> None:
        """Something that cannot be gone on with: say it, drain what can be drained, and end."""
        if isinstance(error, GatewayError):
            logger.critical("%s", error)
        else:
            logger.critical("the gateway cannot go on", exc_info=error)
        self._exit_status = EX_CONFIG if isinstance(error, SettingsFault) else EX_SOFTWARE
        if self._reactor.running:
            self._reactor.stop()  # type: ignore[no-untyped-call]  # as above

    async def _start(self) -> None:
        gateway = self._settings.gateway
        journal = await self._machine.open_journal(gateway.records.path, self._fail)
        self._ends.push_async_callback(journal.close)
        self._uids = UidSequence(gateway.node, await journal.last_uid())
        redis = RedisTurn(gateway.redis or RedisSettings())  # never started: Redis that is always away
        cache = RegistrationCache(redis, gateway.verification.cache, self._machine.clock)
        verification = self._open_verification(cache)
        history = self._open_history(journal, redis)
        allowance = RedisAllowance(redis, gateway.allowance, self._machine.clock)
        self._fragments = Fragments(gateway.answering.hold_seconds)
        answerer = Answerer(
            verification=verification,
            history=history,
            contexts=journal,
            allowance=allowance,
            texts=self._texts,
            fragments=self._fragments,
            settings=gateway.answering,
            clock=self._machine.clock,
        )
        channel = self._build_sms(journal, answerer)
        if gateway.redis is not None:
            self._ends.push_async_callback(redis.close)
            await redis.start()
            await cache.start()
        open_queries = await journal.open_queries()
        if open_queries:
            logger.info("going on with %d queries of an earlier process", len(open_queries))
        await channel.recover(open_queries)  # before any link is bound: what is delivered again must be known by then
        for account in self._accounts.values():
            account.startService()
        self._ends.push_async_callback(self._drain, channel)
        ticking = asyncio.ensure_future(self._tick(channel, journal))
        self._ends.callback(ticking.cancel)
        self._open_voice(journal, answerer)
        await self._open_health(channel)
        _spare_the_collector()
        logger.info("the gateway is up")

    def _open_verification(self, cache: RegistrationCache) -> Verification:
        settings = self._settings.gateway.verification
        client = BackendClient(settings.backend, self._machine.steady)
        self._ends.push_async_callback(client.close)
        verification = CachedVerification(client, cache, settings.backend, self._machine.clock)
        self._ends.push_async_callback(verification.close)
        kept_seconds = settings.cache.activated_seconds + settings.cache.stale_seconds
        watch = ChangeWatch(settings.backend, verification, kept_seconds, self._machine.clock)
        watching = asyncio.ensure_future(watch.run())
        self._ends.callback(watching.cancel)
        return verification

    def _open_history(self, journal: SqliteJournal, redis: RedisTurn) -> History:
        settings = self._settings.gateway.history
        truth = SqlHistory(journal, settings.retry_seconds)
        if self._settings.gateway.redis is None:
            return truth
        return RedisHistory(redis, truth, settings, self._machine.clock)

    def _build_sms(self, journal: SqliteJournal, answerer: Answerer) -> SmsChannel:
        gateway = self._settings.gateway
        receipts = ReceiptBook({c.name: c.account.links[0].receipt_ids for c in self._settings.carriers})
        replies = Replies(
            answerer=answerer,
            journal=journal,
            outlets=self._outlets,
            receipts=receipts,
            clock=self._machine.clock,
            validity_seconds=gateway.sms.reply_validity_seconds,
            hold_doubtful=gateway.sms.on_doubt == "hold",
        )
        own = frozenset(number for carrier in self._settings.carriers for number in carrier.settings.numbers)
        channel = SmsChannel(
            journal=journal,
            intake=Intake(
                partial(understand, max_codes=gateway.answering.code_limit),
                self._callers.identify,
                self._uids,
                self._fragments,
                own,
            ),
            replies=replies,
            receipts=receipts,
            settings=gateway.sms,
            clock=self._machine.clock,
        )
        for carrier in self._settings.carriers:
            account = Account(carrier.account, channel, self._reactor)
            self._accounts[carrier.name] = account
            link = carrier.account.links[0]  # its other links agree on both
            asked_for = int(carrier.settings.receipts)
            self._outlets[carrier.name] = Outlet(account, link.long_messages, link.default_alphabet, asked_for)
        return channel

    def _open_voice(self, journal: SqliteJournal, answerer: Answerer) -> None:
        """Serve the hotline, if it is configured.  It ends before the SMS channel does."""
        settings = self._settings.gateway
        if settings.voice is None:
            return
        texting = None
        for carrier in self._settings.carriers:
            if carrier.name == settings.voice_texting_carrier:
                texting = Texting(self._outlets[carrier.name], carrier.settings.numbers[0])
        desk = VoiceDesk(
            answerer=answerer,
            journal=journal,
            callers=self._callers,
            uids=self._uids,
            texting=texting,
            clock=self._machine.clock,
        )
        server = VoiceServer(settings.voice, desk, self._reactor, self._reactor)
        logger.info("the hotline listens on port %d", server.start())
        self._ends.push_async_callback(_end_calls, server, settings.sms.drain_seconds)

    async def _open_health(self, channel: SmsChannel) -> None:
        settings = self._settings.gateway.health
        if settings.listen_port:
            health = Health(lambda: [s for account in self._accounts.values() for s in account.status()], channel)
            await health.start(settings.listen_host, settings.listen_port)
            self._ends.push_async_callback(health.close)

    async def _tick(self, channel: SmsChannel, journal: SqliteJournal) -> None:
        next_prune = 0.0
        while True:
            await channel.tick()
            if self._machine.steady() >= next_prune:
                next_prune = self._machine.steady() + _PRUNE_SECONDS
                try:
                    await journal.prune(self._machine.clock())
                except NotDurable as exc:
                    logger.warning("the journal was not pruned: %s", exc)
            await asyncio.sleep(_TICK_SECONDS)

    async def _drain(self, channel: SmsChannel) -> None:
        """Take nothing new, let what is in hand end, then unbind."""
        for account in self._accounts.values():
            account.stop_receiving()
        left = await channel.drain()
        if left:
            logger.warning("%d queries stay in the journal for the next start", left)
        await asyncio.gather(*[result_of(account.stopService()) for account in self._accounts.values()])

    async def _stop(self) -> None:
        logger.info("ending")
        await self._ends.aclose()
        logger.info("ended")


async def _end_calls(server: VoiceServer, drain_seconds: float) -> None:
    await result_of(Deferred.fromCoroutine(server.stop(drain_seconds)))


def _spare_the_collector() -> None:
    """Tables and code live as long as the process, and queries make few cycles: look for garbage less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _callers(settings: GatewaySettings) -> Callers:
    """Places by the tables, pseudonyms by the keys.  Raises SettingsFault."""
    areas = read_areas(settings.areas_path, settings.area_aliases_path)
    keys = [read_key(key_id, path) for key_id, path in settings.records.pseudonym_keys.items()]
    recorded = recorded_callers(settings.records.path, [key.key_id for key in keys[1:]])
    return Callers(read_places(areas), Pseudonyms(keys, recorded.__contains__))
