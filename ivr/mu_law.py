"""Mu-law and back (ITU-T G.711, table 2a).  Pure.

Samples are signed, of 16 bits: G.711's 14, shifted.
"""

from __future__ import annotations

from collections.abc import Iterable

LOUDEST = 32_124  # the loudest that mu-law can say
SILENCE = 0xFF  # zero
_BIAS, _SHIFT = 132, 2


def _linear(octet: int) -> int:
    octet = ~octet & 0xFF
    magnitude = (((octet & 0x0F) << 3) + _BIAS << (octet >> 4 & 0x07)) - _BIAS
    return -magnitude if octet & 0x80 else magnitude


def _nearest(sample: int) -> int:
    magnitude = min(abs(sample), LOUDEST) + _BIAS
    exponent = magnitude.bit_length() - 8
    octet = exponent << 4 | magnitude >> exponent + 3 & 0x0F
    return ~(octet | (0x80 if sample < 0 else 0)) & 0xFF


_DECODED = tuple(_linear(octet) for octet in range(256))
_ENCODED = bytes(_nearest(sample << _SHIFT) for sample in range(-8192, 8192))


def decoded(octets: bytes) -> list[int]:
    """The samples of mu-law octets."""
    return [_DECODED[octet] for octet in octets]


def encoded(samples: Iterable[float]) -> bytes:
    """The octets of samples; what is too loud is cut."""
    return bytes(_ENCODED[max(-8192, min(8191, int(sample) >> _SHIFT)) + 8192] for sample in samples)
