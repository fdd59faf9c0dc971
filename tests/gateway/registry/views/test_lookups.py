"""What the register says of codes in every state, and of those that never were."""

import random

import pytest
from sqlalchemy import Engine, delete, text, update

from gateway.core.registration import CodeState, Registration
from gateway.registry.codes.catalogue import FRESH_SECONDS
from gateway.registry.database.schema import keys, products, ranges
from gateway.registry.faults import StoreFault
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, LEGACY, SPIRIT, UNSTRUCTURED, code_at


def test_an_active_code_comes_with_product_batch_and_region(store: Engine) -> None:
    found = Register(store).look_up([code_at(7)])[0]
    assert found.state is CodeState.ACTIVATED
    assert (found.batch, found.produced_on, found.expires_on) == ("20260501", "2026-05-01", "2036-05-01")
    assert (found.activated_at, found.region, found.level) == (7.0, "350100", 1)
    assert found.product is not None
    assert found.product.name == {"zh": "白酒", "en": "Baijiu"}
    assert found.product.enterprise == {"zh": "福清玉泉酒业", "en": "Yuquan"}


@pytest.mark.parametrize(
    ("position", "state"),
    [
        (0, CodeState.ACTIVATED),
        (999, CodeState.ACTIVATED),
        (1000, CodeState.ISSUED),
        (1999, CodeState.ISSUED),
        (3000, CodeState.RECALLED),
        (3999, CodeState.RECALLED),
        (2000, CodeState.UNKNOWN),
        (2999, CodeState.UNKNOWN),
        (4001, CodeState.UNKNOWN),
        (10**9 - 1, CodeState.UNKNOWN),
    ],
)
def test_a_range_ends_where_it_ends(store: Engine, position: int, state: CodeState) -> None:
    assert Register(store).look_up([code_at(position)])[0].state is state


def test_never_issued_wrong_check_digits_and_unknown_product_are_one_answer(store: Engine) -> None:
    good = code_at(7)
    wrong_digits = good[:-4] + f"{(int(good[-4:]) + 1) % 10_000:04d}"
    asked = [code_at(2500), wrong_digits, "89999991234567891234", "9876543210987654"]
    assert Register(store).look_up(asked) == [Registration(code, CodeState.UNKNOWN) for code in asked]


def test_a_single_stolen_code_leaves_its_range_with_its_reason(store: Engine) -> None:
    stolen, neighbour = Register(store).look_up([code_at(5), code_at(6)])
    assert (stolen.state, stolen.reason) == (CodeState.CANCELLED, "标签被盗")
    assert neighbour.state is CodeState.ACTIVATED


def test_a_recalled_case_says_why_and_that_it_is_a_case(store: Engine) -> None:
    found = Register(store).look_up([code_at(3500)])[0]
    assert (found.level, found.reason) == (3, "抽检不合格")


def test_legacy_codes_and_codes_without_check_digits_are_found_whole(store: Engine) -> None:
    legacy, unstructured = Register(store).look_up([LEGACY, UNSTRUCTURED])
    assert legacy.state is unstructured.state is CodeState.ACTIVATED
    assert unstructured.product is not None
    assert unstructured.product.resource_code == "8765432"
    assert Register(store).look_up(["87654320000000000002"])[0].state is CodeState.UNKNOWN


def test_a_code_is_judged_by_the_key_version_of_its_range(store: Engine) -> None:
    old, new = Register(store).look_up([code_at(4000, version=1), code_at(4000, version=2)])
    assert (old.state, new.state) == (CodeState.UNKNOWN, CodeState.ACTIVATED)


def test_answers_come_in_the_order_asked_however_many(store: Engine) -> None:
    asked = [code_at(position) for position in range(0, 4001, 5)] * 2 + [LEGACY]
    random.Random(1).shuffle(asked)
    assert [found.code for found in Register(store).look_up(asked)] == asked


def test_nothing_asked_is_nothing_answered(store: Engine) -> None:
    assert Register(store).look_up([]) == []


def test_a_recall_shows_at_once(store: Engine) -> None:
    register = Register(store)
    assert register.look_up([code_at(7)])[0].state is CodeState.ACTIVATED
    with store.begin() as connection:
        connection.execute(update(ranges).where(ranges.c.first == BASE).values(state=CodeState.RECALLED))
    assert register.look_up([code_at(7)])[0].state is CodeState.RECALLED


def test_a_new_name_shows_after_two_seconds(store: Engine) -> None:
    now = [100.0]
    register = Register(store, clock=lambda: now[0])
    register.look_up([code_at(7)])
    with store.begin() as connection:
        connection.execute(update(products).where(products.c.resource_code == SPIRIT).values(name_zh="黄酒"))
    now[0] += FRESH_SECONDS
    product = register.look_up([code_at(7)])[0].product
    assert product is not None
    assert product.name["zh"] == "黄酒"


def test_a_product_whose_key_is_lost_has_no_known_codes(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(delete(keys))
    assert Register(store).look_up([code_at(7)])[0].state is CodeState.UNKNOWN


def test_a_broken_database_is_a_fault_and_never_an_unknown_code(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE ranges RENAME TO elsewhere"))
    with pytest.raises(StoreFault, match="did not answer"):
        Register(store).look_up([code_at(7)])
