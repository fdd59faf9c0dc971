"""The FastAGI server: who may connect, how many calls there may be, and how they end when the gateway stops."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IListeningPort, IReactorTCP, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger

from ivr.agi import set_variable
from ivr.arrival import AllowedPeers, call_facts
from ivr.call import Call
from ivr.complaints import Complaints
from ivr.desk import CallRecord, Desk
from ivr.exchange import Environment
from ivr.listening import Speaker
from ivr.prompts import ScriptFault
from ivr.protocol import AgiConnection
from ivr.recordings import SECONDS_PER_DAY, sweep
from ivr.settings import VoiceSettings
from ivr.speech import Speech
from ivr.tally import CallTally, VoiceStatus
from ivr.workers import Workers

_log = Logger()

_BUSY_LIMIT = 200  # calls that are being told "busy"; above it connections are closed without a word
_SWEEP_SECONDS = 3600.0


class VoiceFactory(ServerFactory):
    """Builds a connection for each allowed peer; one connection is one call."""

    noisy = False

    def __init__(
        self, settings: VoiceSettings, desk: Desk, speech: Speaker, clock: IReactorTime, wall: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._speech = speech
        self._clock = clock
        self._wall = wall
        self._allowed = AllowedPeers(settings.allowed_peers)
        self._connections: set[AgiConnection] = set()
        self._refusing: set[AgiConnection] = set()
        self._by_host: Counter[str] = Counter()
        self._calls = 0
        self._idle: Deferred[None] | None = None
        self._tally = CallTally()
        self._complaints = Complaints()

    def buildProtocol(self, addr: IAddress | None) -> AgiConnection | None:
        """None, which closes before a byte is read, for strangers and for a flood; "busy" above the limits."""
        host = str(getattr(addr, "host", ""))
        if not self._allowed.admit(host):
            self._tally.refused_peer()
            self._complain("stranger", f"refused a FastAGI connection from {host[:64]!r}: not in allowed_peers")
            return None
        if self._is_full(host):
            self._tally.refused_busy()
            self._complain("full", f"as many calls as allowed, in all or from {host}: callers hear busy")
            if len(self._refusing) >= _BUSY_LIMIT:
                return None
            return self._connection(host, self._refuse, self._refusing)
        self._by_host[host] += 1
        return self._connection(host, self._begin, self._connections)

    def renew(self, settings: VoiceSettings) -> None:
        """For VoiceServer alone."""
        self._settings = settings
        self._allowed = AllowedPeers(settings.allowed_peers)

    def status(self) -> VoiceStatus:
        """For the monitor."""
        return self._tally.status(self._clock.seconds(), self._calls, self._settings.calls_limit)

    def drained(self) -> Deferred[None]:
        """Fires once no call is left."""
        if not self._connections:
            return succeed(None)
        self._idle = Deferred()
        return self._idle

    def close_all(self) -> None:
        """End what is left: their dialplan goes on with the second gateway."""
        for connection in (*self._connections, *self._refusing):
            connection.stop()

    def _is_full(self, host: str) -> bool:
        settings = self._settings
        return len(self._connections) >= settings.calls_limit or self._by_host[host] >= settings.calls_per_peer_limit

    def _connection(
        self, host: str, begin: Callable[[AgiConnection, Environment], None], among: set[AgiConnection]
    ) -> AgiConnection:
        settings = self._settings
        connection = AgiConnection(
            self._clock,
            begin,
            self._gone,
            header_seconds=settings.header_seconds,
            reply_seconds=settings.reply_seconds,
            host=host,
        )
        among.add(connection)
        return connection

    def _begin(self, connection: AgiConnection, environment: Environment) -> None:
        self._calls += 1
        self._tally.begun(self._clock.seconds())
        facts = call_facts(environment, self._settings, self._wall())
        call = Call(
            facts, connection, self._speech, self._desk, settings=self._settings, clock=self._clock, wall=self._wall
        )
        running = Deferred.fromCoroutine(call.run())
        running.addCallback(self._count)
        running.addErrback(lambda failure: _log.failure("a call failed by our fault", failure=failure))
        running.addBoth(lambda _: self._ended(connection))

    def _refuse(self, connection: AgiConnection, _: Environment) -> None:
        """Not answered, so it costs the caller nothing; the dialplan asks the next gateway, then says busy."""
        told = connection.ask(set_variable("HOTLINE_NEXT", "busy"))
        told.addBoth(lambda _: connection.close())

    def _ended(self, connection: AgiConnection) -> None:
        self._calls -= 1
        connection.close()

    def _count(self, record: CallRecord) -> None:
        self._tally.ended(record.ending, record.missing_prompts)

    def _gone(self, connection: AgiConnection) -> None:
        if connection.fault:
            self._complain("fault", f"closed a FastAGI connection from {connection.host}: {connection.fault}")
        if connection.timed_out:
            self._tally.timed_out()
        self._refusing.discard(connection)
        if connection in self._connections:
            self._connections.remove(connection)
            self._by_host[connection.host] -= 1
            if not self._by_host[connection.host]:
                del self._by_host[connection.host]
        if self._idle is not None and not self._connections:
            idle, self._idle = self._idle, None
            idle.callback(None)

    def _complain(self, kind: str, what: str) -> None:
        count = self._complaints.count(kind, self._clock.seconds())
        if count:
            _log.warn("{what} ({count} such since this was last said)", what=what, count=count)


class VoiceServer:
    """The voice channel as a service: `start`, then `stop`."""

    def __init__(
        self,
        settings: VoiceSettings,
        desk: Desk,
        reactor: IReactorTCP,
        clock: IReactorTime,
        workers: Workers,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._clock = clock
        self._workers = workers
        self.speech = Speech(settings, clock, workers.in_thread)
        self.factory = VoiceFactory(settings, desk, self.speech, clock, time.time)
        self._port: IListeningPort | None = None
        self._next_sweep: IDelayedCall | None = None

    @property
    def settings(self) -> VoiceSettings:
        """Those in force."""
        return self._settings

    def status(self) -> VoiceStatus:
        """What it does now and has done since it started."""
        return self.factory.status()

    def start(self) -> int:
        """Listen; the port (useful when the setting is 0).  Raises CannotListenError."""
        folder = self._settings.recordings_folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._workers.start()
        self._sweep()
        self._port = self._reactor.listenTCP(
            self._settings.listen_port, self.factory, backlog=1024, interface=self._settings.listen_host
        )
        return int(getattr(self._port.getHost(), "port", 0))

    def renew(self, settings: VoiceSettings) -> None:
        """Take calls that begin from now on by these, and read the prompts again, also for the calls in progress.

        Where it listens, folders and speech stay as they are.
        """
        self._settings = settings
        self.factory.renew(settings)
        try:
            self.speech.reload()
        except ScriptFault as exc:
            _log.error("the prompts stay as they were: {fault}", fault=str(exc))

    async def stop(self, drain_seconds: float) -> None:
        """No new calls; those in progress may end within `drain_seconds`, the others are closed."""
        if self._next_sweep is not None:
            self._next_sweep.cancel()
            self._next_sweep = None
        port, self._port = self._port, None
        if port is not None:
            stopped = port.stopListening()
            if stopped is not None:
                await stopped
        drained = self.factory.drained()
        timer = self._clock.callLater(drain_seconds, self.factory.close_all)
        await drained
        if timer.active():
            timer.cancel()
        self._workers.stop()

    def _sweep(self) -> None:
        """Now and every hour: recordings that have been kept for long enough go."""
        days = self._settings.recording_retention_days
        if days:
            older_than = time.time() - days * SECONDS_PER_DAY
            swept = self._workers.in_thread(lambda: sweep(self._settings.recordings_folder, older_than))
            swept.addErrback(lambda failure: _log.failure("recordings were not swept", failure=failure))
            self._next_sweep = self._clock.callLater(_SWEEP_SECONDS, self._sweep)
