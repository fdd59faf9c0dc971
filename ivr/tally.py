"""Counts of calls for whoever watches the hotline.  Pure: instants are arguments, seconds of a steady clock."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """What the voice server does now, and has done since it started.  All are counts of calls unless said otherwise.

    `finished` said goodbye, went to a person or reached a cap; `silent` gave no code in all their tries; `drained`
    were ended because the gateway stopped; `failed` ended by a fault of Asterisk or of ours.  `timed_out` are
    connections on which Asterisk did not speak in time, `refused_busy` calls that heard "busy", `refused_peers`
    connections from strangers, and `missing_prompts` pieces that could not be said.
    """

    calls: int = 0
    calls_limit: int = 0
    begun_last_minute: int = 0
    begun: int = 0
    finished: int = 0
    hung_up: int = 0
    silent: int = 0
    drained: int = 0
    failed: int = 0
    timed_out: int = 0
    refused_busy: int = 0
    refused_peers: int = 0
    missing_prompts: int = 0


_FIELD_OF_ENDING = {"hung_up": "hung_up", "no_input": "silent", "drained": "drained", "failed": "failed"}


class CallTally:
    """Adds up; its memory does not grow with the calls."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seconds: deque[tuple[int, int]] = deque()  # (second, calls begun in it) of the last minute

    def begun(self, now: float) -> None:
        """A call began."""
        self._counts["begun"] += 1
        second = int(now)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))
        self._forget(now)

    def ended(self, ending: str, missing_prompts: int) -> None:
        """A call ended, as its record says."""
        self._counts[_FIELD_OF_ENDING.get(ending, "finished")] += 1
        self._counts["missing_prompts"] += missing_prompts

    def timed_out(self) -> None:
        """Asterisk did not speak in time."""
        self._counts["timed_out"] += 1

    def refused_busy(self) -> None:
        """A call above a limit."""
        self._counts["refused_busy"] += 1

    def refused_peer(self) -> None:
        """A connection from an address that is not allowed."""
        self._counts["refused_peers"] += 1

    def status(self, now: float, calls: int, calls_limit: int) -> VoiceStatus:
        """All of it, with the calls that are in progress."""
        self._forget(now)
        minute = sum(count for _, count in self._seconds)
        return VoiceStatus(calls=calls, calls_limit=calls_limit, begun_last_minute=minute, **self._counts)

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - _MINUTE_SECONDS:
            self._seconds.popleft()
