"""A product's codes made from positions, and positions read back from codes.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from gateway.core.check_digits import CheckDigits
from gateway.core.serials import SERIAL_COUNT, SERIAL_DIGITS, serial_permutation

RESOURCE_CODE_DIGITS = 7
CODE_DIGITS = 20
LEGACY_CODE_DIGITS = 16


class KeyPurpose(StrEnum):
    """What a product's key is for.

    The serial key lives as long as the product: under another, serials would repeat.  Check digit keys have versions:
    a new one serves new codes, while each range names the version that its codes were made under.
    """

    SERIAL = "serial"
    CHECK = "check"


def first_place(resource_code: str) -> int:
    """The place of a product's position 0."""
    return int(resource_code) * SERIAL_COUNT


class Mint:
    """Makes and reads the codes of one product: resource code (7), FF1(position) (9), check digits (4).

    `check_keys` by version.  Not to be shared between threads.
    """

    def __init__(self, resource_code: str, serial_key: bytes, check_keys: Mapping[int, bytes]) -> None:
        self.resource_code = resource_code
        self._base = first_place(resource_code)
        self._permutation = serial_permutation(serial_key, resource_code)
        self._check_digits = {version: CheckDigits(key) for version, key in check_keys.items()}

    def codes(self, positions: Sequence[int], version: int) -> list[str]:
        """The codes at `positions`, in order.  Raises KeyError for a check key version that the product lacks."""
        check_digits = self._check_digits[version]
        bodies = [f"{self._base + serial:d}" for serial in self._permutation.encrypt(positions)]
        return [body + check_digits.of(body) for body in bodies]

    def places(self, codes: Sequence[str]) -> list[int]:
        """Where codes of this product would stand, whether or not they were issued."""
        serials = [int(code[RESOURCE_CODE_DIGITS : RESOURCE_CODE_DIGITS + SERIAL_DIGITS]) for code in codes]
        return [self._base + position for position in self._permutation.decrypt(serials)]

    def genuine(self, code: str, version: int) -> bool:
        """Whether the check digits are those of a key version.  A version that the product lacks proves nothing."""
        check_digits = self._check_digits.get(version)
        return check_digits is not None and check_digits.match(code)
