import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.receipts import (
    FINAL_STATES,
    MessageState,
    Receipt,
    advance,
    is_report,
    parse_receipt,
    receipted_id,
    submitted_id,
)

S = MessageState
APPENDIX_B = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:0805011021 done date:0805011022 "
    b"stat:DELIVRD err:000 text:stat:EXPIRED"
)


@pytest.mark.parametrize(
    ("text", "receipt"),
    [
        (APPENDIX_B, Receipt("0123456789", S.DELIVERED)),
        (b"ID: ab12 SUB: 1 Stat : undeliv Err : 034", Receipt("ab12", S.UNDELIVERABLE, "034")),
        (b"id:7 stat:EXPIRED err:", Receipt("7", S.EXPIRED)),
        (b"stat=REJECTD,id=7,error code=12", Receipt("7", S.REJECTED, "12")),
        (b"id:7", Receipt("7", S.UNKNOWN)),
        (b"id:7 dlvrd:001", Receipt("7", S.DELIVERED)),
        (b"id:7 dlvrd:000", Receipt("7", S.UNKNOWN)),
        (b"id:7 stat:2", Receipt("7", S.DELIVERED)),
        (b"id:7 stat:0", Receipt("7", S.SCHEDULED)),
        (b"id:7 stat:42", Receipt("7", S.UNKNOWN)),
        (b"id:7 status:Delivered", Receipt("7", S.DELIVERED)),
        (b"id:7\r\nstat:ACCEPTD\r\nText:", Receipt("7", S.ACCEPTED)),
        (b"id:7 stat:DELIVRD\0", Receipt("7", S.DELIVERED)),
        (b"id:7 id:8 stat:DELETED", Receipt("7", S.DELETED)),
        (b"hello", None),
        (b"id: sub:001 stat:DELIVRD", None),
        (b"text:id:7 stat:DELIVRD", None),
        (b"", None),
    ],
)
def test_the_text_of_a_receipt_is_read_tolerantly(text: bytes, receipt: Receipt | None) -> None:
    assert parse_receipt(4, 0, text, ()) == receipt


@pytest.mark.parametrize(
    "word", ["DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "ENROUTE"]
)
def test_each_word_of_appendix_b_has_its_state(word: str) -> None:
    names = {"DELIVRD": S.DELIVERED, "UNDELIV": S.UNDELIVERABLE, "ACCEPTD": S.ACCEPTED, "REJECTD": S.REJECTED}
    receipt = parse_receipt(4, 0, f"id:1 stat:{word}".encode(), ())
    assert receipt == Receipt("1", names.get(word) or S[word])


def test_ascii_octets_are_read_whatever_the_data_coding() -> None:
    for data_coding in (0, 3, 8, 15, 0xF0):
        assert parse_receipt(4, data_coding, APPENDIX_B, ()) == Receipt("0123456789", S.DELIVERED)
    assert parse_receipt(4, 8, APPENDIX_B.decode().encode("utf-16-be"), ()) == Receipt("0123456789", S.DELIVERED)


def test_tlvs_go_before_the_text_each_by_itself() -> None:
    both = ((0x001E, b"AB\0"), (0x0427, b"\x05"), (0x0423, b"\x03\x00\x22"))
    assert parse_receipt(4, 0, APPENDIX_B, both) == Receipt("AB", S.UNDELIVERABLE, "3:34")
    assert parse_receipt(4, 0, b"", both) == Receipt("AB", S.UNDELIVERABLE, "3:34")
    assert parse_receipt(4, 0, APPENDIX_B, both[:1]) == Receipt("AB", S.DELIVERED)
    assert parse_receipt(4, 0, APPENDIX_B, both[1:2]) == Receipt("0123456789", S.UNDELIVERABLE)
    unreadable = ((0x001E, b"\0"), (0x0427, b"\x63"))
    assert parse_receipt(4, 0, APPENDIX_B, unreadable) == Receipt("0123456789", S.DELIVERED)


def test_the_text_may_come_as_payload_or_behind_a_header() -> None:
    assert parse_receipt(4, 0, b"", ((0x0424, APPENDIX_B),)) == Receipt("0123456789", S.DELIVERED)
    assert parse_receipt(0x44, 0, b"\x03\x24\x01\x01" + APPENDIX_B, ()) == Receipt("0123456789", S.DELIVERED)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=80), st.binary(max_size=5))
def test_no_octets_make_it_raise(esm_class: int, data_coding: int, octets: bytes, value: bytes) -> None:
    parse_receipt(esm_class, data_coding, octets, ((0x0427, value), (0x0423, value)))
    parse_receipt(esm_class, data_coding, b"id:" + octets + b" stat:" + octets, ((0x001E, value),))


def test_a_report_is_told_by_its_esm_class_or_its_tlv() -> None:
    assert not any(is_report(esm_class, ()) for esm_class in (0, 3, 0x40, 0x80, 0xC3))
    assert all(is_report(kind | 0x43, ()) for kind in (0x04, 0x08, 0x10, 0x18, 0x20, 0x3C))
    assert is_report(0, ((0x001E, b"1"),))


@pytest.mark.parametrize(
    ("submitted", "receipted", "receipt_ids"),
    [
        ("0123", "123", "same"),
        ("AbC0", "aBc0", "same"),
        ("0", "000", "same"),
        ("255", "FF", "hex"),
        ("0000000255", "0x00ff", "hex"),
        ("00FF", "255", "decimal"),
        (" ff", "0255 ", "decimal"),
        ("8e2f-77aa", "8E2F-77AA", "decimal"),  # no number: as it is
    ],
)
def test_an_id_is_known_again(submitted: str, receipted: str, receipt_ids: str) -> None:
    assert submitted_id(submitted, receipt_ids) == receipted_id(receipted, receipt_ids)


def test_ids_that_differ_stay_different() -> None:
    assert submitted_id("255") != receipted_id("256")
    assert submitted_id("10", "hex") != receipted_id("11", "hex")
    assert submitted_id("") == ""


@given(st.lists(st.sampled_from(S), min_size=1, max_size=8))
def test_no_order_of_receipts_moves_a_final_state(reported: list[S]) -> None:
    state = None
    history = []
    for each in reported:
        state = advance(state, each)
        history.append(state)
    final = [each for each in reported if each in FINAL_STATES]
    assert state == (final[0] if final else state)
    assert all(after is before for before, after in itertools.pairwise(history) if before in FINAL_STATES)
    assert advance(state, reported[-1]) is state


def test_the_way_to_delivery_is_followed() -> None:
    way = [S.UNKNOWN, S.SCHEDULED, S.ENROUTE, S.ACCEPTED, S.DELIVERED]
    for before, after in itertools.pairwise(way):
        assert advance(before, after) is after
        assert advance(after, before) is after
