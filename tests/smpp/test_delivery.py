"""What a delivery says of itself, and that its fingerprint is the message's and nothing else's."""

from __future__ import annotations

import pytest

from smpp import pdu
from smpp.delivery import Delivery
from smpp.unanswered import Response
from tests.smpp.smsc import deliver_sm, tlv

UDH = b"\x05\x00\x03\x07\x02\x01"


def delivery(
    octets: bytes, account: str = "carrier", link: str = "l0", session: int = 1, alphabet: str = "gsm"
) -> Delivery:
    message = pdu.parse_message(octets)
    return Delivery(
        message, lambda _: Response.SENT, account=account, link=link, session=session, default_alphabet=alphabet
    )


def test_a_part_knows_its_place_and_its_text_is_without_header() -> None:
    part = delivery(deliver_sm(1, text=UDH + "真".encode("utf-16-be"), esm_class=0x40, data_coding=8))
    assert part.text == "真"
    assert part.part is not None
    assert (part.part.reference, part.part.total, part.part.number) == (7, 2, 1)
    assert part.short_message.startswith(UDH)


def test_a_header_inside_message_payload_is_read_too() -> None:
    payload = tlv(0x0424, UDH + b"hello")
    part = delivery(deliver_sm(1, text=b"", esm_class=0x40, tlvs=payload))
    assert part.text == "hello"
    assert part.part is not None
    assert part.part.total == 2


def test_sar_tlvs_make_a_part_with_total_1_too() -> None:
    sar = tlv(0x020C, b"\0\x09") + tlv(0x020E, b"\x01") + tlv(0x020F, b"\x01")
    part = delivery(deliver_sm(1, text=b"hello", tlvs=sar)).part
    assert part is not None
    assert (part.reference, part.total, part.number, part.content) == (9, 1, 1, b"hello")


def test_data_coding_0_is_what_the_link_says() -> None:
    gbk = deliver_sm(1, text="真码".encode("gbk"))
    assert delivery(gbk, alphabet="gbk").text == "真码"
    assert delivery(gbk, alphabet="gbk").default_alphabet == "gbk"


def test_the_same_message_over_another_link_has_the_same_fingerprint() -> None:
    first = delivery(deliver_sm(1))
    assert first.fingerprint == delivery(deliver_sm(99), link="l1", session=7).fingerprint
    assert len(bytes.fromhex(first.fingerprint)) == 16


def sar(number: int) -> bytes:
    return tlv(0x020C, b"\0\x09") + tlv(0x020E, b"\x02") + tlv(0x020F, bytes((number,)))


@pytest.mark.parametrize(
    "other",
    [
        delivery(deliver_sm(1), account="another"),
        delivery(deliver_sm(1, source=b"8613800138001")),
        delivery(deliver_sm(1, destination=b"95001112")),
        delivery(deliver_sm(1, esm_class=0x40)),
        delivery(deliver_sm(1, data_coding=1)),
        delivery(deliver_sm(1, text=b"81234567890123456780")),
        delivery(deliver_sm(1, tlvs=sar(1))),
        delivery(deliver_sm(1, tlvs=sar(2))),
    ],
)
def test_another_message_has_another_fingerprint(other: Delivery) -> None:
    others = {delivery(deliver_sm(1)).fingerprint, delivery(deliver_sm(1, tlvs=sar(3))).fingerprint}
    assert other.fingerprint not in others


def test_tlvs_that_do_not_make_the_message_do_not_make_its_fingerprint() -> None:
    noise = tlv(0x1400, b"by the way")
    assert delivery(deliver_sm(1, tlvs=noise)).fingerprint == delivery(deliver_sm(1)).fingerprint
