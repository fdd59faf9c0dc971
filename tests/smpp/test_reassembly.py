from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.address import Address
from smpp.reassembly import Added, Assembled, MessageKey, Piece, Reassembly
from smpp.segments import Mode, part_of, segment

PHONE, SHORT = Address("13812341234", 1, 1), Address("95001111", 3, 0)


def key(reference: int = 7, total: int = 2, source: Address = PHONE, account: str = "mobile") -> MessageKey:
    return MessageKey(account, source, SHORT, reference, total)


def piece(number: int, content: bytes = b"", data_coding: int = 0) -> Piece:
    return Piece(number, data_coding, content or b"%d" % number)


texts = st.lists(st.sampled_from(["a", "8", "€", "查", "😀"]), min_size=70, max_size=400).map("".join)


@given(texts, st.sampled_from(["udh", "udh16", "sar"]), st.data())
def test_parts_in_any_order_and_repeated_make_the_text_exactly_once(text: str, mode: Mode, data: st.DataObject) -> None:
    parts = []
    for seg in segment(text + "8" * 160, 300, mode):
        part = part_of(seg.esm_class, seg.short_message, seg.tlvs)
        assert part is not None
        parts.append((key(part.reference, part.total), Piece(part.number, seg.data_coding, part.content)))
    repeats = data.draw(st.lists(st.sampled_from(parts), max_size=4))
    reassembly = Reassembly()
    given_out: list[Assembled] = []
    for now, (message_key, arrived) in enumerate(data.draw(st.permutations(parts + repeats))):
        given_out.extend(reassembly.add(message_key, arrived, float(now) / 100).given_out)
    assert [message.text() for message in given_out] == [text + "8" * 160]
    assert given_out[0].complete
    assert (len(reassembly), reassembly.octets, reassembly.due(1e9)) == (0, 0, ())


@given(st.text(st.sampled_from("查8😀询"), min_size=1), st.data())
def test_a_text_cut_anywhere_even_inside_a_character_comes_back(text: str, data: st.DataObject) -> None:
    octets = (text + "。").encode("utf-16-be")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets) - 1), max_size=5)))
    pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    reassembly = Reassembly()
    for number, content in enumerate(pieces, 1):
        added = reassembly.add(key(1, len(pieces)), Piece(number, 8, content), 0.0)
    assert [message.text() for message in added.given_out] == [text + "。"]


def test_senders_with_one_reference_are_not_mixed() -> None:
    reassembly = Reassembly()
    other = key(source=Address("13900000000", 1, 1))
    assert reassembly.add(key(), piece(1), 0.0) == Added()
    assert reassembly.add(other, piece(2), 0.0) == Added()
    assert reassembly.add(key(account="unicom"), piece(2), 0.0) == Added()
    assert reassembly.add(key(reference=8), piece(2), 0.0) == Added()
    assert reassembly.add(key(total=3), piece(2), 0.0) == Added()
    (message,) = reassembly.add(key(), piece(2), 0.0).given_out
    assert message.text() == "12"
    assert len(reassembly) == 4


def test_one_of_one_is_whole_each_time_it_comes() -> None:
    reassembly = Reassembly()
    for _ in range(2):
        (message,) = reassembly.add(key(total=1), piece(1), 5.0).given_out
        assert (message.complete, message.text(), message.arrived_at) == (True, "1", 5.0)


def test_after_its_time_a_message_is_given_out_as_it_is_once() -> None:
    reassembly = Reassembly()
    assert reassembly.next_due_at is None
    reassembly.add(key(total=4), piece(3), 10.0)
    reassembly.add(key(total=4), piece(2), 100.0)
    reassembly.add(key(reference=9), piece(1), 20.0)
    assert reassembly.next_due_at == 130.0
    assert reassembly.due(129.9) == ()
    (message,) = reassembly.due(130.0)
    assert (message.complete, message.arrived_at, message.text()) == (False, 10.0, "\ufffd23\ufffd")
    assert reassembly.next_due_at == 140.0
    assert [late.text() for late in reassembly.due(200.0)] == ["1\ufffd"]
    assert (reassembly.due(1e9), reassembly.octets) == ((), 0)


def test_nothing_is_read_across_a_gap() -> None:
    reassembly = Reassembly()
    reassembly.add(key(total=3), piece(1, b"8123"), 0.0)
    reassembly.add(key(total=3), piece(3, b"4567"), 0.0)
    assert reassembly.due(120.0)[0].text() == "8123\ufffd4567"


def test_parts_of_different_data_codings_are_decoded_each_by_its_own() -> None:
    reassembly = Reassembly()
    reassembly.add(key(total=3), piece(1, "查".encode("utf-16-be"), 8), 0.0)
    reassembly.add(key(total=3), piece(2, b"\x00\x02"), 0.0)
    (message,) = reassembly.add(key(total=3), piece(3, b"\xe9", 3), 0.0).given_out
    assert message.text() == "查@$é"
    assert message.text("latin1") == "查\x00\x02é"


