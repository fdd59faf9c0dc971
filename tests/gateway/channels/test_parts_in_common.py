"""Long messages whose parts several nodes keep together: two channels on one store of parts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

import pytest

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.ports import MessagePart
from gateway.core.query import Query
from smpp.status import CommandStatus
from tests.gateway.channels.bench import Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.channels.test_long_messages import part
from tests.gateway.fakes import code


@dataclass
class Store:
    """CommonParts in memory."""

    waiting: list[MessagePart] = field(default_factory=list)
    overdue: bool = False
    away: bool = False
    lost_claims: int = 0
    claims: list[Query] = field(default_factory=list)

    async def keep(self, part: MessagePart) -> list[tuple[MessagePart, ...]]:
        if self.away:
            raise NotDurable("away")
        self.waiting.append(part)
        return [self._all()] if len(self.waiting) == part.total else []

    async def due(self) -> list[tuple[MessagePart, ...]]:
        if self.away:
            raise StateUnavailable("away")
        return [self._all()] if self.overdue and self.waiting else []

    async def claim(self, message: tuple[MessagePart, ...], query: Query) -> bool:
        if self.lost_claims:
            self.lost_claims -= 1
            raise NotDurable("away")
        if message != self._all():
            return False
        self.waiting.clear()
        self.claims.append(query)
        return True

    def _all(self) -> tuple[MessagePart, ...]:
        return tuple(sorted(self.waiting, key=lambda each: each.number))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def pair(store: Store) -> tuple[Bench, Bench]:
    return Bench(common_parts=store), Bench(common_parts=store)


def both(pair: tuple[Bench, Bench], main: Coroutine[None, None, None]) -> None:
    run(main)
    for bench in pair:
        assert bench.journal.parts == []


def test_parts_at_two_nodes_are_one_query_of_the_node_that_completes_them(
    pair: tuple[Bench, Bench], store: Store
) -> None:
    one, other = pair

    async def main() -> None:
        one.channel.message_arrived(delivery(part(2, code()[10:]), one.answers, esm_class=0x40))
        await asyncio.sleep(0.1)
        other.channel.message_arrived(delivery(part(1, code()[:10]), other.answers, esm_class=0x40))
        await asyncio.sleep(0.1)

    both(pair, main())
    assert one.answers == other.answers == [0]
    assert (len(one.journal.logged), len(other.journal.logged)) == (0, 1)
    (query,) = store.claims
    assert query.text == code()
    assert query.route is not None
    assert (query.route.carrier, len(other.account.sent)) == ("mobile", 1)


def test_what_waited_too_long_is_taken_by_one_of_two_nodes_that_look(pair: tuple[Bench, Bench], store: Store) -> None:
    one, other = pair

    async def main() -> None:
        one.channel.message_arrived(delivery(part(1, code() + " x"), one.answers, esm_class=0x40))
        await asyncio.sleep(0.1)
        await asyncio.gather(one.channel.tick(), other.channel.tick())
        assert store.claims == []
        store.overdue = True
        await asyncio.gather(one.channel.tick(), other.channel.tick())
        await asyncio.sleep(0.1)

    both(pair, main())
    assert len(store.claims) == 1
    assert len(one.journal.logged) + len(other.journal.logged) == 1


def test_while_the_parts_cannot_be_kept_they_are_refused(pair: tuple[Bench, Bench], store: Store) -> None:
    one, _ = pair
    store.away = True

    async def main() -> None:
        one.channel.message_arrived(delivery(part(1, code()), one.answers, esm_class=0x40))
        await asyncio.sleep(0.1)
        await one.channel.tick()

    both(pair, main())
    assert one.answers == [CommandStatus.ESME_RX_T_APPN]


def test_a_message_that_cannot_be_claimed_yet_is_claimed_later(pair: tuple[Bench, Bench], store: Store) -> None:
    one, _ = pair
    store.lost_claims = 3

    async def main() -> None:
        for number, text in ((1, code()[:10]), (2, code()[10:])):
            one.channel.message_arrived(delivery(part(number, text), one.answers, esm_class=0x40))
        await asyncio.sleep(10.0)

    both(pair, main())
    assert len(store.claims) == 1
    assert len(one.journal.logged) == 1
