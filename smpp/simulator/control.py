"""The simulator's remote control: JSON lines in, JSON lines out, over a unix socket or standard input and output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from smpp.simulator.smsc import Smsc, Typed

_MOST_NUMBER_CHARACTERS = 20  # SMPP 3.4, 5.2.8
_MOST_LINE_OCTETS = 1_000_000


class BadLine(ValueError):
    """A control line that cannot be obeyed; the text says what one looks like."""


def read_line(line: bytes) -> Typed:
    """`{"source": "8613800138000", "destination": "95001111", "text": "..."}`.  Raises BadLine."""
    try:
        wish = json.loads(line)
    except ValueError as exc:
        raise BadLine(f"not JSON: {exc}") from exc
    fields = ("source", "destination", "text")
    if not isinstance(wish, dict) or any(not isinstance(wish.get(name), str) for name in fields):
        raise BadLine('a line is {"source": "8613800138000", "destination": "95001111", "text": "..."}')
    for name in ("source", "destination"):
        number = wish[name]
        if not number.isascii() or not 0 < len(number) <= _MOST_NUMBER_CHARACTERS or "\0" in number:
            raise BadLine(f"{name} must be 1 to {_MOST_NUMBER_CHARACTERS} ASCII characters")
    return Typed(wish["source"], wish["destination"], wish["text"])


def write_line(facts: Mapping[str, Any]) -> bytes:
    """One event as a line."""
    return json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class Control(LineOnlyReceiver):
    """One who types and watches."""

    delimiter = b"\n"
    MAX_LENGTH = _MOST_LINE_OCTETS
    transport: Any

    def __init__(self, room: ControlRoom) -> None:
        self._room = room

    def connectionMade(self) -> None:
        self._room.watchers.append(self)
        for facts in self._room.past:
            self.transport.write(write_line(facts))

    def lineReceived(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            self._room.smsc.type(read_line(line))
        except ValueError as exc:
            self.transport.write(write_line({"event": "error", "error": str(exc)}))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._room.watchers.remove(self)
        self._room.left()


class ControlRoom(Factory):
    """All who type and watch.  Who comes late is told first who is bound."""

    noisy = False
    smsc: Smsc

    def __init__(self) -> None:
        self.watchers: list[Control] = []
        self.past: list[Mapping[str, Any]] = []

    def show(self, facts: Mapping[str, Any]) -> None:
        """Tell everyone."""
        if facts["event"] in ("listening", "bound"):
            self.past.append(facts)
        elif facts["event"] == "unbound":
            same = ("system_id", "role")
            gone = [old for old in self.past if old["event"] == "bound" and all(old[key] == facts[key] for key in same)]
            if gone:
                self.past.remove(gone[0])
        line = write_line(facts)
        for watcher in self.watchers:
            watcher.transport.write(line)

    def left(self) -> None:
        """Someone has gone.  Nothing depends on it."""

    def buildProtocol(self, addr: object) -> Control:
        return Control(self)
