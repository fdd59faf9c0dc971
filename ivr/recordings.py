"""Recorded reports on disk: names that nobody guesses, and removal once they were kept for as long as they may be."""

from __future__ import annotations

import secrets
import string
from pathlib import Path

SECONDS_PER_DAY = 86_400.0
_NAME_LETTERS = 28  # 131 bits


def new_name() -> str:
    """A name for one recording, of letters only: digits in a row would be taken for a caller's number and hidden."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(_NAME_LETTERS))


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
