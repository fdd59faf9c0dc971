"""How long to wait before the next bind: exponential back-off with full jitter, as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

_FLOOR = 0.1  # of the least delay: full jitter may not become a tight loop
_REFUSED_SPREAD = 0.1  # refused credentials: no earlier than asked, a little apart


@dataclass(frozen=True, slots=True)
class Reconnection:
    """Losses and refusals in a row, and the delays they lead to, in seconds."""

    least_seconds: float = 1.0
    most_seconds: float = 60.0
    refused_least_seconds: float = 60.0
    refused_most_seconds: float = 600.0
    stable_seconds: float = 60.0
    useful_messages: int = 10
    losses: int = 0
    refusals: int = 0

    def lost(self, bound_seconds: float, messages: int) -> Reconnection:
        """A session ended, or could not be had; `bound_seconds` is how long it was bound (0: never), `messages` how
        many it carried.

        A session that was of use, if short, is no reason to stay away from those who still wait; a message that ends
        every session that it is sent on ends it after a few.
        """
        of_use = bound_seconds >= self.stable_seconds or messages >= self.useful_messages
        return replace(self, losses=1 if of_use else self.losses + 1, refusals=0)

    def refused(self) -> Reconnection:
        """The SMSC refused the credentials."""
        return replace(self, losses=0, refusals=self.refusals + 1)

    def delay_seconds(self, fraction: float) -> float:
        """The delay before the next attempt; `fraction` is a random number in 0..1."""
        if self.refusals:
            delay = _doubled(self.refused_least_seconds, self.refused_most_seconds, self.refusals)
            return delay * (1 + _REFUSED_SPREAD * fraction)
        ceiling = _doubled(self.least_seconds, self.most_seconds, self.losses)
        return max(ceiling * fraction, self.least_seconds * _FLOOR)


def _doubled(least: float, most: float, times: int) -> float:
    return float(min(most, least * 2 ** min(max(times - 1, 0), 30)))
