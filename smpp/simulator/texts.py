"""Texts as a phone sends and shows them: GSM 03.38 where it suffices, else UCS-2, in parts where they are long."""

from __future__ import annotations

from typing import NamedTuple

UCS2 = 8
_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_AFTER_ESCAPE = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
_SHOWN_AFTER_ESCAPE = {code: char for char, code in _AFTER_ESCAPE.items()}


class Concatenation(NamedTuple):
    """Where a part belongs."""

    reference: int
    total: int
    number: int


def encode(text: str) -> tuple[int, list[bytes]]:
    """(data_coding, the octets of each character)."""
    units = []
    for char in text:
        if char in _AFTER_ESCAPE:
            units.append(bytes((27, _AFTER_ESCAPE[char])))
        elif char != "\x1b" and char in _GSM:
            units.append(bytes((_GSM.index(char),)))
        else:
            return UCS2, [each.encode("utf-16-be", "replace") for each in text]
    return 0, units


def parts(text: str, reference: int) -> tuple[int, list[tuple[int, bytes]]]:
    """(data_coding, [(esm_class, octets)]): one short message, or several with user data headers."""
    data_coding, units = encode(text)
    whole = b"".join(units)
    if len(whole) <= (140 if data_coding == UCS2 else 160):
        return data_coding, [(0, whole)]
    room = 134 if data_coding == UCS2 else 153
    pieces = [b""]
    for unit in units:
        if len(pieces[-1]) + len(unit) > room:
            pieces.append(b"")
        pieces[-1] += unit
    if len(pieces) > 255:
        raise ValueError(f"the text needs {len(pieces)} parts, a message has 255 at most")
    headers = (bytes((5, 0, 3, reference & 0xFF, len(pieces), number)) for number in range(1, len(pieces) + 1))
    return data_coding, [(0x40, header + piece) for header, piece in zip(headers, pieces, strict=True)]


def decode(data_coding: int, octets: bytes) -> str:
    """What a phone shows."""
    if data_coding == UCS2:
        return octets.decode("utf-16-be", "replace")
    if data_coding:
        return octets.decode("latin-1")
    shown = ""
    escaped = False
    for octet in octets:
        if octet == 27 and not escaped:
            escaped = True
        else:
            shown += _SHOWN_AFTER_ESCAPE.get(octet, " ") if escaped else _GSM[octet & 0x7F]
            escaped = False
    return shown


def concatenation(esm_class: int, octets: bytes, tlvs: dict[int, bytes]) -> tuple[Concatenation | None, bytes]:
    """(where the part belongs, or None; its octets without header)."""
    if esm_class & 0x40 and octets:
        header, content = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        if len(header) == 5 and header[0] == 0:
            return Concatenation(header[2], header[3], header[4]), content
        if len(header) == 6 and header[0] == 8:
            return Concatenation(header[2] << 8 | header[3], header[4], header[5]), content
        return None, content
    reference, total, number = (int.from_bytes(tlvs.get(tag, b""), "big") for tag in (0x020C, 0x020E, 0x020F))
    return (Concatenation(reference, total, number) if number else None), octets
