"""A change is passed on only after copies of the product are forgotten."""

from __future__ import annotations

from gateway.verification.overheard import Overheard


class Copies:
    def __init__(self, told: list[str]) -> None:
        self._told = told

    async def invalidate(self, codes: tuple[str, ...] = (), resource_code: str = "", batch: str = "") -> None:
        self._told.append(f"forgotten {codes} {resource_code} {batch}")


async def test_copies_are_forgotten_first_and_then_the_product_is_told() -> None:
    told: list[str] = []
    overheard = Overheard(Copies(told))
    await overheard.invalidate(resource_code="8000001")
    overheard.changed = told.append
    await overheard.invalidate(resource_code="8123456", batch="B1")
    await overheard.invalidate(("81",))
    assert told == ["forgotten () 8000001 ", "forgotten () 8123456 B1", "8123456", "forgotten ('81',)  "]
