"""Our ESME against node-smpp as the SMSC, over TCP, in both directions."""

from __future__ import annotations

import pytest

from smpp.link_status import LinkState
from smpp.reassembly import MessageKey, Piece, Reassembly
from smpp.receipts import MessageState, parse_receipt, receipted_id, submitted_id
from smpp.segments import Mode
from smpp.settings import Bind, ReceiptIds
from tests.system.esme import Esme, esme
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import NodeSmsc, node_smsc

pytestmark = pytest.mark.system

LONG_CHINESE = "【监管网】尾号1974首查有效😀" * 12
LONG_GSM = "Code 81234567890123456789 is [on record] €5 {ok} " * 9


@in_reactor
async def test_a_transceiver_takes_and_sends_gsm_and_ucs2() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        bound = await smsc.event("bound")
        assert (bound["command"], bound["system_id"], bound["interface_version"]) == ("bind_transceiver", "us", 0x34)
        for text, data_coding in (("CX 8123 [a] €@", 0), ("查询 8123 😀", 8), ("\xe9@8123", 3)):
            assert await smsc.deliver(short_message=text, data_coding=data_coding) == 0
            delivery = await ours.messages.wait()
            assert delivery.text == text
            assert (delivery.source.number, delivery.destination.number) == ("8613812341234", "95001111")
        for text in ("genuine: [8123] €", "【监管网】首查有效"):
            assert (await ours.send(text)).ok
            message = await smsc.event("message")
            assert (message["text"], message["mode"]) == (text, "plain")
            assert (message["source_addr"], message["destination_addr"]) == ("95001111", "8613812341234")


@in_reactor
async def test_a_pair_sends_by_one_session_and_takes_by_the_other() -> None:
    async with node_smsc() as smsc, esme(smsc.port, bind=Bind.PAIR) as ours:
        commands = {(await smsc.event("bound"))["command"] for _ in range(2)}
        assert commands == {"bind_transmitter", "bind_receiver"}
        await ours.state(LinkState.BOUND)
        assert await smsc.deliver(short_message="8123") == 0
        assert (await ours.messages.wait()).text == "8123"
        assert (await ours.send("ok")).ok
        assert (await smsc.event("message"))["text"] == "ok"


@in_reactor
async def test_data_sm_is_taken_like_deliver_sm() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.event("bound")
        payload = {"hex": "查8123".encode("utf-16-be").hex()}
        assert await smsc.deliver("data_sm", data_coding=8, message_payload=payload) == 0
        assert (await ours.messages.wait()).text == "查8123"


def cut(text: str, form: str) -> list[dict[str, object]]:
    """A long MO as carriers send it: the PDU fields of each part, the last part first."""
    pieces = [text[at : at + 60] for at in range(0, len(text), 60)]
    total = len(pieces)
    if form == "payload":
        return [{"message_payload": text, "data_coding": 8}]
    parts: list[dict[str, object]] = []
    for number, piece in reversed(list(enumerate(pieces, 1))):
        udh = {"udh": f"050003c8{total:02x}{number:02x}", "udh16": f"06080401c8{total:02x}{number:02x}",
               "among others": f"0b05040b8423f00003c8{total:02x}{number:02x}"}  # fmt: skip
        if form == "sar":
            sar = {"sar_msg_ref_num": 456, "sar_total_segments": total, "sar_segment_seqnum": number}
            parts.append({"short_message": piece, "data_coding": 8, **sar})
        else:
            parts.append({"short_message": {"udh": udh[form], "message": piece}, "data_coding": 8})
    return parts


@pytest.mark.parametrize("form", ["udh", "udh16", "among others", "sar", "payload"])
@in_reactor
async def test_a_long_mo_comes_whole(form: str) -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.event("bound")
        text = ("查询81234567890123456789，" * 10)[:200]
        reassembly = Reassembly()
        texts = []
        for fields in cut(text, form):
            assert await smsc.deliver(**fields) == 0
            delivery = await ours.messages.wait()
            part = delivery.part
            if part is None:
                texts.append(delivery.text)
                continue
            assert part.reference == (456 if form in ("udh16", "sar") else 200)
            key = MessageKey("carrier", delivery.source, delivery.destination, part.reference, part.total)
            added = reassembly.add(key, Piece(part.number, delivery.data_coding, part.content), 0.0)
            texts.extend(message.text() for message in added.given_out)
        assert texts == [text]


