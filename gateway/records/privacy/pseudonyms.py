"""Pseudonyms of callers: a keyed hash with the key's id, so that keys can change and a caller stays one.

A pseudonym is `<key id>:<128 bits in base 32>`, BLAKE2b (RFC 7693) under a secret key.  An unkeyed hash of all mobile
numbers would be reversed within the hour.  Rotation: a new key makes the pseudonyms of callers that were never seen;
for one whose pseudonym under an older key is on record, that one stays.  "On record" is a stable mapping that the
caller of `rotated` answers once per number, and which is then cached; an old key is retired (its file removed) once
its callers may count as new ones.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.errors import SettingsFault

MIN_KEY_OCTETS = 16
MAX_KEY_OCTETS = 64  # BLAKE2b's own limit (RFC 7693, 2.5)
MAX_CACHED = 50_000
_DISGUISE = b"disguise"  # BLAKE2's "personalisation": under the same key no pseudonym and no disguise are alike
_KEY_ID = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A secret and its short public name."""

    key_id: str
    secret: bytes = field(repr=False)

    def pseudonym(self, number: str) -> str:
        """The pseudonym of a normalised number under this key."""
        digest = hashlib.blake2b(number.encode(errors="replace"), key=self.secret, digest_size=16).digest()
        return f"{self.key_id}:{base64.b32encode(digest).decode().rstrip('=').lower()}"

    def disguised(self, text: str) -> str:
        """32 hexadecimal digits for a text from which a number could be found by trying all numbers."""
        return hashlib.blake2b(
            text.encode(errors="replace"), key=self.secret, digest_size=16, person=_DISGUISE
        ).hexdigest()


def read_key(key_id: str, path: Path) -> PseudonymKey:
    """The key in a file of at least 32 hexadecimal digits.  Raises SettingsFault; never shows the contents."""
    if not _KEY_ID.fullmatch(key_id):
        raise SettingsFault(f"pseudonym key id {key_id!r}: use 1 to 8 of a-z and 0-9")
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as exc:
        raise SettingsFault(
            f"{path}: the pseudonym key cannot be read ({exc.strerror}): make it with `openssl rand -hex 32`"
        ) from exc
    except ValueError:
        raise SettingsFault(
            f"{path}: a pseudonym key is hexadecimal digits: make it with `openssl rand -hex 32`"
        ) from None
    if not MIN_KEY_OCTETS <= len(secret) <= MAX_KEY_OCTETS:
        raise SettingsFault(
            f"{path}: a pseudonym key has {MIN_KEY_OCTETS} to {MAX_KEY_OCTETS} octets, not {len(secret)}"
        )
    return PseudonymKey(key_id, secret)


class Pseudonyms:
    """Numbers to pseudonyms, cached.

    `keys` are newest first; `known` tells whether a pseudonym is on record (it is asked about older keys only, once
    per number and cache life-time, and only where there is more than one key).
    """

    def __init__(self, keys: Sequence[PseudonymKey], known: Callable[[str], bool] = lambda pseudonym: False) -> None:
        if not keys:
            raise SettingsFault("no pseudonym key is set: name at least one key file")
        if len({key.key_id for key in keys}) < len(keys):
            raise SettingsFault("two pseudonym keys have the same id: give each its own")
        self._newest, *self._older = keys
        self._oldest = keys[-1]
        self._known = known
        self._recent: dict[str, str] = {}
        self._before: dict[str, str] = {}

    def of(self, number: str) -> str:
        """The pseudonym of a normalised number: the same for ever, as long as the key that made it is kept."""
        pseudonym = self._recent.get(number)
        if pseudonym is None:
            pseudonym = self._before.get(number) or self._made(number)
            if len(self._recent) >= MAX_CACHED // 2:  # two generations: as good as recency, at a dict's price
                self._before, self._recent = self._recent, {}
            self._recent[number] = pseudonym
        return pseudonym

    def disguised(self, text: str) -> str:
        """See PseudonymKey.  The same for ever, as long as the oldest key is kept."""
        return self._oldest.disguised(text)

    def _made(self, number: str) -> str:
        for key in reversed(self._older):
            pseudonym = key.pseudonym(number)
            if self._known(pseudonym):
                return pseudonym
        return self._newest.pseudonym(number)
