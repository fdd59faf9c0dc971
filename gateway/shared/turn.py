"""Redis commands of many queries, gathered: all that one turn of the event loop asks for leaves in one write."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable

from gateway.core.errors import StateUnavailable
from gateway.shared.connection import Argument, RedisConnection, Reply
from gateway.shared.dialling import Lost, dial, warn_of_eviction
from gateway.shared.settings import RedisSettings

logger = logging.getLogger(__name__)

_AWAY, _BACK = {"event": "redis", "state": "away"}, {"event": "redis", "state": "back"}  # for the log

MAX_OPEN_COMMANDS = 20_000
GRACE_SECONDS = 0.005  # a busy loop sees its timers before its sockets: read once more before blaming Redis

Dial = Callable[[RedisSettings, "list[str]", Lost], Awaitable[RedisConnection]]


class RedisTurn:
    """Redis, or the knowledge that it is away.  Reconnects by itself; only `execute` and `send` are on the hot path."""

    def __init__(self, settings: RedisSettings, dialled_by: Dial = dial) -> None:
        self._settings = settings
        self._dial = dialled_by
        self._scripts: dict[str, str] = {}
        self._connection: RedisConnection | None = None
        self._commands: list[tuple[Argument, ...]] = []
        self._replies: list[asyncio.Future[Reply]] = []
        self._probing: asyncio.Task[None] | None = None
        self.losses = 0
        """How often Redis was lost since the start."""

    @property
    def available(self) -> bool:
        """Whether Redis answered when last asked."""
        return self._connection is not None

    @property
    def prefix(self) -> str:
        """What stands before every key."""
        return self._settings.prefix

    def script(self, lua: str) -> str:
        """Register a script, before `start`; the result is what EVALSHA wants."""
        digest = digest_of(lua)
        self._scripts[digest] = lua
        return digest

    async def start(self) -> None:
        """Connect, if Redis is there; else go on without it and keep trying."""
        try:
            await self._connect()
        except StateUnavailable as exc:
            logger.warning("%s; going on without it", exc, extra=_AWAY)
            self._probing = asyncio.create_task(self._probe())

    async def close(self) -> None:
        """Drop the connection and stop trying."""
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop("the gateway is closing")

    def execute(self, *command: Argument) -> asyncio.Future[Reply]:
        """The reply to come.  Raises StateUnavailable at once while Redis is away; so does the future if it goes."""
        loop = self._take(command)
        reply: asyncio.Future[Reply] = loop.create_future()
        self._replies.append(reply)
        return reply

    def send(self, *command: Argument) -> None:
        """Like `execute` where nobody waits for the reply, and nobody minds if there is none."""
        try:
            self.execute(*command).add_done_callback(forget_outcome)
        except StateUnavailable:
            return

    def _take(self, command: tuple[Argument, ...]) -> asyncio.AbstractEventLoop:
        connection = self._connection
        if connection is None:
            raise StateUnavailable("Redis is away")
        if connection.sent - connection.answered + len(self._commands) >= MAX_OPEN_COMMANDS:
            raise StateUnavailable(f"more than {MAX_OPEN_COMMANDS} commands wait for Redis")
        loop = asyncio.get_running_loop()
        if not self._commands:
            loop.call_soon(self._flush)
        self._commands.append(command)
        return loop

    def _flush(self) -> None:
        commands, self._commands = self._commands, []
        replies, self._replies = self._replies, []
        connection = self._connection
        if connection is None:
            for reply in replies:
                if not reply.done():
                    reply.set_exception(StateUnavailable("Redis is away"))
            return
        connection.send(commands, replies)
        loop = asyncio.get_running_loop()
        loop.call_later(self._settings.deadline_seconds, self._due, connection, connection.sent, GRACE_SECONDS)

    def _due(self, connection: RedisConnection, sent: int, grace_seconds: float) -> None:
        if connection is not self._connection or connection.answered >= sent:
            return
        if grace_seconds:
            asyncio.get_running_loop().call_later(grace_seconds, self._due, connection, sent, 0.0)
        else:
            connection.drop(f"no reply within {self._settings.deadline_seconds:g} s")
            self._lost(connection, "it did not answer in time")

    def _lost(self, connection: RedisConnection, reason: str) -> None:
        if connection is not self._connection:
            return
        self._connection = None
        self.losses += 1
        logger.warning("Redis is away (%s); going on without it", reason, extra=_AWAY)
        self._probing = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(self._settings.probe_seconds)
            try:
                await self._connect()
            except StateUnavailable as exc:
                logger.debug("%s", exc)
            else:
                if self.available:  # else it went at once, and the next probe has begun
                    logger.warning("Redis is back", extra=_BACK)
                return

    async def _connect(self) -> None:
        self._connection = await self._dial(self._settings, list(self._scripts.values()), self._lost)
        await warn_of_eviction(self.execute)


def digest_of(lua: str) -> str:
    """What EVALSHA calls a script."""
    return hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()


def forget_outcome(reply: asyncio.Future[Reply]) -> None:
    """Look at the exception, if any, so that asyncio does not report it as never retrieved."""
    if not reply.cancelled():
        reply.exception()