@pytest.mark.parametrize("mode", ["udh", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", [LONG_CHINESE, LONG_GSM], ids=["ucs2", "gsm"])
@in_reactor
async def test_a_long_mt_is_put_together_by_the_other_side(text: str, mode: Mode) -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        result = await ours.send(text, mode)
        message = await smsc.event("message")
        assert (result.ok, message["text"], message["mode"], message["parts"]) == (True, text, mode, result.segments)


@in_reactor
async def test_an_smsc_of_version_3_3_is_sent_no_tlvs() -> None:
    async with node_smsc(version=0) as smsc, esme(smsc.port) as ours:
        for mode in ("sar", "payload"):
            assert (await ours.send(LONG_CHINESE, mode)).ok
            message = await smsc.event("message")
            assert (message["text"], message["mode"]) == (LONG_CHINESE, "udh")


async def receipt_of(ours: Esme, smsc: NodeSmsc, form: str, receipt_ids: ReceiptIds) -> None:
    await smsc.set("receipts", form=form)
    result = await ours.send("ok", registered_delivery=1)
    delivery = await ours.receipts.wait()
    receipt = parse_receipt(delivery.esm_class, delivery.data_coding, delivery.short_message, delivery.tlvs)
    assert receipt is not None
    assert receipt.state is MessageState.DELIVERED
    (message_id,) = result.message_ids
    assert submitted_id(message_id, receipt_ids) == receipted_id(receipt.message_id, receipt_ids)


@in_reactor
async def test_every_form_of_receipt_finds_its_message_and_is_no_query() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await receipt_of(ours, smsc, "text", "same")
        await receipt_of(ours, smsc, "tlvs", "same")
        await receipt_of(ours, smsc, "ascii as ucs2", "same")
        await receipt_of(ours, smsc, "early", "same")
        await receipt_of(ours, smsc, "hex id", "hex")
        await receipt_of(ours, smsc, "decimal id", "decimal")
        assert ours.messages.items == []


@in_reactor
async def test_links_are_asked_for_life_from_both_sides() -> None:
    async with node_smsc() as smsc, esme(smsc.port, enquire_idle_seconds=0.05) as ours:
        await smsc.event("enquired")
        await smsc.event("enquired")
        answer = await smsc.ask("enquire")
        assert (answer["command"], answer["status"]) == ("enquire_link_resp", 0)
        assert ours.status.sessions == 1


@in_reactor
async def test_an_unbind_from_the_smsc_is_answered_and_the_link_comes_back() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.event("bound")
        answer = await smsc.ask("unbind")
        assert (answer["command"], answer["status"]) == ("unbind_resp", 0)
        await smsc.event("closed")
        await smsc.event("bound")
        assert await smsc.deliver(short_message="8123") == 0
        assert (await ours.messages.wait()).text == "8123"


@in_reactor
async def test_stopping_unbinds_before_it_closes() -> None:
    async with node_smsc() as smsc:
        async with esme(smsc.port):
            await smsc.event("bound")
        await smsc.event("unbound")
        await smsc.event("closed")


@in_reactor
async def test_a_throttled_message_goes_again_with_a_new_sequence_number() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.set("answer", statuses=[0x58])
        assert (await ours.send("ok")).ok
        first, second = await smsc.event("submit"), await smsc.event("submit")
        assert (first["status"], second["status"]) == (0x58, 0)
        assert first["sequence_number"] != second["sequence_number"]
        assert (ours.status.throttles, ours.status.sent) == (1, 1)


@in_reactor
async def test_a_refused_message_is_given_up() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.set("answer", statuses=[0x0B])
        result = await ours.send("ok")
        assert (result.ok, result.command_status, result.in_doubt) == (False, 0x0B, False)
        assert (await ours.send("ok")).ok


@in_reactor
async def test_our_refusal_reaches_the_smsc() -> None:
    async with node_smsc() as smsc, esme(smsc.port) as ours:
        await smsc.event("bound")
        ours.command_status = 0x64
        assert await smsc.deliver(short_message="8123") == 0x64


@in_reactor
async def test_the_link_comes_back_after_the_peers_death() -> None:
    async with node_smsc() as first, esme(first.port) as ours:
        await first.event("bound")
        await first.kill()
        await ours.state(LinkState.WAITING)
        async with node_smsc(first.port) as second:
            await second.event("bound")
            assert (await ours.send("ok")).ok
            assert ours.status.sessions == 2


@in_reactor
async def test_a_wrong_password_is_an_alarm_and_no_tight_loop() -> None:
    async with node_smsc() as smsc, esme(smsc.port, password="wrong") as ours:
        await smsc.event("refused")
        await ours.state(LinkState.REFUSED)
        assert ours.status.alarm
        assert "ESME_RINVPASWD" in ours.status.why_lost
        await smsc.event("closed")
        assert [event["event"] for event in smsc.events.items] == []
