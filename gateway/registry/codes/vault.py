"""Product keys at rest: wrapped by AES-256-GCM under a master key that is not in the database.

A wrapped secret is one octet for the master key's number, a nonce of 12 octets, and the ciphertext with its tag.
Number 0 says that the secret is in the clear, as in the samples.  The name of the key is authenticated with it, so that
rows cannot be exchanged.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.errors import SettingsFault

MASTER_KEY_OCTETS = 32
_NONCE_OCTETS = 12
_MAX_NUMBER = 255


class Vault:
    """Wraps under the master key with the greatest number, and unwraps under any that it has.

    `master_keys`: 32 octets each, by number (1..255).  Without any, secrets are kept in the clear.
    """

    def __init__(self, master_keys: Mapping[int, bytes] | None = None) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in (master_keys or {}).items()}
        self.current = max(self._ciphers, default=0)

    def wrap(self, secret: bytes, name: str) -> bytes:
        """The secret as it is stored, bound to `name`."""
        if not self.current:
            return b"\0" + secret
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return bytes((self.current,)) + nonce + self._ciphers[self.current].encrypt(nonce, secret, name.encode())

    def unwrap(self, stored: bytes, name: str) -> bytes:
        """The secret itself.  Raises SettingsFault if its master key is missing or another one."""
        number, nonce, ciphertext = stored[0], stored[1 : 1 + _NONCE_OCTETS], stored[1 + _NONCE_OCTETS :]
        if number == 0:
            return stored[1:]
        if number not in self._ciphers:
            raise SettingsFault(f"{name} is wrapped under master key {number}: add it to the master key file")
        try:
            return self._ciphers[number].decrypt(nonce, ciphertext, name.encode())
        except InvalidTag as exc:
            raise SettingsFault(f"{name} does not open: master key {number} is another one, or the row is") from exc


def key_name(resource_code: str, purpose: str, version: int) -> str:
    """What a product's key is called, in the vault and in messages."""
    return f"{purpose} key {version} of product {resource_code}"


def read_vault(master_key_file: str | None) -> Vault:
    """A vault with the master keys of a file: a line `NUMBER HEX` for each, `#` for remarks.  Raises SettingsFault."""
    if master_key_file is None:
        return Vault()
    try:
        lines = Path(master_key_file).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsFault(f"the master key file {master_key_file} cannot be read: {exc}") from exc
    master_keys: dict[int, bytes] = {}
    for line_number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            number, key = _master_key(line, f"{master_key_file}:{line_number}")
            master_keys[number] = key
    if not master_keys:
        raise SettingsFault(f"{master_key_file} holds no master key: write a line `1 HEX` with 64 hexadecimal digits")
    return Vault(master_keys)


def _master_key(line: str, where: str) -> tuple[int, bytes]:
    number, _, digits = line.partition(" ")
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if (
        not (number.isascii() and number.isdecimal() and 1 <= int(number) <= _MAX_NUMBER)
        or len(key) != MASTER_KEY_OCTETS
    ):
        raise SettingsFault(f"{where}: write NUMBER (1 to {_MAX_NUMBER}) and 64 hexadecimal digits")
    return int(number), key
