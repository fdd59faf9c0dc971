"""What a caller may still have: rates by GCRA, and budgets of misses against guessing.  Pure.

GCRA (the generic cell rate algorithm, ITU-T I.371, Annex A) keeps one number per key, the theoretical arrival time
`tat` in Unix seconds.  The clamp: a `tat` further ahead than a full burst comes from a clock that was stepped back, or
from another node's clock, and is cut for good, so that nobody is locked out.  `gateway/shared/allowance.lua` does the
same sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.core.ports import Ruling

RESOURCE_DIGITS = 7
CODE_DIGITS = 20
BLOCK_DIGITS = 4  # numbers that differ only in these were given out together


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` at once, and as many again in every `seconds`."""

    limit: int
    seconds: float

    def __post_init__(self) -> None:
        if self.limit < 1 or self.seconds <= 0:
            raise ValueError("a rate needs a limit of at least 1 and more than 0 seconds")

    @property
    def interval_seconds(self) -> float:
        """The time that one costs."""
        return self.seconds / self.limit

    def clamped(self, tat: float, now: float) -> float:
        """`tat` as it can be at `now`: neither past nor further ahead than a full burst."""
        return min(max(tat, now), now + self.seconds)

    def admits(self, tat: float, now: float) -> bool:
        """Whether one more is within the rate."""
        return self.clamped(tat, now) - now <= self.seconds - self.interval_seconds

    def charged(self, tat: float, now: float, amount: int = 1) -> float:
        """The `tat` after `amount` more, at most a full burst ahead."""
        return min(self.clamped(tat, now) + amount * self.interval_seconds, now + self.seconds)


@dataclass(frozen=True, slots=True)
class CallerRate:
    """The rate state of one caller: `tat`, and when the caller was last told of being over the rate (0: never)."""

    tat: float = 0.0
    told_at: float = 0.0

    def charge(self, rate: Rate, now: float) -> tuple[CallerRate, Ruling]:
        """Charge one query.  Over the rate: one notice in `rate.seconds`, else silence; neither costs anything."""
        if rate.admits(self.tat, now):
            return CallerRate(rate.charged(self.tat, now), self.told_at), Ruling.ANSWER
        tat = rate.clamped(self.tat, now)  # kept, or after a clock's step back it would be cut anew each time
        if self.told_at <= now < self.told_at + rate.seconds:
            return CallerRate(tat, self.told_at), Ruling.SILENCE
        return CallerRate(tat, now), Ruling.NOTICE


@dataclass(frozen=True, slots=True)
class GuessScope:
    """Whose budget a miss is charged to: its kind ("caller", "block" or "product") and the key among its kind."""

    kind: str
    key: str = field(repr=False)  # a block is most of a number


def guess_scopes(caller: str, number: str, codes: Iterable[str]) -> list[GuessScope]:
    """The budgets that a query for `codes` touches; `caller` is the pseudonym, `number` the clear number.

    A block is a caller's number without its last four digits; 16-digit codes name no product.  Those who withhold
    their number ("") have one pseudonym, and no budget of their own to spend.
    """
    scopes = [GuessScope("caller", caller)] if number else []
    if len(number) > BLOCK_DIGITS + 2:
        scopes.append(GuessScope("block", number[:-BLOCK_DIGITS]))
    products = dict.fromkeys(code[:RESOURCE_DIGITS] for code in codes if len(code) == CODE_DIGITS)
    return scopes + [GuessScope("product", product) for product in products]
