"""The SMS channel in virtual time: durable before acknowledged, answered once, nothing lost."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.answer import Ending
from gateway.core.errors import NotDurable
from gateway.core.ports import OtherKind
from gateway.core.query import Query
from gateway.core.receipts import ReceiptState, ReceiptTold
from smpp import Address, SubmitResult
from tests.gateway.channels.bench import DOUBT, Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import SHORT_NUMBER, code


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


def test_an_acknowledgement_that_found_no_session_is_counted_as_such(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers, live=lambda: False))
        await asyncio.sleep(0.1)

    run(main())
    (refusal,) = bench.journal.refusals
    assert (refusal.link, refusal.command_status) == ("m1", 0)


def test_the_same_text_on_a_healthy_session_is_a_new_query_with_the_same_answer(bench: Bench) -> None:
    async def main() -> None:
        for _ in range(2):
            bench.channel.message_arrived(delivery(code().encode(), bench.answers))
            await asyncio.sleep(5.0)

    run(main())
    first, second = bench.account.texts()
    assert first == second
    assert len(bench.journal.logged) == 2


def test_a_reply_in_doubt_is_sent_again_byte_for_byte_and_the_log_says_so(bench: Bench) -> None:
    bench.account.results = [DOUBT]

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    first, second = bench.account.sent
    assert first.segments == second.segments
    ((_, outcome),) = bench.journal.logged.values()
    assert (outcome.ending, outcome.resent) == (Ending.SENT, True)


def test_under_the_policy_hold_a_reply_in_doubt_is_not_sent_again() -> None:
    bench = Bench(on_doubt="hold")
    bench.account.results = [DOUBT]

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert len(bench.account.sent) == 1
    assert bench.outcome() is Ending.IN_DOUBT


def test_a_final_refusal_ends_the_query_with_its_status(bench: Bench) -> None:
    bench.account.results = [SubmitResult(False, 0x0B, (), 0, False, "m1")]

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    ((_, outcome),) = bench.journal.logged.values()
    assert (outcome.ending, outcome.command_status) == (Ending.REFUSED, 0x0B)


def test_a_reply_that_found_no_link_in_time_expires_with_a_reason(bench: Bench) -> None:
    bench.account.down = True

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.outcome() is Ending.EXPIRED


def test_while_no_link_has_room_the_answer_is_committed_and_waits(bench: Bench) -> None:
    bench.account.hold = True

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(1.0)
        assert bench.happened() == ["accept", "answer"]
        bench.account.grant()
        await asyncio.sleep(0.1)

    run(main())
    assert bench.happened() == ["accept", "answer", "sending", "submit", "finish"]


def test_an_outage_is_told_at_once_and_the_answer_follows_when_it_ends(bench: Bench) -> None:
    bench.verification.away = True

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(30.0)
        assert len(bench.account.sent) == 1
        bench.verification.away = False
        await asyncio.sleep(30.0)

    run(main())
    notice, answer = bench.account.texts()
    assert "已受理" in notice
    assert "首次查询" in answer
    assert len(bench.journal.logged) == 1


def test_a_full_disk_delays_an_answer_and_loses_none(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0)  # accepted; the answer is still to be committed
        await asyncio.sleep(0)
        bench.journal.failing = 3
        await asyncio.sleep(10.0)

    run(main())
    assert len(bench.account.sent) == 1
    assert bench.outcome() is Ending.SENT


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


RECEIPT = b"id:00ID1 sub:001 dlvrd:001 submit date:2611230000 done date:2611230000 stat:DELIVRD err:000 text:88888888"


def test_a_receipt_is_durable_before_it_is_acknowledged_and_never_a_query(bench: Bench) -> None:
    bench.journal.failing = 1

    async def main() -> None:
        for _ in range(2):
            bench.channel.receipt_arrived("m1", delivery(RECEIPT, bench.answers, esm_class=0x04))
            await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0x64, 0]
    ((event, told),) = bench.journal.events
    assert event == "receipt"
    assert isinstance(told, ReceiptTold)
    assert (told.carrier, told.link, told.message_id, told.state) == ("mobile", "m1", "id1", ReceiptState.DELIVERED)


def test_what_names_no_message_is_acknowledged_and_counted(bench: Bench) -> None:
    async def main() -> None:
        bench.channel.receipt_arrived("m1", delivery(b"good morning", bench.answers, esm_class=0x04))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0]
    assert bench.journal.events == []


@pytest.mark.parametrize(("registered_delivery", "receipt_ids"), [(0, ()), (1, ("id1",))])
def test_receipts_are_awaited_only_where_they_are_asked_for(
    registered_delivery: int, receipt_ids: tuple[str, ...]
) -> None:
    bench = Bench(registered_delivery=registered_delivery)

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    ((_, outcome),) = bench.journal.logged.values()
    assert outcome.receipt_ids == receipt_ids


def test_each_refusal_is_counted_with_its_link_and_status(bench: Bench) -> None:
    bench.journal.failing = 1

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(0.1)

    run(main())
    assert bench.answers == [0x64]
    (refusal,) = bench.journal.refusals
    assert (refusal.carrier, refusal.link, refusal.command_status, refusal.whole) == ("mobile", "m1", 0x64, True)


def test_a_notice_is_kept_as_a_message_besides_and_asks_for_no_receipt() -> None:
    bench = Bench(registered_delivery=1)
    bench.verification.away = True

    async def main() -> None:
        bench.channel.message_arrived(delivery(code().encode(), bench.answers))
        await asyncio.sleep(5.0)
        bench.verification.away = False
        await asyncio.sleep(30.0)

    run(main())
    assert [message.registered_delivery for message in bench.account.sent] == [0, 1]
    ((_, carrier, kind, outcome),) = bench.journal.besides
    assert (carrier, kind, outcome.ending) == ("mobile", OtherKind.NOTICE, Ending.SENT)
