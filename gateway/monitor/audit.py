"""The audit log: JSON lines that only grow, each sealed with the one before it.

A line's `seal` is the SHA-256 of the seal of the line before it and of its own words, so that a line changed, moved or
taken out breaks the chain there.  Lines taken off the end leave a shorter whole chain: note the last seal elsewhere now
and then, and look whether it is still in the log.  Several processes write to one log: each line is appended and synced
under flock(2).
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gateway.core.errors import GatewayError

FIRST_SEAL = "0" * 64
_MAX_WORD_CHARACTERS = 512
_MAX_LINE_OCTETS = 5 * 12 * _MAX_WORD_CHARACTERS + 512  # all words at their longest, each character two \uXXXX
_PIECE_OCTETS = 1 << 20


class AuditUnavailable(GatewayError):
    """The audit log cannot be written: what it should tell is not done, and the request is answered with 503."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did, or was refused."""

    at: float
    """Unix time in seconds."""
    user: str
    """A user's name; "" for somebody who is not signed in."""
    role: str
    address: str
    """The client's; "terminal" for commands."""
    action: str
    """A word or two, as "sign_in", "refused", "POST /account/password"."""
    subject: str
    """What it was done to."""

    def shortened(self) -> Entry:
        """Nothing comes in unbounded: each word with at most 512 characters."""
        words = (self.user, self.role, self.address, self.action, self.subject)
        return Entry(round(self.at, 3), *(word[:_MAX_WORD_CHARACTERS] for word in words))


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it stands in the log."""

    number: int
    """The line's, from 1."""
    entry: Entry
    seal: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that does not continue the chain, or cannot be read."""

    number: int
    fault: str


def seal_of(previous: str, entry: Entry) -> str:
    """The seal of an entry that follows the line sealed with `previous`."""
    return hashlib.sha256(f"{previous}\n{_words(entry)}".encode(errors="backslashreplace")).hexdigest()


def _words(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=True, separators=(",", ":"), sort_keys=True)


class AuditLog:
    """The log at `path`, made with its first line, mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def write(self, entry: Entry) -> None:
        """Append an entry and sync it, in a thread.  Raises AuditUnavailable."""
        await asyncio.to_thread(self.append, entry)

    def append(self, entry: Entry) -> None:
        """As `write`, at once.  Raises AuditUnavailable."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._append(file, entry.shortened())
            finally:
                os.close(file)
        except OSError as exc:
            raise AuditUnavailable(f"{self._path}: the audit log cannot be written: {exc.strerror or exc}") from exc

    @staticmethod
    def _append(file: int, entry: Entry) -> None:
        size = os.fstat(file).st_size
        tail = os.pread(file, 2 * _MAX_LINE_OCTETS, max(0, size - 2 * _MAX_LINE_OCTETS))
        *whole, torn = tail.split(b"\n") if tail else [b""]
        read = (_read(0, line) for line in reversed(whole))
        previous = next((line.seal for line in read if isinstance(line, Sealed)), FIRST_SEAL)
        line = json.dumps({**asdict(entry), "seal": seal_of(previous, entry)}, ensure_ascii=True)
        written = os.write(file, (b"\n" if torn else b"") + line.encode() + b"\n")
        if written < len(line) + 1:
            raise OSError(None, "the disk is full")
        os.fsync(file)

    def lines(self) -> Iterator[Sealed | Broken]:
        """Every line from the first, checked; a line after a broken one is held against its own neighbour.

        Raises AuditUnavailable.
        """
        with self._reading() as file:
            yield from _checked(enumerate(file, 1), FIRST_SEAL)

    def newest(self, limit: int) -> list[Sealed | Broken]:
        """The newest lines, the oldest of them first, checked against each other: only the file's end is looked into.

        Raises AuditUnavailable.
        """
        with self._reading() as file:
            count = sum(piece.count(b"\n") for piece in iter(partial(file.read, _PIECE_OCTETS), b""))
            start = max(0, file.tell() - _PIECE_OCTETS)
            file.seek(start)
            *lines, torn = file.read().split(b"\n")
        if torn:
            lines, count = [*lines, torn], count + 1
        is_all = start == 0 and len(lines) <= limit
        whole = lines[1:] if start else lines  # the first of a later piece is cut
        kept = whole if is_all else whole[-limit - 1 :]  # the first of these is there to check the second
        checked = list(_checked(enumerate(kept, count - len(kept) + 1), FIRST_SEAL))
        return checked if is_all else checked[1:]

    @contextmanager
    def _reading(self) -> Iterator[BinaryIO]:
        try:
            with self._path.open("rb") as file:
                yield file
        except FileNotFoundError:
            yield io.BytesIO()
        except OSError as exc:
            raise AuditUnavailable(f"{self._path}: the audit log cannot be read: {exc.strerror or exc}") from exc


def _checked(lines: Iterable[tuple[int, bytes]], previous: str) -> Iterator[Sealed | Broken]:
    for number, octets in lines:
        line = _read(number, octets)
        if isinstance(line, Sealed):
            fits = line.seal == seal_of(previous, line.entry)
            previous = line.seal
            if not fits:
                line = Broken(number, "does not follow the line before it: something was changed or taken out")
        yield line


def _read(number: int, octets: bytes) -> Sealed | Broken:
    try:
        words = json.loads(octets)
        seal = words.pop("seal")
        return Sealed(number, Entry(**words), str(seal))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Broken(number, "is no entry: a torn write, or something else was written here")
