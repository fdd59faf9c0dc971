"""Made-up queries before they have a verdict, and the numbers of packs and callers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gateway.insight.generator.country import FIRST_RESOURCE_CODE, Country


class Standing(StrEnum):
    """What the registry holds of a code."""

    ACTIVE = "active"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: when (days since the log's start), where, what, who."""

    day: float
    area: int
    product: int
    code: str
    caller: str
    standing: Standing
    destination: int = -1


class Numbers:
    """Hands out codes and callers that were not used before."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._used = 0

    def code(self, product: int) -> str:
        """A new code of twenty digits."""
        self._used += 1
        return f"{Country.resource_code(product)}{self._used:09d}{int(self._random.integers(0, 10_000)):04d}"

    @staticmethod
    def product(code: str) -> int:
        """The product whose resource code a code begins with."""
        return int(code[:7]) - FIRST_RESOURCE_CODE

    def caller(self) -> str:
        """A new caller's pseudonym."""
        self._used += 1
        return f"c{self._used:08d}"
