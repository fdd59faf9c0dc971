"""Sounds made by joining and by speech, kept in a folder that never grows beyond its limit.

The least recently used go first.  A sound that Asterisk is playing may go: its open file stays readable.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from ivr.synthesis import SAMPLES_PER_SECOND

_SOUND = ".ulaw"


class SoundCache:
    """8 kHz mu-law by key, each with its text beside it.  Safe from several threads.

    What is in `folder` already is kept, the oldest counting as the least recently used.
    """

    def __init__(self, folder: Path, limit_octets: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._folder = folder.absolute()
        self._limit_octets = limit_octets
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._octets = 0
        for part in self._folder.glob("*.part"):
            part.unlink(missing_ok=True)
        found = [(path.stat(), path.stem) for path in self._folder.glob(f"*{_SOUND}")]
        for stat, key in sorted(found, key=lambda each: each[0].st_mtime):
            self._enter(key, stat.st_size)
        self._shrink()

    def path(self, key: str) -> str:
        """Where the sound of `key` is or would be, without extension, as Asterisk wants it."""
        return str(self._folder / key)

    def seconds(self, key: str) -> float | None:
        """How long the sound of `key` plays; None if there is none (any more: somebody may clear the folder)."""
        with self._lock:
            size = self._sizes.get(key)
            if size is None:
                return None
            if not (self._folder / f"{key}{_SOUND}").exists():
                self._octets -= self._sizes.pop(key)
                return None
            self._sizes.move_to_end(key)
        return size / SAMPLES_PER_SECOND

    def read(self, key: str) -> bytes | None:
        """The sound of `key`; None if there is none."""
        if self.seconds(key) is None:
            return None
        try:
            return (self._folder / f"{key}{_SOUND}").read_bytes()
        except OSError:  # pushed out by another thread meanwhile
            return None

    def write(self, key: str, octets: bytes, text: str) -> float:
        """Keep a sound, and push out what it displaces; how long it plays, in seconds.  Raises OSError."""
        self._replace(f"{key}.txt", text.encode())
        self._replace(f"{key}{_SOUND}", octets)
        with self._lock:
            self._enter(key, len(octets))
        self._shrink()
        return len(octets) / SAMPLES_PER_SECOND

    def _enter(self, key: str, size: int) -> None:
        self._octets += size - self._sizes.pop(key, 0)
        self._sizes[key] = size

    def _shrink(self) -> None:
        """The newest stays, whatever its size."""
        gone = []
        with self._lock:
            while self._octets > self._limit_octets and len(self._sizes) > 1:
                key, size = self._sizes.popitem(last=False)
                self._octets -= size
                gone.append(key)
        for key in gone:
            (self._folder / f"{key}{_SOUND}").unlink(missing_ok=True)
            (self._folder / f"{key}.txt").unlink(missing_ok=True)

    def _replace(self, name: str, octets: bytes) -> None:
        part = self._folder / f"{name}.{os.getpid()}.{threading.get_ident()}.part"
        part.write_bytes(octets)
        part.chmod(0o644)  # Asterisk may run as another user
        part.replace(self._folder / name)
