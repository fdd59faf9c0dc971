"""How many codes of a batch are in which state."""

from __future__ import annotations

from sqlalchemy import Engine, true

from gateway.core.registration import CodeState
from gateway.registry.database.schema import batches, products
from gateway.registry.database.store import writing
from gateway.registry.life.circulation import withdraw, withdraw_code
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Step
from gateway.registry.views.batches import batch_rows
from tests.gateway.registry.small_registry import BASE, CEMENT, SPIRIT

STEP = Step("质检员王", 1_700_000_000.0, "抽检")


def counts(store: Engine) -> dict[str, int]:
    with store.connect() as connection:
        rows = list(batch_rows(connection, batches.c.name == "20260501", batches.c.id.desc()))
    assert {(row.resource_code, row.name) for row in rows} == {(SPIRIT, "20260501")}
    return {row.state: row.codes for row in rows}


def test_a_code_that_left_its_range_alone_counts_where_it_is(store: Engine) -> None:
    assert counts(store) == {"activated": 999, "cancelled": 1, "recalled": 1000}
    with writing(store) as connection:
        withdraw_code(connection, BASE + 150, CodeState.STOLEN, STEP)
        withdraw(connection, Stretch(BASE, BASE + 99), CodeState.RECALLED, STEP)
    assert counts(store) == {"activated": 899, "cancelled": 1, "recalled": 1099, "stolen": 1}


def test_a_state_that_no_code_is_in_any_more_is_not_told(store: Engine) -> None:
    with writing(store) as connection:
        withdraw(connection, Stretch(BASE + 1, BASE + 999), CodeState.RECALLED, STEP)
        withdraw_code(connection, BASE, CodeState.STOLEN, STEP)
    assert counts(store) == {"cancelled": 1, "recalled": 1998, "stolen": 1}


def test_batches_are_told_of_the_products_that_are_wanted(store: Engine) -> None:
    with store.connect() as connection:
        everything = list(batch_rows(connection, true(), batches.c.resource_code))
        assert list(batch_rows(connection, products.c.resource_code == CEMENT)) == [
            row for row in everything if row.resource_code == CEMENT
        ]
    assert SPIRIT in {row.resource_code for row in everything}
