"""The FastAGI server: who may connect, how many calls there may be, and how they end when the gateway stops."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IListeningPort, IReactorTCP, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from ivr.call import Call
from ivr.desk import CallFacts, CallRecord, Desk
from ivr.exchange import Environment
from ivr.listening import Speaker
from ivr.protocol import AgiConnection
from ivr.settings import VoiceSettings
from ivr.speech import Speech
from ivr.talk import LANGUAGES

_log = Logger()


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """What the server is doing and has done since it started; counts."""

    active: int
    answered: int
    refused_peers: int
    refused_full: int
    ended: tuple[tuple[str, int], ...]


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
        self._allowed = tuple(ipaddress.ip_network(peer) for peer in settings.allowed_peers)
        self._connections: set[AgiConnection] = set()
        self._idle: Deferred[None] | None = None
        self._answered = self._refused_peers = self._refused_full = 0
        self._ended: dict[str, int] = {}

    def buildProtocol(self, addr: IAddress | None) -> AgiConnection | None:  # noqa: N802 - Twisted's name
        """None, which closes before a byte is read, for strangers and above the limit."""
        if not self._is_allowed(getattr(addr, "host", "")):
            self._refused_peers += 1
            _log.warn("refused a FastAGI connection from {peer}: not in allowed_peers", peer=addr)
            return None
        if len(self._connections) >= self._settings.calls_limit:
            self._refused_full += 1
            return None
        connection = AgiConnection(
            self._clock,
            self._begin,
            self._gone,
            self._settings.header_seconds,
            self._settings.reply_seconds,
        )
        self._connections.add(connection)
        return connection

    def status(self) -> VoiceStatus:
        """For the monitor."""
        ended = tuple(sorted(self._ended.items()))
        return VoiceStatus(len(self._connections), self._answered, self._refused_peers, self._refused_full, ended)

    def drained(self) -> Deferred[None]:
        """Fires once no call is left."""
        if not self._connections:
            return succeed(None)
        self._idle = Deferred()
        return self._idle

    def close_all(self) -> None:
        """End what is left: their dialplan goes on with the second gateway."""
        for connection in tuple(self._connections):
            connection.close()

    def _is_allowed(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._allowed)

    def _begin(self, connection: AgiConnection, environment: Environment) -> None:
        self._answered += 1
        facts = call_facts(environment, self._settings, self._wall())
        call = Call(
            facts, connection, self._speech, self._desk, settings=self._settings, clock=self._clock, wall=self._wall
        )
        running = Deferred.fromCoroutine(call.run())
        running.addCallback(self._count)
        running.addErrback(lambda failure: _log.failure("a call failed by our fault", failure=failure))
        running.addBoth(lambda _: connection.close())

    def _count(self, record: CallRecord) -> None:
        self._ended[record.ending] = self._ended.get(record.ending, 0) + 1

    def _gone(self, connection: AgiConnection) -> None:
        self._connections.discard(connection)
        if self._idle is not None and not self._connections:
            idle, self._idle = self._idle, None
            idle.callback(None)


def call_facts(environment: Environment, settings: VoiceSettings, started_at: float) -> CallFacts:
    """A call from its AGI environment; our dialplan adds `language=` and `agents=open` as arguments."""
    arguments = dict(environment.arguments)
    language = arguments.get("language", "")
    dialled = environment.get("dnid")
    return CallFacts(
        key=secrets.token_hex(8),
        caller_number=_known(environment.get("callerid")),
        dialled=_known(dialled) or environment.get("extension"),
        unique_id=environment.get("uniqueid")[:64],
        started_at=started_at,
        language=language if language in LANGUAGES else settings.language,
        agents_open=arguments.get("agents") == "open",
    )


def _known(number: str) -> str:
    digits = number.lstrip("+")
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= 20 else ""


class VoiceServer:
    """The voice channel as a service: `start`, then `stop`."""

    def __init__(
        self,
        settings: VoiceSettings,
        desk: Desk,
        reactor: IReactorTCP,
        clock: IReactorTime,
        speech: Speech | None = None,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._clock = clock
        self.speech = speech or Speech(settings, clock, deferToThread)
        self.factory = VoiceFactory(settings, desk, self.speech, clock, time.time)
        self._port: IListeningPort | None = None

    def start(self) -> int:
        """Listen; the port (useful when the setting is 0).  Raises CannotListenError."""
        folder = self._settings.recordings_folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._port = self._reactor.listenTCP(
            self._settings.listen_port, self.factory, backlog=1024, interface=self._settings.listen_host
        )
        return int(getattr(self._port.getHost(), "port", 0))

    async def stop(self, drain_seconds: float) -> None:
        """No new calls; those in progress may end within `drain_seconds`, the others are closed."""
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
