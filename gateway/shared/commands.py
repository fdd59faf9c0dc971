"""Redis as those who use it see it: one server, whichever Sentinels name, or a cluster."""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.shared.connection import Argument, Reply


class RedisCommands(Protocol):
    """Redis, or the knowledge that it is away.

    In a cluster all keys of a script must share a hash tag, and the first key of any other command is its second word.
    """

    @property
    def available(self) -> bool:
        """Whether Redis, all of it, answered when last asked."""

    @property
    def losses(self) -> int:
        """How often Redis, or a part of it, was lost since the start."""

    @property
    def prefix(self) -> str:
        """What stands before every key."""

    def script(self, lua: str) -> str:
        """Register a script, before `start`; the result is what EVALSHA wants."""

    async def start(self) -> None:
        """Connect, if Redis is there; else go on without it and keep trying."""

    async def close(self) -> None:
        """Drop the connections and stop trying."""

    def execute(self, *command: Argument) -> asyncio.Future[Reply]:
        """The reply to come.  Raises StateUnavailable at once while Redis is away; so does the future if it goes."""

    def send(self, *command: Argument) -> None:
        """Like `execute` where nobody waits for the reply, and nobody minds if there is none."""
