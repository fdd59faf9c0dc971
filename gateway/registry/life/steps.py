"""The record of steps: who did what, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert

from gateway.registry.database.schema import steps
from gateway.registry.faults import RequestFault
from gateway.registry.life.life_cycle import Stretch

_MAX_ACTOR_CHARACTERS = 60


class Action(StrEnum):
    """What was done."""

    SIGNED_UP = "signed_up"
    PRODUCT_REGISTERED = "product_registered"
    OPERATOR_KEY_ISSUED = "operator_key_issued"
    OPERATOR_KEY_REVOKED = "operator_key_revoked"
    CHECK_KEY_ISSUED = "check_key_issued"
    KEYS_REWRAPPED = "keys_rewrapped"
    APPLIED = "applied"
    APPROVED = "approved"
    APPLICATION_REFUSED = "application_refused"
    ISSUED = "issued"
    CODE_FILE_DELIVERED = "code_file_delivered"
    PRINTED = "printed"
    PACKED = "packed"
    ACTIVATED = "activated"
    SHIPPED = "shipped"
    RECALLED = "recalled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    STOLEN = "stolen"
    TOKEN_ISSUED = "token_issued"  # noqa: S105 - a word, not a token
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    CODES_EXPORTED = "codes_exported"
    EVENTS_EXPORTED = "events_exported"


@dataclass(frozen=True, slots=True)
class Step:
    """Who takes a step, when (Unix time, seconds) and why.  Raises RequestFault where one of them is missing."""

    actor: str
    at: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 < len(self.actor.strip()) <= _MAX_ACTOR_CHARACTERS:
            raise RequestFault(
                "say who takes the step, in at most {most} characters", "who", most=_MAX_ACTOR_CHARACTERS
            )
        if not self.reason.strip():
            raise RequestFault("say why the step is taken", "why")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a step was about; whatever does not apply is left out.  `parent`: the place of the pack they went into."""

    enterprise_id: int | None = None
    resource_code: str | None = None
    stretch: Stretch | None = None
    parent: int | None = None
    batch: str = ""
    region: str = ""
    detail: str = ""


def record(connection: Connection, step: Step, action: Action, subject: Subject) -> None:
    """Add a step to the record, in the transaction that takes it."""
    stretch = subject.stretch
    connection.execute(
        insert(steps).values(
            at=step.at,
            actor=step.actor,
            action=action,
            reason=step.reason,
            enterprise_id=subject.enterprise_id,
            resource_code=subject.resource_code,
            first=None if stretch is None else stretch.first,
            last=None if stretch is None else stretch.last,
            parent=subject.parent,
            batch=subject.batch,
            region=subject.region,
            detail=subject.detail,
        )
    )
