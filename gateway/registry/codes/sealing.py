"""Code files encrypted to an enterprise's key, as a stream.  Pure.

X25519 with a key pair of its own for each file, HKDF-SHA-256 (RFC 5869), then AES-256-GCM over chunks of 64 KiB.  The
nonce of a chunk is its number and a mark for the last one, so that chunks can be neither exchanged nor cut off.

    "ZMCF" 1 | the file's public key (32) | chunk + tag (16) | ... | last chunk + tag
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.registry.faults import RequestFault

MAGIC = b"ZMCF\x01"
KEY_OCTETS = 32
CHUNK_OCTETS = 65_536
_TAG_OCTETS = 16
_NUMBER_OCTETS = 11


def public_half(private_key: bytes) -> bytes:
    """The X25519 public key of a private one, 32 octets each."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal(public_key: bytes, content: Iterable[bytes]) -> Iterator[bytes]:
    """The encrypted file for `content`, piece by piece.  Raises RequestFault for a key that is none."""
    own = X25519PrivateKey.generate()
    own_public = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as exc:
        raise RequestFault("the operator's key is no X25519 public key") from exc
    cipher = _cipher(shared, own_public + public_key)
    yield MAGIC + own_public
    for number, last, chunk in _numbered(content, CHUNK_OCTETS):
        yield cipher.encrypt(_nonce(number, last=last), chunk, None)


def unseal(private_key: bytes, sealed: Iterable[bytes]) -> Iterator[bytes]:
    """The content of an encrypted file.  Raises RequestFault where it is not whole, or for another key."""
    pieces = iter(sealed)
    head = b""
    while len(head) < len(MAGIC) + KEY_OCTETS:
        piece = next(pieces, b"")
        if not piece:
            raise RequestFault("this is no code file: it is too short")
        head += piece
    if not head.startswith(MAGIC):
        raise RequestFault("this is no code file")
    their_public, rest = head[len(MAGIC) :][:KEY_OCTETS], head[len(MAGIC) + KEY_OCTETS :]
    own = X25519PrivateKey.from_private_bytes(private_key)
    cipher = _cipher(
        own.exchange(X25519PublicKey.from_public_bytes(their_public)), their_public + public_half(private_key)
    )
    for number, last, chunk in _numbered(_chained(rest, pieces), CHUNK_OCTETS + _TAG_OCTETS):
        try:
            yield cipher.decrypt(_nonce(number, last=last), chunk, None)
        except InvalidTag as exc:
            raise RequestFault("the code file is damaged or cut short, or is encrypted to another key") from exc


def _chained(first: bytes, others: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _cipher(shared: bytes, context: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_OCTETS, salt=None, info=MAGIC + context).derive(shared))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER_OCTETS, "big") + bytes((last,))


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, bool, bytes]]:
    """Pieces of any size as chunks of one size, each with its number and whether it is the last; at least one."""
    buffer = bytearray()
    number = 0
    for piece in pieces:
        buffer += piece
        while len(buffer) > size:
            yield number, False, bytes(buffer[:size])
            del buffer[:size]
            number += 1
    yield number, True, bytes(buffer)
