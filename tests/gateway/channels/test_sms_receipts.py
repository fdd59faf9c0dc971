"""Receipts that reach the SMS channel."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.receipts import ReceiptState, ReceiptTold
from tests.gateway.channels.bench import Bench, run
from tests.gateway.channels.smsc import delivery
from tests.gateway.fakes import code

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
