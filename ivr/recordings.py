"""Recorded reports on disk: removed once they have been kept for as long as they may be."""

from __future__ import annotations

from pathlib import Path

SECONDS_PER_DAY = 86_400.0


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
