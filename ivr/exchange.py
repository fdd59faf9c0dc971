"""FastAGI without I/O: octets in, events out; one command in flight.  Pure, in the manner of h11."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

from ivr.agi import AGIUnknownError, AGIUsageError, Command, Reply, parse_reply

HEADERS_LIMIT = 64
LINE_LIMIT_OCTETS = 2048
ENVIRONMENT_LIMIT_OCTETS = 16_384
USAGE_LINES_LIMIT = 64
_SHORT_LENGTH = len("200 result=-1\n")


class ExchangeBroken(Exception):
    """The peer does not speak FastAGI, or too much of it: close the connection."""


class CommandInFlight(Exception):
    """A second command before the first was answered: Asterisk would never answer it.  Wait for the reply."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The header lines that Asterisk sends first, without `agi_`.  The caller's number is never in `repr`."""

    values: tuple[tuple[str, str], ...] = field(repr=False)

    def get(self, name: str) -> str:
        """The value of `agi_<name>`, "" if it was not sent."""
        return next((value for key, value in self.values if key == name), "")

    @property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        """The AGI application's own arguments (agi_arg_1 ...), each written `name=value` by our dialplan."""
        given = [value.partition("=") for key, value in self.values if key.startswith("arg_")]
        return tuple((name, value) for name, _, value in given)


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """The header is whole: the call may begin."""

    environment: Environment


@dataclass(frozen=True, slots=True)
class Replied:
    """The command in flight was answered."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class HangupSaid:
    """The line `HANGUP`: the caller is gone, whatever the command in flight still answers."""


Event = EnvironmentRead | Replied | HangupSaid


class _Phase(Enum):
    HEADER = auto()
    IDLE = auto()
    IN_FLIGHT = auto()
    USAGE = auto()  # inside the many lines of a 520
    BROKEN = auto()


class Exchange:
    """One connection.  `receive` takes octets as they come, `send` turns a command into octets."""

    def __init__(self) -> None:
        self._phase = _Phase.HEADER
        self._rest = b""  # of a line that is not whole yet
        self._headers: list[tuple[str, str]] = []
        self._header_octets = 0
        self._usage_lines = 0

    @property
    def waiting_for_reply(self) -> bool:
        """Whether a command is in flight."""
        return self._phase in (_Phase.IN_FLIGHT, _Phase.USAGE)

    def send(self, command: Command) -> bytes:
        """The octets of a command.  Raises CommandInFlight, ExchangeBroken, and AGIUsageError for an unsafe one."""
        if self._phase is _Phase.IDLE:
            octets = command.encode()
            self._phase = _Phase.IN_FLIGHT
            return octets
        if self.waiting_for_reply:
            raise CommandInFlight("wait for the reply: Asterisk answers one command at a time")
        raise ExchangeBroken("there is no call on this connection")

    def receive(self, octets: bytes) -> list[Event]:
        """What these octets tell, in order.  Raises ExchangeBroken once the peer cannot be understood."""
        if self._phase is _Phase.IN_FLIGHT and not self._rest and len(octets) <= _SHORT_LENGTH:
            replied = _short_reply(octets)
            if replied is not None:
                self._phase = _Phase.IDLE
                return [replied]
        if self._phase is _Phase.BROKEN:
            raise ExchangeBroken("this connection was given up")
        *lines, self._rest = (self._rest + octets).split(b"\n")
        events: list[Event] = []
        try:
            for line in lines:
                event = self._line(line)
                if event is not None:
                    events.append(event)
            if len(self._rest) > LINE_LIMIT_OCTETS:
                raise ExchangeBroken(f"a line of more than {LINE_LIMIT_OCTETS} octets")
        except ExchangeBroken:
            self._phase = _Phase.BROKEN
            self._rest = b""
            raise
        return events

    def _line(self, octets: bytes) -> Event | None:
        if len(octets) > LINE_LIMIT_OCTETS:
            raise ExchangeBroken(f"a line of more than {LINE_LIMIT_OCTETS} octets")
        line = octets.decode("utf-8", "replace").rstrip("\r")
        if self._phase is _Phase.HEADER:
            return self._header(line, len(octets) + 1)
        if line == "HANGUP":
            return HangupSaid()
        if self._phase is _Phase.USAGE:
            return self._usage(line)
        if self._phase is not _Phase.IN_FLIGHT:
            raise ExchangeBroken("a reply to nothing")
        if line.startswith("520-"):
            self._phase, self._usage_lines = _Phase.USAGE, 0
            return None
        return self._reply(line)

    def _header(self, line: str, octets: int) -> Event | None:
        self._header_octets += octets
        if self._header_octets > ENVIRONMENT_LIMIT_OCTETS or len(self._headers) > HEADERS_LIMIT:
            raise ExchangeBroken("more header lines than Asterisk sends")
        if line == "":
            if not self._headers:
                raise ExchangeBroken("a header without lines")
            self._phase = _Phase.IDLE
            return EnvironmentRead(Environment(tuple(self._headers)))
        name, colon, value = line.partition(":")
        if not colon or not name.startswith("agi_"):
            raise ExchangeBroken("a header line that is not agi_<name>: <value>")
        self._headers.append((name.removeprefix("agi_"), value.strip()))
        return None

    def _usage(self, line: str) -> Event | None:
        self._usage_lines += 1
        if self._usage_lines > USAGE_LINES_LIMIT:
            raise ExchangeBroken("a usage text without end")
        return self._reply(line) if line.startswith("520 ") else None

    def _reply(self, line: str) -> Event:
        try:
            reply = parse_reply(line)
        except AGIUnknownError as exc:
            raise ExchangeBroken(str(exc)) from exc
        self._phase = _Phase.IDLE
        return Replied(reply)


@lru_cache(maxsize=256)
def _short_reply(octets: bytes) -> Replied | None:
    """Exactly one line that is a whole reply, None for all else.

    Most replies are one of a few ("200 result=0"), and none so short holds what a caller keyed in.
    """
    line, newline, more = octets.partition(b"\n")
    if not newline or more or line.startswith(b"520-"):
        return None
    try:
        return Replied(parse_reply(line.decode("ascii").rstrip("\r")))
    except (AGIUnknownError, UnicodeDecodeError):
        return None


__all__ = [
    "AGIUsageError",
    "CommandInFlight",
    "Environment",
    "EnvironmentRead",
    "Event",
    "Exchange",
    "ExchangeBroken",
    "HangupSaid",
    "Replied",
]
