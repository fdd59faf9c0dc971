"""The recordings of spoken reports as they lie on this machine."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.core.recorded import recorded_in
from gateway.insight.case_values import Complaint

_SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One recording.  `until` is when it is removed (Unix time, seconds), None where there is no limit."""

    path: Path
    until: float | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What is shown of a spoken report; `kept` is None once its recording is removed, or where it never was."""

    length_seconds: int
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Recordings:
    """`days` tells how long a recording is kept, 0 for ever; for threads, for it looks at the disk."""

    folder: Path
    days: Callable[[], int]

    def find(self, file: str) -> Kept | None:
        """The recording of this name, if it is here.  `file` is of Recorded: it names no folder."""
        path = self.folder / file
        try:
            status = path.lstat()
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):  # a link could lead out of the folder
            return None
        days = self.days()
        return Kept(path, status.st_mtime + days * _SECONDS_PER_DAY if days else None)


def heard(complaints: Iterable[Complaint], recordings: Recordings | None) -> dict[int, Heard]:
    """Those of the reports that were spoken, by their numbers."""
    found = {}
    for one in complaints:
        told = recorded_in(one.text)
        if told is not None:
            found[one.uid] = Heard(told.length_seconds, recordings.find(told.file) if recordings else None)
    return found
