"""The scan for hot-spots as the desk runs it: a process of its own, below the priority of all others, over one log.

It ends at SIGTERM, and by itself once the process that started it is gone, so that a desk that is killed and started
again has one scan, not two.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.insight.logged import Logged, china
from gateway.insight.recipients import Recipient
from gateway.insight.settings import ScanSettings
from gateway.insight.vigil import Vigil
from gateway.insight.watch import WatchSettings

logger = logging.getLogger(__name__)

_NICENESS = 10  # queries go first
_LOOK_AROUND_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether it is time to end: it was asked to, or is no longer the child of `parent` (0: never mind)."""

    asked: threading.Event
    parent: int = 0

    def __call__(self, seconds: float) -> bool:
        """Wait so long at most; true once it is time."""
        until = time.monotonic() + seconds
        while not self._is_due() and (left := until - time.monotonic()) > 0:
            self.asked.wait(min(left, _LOOK_AROUND_SECONDS))
        return self._is_due()

    def _is_due(self) -> bool:
        return self.asked.is_set() or (self.parent != 0 and os.getppid() != self.parent)


def stop_at_signals(parent: int) -> Stop:
    """A Stop that SIGTERM and SIGINT ask; for the main thread."""
    stop = Stop(threading.Event(), parent)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.asked.set())
    return stop


def scan(
    settings: ScanSettings, journal: Path, centres: Path, recipient: Recipient, wait: Callable[[float], bool]
) -> None:
    """Read on, look, tell and keep the state, until `wait` says that it is enough.

    Raises SettingsFault without a log, and what the recipient raises: the state is then the one before, from which
    the same is raised again.
    """
    os.nice(_NICENESS)
    with _alone(settings.state_path, wait) as is_alone:
        if not is_alone:
            return
        geography = china(centres)
        logged = Logged(journal, geography)
        try:
            vigil = _vigil(settings, lambda: Vigil(logged, geography, _of(settings), settings.state_path, recipient))
            is_over = False
            while not is_over:
                if told := vigil.step(time.time()):
                    logger.info("the scan raised %d alerts", told)
                _keep(vigil, settings.state_path)
                is_over = wait(settings.every_seconds)
        finally:
            logged.close()


def _keep(vigil: Vigil, state: Path) -> None:
    try:
        vigil.keep()
    except OSError as exc:
        raise StateUnavailable(f"{state}: cannot be written ({exc.strerror}): see to its disk") from exc


def _of(settings: ScanSettings) -> WatchSettings:
    return WatchSettings(budget_days=settings.budget_days)


def _vigil(settings: ScanSettings, made: Callable[[], Vigil]) -> Vigil:
    """A state that is none, or of another version, stands aside: the log gives it again."""
    try:
        return made()
    except SettingsFault as exc:
        aside = settings.state_path.with_suffix(".old")
        logger.warning("%s; it is now %s, and the log is read anew", exc, aside)
        settings.state_path.replace(aside)
        return made()


@contextmanager
def _alone(state: Path, wait: Callable[[float], bool]) -> Iterator[bool]:
    """Yields true once no other scan has this state; false if it is time to end before that."""
    try:
        opened = state.with_suffix(".lock").open("w")
    except OSError as exc:
        raise SettingsFault(f"{state}: cannot be kept there ({exc.strerror}): mend scan_state_path or rights") from exc
    with opened as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("another scan has %s: waiting for its end", state)
                if wait(_LOOK_AROUND_SECONDS):
                    yield False
                    return
            else:
                yield True
                return
