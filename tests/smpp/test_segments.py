import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.alphabets import decode, encode
from smpp.segments import Mode, Part, Segment, part_of, segment, user_data

MODES: tuple[Mode, ...] = ("udh", "udh16", "sar", "payload")
# pieces that must not be cut lie at every position: escape pairs, surrogate pairs
gsm_texts = st.lists(st.sampled_from(["a", "8", "€", "[", "é"]), max_size=700).map("".join)
wide_texts = st.lists(st.sampled_from(["查", "8", "😀", "€"]), max_size=300).map(lambda chars: "".join(chars) + "询")


def content(seg: Segment) -> bytes:
    part = part_of(seg.esm_class, seg.short_message, seg.tlvs)
    return user_data(seg.esm_class, seg.short_message, seg.tlvs) if part is None else part.content


@given(st.one_of(gsm_texts, wide_texts), st.integers(0, 0x1FFFF), st.sampled_from(MODES))
def test_segments_hold_the_text_whole_and_each_is_readable_by_itself(text: str, reference: int, mode: Mode) -> None:
    segments = segment(text, reference, mode)
    assert {seg.data_coding for seg in segments} == {encode(text)[0]}
    texts = [decode(seg.data_coding, content(seg)) for seg in segments]
    assert "".join(texts) == text
    assert "\ufffd" not in "".join(texts)
    if len(segments) > 1:
        parts = [part_of(seg.esm_class, seg.short_message, seg.tlvs) for seg in segments]
        wanted = reference & (0xFF if mode == "udh" else 0xFFFF)
        assert [(part.reference, part.total, part.number) for part in parts if part] == [
            (wanted, len(segments), number) for number in range(1, len(segments) + 1)
        ]
        assert all(len(seg.short_message) <= 160 for seg in segments)


@pytest.mark.parametrize(("mode", "septets", "chars"), [("udh", 153, 67), ("udh16", 152, 66), ("sar", 152, 66)])
def test_a_part_is_as_long_as_the_air_allows(mode: Mode, septets: int, chars: int) -> None:
    assert len(segment("a" * 160, 1, mode)) == 1
    assert len(segment("查" * 70, 1, mode)) == 1
    assert [len(content(seg)) for seg in segment("a" * 2 * septets, 1, mode)] == [septets] * 2
    assert len(segment("a" * (2 * septets + 1), 1, mode)) == 3
    assert [len(content(seg)) for seg in segment("查" * 2 * chars, 1, mode)] == [2 * chars] * 2


def test_the_wire_form_of_each_mode() -> None:
    text = "a" * 161
    assert segment(text, 0x1234, "udh")[1] == Segment(0x40, 0, b"\x05\x00\x03\x34\x02\x02" + b"a" * 8)
    assert segment(text, 0x1234, "udh16")[1] == Segment(0x40, 0, b"\x06\x08\x04\x12\x34\x02\x02" + b"a" * 9)
    sar = ((0x020C, b"\x12\x34"), (0x020E, b"\x02"), (0x020F, b"\x02"))
    assert segment(text, 0x1234, "sar")[1] == Segment(0, 0, b"a" * 9, sar)
    assert segment(text, 0x1234, "payload") == (Segment(0, 0, b"", ((0x0424, b"a" * 161),)),)


def test_pairs_are_not_cut() -> None:
    first, second = segment("a" * 152 + "€" + "b" * 10, 7)
    assert (content(first), content(second)) == (b"a" * 152, b"\x1be" + b"b" * 10)
    first, second = segment("查" * 66 + "😀" + "询" * 5, 7)
    assert content(first).decode("utf-16-be") == "查" * 66
    assert content(second).decode("utf-16-be") == "😀" + "询" * 5


def test_a_text_too_long_for_255_segments_is_refused() -> None:
    assert len(segment("a" * 153 * 255, 1)) == 255
    with pytest.raises(ValueError, match="255 segments at most, this text needs 256"):
        segment("a" * (153 * 255 + 1), 1)
    with pytest.raises(ValueError, match="65535 octets at most"):
        segment("a" * 65_536, 1, "payload")


SAR = ((0x020C, b"\x00\x07"), (0x020E, b"\x02"), (0x020F, b"\x01"))


