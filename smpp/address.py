"""An SME address as SMPP carries it."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWN_WHOLE = 8  # service numbers are this long at most; longer ones are people's


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Number, type of number and numbering plan (SMPP 3.4, 5.2.5, 5.2.6, 5.2.8).

    `number` is the address field as received, without its NUL.  `repr` and `str` show a subscriber's number
    as 138****1234, so that an address may appear in a log.
    """

    number: str
    ton: int
    npi: int

    def masked(self) -> str:
        """The number, with the middle of anything longer than a service number hidden."""
        if len(self.number) <= _SHOWN_WHOLE:
            return self.number
        return f"{self.number[:3]}****{self.number[-4:]}"

    def __repr__(self) -> str:
        return f"Address({self.masked()!r}, ton={self.ton}, npi={self.npi})"

    def __str__(self) -> str:
        return self.masked()
