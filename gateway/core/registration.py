"""What the registry knows of a code (the backend's answer, as a value)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CodeState(StrEnum):
    """The life of a code (DOMAIN: applied -> issued -> printed -> activated -> recalled | expired | cancelled |
    stolen).

    `UNKNOWN` is the registry's definite word that no such code was issued, check digits included.
    """

    UNKNOWN = "unknown"
    ISSUED = "issued"
    PRINTED = "printed"
    ACTIVATED = "activated"
    RECALLED = "recalled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class Product:
    """A product resource code (产品资源码) and the words for it, by language."""

    resource_code: str
    name: dict[str, str]
    enterprise: dict[str, str]
    specification: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry says of one code.

    Dates are ISO 8601 days ("" where unknown); `expires_on` is the last good day, judged by the gateway so that a
    cached registration expires on time; `activated_at` is Unix time in seconds; `level` is 1 for a sales unit,
    2 for a middle pack, 3 for a case; `region` is the GB/T 2260 area that the goods were shipped to ("" for any).
    """

    code: str
    state: CodeState
    product: Product | None = None
    batch: str = ""
    produced_on: str = ""
    expires_on: str = ""
    activated_at: float | None = None
    level: int = 1
    region: str = ""
    reason: str = ""  # of a recall, cancellation or theft, for the consumer


@dataclass(frozen=True, slots=True)
class LookUp:
    """A registration and how it was come by.  `stale`: from the cache beyond its lifetime, the backend being away."""

    registration: Registration
    stale: bool = False
