"""Check digits of supervision codes: four decimal digits that only the holder of the product's key can make.

The scheme is a property of the product resource code (产品资源码).  `none` leaves the last four digits without
structure, so that only the registry's record of the whole code can tell; `hmac` makes them from the first sixteen.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum

BODY_DIGITS = 16
CHECK_DIGITS = 4
_COUNT = 10**CHECK_DIGITS
_WORD_VALUES = 1 << 16
_FAIR = _WORD_VALUES - _WORD_VALUES % _COUNT  # 60,000: above it a remainder would favour small numbers
_SHA256_BLOCK_OCTETS = 64
_MIN_KEY_OCTETS = 16


class CheckScheme(StrEnum):
    """How the last four digits of a product's codes are made."""

    NONE = "none"
    HMAC = "hmac"


class CheckDigits:
    """HMAC-SHA-256 (RFC 2104) of the first 16 digits, reduced to four decimal digits without modulo bias.

    The digest is read as sixteen 16-bit numbers; the first below 60,000 counts, modulo 10,000.  Should all sixteen
    lie above (once in 10**17 codes), the digest is hashed again under the key.  `key` has 16 to 64 octets; ValueError
    otherwise.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if not _MIN_KEY_OCTETS <= len(key) <= _SHA256_BLOCK_OCTETS:
            raise ValueError(f"a check digit key has {_MIN_KEY_OCTETS} to {_SHA256_BLOCK_OCTETS} octets")
        # Copies of two prepared states take a third of the time of a new HMAC object.
        block = key.ljust(_SHA256_BLOCK_OCTETS, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def _digest(self, message: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def of(self, body: str) -> str:
        """The check digits for the first 16 digits of a code.  Raises ValueError if they are not 16 ASCII digits."""
        if not (len(body) == BODY_DIGITS and body.isascii() and body.isdecimal()):
            raise ValueError(f"check digits are made of {BODY_DIGITS} ASCII digits")
        return reduced(self._digest(body.encode("ascii")), self._digest)

    def match(self, code: str) -> bool:
        """Whether a code of 20 digits ends in its own check digits, compared in constant time."""
        return hmac.compare_digest(self.of(code[:BODY_DIGITS]), code[BODY_DIGITS:])


def reduced(digest: bytes, rehash: Callable[[bytes], bytes]) -> str:
    """Four decimal digits from a digest, each of the 10,000 equally likely."""
    while True:
        for at in range(0, len(digest) - 1, 2):
            word = digest[at] << 8 | digest[at + 1]
            if word < _FAIR:
                return f"{word % _COUNT:04d}"
        digest = rehash(digest)
