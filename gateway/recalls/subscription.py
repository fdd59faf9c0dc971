"""Subscriptions as values.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.query import Caller, ReplyRoute
from gateway.core.registration import Registration


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A code on record that somebody asked about, with its product ("" if none is named) and batch."""

    code: str
    resource_code: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A caller asks, in query `uid`, to be told of recalls of these codes until `expires_at` (Unix time)."""

    uid: int
    caller: Caller
    route: ReplyRoute
    codes: tuple[CodeAsked, ...]
    language: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish as it is kept; `route` is sealed."""

    row: int
    uid: int
    code: str
    language: str
    key_id: str
    route: bytes = field(repr=False)


def recall_of(registration: Registration) -> str:
    """What tells a recall from another one: a caller is told once, however many of its codes they asked about."""
    product = registration.product
    return "/".join((product.resource_code if product else "", registration.batch, registration.reason))
