"""What the watch on the registry tells of changes, for whoever wants to know besides those who keep copies."""

from __future__ import annotations

from collections.abc import Callable

from gateway.verification.watch import Copies


class Overheard:
    """Copies that pass on, once others are forgotten, which product changed."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self.changed: Callable[[str], None] = lambda _: None

    async def invalidate(self, codes: tuple[str, ...] = (), resource_code: str = "", batch: str = "") -> None:
        """See Copies."""
        await self._copies.invalidate(codes, resource_code, batch)
        if resource_code:
            self.changed(resource_code)
