"""Who uses the monitor, and as what.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}", re.ASCII)


class Role(StrEnum):
    """What a user is to the gateway."""

    CARRIER = "carrier"
    """A carrier's engineer: their own carrier's links, and nothing else."""
    OPERATOR = "operator"
    """Runs the gateway: sees everything, reads the audit log."""
    REGULATOR = "regulator"
    """Watches the market: statistics, cases, hot-spots."""
    READ_ONLY = "read_only"
    """Sees how the gateway does, and changes nothing."""
    ENTERPRISE = "enterprise"
    """An enterprise's own products and codes, and nothing else."""
    SUPERVISOR = "supervisor"
    """Supervises the registry."""


EVERYONE = frozenset(Role)
WATCHERS = frozenset({Role.CARRIER, Role.READ_ONLY})
"""Those who only look: an open page of theirs may stay on a wall."""
STAFF = frozenset({Role.OPERATOR, Role.READ_ONLY})
"""Those who see the gateway's own condition, all carriers together."""


@dataclass(frozen=True, slots=True)
class User:
    """Someone who signed in.  `carrier` and `enterprise` are set for the roles of these names, and only for them."""

    name: str
    role: Role
    carrier: str = ""
    """The carrier's name, as its file of settings is called."""
    enterprise: int | None = None
    """The enterprise's number in the registry."""
    language: str = ""
    """The language that the user chose; empty: as the browser asks."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"the name {self.name!r} must be 1 to 32 of a-z, 0-9, '.', '_' and '-', a letter or digit first"
            )
        if bool(self.carrier) != (self.role is Role.CARRIER):
            raise ValueError("the role carrier, and no other, needs the name of a carrier")
        if (self.enterprise is not None) != (self.role is Role.ENTERPRISE):
            raise ValueError("the role enterprise, and no other, needs the number of an enterprise")

    def may_see_carrier(self, name: str) -> bool:
        """False for another carrier's user: answer 404, as if it were not there."""
        return self.role is not Role.CARRIER or name == self.carrier

    def may_see_enterprise(self, number: int | str) -> bool:
        """False for another enterprise's user: answer 404, as if it were not there."""
        return self.role is not Role.ENTERPRISE or str(number) == str(self.enterprise)
