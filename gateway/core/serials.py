"""Serials in a random-looking order: format-preserving encryption FF1 (NIST SP 800-38G, Algorithms 7 and 8).

A product's n-th code does not carry serial n but the FF1 image of n: every serial is used once, with no table of used
ones, and the neighbours of a known serial tell nothing.  FF3 is out of the question: NIST withdrew it.

The round function is a CBC-MAC over P and Q.  Only the last block of Q changes from round to round, so the chain up
to it is computed once, and a round costs one AES block.  Many numbers go through a round together, because one call
of the cipher for many blocks costs little more than a call for one.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SERIAL_DIGITS = 9
SERIAL_COUNT: int = 10**SERIAL_DIGITS
_ROUNDS = 10
_BLOCK_OCTETS = 16
_MIN_DOMAIN = 1_000_000  # SP 800-38G Rev. 1, 5.1
# From 2,048 octets on the cipher's call gives up the interpreter lock while its context stays borrowed.
_BLOCKS_PER_CALL = 127


class FF1:
    """The permutation of 0 .. radix**length - 1 that a key (16, 24 or 32 octets) and a tweak choose.

    Numbers stand for numeral strings of `length` digits.  Raises ValueError for a domain below 1,000,000 numbers, or
    one so large that a half needs more than 12 octets.
    """

    def __init__(self, key: bytes, radix: int, length: int, tweak: bytes = b"") -> None:
        if radix**length < _MIN_DOMAIN:
            raise ValueError(f"FF1 needs a domain of at least {_MIN_DOMAIN} numbers, not {radix}**{length}")
        self.size = radix**length
        left = length // 2
        right = length - left
        self._moduli = (radix**left, radix**right)
        self._half_octets = (((radix**right) - 1).bit_length() + 7) // 8
        self._sum_octets = 4 * ((self._half_octets + 3) // 4) + 4
        if self._sum_octets > _BLOCK_OCTETS:
            raise ValueError(f"a half of {right} digits of radix {radix} needs more than one block a round")
        self._encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305 - the bare block cipher that CBC-MAC is made of
        self._chain = self._chained(_first_block(radix, length, left, len(tweak)), tweak)

    def _chained(self, first: bytes, tweak: bytes) -> int:
        """The CBC-MAC of P and all but the last block of Q, already added to the constant part of that last block."""
        padding = -(len(tweak) + self._half_octets + 1) % _BLOCK_OCTETS
        fixed = first + tweak + bytes(padding + 1 + self._half_octets)
        chain = 0
        for at in range(0, len(fixed) - _BLOCK_OCTETS, _BLOCK_OCTETS):
            block = chain ^ int.from_bytes(fixed[at : at + _BLOCK_OCTETS], "big")
            chain = int.from_bytes(self._encrypt(block.to_bytes(_BLOCK_OCTETS, "big")), "big")
        return chain ^ int.from_bytes(fixed[-_BLOCK_OCTETS:], "big")

    def _sums(self, number: int, halves: list[int]) -> list[int]:
        """The round function's y for each half (step 6 ii-iv of Algorithm 7)."""
        constant = self._chain ^ number << 8 * self._half_octets
        stream = self._encrypt(b"".join([(constant ^ half).to_bytes(_BLOCK_OCTETS, "big") for half in halves]))
        take = self._sum_octets
        return [
            int.from_bytes(stream[at : at + take], "big") for at in range(0, len(halves) * _BLOCK_OCTETS, _BLOCK_OCTETS)
        ]

    def _encrypted(self, numbers: Sequence[int]) -> list[int]:
        even, odd = self._moduli
        a, b = [number // odd for number in numbers], [number % odd for number in numbers]
        for number in range(_ROUNDS):
            modulus = odd if number % 2 else even
            a, b = b, [(x + y) % modulus for x, y in zip(a, self._sums(number, b), strict=True)]
        return [x * odd + y for x, y in zip(a, b, strict=True)]

    def _decrypted(self, numbers: Sequence[int]) -> list[int]:
        even, odd = self._moduli
        a, b = [number // odd for number in numbers], [number % odd for number in numbers]
        for number in reversed(range(_ROUNDS)):
            modulus = odd if number % 2 else even
            a, b = [(x - y) % modulus for x, y in zip(b, self._sums(number, a), strict=True)], a
        return [x * odd + y for x, y in zip(a, b, strict=True)]

    def encrypt(self, numbers: Sequence[int]) -> list[int]:
        """The images of `numbers`, in order.  Raises ValueError for a number outside 0 .. size - 1."""
        self._check(numbers)
        return [image for part in _parts(numbers) for image in self._encrypted(part)]

    def decrypt(self, numbers: Sequence[int]) -> list[int]:
        """What `encrypt` made `numbers` from, in order.  Raises ValueError for a number outside 0 .. size - 1."""
        self._check(numbers)
        return [image for part in _parts(numbers) for image in self._decrypted(part)]

    def _check(self, numbers: Sequence[int]) -> None:
        if numbers and not (min(numbers) >= 0 and max(numbers) < self.size):
            raise ValueError(f"numbers must be 0 to {self.size - 1}")


def _first_block(radix: int, length: int, left: int, tweak_octets: int) -> bytes:
    """P (step 5 of Algorithm 7)."""
    return (
        bytes((1, 2, 1))
        + radix.to_bytes(3, "big")
        + bytes((_ROUNDS, left % 256))
        + length.to_bytes(4, "big")
        + tweak_octets.to_bytes(4, "big")
    )


def _parts(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[at : at + _BLOCKS_PER_CALL] for at in range(0, len(numbers), _BLOCKS_PER_CALL)]


def serial_permutation(key: bytes, resource_code: str) -> FF1:
    """Positions 0 .. 999,999,999 of a product <-> its serials.  The tweak keeps two products apart even on one key."""
    return FF1(key, 10, SERIAL_DIGITS, resource_code.encode("ascii"))
