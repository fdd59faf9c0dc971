"""Delivery receipts of a real SMSC, through kill -9 of the whole gateway."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.system.gateway_process import PASSWORD, Gateway, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import NodeSmsc, node_smsc

pytestmark = pytest.mark.system

_RECEIPT = 4  # esm_class of a delivery receipt (SMPP 3.4, 5.2.12)


async def told(smsc: NodeSmsc, message_id: str, state: str) -> None:
    """A receipt that the gateway acknowledges."""
    text = f"id:{message_id} sub:001 dlvrd:000 submit date:2611230000 done date:2611230001 stat:{state} err:000 text:"
    assert await smsc.deliver(short_message=text, esm_class=_RECEIPT) == 0


_COUNTED = """
SELECT measure, sum(pdus) FROM link_days WHERE measure LIKE 'receipt%' GROUP BY measure HAVING sum(pdus) <> 0
"""


def counted(ours: Gateway) -> dict[str, int]:
    """Segments by what became of them."""
    with closing(sqlite3.connect(f"file:{ours.journal}?mode=ro", uri=True)) as connection:
        return dict(connection.execute(_COUNTED).fetchall())


@in_reactor
async def test_a_receipt_after_kill_9_finds_its_reply_and_a_foreign_one_is_counted(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    async with node_smsc(password=PASSWORD) as smsc, gateway(tmp_path, smsc.port) as ours:
        await smsc.event("bound")
        await smsc.set("receipts", form="hex id")  # which nothing that was sent is known by
        assert await smsc.deliver(source_addr=next(phones()), short_message=code, data_coding=0) == 0
        await smsc.events.wait(lambda event: event["event"] == "answer" and event["id"] == "receipt")
        assert counted(ours) == {"receipt_unmatched": 1}
        assert await ours.end("KILL") == -9
        await ours.start()
        await smsc.event("bound")
        (row,) = ours.logged()
        await told(smsc, row["message_ids"], "ENROUTE")
        await told(smsc, row["message_ids"], "EXPIRED")
        await told(smsc, row["message_ids"], "DELIVRD")
        (row,) = ours.logged()
        assert (json.loads(row["receipts"]), row["receipt_state"]) == ({"EXPIRED": 1}, "EXPIRED")
        assert counted(ours) == {"receipt_unmatched": 1, "receipt_EXPIRED": 1}
        assert await ours.end("TERM") == 0
        ours.assert_sound(1)
