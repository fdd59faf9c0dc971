"""Limits per caller, shared by all gateways over Redis, and kept by each for itself while Redis is away."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Generic, TypeVar

from gateway.core.allowance import CallerRate, GuessScope, Rate, guess_scopes
from gateway.core.errors import StateUnavailable
from gateway.core.ports import Ruling
from gateway.core.query import Query
from gateway.shared.commands import RedisCommands
from gateway.shared.connection import Argument
from gateway.shared.settings import AllowanceSettings

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")
_SCRIPT = resources.files("gateway.shared").joinpath("allowance.lua").read_text(encoding="utf-8")
_RULINGS = (Ruling.ANSWER, Ruling.NOTICE, Ruling.SILENCE, Ruling.VAGUE)


class RedisAllowance:
    """The port Allowance: never raises.  `clock`: Unix time in seconds.

    All its keys carry one hash tag, so that a ruling is one atomic script in a Redis Cluster too.
    """

    def __init__(
        self,
        redis: RedisCommands,
        settings: AllowanceSettings,
        clock: Callable[[], float],
        disguised: Callable[[str], str],
    ) -> None:
        """`disguised`: a keyed hash, the same in all gateways."""
        self._redis = redis
        self._script = redis.script(_SCRIPT)
        self._clock = clock
        self._disguised = disguised
        self._prefix = f"{redis.prefix}{{allowance}}:"
        self._settings = settings
        self._budgets = {
            "caller": settings.caller_misses,
            "block": settings.block_misses,
            "product": settings.product_misses,
        }
        self._ruled: _Latest[int, Ruling] = _Latest(settings.capacity)
        self._alone = _Alone(self._budgets, settings.capacity)

    async def rule(self, query: Query) -> Ruling:
        """Charge one query to its caller, once however often it is tried, and say how it may be answered."""
        ruling = self._ruled.get(query.uid, None)
        if ruling is None:
            ruling = await self._rule(query)
            self._ruled.put(query.uid, ruling)
        return ruling

    async def _rule(self, query: Query) -> Ruling:
        caller = query.caller.pseudonym
        scopes = guess_scopes(caller, query.caller.number, query.understanding.codes)
        now = self._clock()
        rate = self._settings.queries if query.caller.number else self._settings.anonymous_queries
        limits: list[Argument] = [rate.limit, rate.seconds]
        for scope in scopes:
            budget = self._budgets[scope.kind]
            limits += (budget.limit, budget.seconds)
        keys = [f"{self._prefix}rate:{caller}", *map(self._key, scopes)]
        try:
            reply = await self._redis.execute("EVALSHA", self._script, len(keys), *keys, "rule", now, *limits)
        except StateUnavailable:
            return self._alone.rule(caller, rate, scopes, now)
        return _RULINGS[reply]

    async def missed(self, query: Query, codes: Sequence[str]) -> None:
        """Charge unknown codes to the guess budgets of caller, number prefix and product resource code."""
        charges = _charges(query, codes)
        if not charges:
            return
        now = self._clock()
        amounts: list[Argument] = []
        for scope, amount in charges.items():
            budget = self._budgets[scope.kind]
            amounts += (budget.limit, budget.seconds, amount)
        keys = [self._key(scope) for scope in charges]
        try:
            await self._redis.execute("EVALSHA", self._script, len(keys), *keys, "charge", now, *amounts)
        except StateUnavailable:
            self._alone.charge(charges, now)

    def _key(self, scope: GuessScope) -> str:
        key = self._disguised(scope.key) if scope.kind == "block" else scope.key  # a block is most of a number
        return f"{self._prefix}misses:{scope.kind}:{key}"


def _charges(query: Query, codes: Sequence[str]) -> Counter[GuessScope]:
    charges: Counter[GuessScope] = Counter()
    for code in codes:
        charges.update(guess_scopes(query.caller.pseudonym, query.caller.number, [code]))
    return charges


class _Alone:
    """The same rules from this node's own memory."""

    def __init__(self, budgets: dict[str, Rate], capacity: int) -> None:
        self._budgets = budgets
        self._callers: _Latest[str, CallerRate] = _Latest(capacity)
        self._misses: _Latest[GuessScope, float] = _Latest(capacity)

    def rule(self, caller: str, rate: Rate, scopes: Sequence[GuessScope], now: float) -> Ruling:
        state, ruling = self._callers.get(caller, CallerRate()).charge(rate, now)
        self._callers.put(caller, state)
        if ruling is not Ruling.ANSWER:
            return ruling
        spent = [scope for scope in scopes if self._is_spent(scope, now)]
        return Ruling.VAGUE if spent else Ruling.ANSWER

    def _is_spent(self, scope: GuessScope, now: float) -> bool:
        budget, tat = self._budgets[scope.kind], self._misses.get(scope, 0.0)
        if budget.admits(tat, now):
            return False
        self._misses.put(scope, budget.clamped(tat, now))
        return True

    def charge(self, charges: Counter[GuessScope], now: float) -> None:
        for scope, amount in charges.items():
            tat = self._budgets[scope.kind].charged(self._misses.get(scope, 0.0), now, amount)
            self._misses.put(scope, tat)


class _Latest(Generic[K, V]):
    """The `capacity` entries that were put last."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, default: D) -> V | D:
        return self._entries.get(key, default)

    def put(self, key: K, value: V) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
