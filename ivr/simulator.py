"""A telephone in the terminal: plays Asterisk's part of FastAGI towards our server.  `python -m ivr.simulator`.

Type digits and Enter; an empty line is silence; `h` hangs up.  What a caller would hear is printed, and played where
`aplay` and a sound device are.  Written from Asterisk's documentation; shares no codec with the server.
"""

from __future__ import annotations

import argparse
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.prompts import ScriptFault
from ivr.speech import load_scripts

_RECORDED_SECONDS = 3


class HungUp(Exception):
    """The one at the terminal hung up."""


@dataclass(slots=True)
class SimulatedPhone:
    """Asterisk's side of one call: `answer` gives the reply to a command line.

    `keys` gives what is typed for each entry (raises HungUp), `show` prints what is heard, given as a sound's path.
    """

    keys: Callable[[], str]
    show: Callable[[str], None]
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
        typed = self.keys()
        seconds = _RECORDED_SECONDS if typed else 0
        with wave.open(f"{path}.wav", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(b"\0\0" * 8000 * seconds)
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


def text_of(path: str, folder: Path) -> str:
    """What the sound at `path` (without extension) says."""
    beside = Path(f"{path}.txt")
    if beside.exists():
        return beside.read_text("utf-8")
    try:
        script = load_scripts(folder).get(Path(path).parent.name)
    except ScriptFault:
        script = None
    clips = {clip.name: clip.text for clip in script.clips()} if script else {}
    return clips.get(Path(path).name, f"({path})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4573)
    parser.add_argument("--caller", default="13800001234", help="the number that calls")
    parser.add_argument("--number", default="95001111", help="the number that is called")
    parser.add_argument("--language", default="zh", choices=["zh", "en"])
    parser.add_argument("--agents", default="open", choices=["open", "closed"])
    parser.add_argument("--prompts", type=Path, default=Path("templates/voice"), help="where the scripts are")
    parser.add_argument("--mute", action="store_true", help="print only")
    parser.add_argument("--keys", nargs="*", help="what to type, entry by entry; then hang up")


def run(arguments: argparse.Namespace) -> int:
    """One call.  1 and a clear word if nobody answers."""
    typed = iter(arguments.keys) if arguments.keys is not None else _terminal()
    player = None if arguments.mute else shutil.which("aplay")

    def keys() -> str:
        entry = next(typed, "h").strip()
        if entry == "h":
            raise HungUp
        if arguments.keys is not None:
            sys.stdout.write(f"> {entry}\n")
        return entry

    def show(path: str) -> None:
        sys.stdout.write(f"{text_of(path, arguments.prompts)}\n")
        sys.stdout.flush()
        if player:
            command = [player, "-q", "-t", "raw", "-f", "MU_LAW", "-r", "8000", f"{path}.ulaw"]
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)

    options = (f"language={arguments.language}", f"agents={arguments.agents}")
    phone = SimulatedPhone(keys, show)
    try:
        with socket.create_connection((arguments.host, arguments.port), timeout=5) as server:
            server.settimeout(None)
            converse(server, phone, arguments.caller, arguments.number, options)
    except OSError as exc:
        sys.stderr.write(f"no voice server at {arguments.host}:{arguments.port} ({exc}): is the gateway running?\n")
        return 1
    following = phone.variables.get("HOTLINE_NEXT", "")
    sys.stdout.write(f"(call over{f', on to: {following}' if following else ''})\n")
    return 0 if phone.variables.get("HOTLINE_DONE") == "1" or not phone.alive else 1


def _terminal() -> Iterator[str]:
    while True:
        sys.stdout.write("> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return
        yield line


if __name__ == "__main__":
    command = argparse.ArgumentParser(description=__doc__)
    add_arguments(command)
    sys.exit(run(command.parse_args()))
