"""The latest looks at each code, shared by all gateways in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import resources

from gateway.core.looks import Look
from gateway.shared.commands import RedisCommands
from gateway.shared.connection import Reply

_SCRIPT = resources.files("gateway.shared").joinpath("looks.lua").read_text(encoding="utf-8")
_AT_A_TIME = 2_000
_SEPARATOR = "|"


class RedisLooks:
    """The port Looks.  Make it before `redis` is started."""

    def __init__(self, redis: RedisCommands) -> None:
        self._redis = redis
        self._script = redis.script(_SCRIPT)

    async def enter(self, entries: Sequence[tuple[str, Look]], seconds: float, most: int) -> list[tuple[Look, ...]]:
        """See core.looks.Looks."""
        known: list[tuple[Look, ...]] = []
        for start in range(0, len(entries), _AT_A_TIME):
            some = entries[start : start + _AT_A_TIME]
            replies = [self._entered(subject, look, seconds, most) for subject, look in some]
            known += [_looks(reply) for reply in await asyncio.gather(*replies)]
        return known

    def _entered(self, subject: str, look: Look, seconds: float, most: int) -> asyncio.Future[Reply]:
        key = f"{self._redis.prefix}looks:{{{subject}}}"
        member = _SEPARATOR.join((look.caller, look.area, look.code))
        return self._redis.execute(
            "EVALSHA", self._script, 1, key, look.at - seconds, most, int(seconds * 1000), look.at, member
        )


def _looks(reply: Reply) -> tuple[Look, ...]:
    """Members and times in turn."""
    return tuple(
        Look(float(at), *member.decode().split(_SEPARATOR)) for member, at in zip(reply[::2], reply[1::2], strict=True)
    )
