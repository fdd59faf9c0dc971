"""A simulated telephone: plays Asterisk's part of FastAGI towards our server.

Written from Asterisk's documentation; shares no codec with the server.
"""

from __future__ import annotations

import secrets
import shlex
import socket
import wave
from collections.abc import Callable
from dataclasses import dataclass, field

_RECORDED_SECONDS = 3
_HUM = b"\0\x20" * 20 + b"\0\xe0" * 20  # 200 Hz: stands for words


class HungUp(Exception):
    """The one who calls hung up."""


def _nothing() -> None:
    """Where nothing is played there is nothing to wait for."""


@dataclass(slots=True)
class SimulatedPhone:
    """Asterisk's side of one call: `answer` gives the reply to a command line.

    `keys` gives what is typed for each entry (raises HungUp); `show` begins to play or print what is heard, given as
    a sound's path, and `hear_out` waits for its end; `recording` is called when the recorder runs.
    """

    keys: Callable[[], str]
    show: Callable[[str], None]
    hear_out: Callable[[], None] = _nothing
    recording: Callable[[], None] = _nothing
    variables: dict[str, str] = field(default_factory=dict)
    alive: bool = True

    def answer(self, line: str) -> str:
        """One reply line, or several where the caller hangs up."""
        if not self.alive:
            return "511 Command Not Permitted on a dead channel or intercept routine"
        words = shlex.split(line)
        try:
            return self._answer([word.upper() for word in words[:2]], words)
        except HungUp:
            self.alive = False
            return "HANGUP\n200 result=-1"

    def _answer(self, verb: list[str], words: list[str]) -> str:
        match verb:
            case ["ANSWER"]:
                return "200 result=0"
            case ["SET", "VARIABLE"]:
                self.variables[words[2]] = words[3]
                return "200 result=1"
            case ["STREAM", "FILE"]:
                self.show(words[2])
                self.hear_out()
                return "200 result=0 endpos=8000"
            case ["CHANNEL", "STATUS"]:
                return "200 result=6"
            case ["RECORD", "FILE"]:
                return self._record(words[2])
            case ["EXEC", "READ"]:
                return self._read(words[2].split(","))
            case ["GET", "FULL"]:
                return f"200 result=1 ({self._expand(words[3])})"
        return "510 Invalid or unknown command"

    def _read(self, arguments: list[str]) -> str:
        variable, path, most = arguments[0], arguments[1], int(arguments[2])
        tail = bool(arguments[5:6] and arguments[5])  # the short wait for # or one key too many
        if path:
            self.show(path)
        typed = "" if tail else self.keys()
        keys, hash_key, _ = typed.partition("#")
        full = len(keys) >= most
        self.variables[variable] = keys[:most]
        self.variables["READSTATUS"] = "OK" if hash_key or full else "TIMEOUT"
        return "200 result=0"

    def _record(self, path: str) -> str:
        self.recording()
        seconds = _RECORDED_SECONDS if self.keys() else 0
        with wave.open(f"{path}.wav", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(_HUM * (8000 // 40 * seconds))
        return f"200 result=0 (timeout) endpos={8000 * seconds}"

    def _expand(self, expression: str) -> str:
        for name, value in self.variables.items():
            expression = expression.replace(f"${{{name}}}", value)
        return expression


def converse(
    server: socket.socket, phone: SimulatedPhone, caller: str, number: str, arguments: tuple[str, ...]
) -> None:
    """One call over a connection, until the server ends it."""
    header = {
        "network": "yes",
        "request": "agi://simulator/hotline",
        "channel": "Simulator/1",
        "language": "en",
        "uniqueid": secrets.token_hex(6),
        "callerid": caller,
        "dnid": number,
        "extension": "s",
    }
    header.update({f"arg_{index}": argument for index, argument in enumerate(arguments, 1)})
    lines = "".join(f"agi_{name}: {value}\n" for name, value in header.items())
    server.sendall(f"{lines}\n".encode())
    with server.makefile("r", encoding="utf-8", newline="\n") as commands:
        for line in commands:
            server.sendall(f"{phone.answer(line)}\n".encode())
