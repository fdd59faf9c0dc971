"""The AGI language: commands in, replies out.  Pure.

The vocabulary of errors is pyst2's (`asterisk.agi`); its quoting and parsing are not used, because it escapes nothing
and misreads HANGUP, 511 and end of file.  Grammar: Asterisk's res/res_agi.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from asterisk.agi import (
    AGI,  # measured beside ours by the benchmark, otherwise unused
    AGIAppError,
    AGIError,
    AGIException,
    AGIHangup,
    AGIInvalidCommand,
    AGIResultHangup,
    AGIUnknownError,
    AGIUsageError,
)

__all__ = [
    "AGI",
    "CHANNEL_UP",
    "LINE_LIMIT_OCTETS",
    "AGIAppError",
    "AGIError",
    "AGIException",
    "AGIHangup",
    "AGIInvalidCommand",
    "AGIResultHangup",
    "AGIUnknownError",
    "AGIUsageError",
    "Command",
    "GatewayStopping",
    "Reply",
    "answer",
    "channel_status",
    "execute",
    "get_full_variable",
    "parse_reply",
    "quote",
    "raise_for",
    "record_file",
    "set_variable",
    "stream_file",
]

LINE_LIMIT_OCTETS = 1500  # Asterisk splits a line of about 2,000 into two commands
ALL_KEYS = "0123456789*#"
CHANNEL_UP = 6  # CHANNEL STATUS: "line is up"

_REPLY = re.compile(r"(\d{3})(?:-|\s|$)(.*)", re.DOTALL)
_RESULT = re.compile(r"result=(-?[0-9A-Za-z*#]*)")
_NOTE = re.compile(r"result=\S*\s+\((.*)\)")
_ENDPOS = re.compile(r"endpos=(\d+)")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class GatewayStopping(Exception):
    """We end the call, not the caller: its dialplan goes on with the next gateway."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, quoted and ready to send; `takes_seconds` is how long it may run by design, beyond the answer."""

    line: str
    takes_seconds: float = 0.0

    def encode(self) -> bytes:
        """The line as octets.  Raises AGIUsageError if Asterisk would split or misread it."""
        line = self.line
        if line.isascii() and line.isprintable() and 0 < len(line) <= LINE_LIMIT_OCTETS and not line.isspace():
            return line.encode("ascii") + b"\n"  # nearly all of them
        try:
            octets = self.line.encode("utf-8", "strict")
        except UnicodeEncodeError as exc:
            raise AGIUsageError("an AGI command must be valid Unicode") from exc
        if len(octets) > LINE_LIMIT_OCTETS:
            raise AGIUsageError(f"an AGI command may have {LINE_LIMIT_OCTETS} octets, not {len(octets)}")
        if _UNSAFE.search(self.line) or not self.line.strip():
            raise AGIUsageError("an AGI command is one line of printable characters")
        return octets + b"\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer.  `result` is the text after `result=`, `note` what stood in parentheses.

    `end_position_samples` is None unless the command plays or records (8,000 samples are a second).
    """

    code: int
    result: str = ""
    note: str = ""
    end_position_samples: int | None = None

    @property
    def failed(self) -> bool:
        """-1: the channel hung up, or the file is missing; CHANNEL STATUS tells which."""
        return self.result == "-1"


def quote(value: str) -> str:
    """One argument.  Raises AGIUsageError for control characters: a newline would start a second command."""
    if not (value.isascii() and value.isprintable()) and _UNSAFE.search(value):
        raise AGIUsageError("an AGI argument must not contain control characters")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def answer() -> Command:
    """Pick up."""
    return Command("ANSWER", takes_seconds=5)


def channel_status() -> Command:
    """What became of the channel: result 6 is "up"."""
    return Command("CHANNEL STATUS")


def stream_file(path: str, escape_keys: str, plays_seconds: float) -> Command:
    """Play a sound (path without extension); any of `escape_keys` stops it."""
    return Command(f"STREAM FILE {quote(path)} {quote(escape_keys)}", takes_seconds=plays_seconds)


def record_file(path: str, limit_seconds: int, silence_seconds: int) -> Command:
    """Record 8 kHz wav until `#`, silence, the limit or hang-up.  Asterisk's own BEEP fails where its sounds lack."""
    line = f'RECORD FILE {quote(path)} "wav" "#" {limit_seconds * 1000} s={silence_seconds}'
    return Command(line, takes_seconds=limit_seconds + 5)


def set_variable(name: str, value: str) -> Command:
    """Set a channel variable or dialplan function."""
    return Command(f"SET VARIABLE {quote(name)} {quote(value)}")


def get_full_variable(expression: str) -> Command:
    """Evaluate a dialplan expression; its value is the reply's note."""
    return Command(f"GET FULL VARIABLE {quote(expression)}")


def execute(application: str, arguments: tuple[str, ...], takes_seconds: float = 0.0) -> Command:
    """Run a dialplan application.  Raises AGIUsageError where an argument would be split or expanded."""
    for argument in arguments:
        if any(character in argument for character in ",|${}"):
            raise AGIUsageError("an application's argument must not contain separators or expressions")
    return Command(f"EXEC {quote(application)} {quote(','.join(arguments))}", takes_seconds)


def parse_reply(line: str) -> Reply:
    """A line from Asterisk as a Reply.  Raises AGIUnknownError if it is none."""
    match = _REPLY.fullmatch(line)
    if match is None:
        raise AGIUnknownError(f"not an AGI reply: {line[:60]!r}")
    rest = match[2]
    result, note, end = _RESULT.search(rest), _NOTE.search(rest), _ENDPOS.search(rest)
    return Reply(
        code=int(match[1]),
        result=result[1] if result else "",
        note=note[1] if note else "",
        end_position_samples=int(end[1]) if end else None,
    )


def raise_for(reply: Reply) -> Reply:
    """The reply of a command that ran, or pyst2's exception for one that did not."""
    if reply.code == 200:
        if reply.note == "hangup":
            raise AGIResultHangup("the caller hung up during the command")
        return reply
    if reply.code == 511:
        raise AGIHangup("the channel is gone (511)")
    if reply.code == 510:
        raise AGIInvalidCommand("Asterisk does not know the command (510): is its module loaded?")
    if reply.code == 520:
        raise AGIUsageError("Asterisk refused the command's usage (520)")
    raise AGIUnknownError(f"an AGI reply with the unknown code {reply.code}")
