"""The search for leaks finds each leak that is planted, in surroundings that other code made."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.system.leaks import Search

NUMBER, PASSWORD, KEY = "13912345678", "Tr0ub4dr+/é", "5e0f" * 16
E164 = "86" + NUMBER


def packed(text: str, bits: int = 0) -> bytes:
    """Septets bit by bit, as the standard's drawing has them."""
    stream = "0" * bits + "".join(f"{ord(character):07b}"[::-1] for character in text)
    stream += "0" * (-len(stream) % 8)
    return bytes(int(stream[at : at + 8][::-1], 2) for at in range(0, len(stream), 8))


def semi_octets(digits: str) -> bytes:
    padded = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))


PLANTED_NUMBERS = {
    "national": NUMBER.encode(),
    "with 86": E164.encode(),
    "with +": f'{{"from":"+{E164}"}}'.encode(),
    "UTF-16 in a submit_sm": f"您的号码{NUMBER}".encode("utf-16-be"),
    "UTF-16 of Windows": E164.encode("utf-16-le"),
    "fullwidth": "１３９１２３４５６７８".encode(),
    "separated": b"139-1234-5678",
    "hexadecimal": E164.encode().hex().encode(),
    "base64": base64.b64encode(f"tel:+{E164};phone-context".encode()),
    "base64, one on": base64.b64encode(f"tel: +{E164};phone-context".encode()),
    "base64, two on": base64.urlsafe_b64encode(f"tel:  +{E164};phone".encode()),
    "URL": quote(f"+{E164}").encode(),
    "URL, every character": "".join(f"%{octet:02X}" for octet in NUMBER.encode()).encode(),
    "JSON escapes": "".join(f"\\u{ord(digit):04x}" for digit in E164).encode(),
    "semi-octets": b"\x0b\x91" + semi_octets(E164),
    "semi-octets of a national number": b"\x0b\xa1" + semi_octets(NUMBER),
    "semi-octets behind an odd prefix": semi_octets("0" + NUMBER),
    "BCD": bytes.fromhex("0" + E164),
    "integer in a row": (int(E164)).to_bytes(6, "big"),
    "integer in a listpack": struct.pack("<q", int(E164)),
    "sha256": hashlib.sha256(E164.encode()).hexdigest().encode(),
    "blake2b of a fingerprint": hashlib.blake2b(NUMBER.encode(), digest_size=16).digest(),
    "its block as a key": f"misses:block:{E164[:-4]}".encode(),
}  # fmt: skip
PLANTED_SECRETS = {
    "in a log": f"bind refused (password {PASSWORD!r})".encode(),
    "in a URL": f"redis://user:{quote(PASSWORD, safe='')}@host".encode(),
    "in Basic authentication": base64.b64encode(f"otto:{PASSWORD}".encode()),
    "in a bind": b"us\0" + PASSWORD.encode() + b"\0",
    "in hexadecimal": PASSWORD.encode().hex().upper().encode(),
}
PLANTED_KEYS = {
    "as in its file": KEY.encode(),
    "in capitals": KEY.upper().encode(),
    "its octets": b"key=" + bytes.fromhex(KEY),
    "in base64": base64.b64encode(b"k" + bytes.fromhex(KEY)),
    "as a repr of its octets": repr(b"\0" + bytes.fromhex(KEY)).encode(),
}


def search() -> Search:
    return Search.of([NUMBER], [PASSWORD], [KEY])


@pytest.mark.parametrize("packing", range(8))
def test_a_number_in_packed_septets_is_found_wherever_its_bits_begin(packing: int) -> None:
    found = search()
    found.octets(packed(f"call {E164} now", packing), "a TPDU")
    assert [leak.what for leak in found.leaks] == [f"number {NUMBER}"]


@pytest.mark.parametrize("octets", PLANTED_NUMBERS.values(), ids=PLANTED_NUMBERS.keys())
def test_a_planted_number_is_found(octets: bytes) -> None:
    found = search()
    found.octets(b"before \x01" + octets + b"\xff after", "here")
    assert {(leak.what, leak.where) for leak in found.leaks} == {(f"number {NUMBER}", "here")}


@pytest.mark.parametrize("octets", PLANTED_SECRETS.values(), ids=PLANTED_SECRETS.keys())
def test_a_planted_password_is_found(octets: bytes) -> None:
    found = search()
    found.octets(octets, "here")
    assert {leak.what for leak in found.leaks} == {f"secret {PASSWORD}"}


@pytest.mark.parametrize("octets", PLANTED_KEYS.values(), ids=PLANTED_KEYS.keys())
def test_a_planted_key_is_found(octets: bytes) -> None:
    found = search()
    found.octets(octets, "here")
    assert {leak.what for leak in found.leaks} == {f"key {KEY}"}


def test_a_number_in_a_freed_page_of_sqlite_is_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA secure_delete = OFF; CREATE TABLE a(b);")
        database.execute("INSERT INTO a VALUES (?)", (E164,))
        database.execute("DELETE FROM a")
    found = search()
    found.files(tmp_path)
    assert {leak.where for leak in found.leaks} == {str(path)}


def test_the_name_of_a_file_is_searched_and_files_that_hold_secrets_by_design_are_not(tmp_path: Path) -> None:
    (tmp_path / f"{NUMBER}.wav").write_bytes(b"")
    (tmp_path / "secret").write_text(PASSWORD, encoding="utf-8")
    found = search()
    found.files(tmp_path, but=["secret"])
    assert {(leak.what, leak.where) for leak in found.leaks} == {(f"number {NUMBER}", "the name of a file")}


def test_masked_numbers_pseudonyms_and_other_digits_are_no_leaks() -> None:
    found = search()
    for text in ("139****5678", "k1:abcdefghijklmnopqrstuvwxyz", "8613912999999", "80297247283544009739", "ab" * 32):
        found.text(text, "here")
    assert (found.leaks, found.searched_octets > 0) == ([], True)