@pytest.mark.parametrize(
    ("esm_class", "octets", "tlvs", "part"),
    [
        (0x40, b"\x05\x00\x03\x07\x02\x01hi", (), Part(7, 2, 1, b"hi")),
        (0x43, b"\x06\x08\x04\x01\x07\x02\x02hi", (), Part(0x107, 2, 2, b"hi")),
        # among other elements: ports before, an unknown one after
        (0x40, b"\x0d\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01\x70\x00hi", (), Part(7, 2, 1, b"hi")),
        # given twice: the last counts
        (0x40, b"\x0a\x00\x03\x01\x02\x01\x00\x03\x07\x02\x01hi", (), Part(7, 2, 1, b"hi")),
        (0x40, b"\x05\x00\x03\x07\x01\x01hi", (), Part(7, 1, 1, b"hi")),
        (0x40, b"", ((0x0424, b"\x05\x00\x03\x07\x02\x01hi"),), Part(7, 2, 1, b"hi")),
        (0x00, b"hi", SAR, Part(7, 2, 1, b"hi")),
        (0x00, b"", (*SAR, (0x0424, b"hi")), Part(7, 2, 1, b"hi")),
        (0x00, b"hi", ((0x020C, b"\x07"), (0x020E, b"\x00\x01"), (0x020F, b"\x01")), Part(7, 1, 1, b"hi")),
        (0x40, b"\x04\x24\x01\x01hi", (), None),
        (0x40, b"\x04\x24\x02\x01\x00hi", SAR, Part(7, 2, 1, b"hi")),
        (0x40, b"\x05\x00\x03\x07\x02\x01hi", SAR[:2], Part(7, 2, 1, b"hi")),
        # the header's concatenation is impossible, the TLVs' is not
        (0x40, b"\x05\x00\x03\x09\x02\x03hi", SAR, Part(7, 2, 1, b"hi")),
        (0x40, b"\x05\x00\x03\x07\x00\x00hi", (), None),
        (0x40, b"\x05\x00\x03\x07\x02\x00hi", (), None),
        (0x40, b"\x05\x00\x03\x07\x02\x03hi", (), None),
        (0x40, b"\x05\x00\x02\x07\x02\x01hi", (), None),
        (0x00, b"\x05\x00\x03\x07\x02\x01hi", (), None),  # not announced
        (0x00, b"hi", SAR[:2], None),
        (0x00, b"hi", ((0x020C, b""), (0x020E, b""), (0x020F, b"")), None),
        (0x40, b"", (), None),
    ],
)
def test_parts_are_found_as_they_come(
    esm_class: int, octets: bytes, tlvs: tuple[tuple[int, bytes], ...], part: Part | None
) -> None:
    assert part_of(esm_class, octets, tlvs) == part


@pytest.mark.parametrize(
    ("esm_class", "octets", "text"),
    [
        (0x40, b"\x04\x24\x01\x01\x00hi", b"hi"),  # its last octet is in no element
        (0x40, b"\x03\x24\x01\x01hi", b"hi"),
        (0x40, b"81234567890123456789", b"81234567890123456789"),  # announced, but there is none
        (0x40, b"\x00\x38\x00\x31", b"\x00\x38\x00\x31"),
        (0x40, b"\x05\x00\x09\x07\x02\x01hi", b"\x05\x00\x09\x07\x02\x01hi"),
        (0x40, b"\x03\x24", b"\x03\x24"),
        (0x00, b"hi", b"hi"),
    ],
)
def test_a_header_is_stripped_only_where_there_is_one(esm_class: int, octets: bytes, text: bytes) -> None:
    assert user_data(esm_class, octets, ()) == text
    assert user_data(esm_class, b"", ((0x0424, octets),)) == text


@given(
    st.integers(0, 255),
    st.binary(max_size=60),
    st.lists(st.tuples(st.sampled_from([0x20C, 0x20E, 0x20F, 0x424, 5]), st.binary(max_size=6)), max_size=5),
)
def test_no_octets_make_it_raise_or_lose_a_part_out_of_range(
    esm_class: int, octets: bytes, tlvs: list[tuple[int, bytes]]
) -> None:
    user_data(esm_class, octets, tuple(tlvs))
    part = part_of(esm_class, octets, tuple(tlvs))
    assert part is None or 1 <= part.number <= part.total <= 255
