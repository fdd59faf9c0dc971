"""A scripted caller in virtual time: Asterisk's part played in memory, from its documentation."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport

from ivr.protocol import AgiConnection
from ivr.server import VoiceFactory
from ivr.settings import VoiceSettings
from ivr.speech import Sentence
from ivr.talk import Line, Rules
from tests.ivr.fake_desk import FakeDesk

HEADER = "agi_network: yes\nagi_callerid: 13800001234\nagi_dnid: 95001111\nagi_uniqueid: 1.1\n"
HANG_UP = "hang up"
_WORDS = b"\0\x10\0\xf0" * 8_000  # two seconds of sound
_RECORDED = {"nothing": b"", "silence": bytes(32_000)}
MENU = "menu+menu_report+menu_language"


class FakeSpeech:
    """Sentences whose path is the list of their keys; those with `late` among them take a second to make."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self.late = ""

    def sentence(self, language: str, lines: Sequence[Line], slower: bool = False) -> Deferred[Sentence]:
        names = "+".join(line.key for line in lines)
        made = Sentence(f"{language}{'/slow' if slower else ''}/{names}", 1.0)
        if self.late and self.late in names:
            return deferLater(self._clock, 1.0, lambda: made)
        return succeed(made)


class ScriptedCall:
    """Answers commands from a list of entries: keys, "" for silence, HANG_UP.  `said` lists the sentences."""

    def __init__(self, entries: Sequence[str], folder: Path, agents: str = "closed", limit: int = 10_000) -> None:
        self.entries = list(entries)
        self.said: list[str] = []
        self.variables: dict[str, str] = {}
        self.clock = Clock()
        self.speech = FakeSpeech(self.clock)
        self.said_at: list[float] = []
        self.last_key_at = 0.0
        self.desk = FakeDesk()
        self.settings = VoiceSettings(recordings_folder=folder, rules=Rules())
        self.commands = 0
        self.unplayable = ""
        self.late_at = ""
        self._limit = limit
        self._gone = False
        factory = VoiceFactory(self.settings, self.desk, self.speech, self.clock, self.clock.seconds)
        self.factory = factory
        connection = factory.buildProtocol(_Peer("127.0.0.1"))
        assert isinstance(connection, AgiConnection)
        self.connection = connection
        self.transport = StringTransport()
        connection.makeConnection(self.transport)
        connection.dataReceived(f"{HEADER}agi_arg_1: language=zh\nagi_arg_2: agents={agents}\n\n".encode())

    def run(self) -> ScriptedCall:
        """To the end of the call, in no time."""
        while not self.transport.disconnecting:
            self.step()
        self.connection.connectionLost()
        return self

    def step(self) -> None:
        """Answer what was asked, or let a quarter of a second pass."""
        lines = self.transport.value().decode().splitlines()
        self.transport.clear()
        if not lines:
            if not self.clock.getDelayedCalls():
                raise AssertionError("the call waits for nothing")
            self.clock.advance(0.25)
        for line in lines:
            self.connection.dataReceived(f"{self._answer(line)}\n".encode())

    def _answer(self, line: str) -> str:
        self.commands += 1
        if self.late_at and self.entries[:1] == [self.late_at]:
            self.entries.pop(0)
            self.clock.rightNow += self.settings.rules.call_limit_seconds + 1
        if self._gone:
            return "511 Command Not Permitted on a dead channel or intercept routine"
        if self.commands > self._limit:
            return self._hang_up()
        words = shlex.split(line)
        match words[:2]:
            case ["SET", "VARIABLE"]:
                self.variables[words[2]] = words[3]
            case ["STREAM", "FILE"]:
                self._say(words[2])
                if self.unplayable and self.unplayable in words[2]:
                    return "200 result=-1 endpos=0"
                return "200 result=0 endpos=1600"
            case ["EXEC", "Read"]:
                return self._read(words[2].split(","))
            case ["GET", "FULL"]:
                return f"200 result=1 ({self.variables['READSTATUS']}:{self.variables['HOTLINE_KEYS']})"
            case ["CHANNEL", "STATUS"]:
                return "200 result=6"
            case ["RECORD", "FILE"]:
                entry = self.entries.pop(0) if self.entries else HANG_UP
                Path(f"{words[2]}.wav").write_bytes(bytes(44) + _RECORDED.get(entry, _WORDS))
                return self._hang_up() if entry == HANG_UP else "200 result=35 (dtmf) endpos=16000"
        return "200 result=1"

    def _read(self, arguments: list[str]) -> str:
        most = int(arguments[2])
        if arguments[1]:
            self._say(arguments[1])
        if self.unplayable and self.unplayable in arguments[1]:
            self.variables.update(READSTATUS="ERROR", HOTLINE_KEYS="")
            return "200 result=0"
        if len(arguments) > 5 and arguments[5] and not (self.entries and self.entries[0].startswith("+")):
            keys, status = "", "TIMEOUT"
            self.clock.rightNow += float(arguments[5])
        else:
            entry = self.entries.pop(0) if self.entries else HANG_UP
            if entry == HANG_UP:
                return self._hang_up()
            keys, hash_key, _ = re.sub(r"^\+", "", entry).partition("#")
            status = "OK" if hash_key or len(keys) >= most else "TIMEOUT"
            if hash_key and len(keys) >= most:  # application Read is back before the #
                self.entries.insert(0, "+#")
            keys = keys[:most]
            self.last_key_at = self.clock.seconds()
        self.variables.update(READSTATUS=status, HOTLINE_KEYS=keys)
        return "200 result=0"

    def _say(self, path: str) -> None:
        self.said.append(path)
        self.said_at.append(self.clock.seconds())

    def _hang_up(self) -> str:
        self._gone = True
        return "HANGUP\n200 result=-1"


class _Peer:
    def __init__(self, host: str) -> None:
        self.host = host


def call(entries: Sequence[str], folder: Path, agents: str = "closed", limit: int = 10_000) -> ScriptedCall:
    """A whole call, after which nothing is left."""
    scripted = ScriptedCall(entries, folder, agents, limit).run()
    assert scripted.clock.getDelayedCalls() == []
    assert len(scripted.desk.records) == 1
    assert scripted.factory.status().calls == 0
    return scripted
