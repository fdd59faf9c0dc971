"""The users file: JSON, mode 0600, replaced as a whole, read again whenever it has changed."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.monitor.accounts import Account, AccountFault, from_json, to_json, token_digest

logger = logging.getLogger(__name__)

_OTHERS = 0o077
Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Book:
    """The file as it was read: replaced as a whole, for commands and requests look at it in several threads."""

    mark: Mark | None
    """Of the file that was read: another one has another mark."""
    accounts: dict[str, Account]
    by_token: dict[str, Account] = field(repr=False)


class Users:
    """The accounts in the file at `path`; none where there is no file.

    Commands and the gateway change the file under one lock (`path`.lock, flock(2)).  A file that was spoilt while the
    gateway runs is told in the log, and the users of before stay.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = _Book(None, {}, {})

    def load(self) -> None:
        """Read the file.  Raises SettingsFault."""
        mark = self._mark()
        accounts = _read(self._path) if mark else {}
        tokens = {token.digest: account for account in accounts.values() for token in account.tokens}
        self._book = _Book(mark, accounts, tokens)

    def find(self, name: str) -> Account | None:
        """The user of this name, as the file says now."""
        return self._current().accounts.get(name)

    def of_token(self, token: str) -> Account | None:
        """The user whose token this is."""
        return self._current().by_token.get(token_digest(token))

    def all(self) -> list[Account]:
        """Every account, by name."""
        accounts = self._current().accounts
        return [accounts[name] for name in sorted(accounts)]

    def add(self, account: Account) -> None:
        """A new user.  Raises AccountFault if there is one of this name, SettingsFault for a file that is faulty."""
        with self._changing() as accounts:
            if account.user.name in accounts:
                raise AccountFault(f"there is a user {account.user.name} already")
            accounts[account.user.name] = account

    def change(self, name: str, changed: Callable[[Account], Account]) -> Account:
        """Replace an account by what `changed` makes of it.  Raises AccountFault, SettingsFault."""
        with self._changing() as accounts:
            if name not in accounts:
                raise AccountFault(f"there is no user {name}")
            accounts[name] = changed(accounts[name])
            return accounts[name]

    def remove(self, name: str) -> None:
        """Take a user out.  Raises AccountFault, SettingsFault."""
        with self._changing() as accounts:
            if accounts.pop(name, None) is None:
                raise AccountFault(f"there is no user {name}")

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        try:
            lock = os.open(f"{self._path}.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise SettingsFault(f"{self._path}: the users file cannot be changed: {exc.strerror}") from exc
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            accounts = _read(self._path) if self._path.exists() else {}
            yield accounts
            _replace(self._path, accounts)
            self.load()
        finally:
            os.close(lock)

    def _mark(self) -> Mark | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _current(self) -> _Book:
        mark = self._mark()
        if mark != self._book.mark:
            try:
                self.load()
                logger.info("%s was read again: %d users", self._path, len(self._book.accounts))
            except SettingsFault as exc:
                logger.error("%s; the users of before stay", exc)
                self._book = replace(self._book, mark=mark)
        return self._book


def _read(path: Path) -> dict[str, Account]:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise SettingsFault(f"{path}: others than its owner may read or write it: chmod 600 {path}")
            return from_json(json.load(file))
    except OSError as exc:
        raise SettingsFault(f"{path}: the users file cannot be read: {exc.strerror}") from exc
    except AccountFault as exc:
        raise SettingsFault(f"{path}: {exc}") from exc
    except ValueError as exc:
        raise SettingsFault(f"{path}: is not JSON: {exc}") from exc


def _replace(path: Path, accounts: dict[str, Account]) -> None:
    """All or nothing: a new file, synced, takes the old one's name."""
    new = path.with_name(f"{path.name}.new")
    text = json.dumps(to_json(accounts[name] for name in sorted(accounts)), ensure_ascii=False, indent=1)
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as writing:
            os.fchmod(writing.fileno(), 0o600)
            writing.write(text + "\n")
            writing.flush()
            os.fsync(writing.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise SettingsFault(f"{path}: the users file cannot be written: {exc.strerror}") from exc
