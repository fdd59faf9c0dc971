"""The SMS channel in virtual time: what is durable is acknowledged, what cannot be kept is refused and counted."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.answer import Ending
from smpp import Address, Delivery, MessageRefusal
from smpp.unanswered import Response
from tests.gateway.channels.bench import Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import SHORT_NUMBER, code


def test_a_query_is_durable_before_its_ack_and_its_answer_before_it_leaves(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.happened() == ["accept", "sending", "submit", "finish"]
    assert bench.answers == [0]
    assert "首次查询" in bench.account.texts()[0]
    assert bench.outcome() is Ending.SENT
    assert bench.channel.open == 0


def test_a_message_that_cannot_be_kept_is_refused_for_now(bench: Bench) -> None:
    bench.journal.failing = 1

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0x64, 0]
    assert len(bench.account.sent) == 1


def test_above_the_limit_of_open_queries_messages_are_refused_for_now(bench: Bench) -> None:
    bench.account.hold = True

    async def main() -> None:
        for number in range(60):
            source = Address(f"86138591{number:05d}", 1, 1)
            bench.channel.message_arrived(delivery(code().encode(), bench.answers, source=source))
        await asyncio.sleep(0.1)
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await bench.channel.drain()

    run(main())
    assert sorted(bench.answers) == [0] * 50 + [0x64] * 11


def test_an_acknowledgement_that_found_no_session_is_counted_as_such(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, live=lambda: False))
        await asyncio.sleep(0.1)

    run(main())
    (refusal,) = bench.journal.refusals
    assert (refusal.link, refusal.command_status, refusal.kept) == ("m1", 0, True)


def test_an_acknowledgement_too_late_is_counted_as_the_refusal_that_the_smsc_was_sent_meanwhile(bench: Bench) -> None:
    async def main() -> None:
        late = delivery(code().encode(), bench.answers, live=lambda: False, missed=Response.REFUSED)
        bench.channel.message_arrived(late)
        await asyncio.sleep(0.1)

    run(main())
    (refusal,) = bench.journal.refusals
    assert (refusal.link, refusal.command_status, refusal.kept) == ("m1", 0x64, True)


def test_what_a_link_refuses_by_itself_is_counted(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_refused(MessageRefusal("mobile", "m1", 0x02, whole=True))
        await bench.channel.drain()

    run(main())
    (refusal,) = bench.journal.refusals
    assert (refusal.carrier, refusal.link, refusal.command_status, refusal.kept) == ("mobile", "m1", 0x02, False)
    assert bench.channel.statistics()["refused"] == 1


def test_a_message_that_our_code_fails_on_is_refused_at_once_and_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Delivery) -> str:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Delivery, "text", property(failing))

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await bench.channel.drain()

    run(main())
    assert bench.answers == [0x64]
    assert [refusal.command_status for refusal in bench.journal.refusals] == [0x64]


def test_a_fault_after_the_acknowledgement_is_no_refusal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(bench.replies, "serve", failing)

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await bench.channel.drain()

    run(main())
    assert bench.answers == [0]
    assert bench.journal.refusals == []


@pytest.mark.parametrize(
    ("source", "text", "note"),
    [
        (Address("", 0, 0), code(), "no_return_address"),
        (Address("BANK", 5, 0), code(), "alphanumeric_source"),
        (Address(SHORT_NUMBER, 0, 1), code(), "own_number"),
        (Address("8613859111111", 1, 1), "[Zhenma] We did not understand.", "echo"),
    ],
)
def test_what_must_not_be_answered_is_logged_with_the_reason(
    bench: Bench, source: Address, text: str, note: str
) -> None:
    async def main() -> None:
        octets = text.replace("[", "(").encode() if note != "echo" else text.encode("utf-16-be")
        coding = 8 if note == "echo" else 0
        bench.channel.message_arrived(delivery(octets, bench.answers, source=source, data_coding=coding))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0]
    assert bench.account.sent == []
    ((answer, outcome),) = bench.journal.logged.values()
    assert (answer.note, outcome.ending) == (note, Ending.WITHHELD)


def test_each_refusal_is_counted_with_its_link_and_status(bench: Bench) -> None:
    bench.journal.failing = 1

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0x64]
    (refusal,) = bench.journal.refusals
    assert (refusal.carrier, refusal.link, refusal.command_status, refusal.whole) == ("mobile", "m1", 0x64, True)
