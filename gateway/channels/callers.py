"""Who a number is: its normal form, its pseudonym, its place."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.places import Places
from gateway.core.query import Caller, Place
from gateway.records.privacy.pseudonyms import Pseudonyms

_TON_INTERNATIONAL = 1  # SMPP 3.4, 5.2.5


@dataclass(frozen=True, slots=True)
class Callers:
    """One consumer is one caller, by SMS and by telephone, however a carrier writes the number."""

    places: Places
    pseudonyms: Pseudonyms

    def identify(self, address: str, type_of_number: int = 0) -> tuple[Caller, Place]:
        """The caller behind an address as received, and the place that its number tells."""
        origin = self.places.origin(address, international=type_of_number == _TON_INTERNATIONAL)
        return Caller(origin.number, self.pseudonyms.of(origin.number)), origin.place

    def disguised(self, text: str) -> str:
        """A keyed hash of what a number could be found from by trying all numbers."""
        return self.pseudonyms.disguised(text)
