"""Callers' numbers at rest: sealed by AES-256-GCM, found again by a keyed hash.  Both keys are made of the one given.

The hash has nothing to do with the pseudonyms of the query log, so that those may change their keys, and a caller who
says STOP is found all the same.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import astuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.query import Caller, ReplyRoute

KEY_OCTETS = 32
_NONCE_OCTETS = 12


class NotSealedHere(Exception):
    """It was sealed under another key, or was changed since."""


def read_key(name: str, digits: str) -> bytes:
    """The key written as 64 hexadecimal digits.  Raises ValueError, which never shows them."""
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != KEY_OCTETS:
        raise ValueError(f"{name} must be {KEY_OCTETS * 2} hexadecimal digits: make it with `openssl rand -hex 32`")
    return key


class Seal:
    """One key.  `key_id` tells it from others and nothing of it."""

    def __init__(self, key: bytes) -> None:
        self.key_id = _derived(key, b"recall id", 4).hex()
        self._callers_key = _derived(key, b"recall caller", KEY_OCTETS)
        self._cipher = AESGCM(_derived(key, b"recall route", KEY_OCTETS))

    def mark(self, caller: Caller) -> str:
        """What a caller is called in the file."""
        return hashlib.blake2b(
            caller.number.encode(errors="replace"), key=self._callers_key, digest_size=16
        ).hexdigest()

    def seal(self, caller: Caller, route: ReplyRoute, code: str) -> bytes:
        """Number and route, bound to the code that they are kept for."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        content = json.dumps([caller.number, *astuple(route)]).encode()
        return nonce + self._cipher.encrypt(nonce, content, code.encode())

    def open(self, sealed: bytes, code: str) -> tuple[str, ReplyRoute]:
        """The number and the route.  Raises NotSealedHere."""
        try:
            content = self._cipher.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], code.encode())
        except (InvalidTag, ValueError) as exc:
            raise NotSealedHere("a subscription does not open: its key is another one, or its row is") from exc
        number, *route = json.loads(content)
        return number, ReplyRoute(*route)


def _derived(key: bytes, purpose: bytes, octets: int) -> bytes:
    """A key for one purpose only, by BLAKE2b's personalization (the BLAKE2 paper, 2.8)."""
    return hashlib.blake2b(key=key, person=purpose, digest_size=octets).digest()