def test_a_repeated_part_changes_nothing() -> None:
    reassembly = Reassembly()
    reassembly.add(key(), piece(1), 0.0)
    assert reassembly.add(key(), piece(1), 50.0) == Added(repeated=True)
    assert reassembly.next_due_at == 120.0
    assert reassembly.octets == 1


def test_a_part_of_a_finished_message_starts_nothing_for_a_minute() -> None:
    reassembly = Reassembly()
    reassembly.add(key(), piece(1), 0.0)
    reassembly.add(key(), piece(2), 10.0)
    assert reassembly.has_finished(key(), piece(1), 69.9)
    assert not reassembly.has_finished(key(), piece(1, b"other"), 69.9)
    assert reassembly.add(key(), piece(1), 69.9) == Added(repeated=True)
    assert len(reassembly) == 0
    assert reassembly.add(key(), piece(1), 70.0) == Added()
    assert len(reassembly) == 1


def test_each_message_comes_back_with_the_envelopes_of_its_own_parts() -> None:
    reassembly = Reassembly()
    reassembly.add(key(total=1), replace(piece(1), envelope="whole"), 0.0)
    reassembly.add(key(), replace(piece(1, b"old"), envelope="link 1"), 0.0)
    assert reassembly.add(key(), replace(piece(1, b"old"), envelope="link 2"), 0.0).repeated
    (older,) = reassembly.add(key(), replace(piece(1, b"new"), envelope="link 3"), 0.0).given_out
    (newer,) = reassembly.add(key(), replace(piece(2), envelope="link 4"), 0.0).given_out
    assert [part.envelope for part in older.pieces] == ["link 1"]
    assert [part.envelope for part in newer.pieces] == ["link 3", "link 4"]


def test_a_reference_used_again_gives_out_the_older_message_and_starts_the_new_one() -> None:
    reassembly = Reassembly()
    reassembly.add(key(total=3), piece(1, b"old"), 0.0)
    (older,) = reassembly.add(key(total=3), piece(1, b"new"), 5.0).given_out
    assert (older.text(), older.arrived_at) == ("old\ufffd", 0.0)
    assert reassembly.next_due_at == 125.0
    reassembly.add(key(total=3), piece(2), 5.0)
    (newer,) = reassembly.add(key(total=3), piece(3), 6.0).given_out
    assert newer.text() == "new23"


def test_a_reference_used_again_after_the_end_is_a_new_message() -> None:
    reassembly = Reassembly()
    for first in (b"old", b"new"):
        reassembly.add(key(), piece(1, first), 0.0)
        (message,) = reassembly.add(key(), piece(2), 0.0).given_out
        assert message.text() == first.decode() + "2"
    assert reassembly.due(1_000.0) == ()
    assert reassembly.add(key(), piece(2), 1_000.0) == Added()


def test_what_is_too_many_or_too_much_goes_out_oldest_first() -> None:
    reassembly = Reassembly(max_messages=2, max_octets=100)
    reassembly.add(key(1), piece(1, b"a" * 40), 0.0)
    reassembly.add(key(2), piece(1, b"b" * 40), 1.0)
    (oldest,) = reassembly.add(key(3), piece(1, b"c" * 40), 2.0).given_out
    assert oldest.key.reference == 1
    (oldest,) = reassembly.add(key(4, total=3), piece(1, b"d" * 60), 3.0).given_out
    assert oldest.key.reference == 2
    assert (len(reassembly), reassembly.octets) == (2, 100)
    assert [out.key.reference for out in reassembly.add(key(5), piece(1, b"e" * 500), 4.0).given_out] == [3, 4, 5]
    assert (len(reassembly), reassembly.octets) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3), st.binary(min_size=1, max_size=9)), max_size=80))
def test_memory_is_bounded_and_accounted_for(arrivals: list[tuple[int, int, bytes]]) -> None:
    reassembly = Reassembly(max_messages=5, max_octets=40)
    out = 0
    for now, (reference, number, content) in enumerate(arrivals):
        added = reassembly.add(key(reference, 3), piece(number, content), float(now))
        out += sum(len(message.pieces) for message in added.given_out) + added.repeated
        assert len(reassembly) <= 5
        assert reassembly.octets <= 40
    out += sum(len(message.pieces) for message in reassembly.due(1e6))
    assert out == len(arrivals)
    assert reassembly.octets == 0


def test_a_part_outside_its_total_is_refused() -> None:
    for number in (0, 3):
        with pytest.raises(ValueError, match="is none"):
            Reassembly().add(key(), replace(piece(1), number=number), 0.0)
