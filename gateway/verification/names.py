"""The products that look-ups meet, told to whoever has a use for their names before they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.ports import Verification
from gateway.core.registration import LookUp, Product


class ProductsMet:
    """A Verification that passes another's answers on, and tells `met` of each product in them."""

    def __init__(self, verification: Verification) -> None:
        self._verification = verification
        self.met: Callable[[Product], None] = lambda _: None

    async def look_up(self, codes: Sequence[str]) -> list[LookUp]:
        """See gateway.core.ports.Verification."""
        found = await self._verification.look_up(codes)
        for look_up in found:
            if look_up.registration.product is not None:
                self.met(look_up.registration.product)
        return found
