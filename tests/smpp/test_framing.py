"""Any split of the stream gives the same PDUs, in bounded memory."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from smpp.framing import MOST_OCTETS, Framer
from tests.smpp.smsc import deliver_sm, pdu

frames = st.lists(st.binary(max_size=60).map(lambda body: pdu(0x15, 1, body)), max_size=6)


@given(frames=frames, tail=st.binary(max_size=30), cuts=st.lists(st.integers(0, 400), max_size=12))
def test_any_split_of_the_stream_gives_the_same_pdus(frames: list[bytes], tail: bytes, cuts: list[int]) -> None:
    stream = b"".join(frames) + tail
    whole, split = Framer(), Framer()
    expected = whole.feed(stream)
    places = [0, *sorted(min(place, len(stream)) for place in cuts), len(stream)]
    got = [frame for start, end in itertools.pairwise(places) for frame in split.feed(stream[start:end])]
    assert got == expected
    assert expected[: len(frames)] == frames
    assert (split.broken, split.partial) == (whole.broken, whole.partial)


def test_a_stream_octet_by_octet_gives_the_same_pdus() -> None:
    stream = deliver_sm(1) + pdu(0x15, 2) + deliver_sm(3, text=b"x" * 254)
    framer = Framer()
    got = [frame for place in range(len(stream)) for frame in framer.feed(stream[place : place + 1])]
    assert b"".join(got) == stream
    assert not framer.partial


def test_the_longest_pdu_passes_and_the_next_longer_one_breaks() -> None:
    longest = pdu(0x05, 1, b"x" * (MOST_OCTETS - 16))
    assert Framer().feed(longest) == [longest]
    framer = Framer()
    assert framer.feed(pdu(0x05, 9, b"x" * (MOST_OCTETS - 15))) == []
    assert (framer.broken, framer.broken_sequence, framer.partial) == (True, 9, False)


def test_a_bad_length_is_seen_before_its_header_is_whole() -> None:
    framer = Framer()
    framer.feed(b"\x7f\xff\xff\xff")
    assert (framer.broken, framer.broken_sequence) == (True, 0)
    assert framer.feed(pdu(0x15, 1)) == []
