"""Long messages through the channel: every part durable, one answer, whatever the order."""

from __future__ import annotations

import asyncio

from tests.gateway.channels.bench import Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import code


def part(number: int, text: str, total: int = 2, reference: int = 9) -> bytes:
    """User data with a concatenation header (3GPP 23.040, 9.2.3.24.1)."""
    return bytes((5, 0, 3, reference, total, number)) + text.encode("ascii")


def test_a_long_message_is_answered_once_when_its_last_part_has_come_by_whatever_link(bench: Bench) -> None:
    async def main() -> None:
        for number, text in ((2, code()[10:]), (1, "please check " + code()[:10])):
            bench.channel.message_arrived(delivery(part(number, text), bench.answers, esm_class=0x40, session=number))
            await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0, 0]
    assert len(bench.journal.logged) == 1
    assert bench.journal.parts == []
    assert len(bench.account.sent) == 1


def test_parts_without_their_rest_are_taken_as_they_are_after_two_minutes(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(part(1, code() + " please"), bench.answers, esm_class=0x40))
        await asyncio.sleep(119.0)
        await bench.channel.tick()
        await asyncio.sleep(0.1)
        assert bench.account.sent == []
        await asyncio.sleep(2.0)
        await bench.channel.tick()
        await asyncio.sleep(0.1)

    run(main())
    assert len(bench.account.sent) == 1


def test_a_reference_used_again_begins_another_message_and_loses_neither(bench: Bench) -> None:
    async def main() -> None:
        for text in (code() + " a", code(1) + " b"):
            bench.channel.message_arrived(delivery(part(1, text), bench.answers, esm_class=0x40))
            await asyncio.sleep(0.1)
        assert len(bench.journal.parts) == 1
        bench.channel.message_arrived(delivery(part(2, " end"), bench.answers, esm_class=0x40))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0, 0, 0]
    assert len(bench.journal.logged) == 2
    assert bench.journal.parts == []


def test_a_part_repeated_after_the_end_starts_nothing(bench: Bench) -> None:
    async def main() -> None:
        for number in (1, 2, 2):
            octets = part(number, code() if number == 1 else "x")
            bench.channel.message_arrived(delivery(octets, bench.answers, esm_class=0x40))
            await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0, 0, 0]
    assert bench.journal.parts == []
    assert len(bench.account.sent) == 1


def test_parts_survive_a_restart(bench: Bench) -> None:
    async def first() -> None:
        bench.channel.message_arrived(delivery(part(1, code()), bench.answers, esm_class=0x40))
        await asyncio.sleep(0.1)

    async def second() -> None:
        bench.start()
        await bench.channel.recover([])
        bench.channel.message_arrived(delivery(part(2, " end"), bench.answers, esm_class=0x40))
        await asyncio.sleep(0.1)

    run(first())
    run(second())
    assert len(bench.account.sent) == 1
    assert bench.journal.parts == []
