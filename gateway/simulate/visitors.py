"""Users of the simulation's monitor, one of each role, with a password that is made anew for each run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from gateway.monitor.accounts import Account
from gateway.monitor.passwords import hash_password
from gateway.monitor.roles import Role, User
from gateway.monitor.users import Users


@dataclass(frozen=True, slots=True)
class Visitors:
    """Where the monitor is, and who may sign in there, all with the same password."""

    port: int
    names: tuple[str, ...]
    password: str = field(repr=False)

    @property
    def told(self) -> str:
        """What a person is told."""
        return (
            f"The monitor is at http://127.0.0.1:{self.port}/ ; sign in as {', '.join(self.names)}\n"
            f"with the password {self.password}"
        )


def make_visitors(users_path: Path, port: int, carrier: str, enterprise: int) -> Visitors:
    """A user of each role, called by it."""
    password = secrets.token_urlsafe(9)
    password_hash = hash_password(password)
    users = Users(users_path)
    for role in Role:
        user = User(
            name=role.value,
            role=role,
            carrier=carrier if role is Role.CARRIER else "",
            enterprise=enterprise if role is Role.ENTERPRISE else None,
        )
        users.add(Account(user, password_hash))
    return Visitors(port, tuple(role.value for role in Role), password)
