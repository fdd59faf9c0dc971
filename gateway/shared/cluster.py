"""Redis Cluster: every command goes to the master that serves its key's slot, wherever that is by now.

Each master has a RedisTurn of its own, so that what one turn of the event loop asks for leaves in one write for each
master.  Who serves what is read by CLUSTER SLOTS at the start, after each MOVED, and for as long as a master is away.
A command that is redirected was not executed: sending it on does nothing twice.  What a replica did not have when it
became master is missing there, as after any failover, and is seeded from the truth again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from gateway.core.errors import StateUnavailable
from gateway.shared.commands import RedisCommands
from gateway.shared.connection import Argument, Refused, Reply
from gateway.shared.dialling import dial
from gateway.shared.settings import RedisSettings
from gateway.shared.slots import Address, Way, key_of, owners, redirection, slot_of
from gateway.shared.turn import Dial, RedisTurn, digest_of, forget_outcome

logger = logging.getLogger(__name__)

MAX_REDIRECTIONS = 5
_LATER_SECONDS = 0.01

Command = tuple[Argument, ...]


def redis_of(settings: RedisSettings) -> RedisCommands:
    """Redis as it is configured; not started."""
    return RedisCluster(settings) if settings.cluster else RedisTurn(settings)


class RedisCluster:
    """See RedisCommands."""

    def __init__(self, settings: RedisSettings, dialled_by: Dial = dial) -> None:
        self._settings = settings
        self._dial = dialled_by
        self._scripts: list[str] = []
        self._masters: dict[Address, RedisTurn] = {}
        self._owners: list[Address | None] = []
        self._is_whole = False
        self._is_stale = False
        self._watching: asyncio.Task[None] | None = None
        self._starting: dict[Address, asyncio.Task[None]] = {}
        self._past_losses = 0

    @property
    def available(self) -> bool:
        """Whether every slot has a master that answered when last asked."""
        return self._is_whole and all(master.available for master in self._masters.values())

    @property
    def losses(self) -> int:
        """How often a master was lost since the start."""
        return self._past_losses + sum(master.losses for master in self._masters.values())

    @property
    def prefix(self) -> str:
        """What stands before every key."""
        return self._settings.prefix

    def script(self, lua: str) -> str:
        """Register a script, before `start`; the result is what EVALSHA wants."""
        self._scripts.append(lua)
        return digest_of(lua)

    async def start(self) -> None:
        """Learn who serves what, if any node is there; else go on without Redis and keep trying."""
        await self._learn()
        if not self._is_whole:
            logger.warning("the Redis cluster does not serve all of its slots; going on with what there is")
        self._watching = asyncio.create_task(self._watch(), name="Redis cluster")

    async def close(self) -> None:
        """Drop the connections and stop trying."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await asyncio.gather(*self._starting.values())
        await asyncio.gather(*[master.close() for master in self._masters.values()])

    def execute(self, *command: Argument) -> asyncio.Future[Reply]:
        """The reply to come.  Raises StateUnavailable at once while the slot's master is away."""
        address = self._owners[slot_of(key_of(command))] if self._owners else None
        master = None if address is None else self._masters.get(address)
        if address is None or master is None:
            raise StateUnavailable("the Redis cluster does not serve this key's slot")
        outcome: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        master.execute(*command).add_done_callback(partial(self._answered, outcome, command, address, 0))
        return outcome

    def send(self, *command: Argument) -> None:
        """Like `execute` where nobody waits for the reply, and nobody minds if there is none."""
        with contextlib.suppress(StateUnavailable):
            self.execute(*command).add_done_callback(forget_outcome)

    def _answered(
        self, outcome: asyncio.Future[Reply], command: Command, asked: Address, hops: int, reply: asyncio.Future[Reply]
    ) -> None:
        if outcome.done():  # nobody waits any more
            forget_outcome(reply)
        elif (refusal := reply.exception()) is None:
            outcome.set_result(reply.result())
        elif isinstance(refusal, Refused) and hops < MAX_REDIRECTIONS:
            self._redirect(outcome, command, asked, hops + 1, refusal)
        else:
            outcome.set_exception(refusal)

    def _redirect(
        self, outcome: asyncio.Future[Reply], command: Command, asked: Address, hops: int, refusal: Refused
    ) -> None:
        to = redirection(refusal.why, asked)
        if to.way is Way.NONE:
            self._is_stale = True  # CLUSTERDOWN, or a server that is not what it was
            outcome.set_exception(refusal)
        elif to.way is Way.LATER:
            later = partial(self._send_on, outcome, command, asked, hops, asks=False)
            asyncio.get_running_loop().call_later(_LATER_SECONDS, later)
        else:
            if to.way is Way.MOVED:
                self._is_stale = True
                self._owners[slot_of(key_of(command))] = to.address
            self._send_on(outcome, command, to.address, hops, asks=to.way is Way.ASK)

    def _send_on(self, outcome: asyncio.Future[Reply], command: Command, to: Address, hops: int, *, asks: bool) -> None:
        if outcome.done():
            return
        if starting := self._begun(to):
            starting.add_done_callback(lambda _: self._send_on(outcome, command, to, hops, asks=asks))
            return
        try:
            if asks:
                self._masters[to].send("ASKING")  # it holds for the next command, which follows in the same write
            reply = self._masters[to].execute(*command)
        except StateUnavailable as exc:
            outcome.set_exception(exc)
        else:
            reply.add_done_callback(partial(self._answered, outcome, command, to, hops))

    def _begun(self, address: Address) -> asyncio.Task[None] | None:
        """The task that connects to this master, if there was no connection to it or there is none yet."""
        if address not in self._masters:
            master = self._masters[address] = RedisTurn(self._settings_of(address), self._dial)
            for lua in self._scripts:
                master.script(lua)
            task = self._starting[address] = asyncio.create_task(master.start(), name="Redis master")
            task.add_done_callback(lambda _: self._starting.pop(address))
        return self._starting.get(address)

    def _settings_of(self, address: Address) -> RedisSettings:
        host, port = address
        scheme = urlsplit(self._settings.url).scheme
        return replace(self._settings, url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", cluster=())

    async def _watch(self) -> None:
        """Learn again who serves what whenever it is in doubt."""
        while True:
            await asyncio.sleep(self._settings.probe_seconds)
            if self._is_stale or not self.available:
                await self._learn()

    async def _learn(self) -> None:
        """Ask one node after the other, those first that answered when last asked."""
        self._is_stale = False
        near = [address for address, master in self._masters.items() if master.available]
        for address in dict.fromkeys([*near, *self._settings.cluster_addresses]):
            try:
                await self._adopt(owners(await self._slots_of(address), address))
            except (StateUnavailable, ValueError) as exc:
                logger.debug("%s", exc)
            else:
                return
        self._is_stale = True

    async def _slots_of(self, address: Address) -> Reply:
        if (master := self._masters.get(address)) is not None:
            return await master.execute("CLUSTER", "SLOTS")
        connection = await self._dial(self._settings_of(address), [], lambda _, __: None)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        try:
            connection.send([("CLUSTER", "SLOTS")], [reply])
            async with asyncio.timeout(self._settings.deadline_seconds):
                return await reply
        except TimeoutError as exc:
            raise StateUnavailable(f"{address[0]}:{address[1]} does not say who serves what") from exc
        finally:
            connection.drop("it was asked")

    async def _adopt(self, found: list[Address | None]) -> None:
        """Connect to the masters that are new, turn to those that serve, and leave the others."""
        serving = {address for address in found if address is not None}
        if serving - set(self._masters):
            logger.info(
                "the Redis cluster's masters: %s", ", ".join(f"{host}:{port}" for host, port in sorted(serving))
            )
        await asyncio.gather(*[task for address in serving if (task := self._begun(address))])
        self._owners, self._is_whole = found, None not in found
        for address in set(self._masters) - serving - set(self._starting):
            left = self._masters.pop(address)
            self._past_losses += left.losses
            await left.close()
