"""Recorded reports on disk: names that nobody guesses, and removal once they were kept for as long as they may be."""

from __future__ import annotations

import secrets
import string
import struct
from contextlib import suppress
from pathlib import Path

SECONDS_PER_DAY = 86_400.0
_NAME_LETTERS = 28  # 131 bits
_WAV_HEADER_OCTETS = 44
_WAV_OCTETS_PER_SECOND = 16_000  # 8 kHz, 16 bits
_FRAME_OCTETS, _FRAME_SECONDS = 320, 0.02
_SOUND = 256  # mean size of a frame's samples: what Asterisk's own detector of silence takes for sound
_SOUND_SECONDS = 0.3  # a word


def new_name() -> str:
    """A name for one recording, of letters only: digits in a row would be taken for a caller's number and hidden."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(_NAME_LETTERS))


def seconds(file: Path) -> float:
    """How long a recording is; 0 if there is none, or none that we may see."""
    try:
        return max(0.0, (file.stat().st_size - _WAV_HEADER_OCTETS) / _WAV_OCTETS_PER_SECOND)
    except OSError:
        return 0.0


def kept_seconds(file: Path, shortest_seconds: float) -> float:
    """As `seconds`, of a recording that is then its owner's alone; one that is shorter, or silent, is removed: 0.

    Raises PermissionError for another user's file.
    """
    length = seconds(file)
    if length < shortest_seconds or not _holds_sound(file):
        with suppress(OSError):
            file.unlink()
        return 0.0
    file.chmod(0o600)
    return length


def _holds_sound(file: Path) -> bool:
    """Whether there is a word in it: what a caller leaves who says nothing is a second long.  Reads up to the word."""
    heard = 0.0
    with file.open("rb") as octets:
        octets.seek(_WAV_HEADER_OCTETS)
        while len(frame := octets.read(_FRAME_OCTETS)) == _FRAME_OCTETS:
            samples = struct.unpack("<160h", frame)
            if sum(map(abs, samples)) > _SOUND * len(samples):
                heard += _FRAME_SECONDS
                if heard >= _SOUND_SECONDS:
                    return True
    return False


def sweep(folder: Path, older_than: float) -> int:
    """Remove recordings last written before `older_than` (Unix time, seconds); how many.  Blocks.

    A file that cannot be removed is left for the next time.
    """
    removed = 0
    for path in folder.glob("*.wav"):
        try:
            if path.stat().st_mtime < older_than:
                path.unlink()
                removed += 1
        except OSError:  # already gone, or not ours
            continue
    return removed
