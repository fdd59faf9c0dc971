"""Who takes the watch's alerts: the case book, or a file of JSON lines.  Both take an alert twice as once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.insight.alerts import Alert

Recipient = Callable[[Sequence[Alert], int], None]


def case_book(database: str, journal: Path) -> Recipient:
    """Signals for the case book at this path or URL, with the looks of `journal` behind them.  Raises SettingsFault."""
    from gateway.insight.case_intake import CaseIntake  # noqa: PLC0415 - SQL only where there is a case book
    from gateway.insight.case_store import open_book  # noqa: PLC0415
    from gateway.insight.logged_looks import LoggedLooks  # noqa: PLC0415
    from gateway.insight.scan_cases import ScanCases  # noqa: PLC0415

    return ScanCases(CaseIntake(open_book(database)), LoggedLooks(journal), time.time)


def lines_file(path: str, write: Callable[[Alert], str]) -> Recipient:
    """Lines at the end of a file, each on disk before the next look; `-` is standard output."""
    known: set[str] = set()
    if path != "-" and Path(path).exists():
        known.update(Path(path).read_text(encoding="utf-8").splitlines(keepends=True))

    def take(alerts: Sequence[Alert], uid: int) -> None:
        del uid
        lines = [line for line in map(write, alerts) if line not in known]
        known.update(lines)
        if path == "-":
            sys.stdout.writelines(lines)
            sys.stdout.flush()
        elif lines:
            with Path(path).open("a", encoding="utf-8") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())

    return take
