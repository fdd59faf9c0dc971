"""Passwords: argon2id (RFC 9106), one at a time in a thread, with the same work for users that do not exist."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256
MAX_WAITING = 50

# 19 MiB, 2 passes, 1 lane: the least that OWASP's "Password Storage Cheat Sheet" names for argon2id.  A log-in costs
# time of a core that consumers' queries need as well; what keeps guessing slow is the limit of log-ins.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PasswordRefused(ValueError):
    """A new password that cannot be taken; the text says why."""


def hash_password(password: str) -> str:
    """The argon2id hash, with its salt and parameters.  Raises PasswordRefused."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise PasswordRefused(f"a password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters, not {len(password)}")
    return _HASHER.hash(password.encode(errors="surrogatepass"))


def matches(hashed: str, password: str) -> bool:
    """Whether `password` has this hash; False for a hash that is none."""
    if len(password) > MAX_CHARACTERS:
        return False
    try:
        return _HASHER.verify(hashed, password.encode(errors="surrogatepass"))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


class PasswordsBusy(Exception):
    """Too many passwords wait for their check: come back later."""


class PasswordCheck:
    """Checks passwords in a thread of its own: never two at once, so that log-ins take little from the gateway."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._nobody = _HASHER.hash(secrets.token_bytes())
        self._waiting = 0

    async def matches(self, hashed: str | None, password: str) -> bool:
        """As the function `matches`; for nobody (None) False, after the same work.  Raises PasswordsBusy."""
        if self._waiting >= MAX_WAITING:
            raise PasswordsBusy
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._thread, matches, hashed or self._nobody, password)
        finally:
            self._waiting -= 1
        return right and hashed is not None

    async def hash(self, password: str) -> str:
        """As `hash_password`.  Raises PasswordRefused."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, hash_password, password)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
