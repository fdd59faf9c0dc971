"""The same message again, in one session, in the next, and after a restart: answered once."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.answer import Ending
from gateway.core.errors import NotDurable
from gateway.core.query import Query
from tests.gateway.channels.bench import Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import code


def test_a_redelivery_while_the_query_is_open_is_acknowledged_and_not_answered_again(bench: Bench) -> None:
    bench.account.hold = True

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, session=2))
        await asyncio.sleep(0.1)
        bench.account.grant()
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0, 0]
    assert len(bench.account.sent) == 1
    assert len(bench.journal.logged) == 1
    assert "redelivered" in bench.happened()


def test_a_redelivery_that_was_counted_is_acknowledged_though_its_query_ended_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.account.hold = True

    async def slow(_uid: int) -> None:
        await asyncio.sleep(1.0)

    monkeypatch.setattr(bench.journal, "redelivered", slow)

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        bench.account.grant()
        await asyncio.sleep(2.0)

    run(main())
    assert bench.answers == [0, 0]
    assert len(bench.journal.logged) == 1


def test_a_redelivery_of_a_query_that_could_not_be_kept_is_refused_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails_late(_query: Query, _parts_key: str = "") -> None:
        await asyncio.sleep(0.5)
        raise NotDurable("the disk is full")

    async def later_still(_uid: int) -> None:
        await asyncio.sleep(1.0)

    monkeypatch.setattr(bench.journal, "accept", fails_late)
    monkeypatch.setattr(bench.journal, "redelivered", later_still)

    async def main() -> None:
        for _ in range(2):
            bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(2.0)

    run(main())
    assert bench.answers == [0x64, 0x64]


def test_a_redelivery_after_a_lost_session_is_not_answered_again(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, session=1))
        await asyncio.sleep(0.1)
        bench.channel.session_lost("m1", 1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, session=2))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0, 0]
    assert len(bench.account.sent) == 1


def test_a_response_that_came_too_late_leaves_the_message_in_doubt(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, live=lambda: False))
        await asyncio.sleep(0.1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, session=2))
        await asyncio.sleep(0.1)

    run(main())
    assert len(bench.account.sent) == 1


def test_the_same_text_on_a_healthy_session_is_a_new_query_with_the_same_answer(bench: Bench) -> None:
    async def main() -> None:
        for _ in range(2):
            bench.channel.message_arrived(delivery(code().encode(), bench.answers))
            await asyncio.sleep(5.0)

    run(main())
    first, second = bench.account.texts()
    assert first == second
    assert len(bench.journal.logged) == 2


def test_a_restart_goes_on_where_the_process_was_killed(bench: Bench) -> None:
    bench.account.hold = True

    async def killed() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(1.0)

    async def restarted() -> None:
        bench.account.hold = False
        bench.start()
        await bench.channel.recover(await bench.journal.open_queries())
        await asyncio.sleep(1.0)

    run(killed())
    bench.account.held.clear()
    run(restarted())
    assert len(bench.account.sent) == 1
    assert bench.outcome() is Ending.SENT


def test_after_a_restart_recent_messages_are_known_as_redeliveries(bench: Bench) -> None:
    again = delivery(code().encode(), bench.answers)
    bench.journal.fingerprints = [(f"aa,{again.fingerprint.upper()}", 7)]

    async def main() -> None:
        await bench.channel.recover([])
        bench.channel.message_arrived(again)
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0]
    assert bench.account.sent == []
