"""A reply on its way: in doubt, refused, expired, held up by an outage or a full disk."""

from __future__ import annotations

import asyncio

from gateway.core.answer import Ending
from gateway.core.ports import OtherKind
from smpp import SubmitResult
from tests.gateway.channels.bench import DOUBT, Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import code


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
