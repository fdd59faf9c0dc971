"""Messages for an SMSC without TLVs say the same."""

from __future__ import annotations

import pytest

from smpp.plain import takes_tlvs, without_tlvs
from smpp.segments import Mode, Segment, part_of, segment, user_data


@pytest.mark.parametrize(
    ("version", "takes"), [(None, False), (0x00, False), (0x33, False), (0x34, True), (0x50, True)]
)
def test_tlvs_go_to_those_who_told_a_version_that_has_them(version: int | None, takes: bool) -> None:
    assert takes_tlvs(version) is takes


@pytest.mark.parametrize("mode", ["sar", "payload", "udh", "udh16"])
@pytest.mark.parametrize("text", ["真码" * 100, "hello " * 60, "short"])
def test_the_text_is_the_same_without_tlvs(mode: Mode, text: str) -> None:
    plain = without_tlvs(segment(text, 7, mode), "gsm")
    assert all(part.tlvs == () for part in plain)
    octets = b"".join(user_data(part.esm_class, part.short_message, ()) for part in plain)
    assert octets.decode("utf-16-be" if text[0] == "真" else "ascii") == text
    places = [part_of(part.esm_class, part.short_message, ()) for part in plain]
    if len(plain) > 1:
        assert [place.number for place in places if place] == list(range(1, len(plain) + 1))
    assert all(len(part.short_message) <= (140 if part.data_coding == 8 else 160) for part in plain)


def test_other_tlvs_are_left_out() -> None:
    asked = Segment(0, 0, b"hello", ((0x0204, b"\0\x01"),))
    assert without_tlvs((asked,), "gsm") == (Segment(0, 0, b"hello"),)
