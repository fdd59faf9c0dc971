"""Expected octets are written by hand from 3GPP 23.038 and the Unicode charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.alphabets import DEFAULT_ALPHABETS, decode, encode

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM = GSM_BASIC + "\f^{}\\[~]|€"


@given(st.text(GSM))
def test_a_text_of_the_gsm_alphabet_goes_as_septets_and_comes_back(text: str) -> None:
    data_coding, octets = encode(text)
    assert data_coding == 0
    assert octets.isascii()
    assert decode(0, octets) == text


@given(st.text(), st.sampled_from(sorted(DEFAULT_ALPHABETS)))
def test_what_is_encoded_for_a_link_is_decoded_by_that_link(text: str, alphabet: str) -> None:
    if text.startswith("\ufeff"):
        return  # a byte order mark is none of the text
    data_coding, octets = encode(text + "。", alphabet)  # so that it is UCS-2, and not made of digits
    assert decode(data_coding, octets, alphabet) == text + "。"


@given(st.text(st.sampled_from("0123456789 CXcx-.#"), max_size=40), st.sampled_from(sorted(DEFAULT_ALPHABETS)))
def test_a_plain_text_means_the_same_on_every_link(text: str, alphabet: str) -> None:
    data_coding, octets = encode(text, alphabet)
    assert decode(data_coding, octets, alphabet) == text


@given(st.integers(-1, 300), st.binary(max_size=300), st.sampled_from([*sorted(DEFAULT_ALPHABETS), "unheard of"]))
def test_nothing_makes_decode_raise(data_coding: int, octets: bytes, alphabet: str) -> None:
    assert isinstance(decode(data_coding, octets, alphabet), str)


@given(st.text(st.characters(codec=None)))
def test_nothing_makes_encode_raise(text: str) -> None:
    data_coding, octets = encode(text)
    assert data_coding in (0, 8)
    assert octets or not text


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0, b"81234567890123456789", "81234567890123456789"),
        (0, b"\x00\x11\x02", "@_$"),
        (0, b"\x1b\x65\x1b\x3c1\x1b\x3e", "€[1]"),
        (0, b"1\x1b", "1 "),  # cut escape pair
        (0, b"1\x1b\x1b2", "1 2"),
        (0, b"\x1bA", "A"),  # not in the extension table
        (0, "查8".encode(), "查8"),  # no septets: UTF-8
        (0, "查询8".encode("gbk"), "查询8"),
        (0, b"\xff\x81", "\xff\x81"),  # no septets, and nothing else either
        (1, b"CX[8]", "CX[8]"),
        (1, "查8".encode(), "查8"),
        (2, b"8123", "8123"),
        (3, b"\xe9", "é"),
        (4, "查询".encode(), "查询"),
        (4, "查询8".encode("gbk"), "查询8"),
        (4, b"\x00\x38\x67\xe5", "8查"),
        (4, b"\x38\x00\xe5\x67", "8查"),
        (4, b"\xfe\xff\x67\xe5", "查"),
        (5, "ア".encode("shift_jis"), "ア"),
        (6, "Д".encode("iso8859-5"), "Д"),
        (7, "ש".encode("iso8859-8"), "ש"),
        (8, b"\x67\xe5\x8b\xe2", "查询"),
        (8, b"\xd8\x3d\xde\x00", "😀"),
        (8, b"\xfe\xff\x67\xe5", "查"),
        (8, b"\xff\xfe\xe5\x67", "查"),
        (8, b"81234567890123456789", "81234567890123456789"),
        (8, b"CX 812345", "CX 812345"),
        (8, b"8\x001\x002\x00", "812"),  # little-endian without a mark
        (8, b"\x00\x38\x00\x31\x00", "81"),  # a NUL at the end
        (8, b"\x67\xe5\x8b", "查\ufffd"),
        (8, b"\x4e\x2d", "中"),  # printable octets, yet UCS-2
        (8, b"HELP!", "HELP!"),  # an odd number of them cannot be
        (8, b"\xd8\x3d", "\ufffd"),
        (8, b"", ""),
        (9, b"81", "81"),
        (10, "日".encode("iso2022_jp"), "日"),
        (11, b"\x00", "@"),
        (14, "한".encode("euc_kr"), "한"),
        (15, "查询8".encode("gbk"), "查询8"),
        (15, b"8\x81", "8\ufffd"),
    ],
)
def test_each_data_coding_is_read_by_its_table(data_coding: int, octets: bytes, text: str) -> None:
    assert decode(data_coding, octets) == text


@pytest.mark.parametrize(
    ("data_coding", "kind"),
    [
        (0x10, "gsm"), (0x11, "gsm"), (0x14, "8-bit"), (0x18, "ucs2"), (0x1C, "gsm"), (0x20, "gsm"), (0x48, "ucs2"),
        (0x54, "8-bit"), (0x80, "gsm"), (0xB8, "gsm"), (0xC8, "gsm"), (0xD0, "gsm"), (0xD8, "gsm"), (0xE0, "ucs2"),
        (0xF0, "gsm"), (0xF1, "gsm"), (0xF4, "8-bit"), (0xF5, "8-bit"), (0xF8, "gsm"), (0xFF, "8-bit"),
    ],
)  # fmt: skip
def test_coding_groups_follow_3gpp_23_038(data_coding: int, kind: str) -> None:
    octets = b"\x00\x24"  # @¤ in septets, $ in UCS-2
    assert decode(data_coding, octets) == {"gsm": "@¤", "ucs2": "$", "8-bit": "$"}[kind]
    assert decode(data_coding, b"\x02") == {"gsm": "$", "ucs2": "\ufffd", "8-bit": "\x02"}[kind]


@pytest.mark.parametrize(
    ("alphabet", "octets", "text"),
    [("latin1", b"@\xe9", "@é"), ("ascii", b"@", "@"), ("ucs2", b"\x67\xe5", "查"), ("gbk", b"\xb2\xe9", "查")],
)
def test_data_coding_0_is_what_the_link_says(alphabet: str, octets: bytes, text: str) -> None:
    assert decode(0, octets, alphabet) == text


def test_an_at_sign_goes_as_ucs2_where_0_is_not_gsm() -> None:
    assert encode("a@b", "latin1") == (8, b"\0a\0@\0b")
    assert encode("ab", "latin1") == (0, b"ab")
    assert encode("ab", "ucs2") == (8, b"\0a\0b")
