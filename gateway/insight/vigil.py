"""The watch kept over a growing query log, and over any past period of it, with the same signals in the same order."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.insight.alerts import Alert
from gateway.insight.logged import CHINA_SECONDS, COMPLETE_SECONDS, MARGIN_SECONDS, Logged
from gateway.insight.query_log import Geography
from gateway.insight.watch import Watch, WatchSettings

_STATE_VERSION = 3

Deliver = Callable[[Sequence[Alert], int], None]
"""Takes alerts, durably, and the uid of the last look-up behind them; may be given the same ones again."""


def raised(logged: Logged, geography: Geography, settings: WatchSettings, start: float, end: float) -> Iterator[Alert]:
    """What was raised from `start` to before `end` (Unix time, seconds), having learned from the whole log before."""
    watch = Watch(geography, settings)
    for _, seen in logged.read(0, end):
        yield from _within(watch.see(seen), start, end)
    if not math.isinf(end):
        yield from _within(watch.advance(end + CHINA_SECONDS), start, end)


def _within(alerts: Iterator[Alert], start: float, end: float) -> Iterator[Alert]:
    return (alert for alert in map(_in_unix_time, alerts) if start <= alert.raised_at < end)


def _in_unix_time(alert: Alert) -> Alert:
    return replace(
        alert, start_at=alert.start_at - CHINA_SECONDS, end_at=alert.end_at - CHINA_SECONDS,
        raised_at=alert.raised_at - CHINA_SECONDS,
    )  # fmt: skip


class Vigil:
    """Reads what is new, tells what it raises, and keeps its state in a file of its own between processes.

    A state that was kept before the last alerts raises them again, the same: `deliver` must take an alert twice as
    once.  Raises SettingsFault for a state file that is none.
    """

    def __init__(
        self, logged: Logged, geography: Geography, settings: WatchSettings, state: Path, deliver: Deliver
    ) -> None:
        self._logged, self._state, self._deliver = logged, state, deliver
        self._uid, self._watch = 0, Watch(geography, settings)
        if state.exists():
            self._uid, self._watch = _restored(state, settings)

    def step(self, now: float) -> int:
        """Read on as far as the log is complete at `now` (Unix time, seconds); the number of alerts."""
        until = now - COMPLETE_SECONDS - MARGIN_SECONDS
        alerts: list[Alert] = []
        for uid, seen in self._logged.read(self._uid, until):
            alerts += self._watch.see(seen)
            self._uid = uid
        if self._uid:
            alerts += self._watch.advance(until + CHINA_SECONDS)
        self._deliver([_in_unix_time(alert) for alert in alerts], self._uid)
        return len(alerts)

    def keep(self) -> None:
        """Write the state, whole or not at all."""
        beside = self._state.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump((_STATE_VERSION, self._uid, self._watch), file, pickle.HIGHEST_PROTOCOL)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._state)


def _restored(state: Path, settings: WatchSettings) -> tuple[int, Watch]:
    try:
        with state.open("rb") as file:
            version, uid, watch = pickle.load(file)  # noqa: S301 - our own file, readable and writable by us alone
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError, TypeError) as exc:
        raise SettingsFault(f"{state}: no state of the watch ({exc}): remove it, and the log is read anew") from exc
    if version != _STATE_VERSION or not isinstance(watch, Watch) or watch.settings != settings:
        raise SettingsFault(f"{state}: of another version or other settings: remove it, and the log is read anew")
    return int(uid), watch
