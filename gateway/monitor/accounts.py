"""What is kept of a user: the user, the password's hash, tokens for programs.  Values, and their JSON.  Pure."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.monitor.roles import Role, User

MAX_TOKENS = 20
MAX_LABEL_CHARACTERS = 64
_TOKEN_OCTETS = 32
_TOKEN_MARK = "zm_"  # noqa: S105  # what secret scanners can look for


class AccountFault(ValueError):
    """Something that cannot be done to an account; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Token:
    """A program's access as its user.  Only its SHA-256 is kept: of 256 random bits it needs no salt."""

    label: str
    digest: str = field(repr=False)
    made_at: float


@dataclass(frozen=True, slots=True)
class Account:
    """A user with what admits them."""

    user: User
    password_hash: str = field(repr=False)
    tokens: tuple[Token, ...] = ()

    @property
    def stamp(self) -> str:
        """Changes with the password and with what the user may: sessions of before do not hold after."""
        user = self.user
        words = (user.name, user.role, user.carrier, str(user.enterprise), self.password_hash)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()

    def with_token(self, label: str, now: float) -> tuple[Account, str]:
        """A further token, told this once.  Raises AccountFault."""
        if not 0 < len(label) <= MAX_LABEL_CHARACTERS or not label.isprintable():
            raise AccountFault(f"give the token a name of 1 to {MAX_LABEL_CHARACTERS} characters")
        if any(token.label == label for token in self.tokens):
            raise AccountFault(f"there is a token {label!r} already: revoke it first, or take another name")
        if len(self.tokens) >= MAX_TOKENS:
            raise AccountFault(f"there are {MAX_TOKENS} tokens already: revoke one first")
        secret = _TOKEN_MARK + secrets.token_urlsafe(_TOKEN_OCTETS)
        return replace(self, tokens=(*self.tokens, Token(label, token_digest(secret), now))), secret

    def without_token(self, label: str) -> Account:
        """Its token revoked.  Raises AccountFault if there is none of this name."""
        kept = tuple(token for token in self.tokens if token.label != label)
        if len(kept) == len(self.tokens):
            raise AccountFault(f"there is no token {label!r}")
        return replace(self, tokens=kept)


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def to_json(accounts: Iterable[Account]) -> dict[str, Any]:
    """The users file."""
    return {"version": 1, "users": [_row(account) for account in accounts]}


def _row(account: Account) -> dict[str, Any]:
    user = account.user
    tokens = [{"label": token.label, "digest": token.digest, "made_at": token.made_at} for token in account.tokens]
    return {
        "name": user.name,
        "role": user.role.value,
        **({"carrier": user.carrier} if user.carrier else {}),
        **({} if user.enterprise is None else {"enterprise": user.enterprise}),
        **({"language": user.language} if user.language else {}),
        "password_hash": account.password_hash,
        "tokens": tokens,
    }


def from_json(table: Any) -> dict[str, Account]:
    """The accounts of a users file by name.  Raises AccountFault."""
    try:
        if table["version"] != 1:
            raise AccountFault(f"is of version {table['version']!r}; this program knows version 1")
        accounts = [_account(row) for row in table["users"]]
    except (KeyError, TypeError, AttributeError) as exc:
        raise AccountFault(f"is no users file: {exc}") from None
    except ValueError as exc:
        raise AccountFault(str(exc)) from None
    by_name = {account.user.name: account for account in accounts}
    if len(by_name) < len(accounts):
        raise AccountFault("has two users of the same name")
    return by_name


def _account(row: dict[str, Any]) -> Account:
    enterprise = row.get("enterprise")
    user = User(
        name=str(row["name"]),
        role=Role(row["role"]),
        carrier=str(row.get("carrier", "")),
        enterprise=None if enterprise is None else int(enterprise),
        language=str(row.get("language", "")),
    )
    tokens = (Token(str(t["label"]), str(t["digest"]), float(t["made_at"])) for t in row.get("tokens", ()))
    return Account(user, str(row["password_hash"]), tuple(tokens))
