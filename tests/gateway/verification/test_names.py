"""Products that look-ups meet are told on."""

from __future__ import annotations

from gateway.core.registration import Product
from gateway.verification.names import ProductsMet
from tests.gateway.fakes import WINE, FakeVerification, code


async def test_products_of_known_codes_are_told_and_answers_are_passed_on() -> None:
    registry = FakeVerification()
    registry.activate(code())
    names = ProductsMet(registry)
    assert await names.look_up([code(), code(7)]) == await registry.look_up([code(), code(7)])
    told: list[Product] = []
    names.met = told.append
    await names.look_up([code(), code(7)])
    assert told == [WINE]
