"""The composition root: builds everything, starts it, and ends it in an order that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gateway import texts
from gateway.assembly.answers import open_answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.measures import open_measures
from gateway.assembly.nodes import open_nodes, still_ours, watch_others
from gateway.assembly.recalls import open_recalls, start_herald
from gateway.assembly.reloading import Parts, Reloading
from gateway.assembly.sms import Sms, build_sms
from gateway.assembly.voice import open_voice
from gateway.assembly.watchers import open_health, open_monitor, start_upkeep
from gateway.bridge import deferred_of, result_of
from gateway.channels.callers import Callers
from gateway.channels.sms import SmsChannel
from gateway.core.errors import GatewayError, NotDurable, SettingsFault
from gateway.core.uid import UidSequence
from gateway.logs import begin_logging
from gateway.machine import Machine
from gateway.measures.events import QueryEvents
from gateway.measures.watched import WatchedJournal
from gateway.reactor import MonotonicReactor
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.place_tables import read_areas, read_places
from gateway.records.privacy.callers import recorded_callers
from gateway.records.privacy.pseudonyms import Pseudonyms, read_key
from gateway.service import Service
from gateway.settings import GatewaySettings, Settings
from gateway.tasks import Tasks

logger = logging.getLogger(__name__)

EX_SOFTWARE, EX_CONFIG = 70, 78
_TICK_SECONDS = 1.0
_PRUNE_SECONDS = 3600.0
_GC_THRESHOLDS = (20_000, 20, 50)


class Daemon:
    """One gateway process."""

    def __init__(
        self,
        settings: Settings,
        reactor: MonotonicReactor,
        machine: Machine | None = None,
        read: Callable[[], Settings] | None = None,
    ) -> None:
        """`read` reads the settings anew when SIGHUP asks for it; without it that signal is not heard."""
        self._settings = settings
        self._read = read
        self._service = Service.of_environment()
        self._reactor = reactor
        self._machine = machine or Machine()
        self._texts = texts.load(settings.gateway.templates_path, settings.gateway.answering.default_language)
        self._callers = callers_of(settings.gateway)
        self._ends = AsyncExitStack()
        self._exit_status = 0

    def run(self) -> int:
        """Until SIGTERM or SIGINT, or until the journal fails; the exit status."""
        begin_logging(self._settings.gateway.logging)
        for exposed in self._settings.exposed:
            logger.warning("%s", exposed)
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
        uids = UidSequence(gateway.node, await journal.last_uid())
        queries = WatchedJournal(journal, QueryEvents(each=gateway.logging.queries == "all"))
        grounds = Grounds(self._settings, self._reactor, self._machine, journal, queries, self._ends)
        nodes = await open_nodes(grounds, self._callers)
        answers = await open_answers(grounds, self._texts, nodes, self._callers)
        recalls = open_recalls(grounds, answers, self._texts)
        answerer = recalls.answerer if recalls else None
        sms = build_sms(grounds, answers, self._callers, uids, answerer=answerer, nodes=nodes)
        open_queries = await still_ours(nodes, grounds, await queries.open_queries())
        if open_queries:
            logger.info("going on with %d queries of an earlier process", len(open_queries))
        await sms.channel.recover(open_queries)  # before any link is bound: what comes again must be known by then
        for account in sms.accounts.values():
            account.startService()
        self._ends.push_async_callback(_drain, sms)
        watch_others(nodes, grounds, sms.channel)
        ticking = asyncio.ensure_future(self._tick(sms.channel, journal))
        self._ends.callback(ticking.cancel)
        start_upkeep(grounds)
        start_herald(recalls, grounds, answers, sms, self._texts)
        voice = open_voice(grounds, answers, self._callers, uids, sms)
        measures = open_measures(grounds, answers, sms, voice)
        await open_health(grounds, sms, measures)
        await open_monitor(grounds, measures, voice)
        if self._read is not None:
            self._hear_sighup(Reloading(Parts(grounds, answers, sms, self._callers, uids, voice, recalls), self._read))
        feeding = asyncio.ensure_future(self._service.feed(journal.lives))
        self._ends.callback(feeding.cancel)
        _spare_the_collector()
        self._service.ready()
        logger.info("the gateway is up")

    def _hear_sighup(self, reloading: Reloading) -> None:
        async def reload() -> None:
            self._service.reloading()
            await reloading.reload()
            self._service.ready()

        tasks, loop = Tasks(), asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: tasks.start(reload()))
        self._ends.push_async_callback(tasks.drain, 0.0)
        self._ends.callback(loop.remove_signal_handler, signal.SIGHUP)

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

    async def _stop(self) -> None:
        logger.info("ending")
        self._service.stopping()
        await self._ends.aclose()
        logger.info("ended")


async def _drain(sms: Sms) -> None:
    """Take nothing new, let what is in hand end, then unbind."""
    for account in sms.accounts.values():
        account.stop_receiving()
    left = await sms.channel.drain()
    if left:
        logger.warning("%d queries stay in the journal for the next start", left)
    await asyncio.gather(*[result_of(account.stopService()) for account in sms.accounts.values()])
    await sms.channel.drain()  # refusals of the last seconds are still to be counted


def _spare_the_collector() -> None:
    """Tables and code live as long as the process, and queries make few cycles: look for garbage less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def callers_of(settings: GatewaySettings) -> Callers:
    """Places by the tables, pseudonyms by the keys.  Raises SettingsFault."""
    areas = read_areas(settings.areas_path, settings.area_aliases_path)
    keys = [read_key(key_id, path) for key_id, path in settings.records.pseudonym_keys.items()]
    recorded = recorded_callers(settings.records.path, [key.key_id for key in keys[1:]])
    return Callers(read_places(areas), Pseudonyms(keys, recorded.__contains__))
