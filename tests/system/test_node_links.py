"""Two links of one carrier account, each to a node-smpp SMSC of its own."""

from __future__ import annotations

import pytest

from smpp.link_status import LinkState
from smpp.reassembly import MessageKey, Piece, Reassembly
from tests.system.esme import esme
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import node_smsc

pytestmark = pytest.mark.system


@in_reactor
async def test_a_long_mo_comes_whole_from_parts_over_both_links() -> None:
    async with node_smsc() as one, node_smsc() as two, esme(one.port, two.port) as ours:
        await one.event("bound")
        await two.event("bound")
        reassembly = Reassembly()
        texts = []
        for smsc, number, text in ((two, 2, "34567890123456789"), (one, 1, "查询812")):
            message = {"udh": f"050003c802{number:02x}", "message": text}
            assert await smsc.deliver(short_message=message, data_coding=8) == 0
            delivery = await ours.messages.wait()
            part = delivery.part
            assert part is not None
            key = MessageKey(delivery.account, delivery.source, delivery.destination, part.reference, part.total)
            added = reassembly.add(key, Piece(part.number, delivery.data_coding, part.content), 0.0)
            texts += [(whole.text(), delivery.link) for whole in added.given_out]
        assert texts == [("查询81234567890123456789", "l1")]


@in_reactor
async def test_a_reply_leaves_by_its_link_and_by_the_other_while_that_is_down() -> None:
    async with node_smsc() as one, node_smsc() as two, esme(one.port, two.port) as ours:
        await one.event("bound")
        await two.event("bound")
        for smsc, link in ((two, "l2"), (one, "l1"), (two, "l2")):
            assert (await ours.send("ok", prefer=link)).link == link
            await smsc.event("message")
        await two.kill()
        await ours.state(LinkState.WAITING)
        result = await ours.send("ok", prefer="l2")
        assert (result.ok, result.link) == (True, "l1")
        await one.event("message")


@in_reactor
async def test_a_message_waits_for_a_link_that_is_not_there_yet() -> None:
    async with node_smsc() as early:
        port = early.port
    async with esme(port) as ours:
        await ours.state(LinkState.WAITING)
        sent = ours.send_soon("ok")
        async with node_smsc(port) as late:
            assert (await sent).ok
            await late.event("message")
