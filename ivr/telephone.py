"""A telephone in the terminal, towards the hotline of a running gateway.

What is heard is printed, and played where there is a sound device.  A line is typed where keys would be pressed, and
Enter interrupts what is playing, as a key does.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ivr.player import Player
from ivr.prompts import ScriptFault
from ivr.simulator import HungUp, SimulatedPhone, converse
from ivr.speech import load_scripts

_KEYS = re.compile(r"[0-9*#]*")
_HOW = {
    "zh": "（输入按键后按回车，# 和 * 与电话相同；直接回车表示不按键；h 挂机）",
    "en": "(type keys and Enter, # and * among them; Enter alone: press nothing; h: hang up)",
}
_NO_KEYS = {"zh": "（电话上没有这些键：请用 0 至 9、* 和 #）", "en": "(a telephone has the keys 0 to 9, * and #)"}
_RECORDING = {
    "zh": "（录音中：输入任意文字后按回车，表示说了话；直接回车表示没有说话）",
    "en": "(it records: type anything and Enter to have spoken, Enter alone to have said nothing)",
}
_ENDINGS = {"": "(call over)", "agent": "(call over: handed on to a person)"}
_CUT = "(the server ended the call: an Asterisk would try the next gateway, and say busy after the last one)"


class Terminal:
    """Hands, eyes and ears.  `typed` are the lines to type instead of somebody at the keyboard."""

    def __init__(self, language: str, prompts: Path, typed: list[str] | None, *, mute: bool) -> None:
        self._language = language
        self._prompts = prompts
        self._lines = _keyboard() if typed is None else iter(typed)
        self._at_keyboard = typed is None
        self._records = False
        self._player = None if mute else Player(self.tell)
        if self._at_keyboard:
            self.tell(_HOW[language])

    def tell(self, line: str) -> None:
        """Print a line."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def keys(self) -> str:
        """The next line, of keys unless it records.  Raises HungUp."""
        records, self._records = self._records, False
        while True:
            entry = next(self._lines, "h").strip()
            if entry == "h":
                raise HungUp
            if not self._at_keyboard:
                self.tell(f"> {entry}")
                self.hear_out()
            elif self._player is not None:
                self._player.hush()
            if records or _KEYS.fullmatch(entry):
                return entry
            self.tell(_NO_KEYS[self._language])

    def show(self, path: str) -> None:
        """What is heard."""
        self.tell(text_of(path, self._prompts))
        if self._player is not None:
            self._player.play(path)

    def hear_out(self) -> None:
        """To the end of what is playing."""
        if self._player is not None:
            self._player.finish()

    def recording(self) -> None:
        """The next line is spoken, not typed."""
        self._records = True
        if self._at_keyboard:
            self.tell(_RECORDING[self._language])

    def hang_up(self) -> None:
        """Nothing is heard any more."""
        if self._player is not None:
            self._player.hush()


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
    """One call.  1 and a clear word if nobody answers, or the server ends the call without its last word."""
    try:
        server = socket.create_connection((arguments.host, arguments.port), timeout=5)
    except OSError as exc:
        sys.stderr.write(f"no voice server at {arguments.host}:{arguments.port} ({exc}): is the gateway running?\n")
        return 1
    terminal = Terminal(arguments.language, arguments.prompts, arguments.keys, mute=arguments.mute)
    options = (f"language={arguments.language}", f"agents={arguments.agents}")
    phone = SimulatedPhone(terminal.keys, terminal.show, terminal.hear_out, terminal.recording)
    try:
        with server, suppress(ConnectionError):  # lost is over
            server.settimeout(None)
            converse(server, phone, arguments.caller, arguments.number, options)
    finally:
        terminal.hang_up()
    is_whole = phone.variables.get("HOTLINE_DONE") == "1" or not phone.alive
    terminal.tell(_ENDINGS[phone.variables.get("HOTLINE_NEXT", "")] if is_whole else _CUT)
    return 0 if is_whole else 1


def _keyboard() -> Iterator[str]:
    while True:
        sys.stdout.write("> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stdout.write("\n")
            return
        yield line
