"""Looks for what must not be there: callers' numbers, passwords, tokens and keys, in every spelling that we know.

A number is looked for without its country code, so that whatever stands before it, it is found.  What is compressed or
encrypted is not looked into.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

_BLOCK_DIGITS = 4  # a number's last ones; the rest of it narrows a caller down to ten thousand
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


class Leak(NamedTuple):
    """What was found, in which spelling, and where."""

    what: str
    spelling: str
    where: str


def spellings_of_number(number: str) -> dict[str, set[bytes]]:
    """A telephone number of China without 86 (`number`: eleven digits), as octets in any of its spellings."""
    digits = number.encode()
    whole = (digits, b"86" + digits)
    return {
        **_spellings_of_octets(digits),
        "with separators": {f"{number[:3]}{mark}{number[3:7]}{mark}{number[7:]}".encode() for mark in " -."},
        "fullwidth": {number.translate(_WIDE).encode()},
        "JSON escapes": {"".join(f"\\u{ord(digit):04x}" for digit in number).encode()},
        "GSM 03.38 packed": {_packed(digits, bits) for bits in range(8)},
        "BCD": {_bcd(number, shift) for shift in (0, 1)},
        "swapped semi-octets": {_swapped(_bcd(number, shift)) for shift in (0, 1)},
        "integer": {octets for each in whole for octets in _integer(int(each))},
        "bare hash": {each for octets in whole for each in _hashes(octets)},
        "all but its end": {b"86" + digits[:-_BLOCK_DIGITS]},
    }


def spellings_of_secret(secret: str) -> dict[str, set[bytes]]:
    """A password or token."""
    return _spellings_of_octets(secret.encode())


def spellings_of_key(key: str) -> dict[str, set[bytes]]:
    """A key as its file has it, in hexadecimal digits; and the octets that it is."""
    raw = bytes.fromhex(key)
    of_raw = {f"raw, {name}": found for name, found in _spellings_of_octets(raw).items()}
    return {**_spellings_of_octets(key.lower().encode()), "capitals": {key.upper().encode()}, **of_raw}


def _spellings_of_octets(octets: bytes) -> dict[str, set[bytes]]:
    found = {
        "as it is": {octets},
        "hexadecimal": {octets.hex().encode(), octets.hex().upper().encode()},
        "base64": set(_base64(octets)),
        "URL": {
            quote(octets, safe="").encode(),
            b"".join(b"%%%02x" % octet for octet in octets),
            b"".join(b"%%%02X" % octet for octet in octets),
        },
        "backwards": {octets[::-1]},
        "repr": {repr(octets)[2:-1].encode()},
    }
    if octets.isascii():
        text = octets.decode()
        found["UTF-16"] = {text.encode("utf-16-be"), text.encode("utf-16-le")}
    return found


def _base64(octets: bytes) -> Iterator[bytes]:
    """Wherever in a longer text it begins: the characters that hang on nothing else."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + octets)
        first, last = -(-before * 8 // 6), (before + len(octets)) * 8 // 6
        yield text[first:last]
        yield text[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def _integer(number: int) -> tuple[bytes, bytes]:
    """In six octets, from either end; in more of them, these are found as well."""
    return number.to_bytes(6, "big"), number.to_bytes(6, "little")


def _packed(digits: bytes, bits: int) -> bytes:
    """Septets as 3GPP TS 23.038, 6.1.2.1 packs them, from so many bits into an octet; whole octets only."""
    stream = sum(octet << (7 * place) for place, octet in enumerate(digits)) << bits
    first, last = -(-bits // 8), (bits + 7 * len(digits)) // 8
    return stream.to_bytes(last + 1, "little")[first:last]


def _bcd(number: str, shift: int) -> bytes:
    """Two digits an octet, from the first or the second digit on."""
    digits = number[shift:]
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _swapped(octets: bytes) -> bytes:
    """As addresses in TPDUs are (3GPP TS 23.040, 9.1.2.3)."""
    return bytes((octet >> 4) | (octet & 0xF) << 4 for octet in octets)


def _hashes(octets: bytes) -> Iterator[bytes]:
    digests = [hashlib.new(name, octets).digest() for name in _HASHES]
    digests += [hashlib.blake2b(octets, digest_size=size).digest() for size in (8, 16, 32)]
    for digest in digests:
        yield from (digest, digest.hex().encode(), base64.b64encode(digest)[:-2], base64.b32encode(digest).lower()[:26])


@dataclass
class Search:
    """What is looked for, by name; `leaks` gathers what was found."""

    secrets: Mapping[str, Mapping[str, set[bytes]]]
    leaks: list[Leak] = field(default_factory=list)
    searched_octets: int = 0

    @classmethod
    def of(cls, numbers: Iterable[str] = (), secrets: Iterable[str] = (), keys: Iterable[str] = ()) -> Search:
        """For numbers of eleven digits, secrets, and keys in hexadecimal digits."""
        wanted = {f"number {number}": spellings_of_number(number) for number in numbers}
        wanted |= {f"secret {secret}": spellings_of_secret(secret) for secret in secrets}
        return cls(wanted | {f"key {key}": spellings_of_key(key) for key in keys})

    def octets(self, octets: bytes, where: str) -> None:
        """Look through something that was read."""
        self.searched_octets += len(octets)
        for what, spellings in self.secrets.items():
            for spelling, looks in spellings.items():
                if any(look in octets for look in looks):
                    self.leaks.append(Leak(what, spelling, where))

    def text(self, text: str, where: str) -> None:
        self.octets(text.encode(errors="surrogateescape"), where)

    def files(self, folder: Path, *, but: Iterable[str] = ()) -> None:
        """Every octet of every file in and below a folder, freed pages and all, and their names."""
        passed = set(but)
        for path in sorted(folder.rglob("*")):
            self.text(str(path.relative_to(folder)), "the name of a file")
            if path.is_file() and path.name not in passed:
                self.octets(path.read_bytes(), str(path))
