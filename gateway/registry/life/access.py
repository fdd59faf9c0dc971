"""Who may ask the registry for what: tokens, each with a role and a holder.

Only a token's SHA-256 is kept.  A token has 256 random bits, so its digest needs neither salt nor stretching.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, insert, select, update

from gateway.registry.database.schema import tokens
from gateway.registry.database.store import asking
from gateway.registry.faults import NotRegistered, RequestFault
from gateway.registry.life.enrolment import require_enterprise
from gateway.registry.life.steps import Action, Step, Subject, record

_TOKEN_OCTETS = 32


class Role(StrEnum):
    """What a token's holder is to the registry."""

    GATEWAY = "gateway"  # look-ups and changes
    ENTERPRISE = "enterprise"  # its own products, applications, codes and steps, and no one else's
    SUPERVISOR = "supervisor"  # reads everything but codes
    OPERATOR = "operator"  # the same; signs up, registers, approves, issues, and takes every step


@dataclass(frozen=True, slots=True)
class Access:
    """A role, who holds it and, for an enterprise, its number: what the holder may see ends there."""

    role: Role
    enterprise_id: int | None = None
    holder: str = ""


def issue_token(connection: Connection, role: Role, holder: str, enterprise_id: int | None, step: Step) -> str:
    """A new token, told this once.  Raises RequestFault, NotRegistered."""
    if (role is Role.ENTERPRISE) != (enterprise_id is not None):
        raise RequestFault("an enterprise's token, and no other, names the enterprise", "token_and_enterprise")
    if not holder.strip():
        raise RequestFault("say who is to hold the token", "token_holder")
    if enterprise_id is not None:
        require_enterprise(connection, enterprise_id)
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    connection.execute(
        insert(tokens).values(
            digest=_digest(token), role=role, holder=holder, enterprise_id=enterprise_id, issued_at=step.at
        )
    )
    record(connection, step, Action.TOKEN_ISSUED, Subject(enterprise_id, detail=f"{role} token for {holder}"))
    return token


def revoke_tokens(connection: Connection, holder: str, step: Step) -> int:
    """Let no token of a holder in any more; returns how many there were.  Raises NotRegistered if there was none."""
    own = (tokens.c.holder == holder) & tokens.c.revoked_at.is_(None)
    count = len(connection.execute(select(tokens.c.digest).where(own)).all())
    if not count:
        raise NotRegistered("{holder} holds no token in force", "no_token", holder=holder)
    connection.execute(update(tokens).where(own).values(revoked_at=step.at))
    record(connection, step, Action.TOKEN_REVOKED, Subject(detail=f"{count} tokens of {holder}"))
    return count


class Doorkeeper:
    """Knows tokens.  For one thread at a time."""

    def __init__(self, store: Engine) -> None:
        self._store = store

    def admit(self, token: str) -> Access | None:
        """What the holder of a token may see; None for a token unknown or revoked.  Raises StoreFault."""
        wanted = select(tokens.c.role, tokens.c.enterprise_id, tokens.c.holder).where(
            tokens.c.digest == _digest(token), tokens.c.revoked_at.is_(None)
        )
        with asking(self._store) as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Access(Role(row.role), row.enterprise_id, row.holder)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()
