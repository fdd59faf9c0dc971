"""Single codes that left their range: what they do alone, and when the others' steps reach them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, insert, select

from gateway.core.registration import CodeState
from gateway.registry.database.schema import ranges, steps
from gateway.registry.database.store import writing
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.circulation import activate, confirm_printed, ship, withdraw, withdraw_code
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, at, code_at, state_at

STEP = Step("质检员王", 1_700_000_000.0, "出厂")
LOT = Lot("20261101", "2026-11-01", "2028-11-01", "检2026-0817", "350100")


def test_a_stolen_code_stays_cancelled_when_its_range_is_activated(store: Engine) -> None:
    with writing(store) as connection:
        withdraw_code(connection, BASE + 1_500, CodeState.CANCELLED, STEP, "标签被盗")
        with pytest.raises(Refused, match="cancelled already"):
            withdraw_code(connection, BASE + 1_500, CodeState.CANCELLED, STEP)
        confirm_printed(connection, at(1000, 1999), STEP)
        activate(connection, at(1000, 1999), LOT, STEP)
    found = Register(store).look_up([code_at(1_500)])[0]
    assert (found.state, found.reason) == (CodeState.CANCELLED, "标签被盗")


def test_a_recall_takes_a_code_along_that_was_stolen_alone(store: Engine) -> None:
    with writing(store) as connection:
        withdraw_code(connection, BASE + 150, CodeState.STOLEN, STEP, "被盗")
        withdraw_code(connection, BASE + 151, CodeState.CANCELLED, STEP, "污损")
        withdraw(connection, at(100, 199), CodeState.RECALLED, STEP, "甲醇超标")
    found = Register(store).look_up([code_at(150), code_at(151)])
    assert [(each.state, each.reason) for each in found] == [
        (CodeState.RECALLED, "甲醇超标"), (CodeState.CANCELLED, "污损")
    ]  # fmt: skip


def test_a_label_spoilt_before_the_printing_keeps_nobody_from_activating_the_rest(store: Engine) -> None:
    with writing(store) as connection:
        withdraw_code(connection, BASE + 1_010, CodeState.CANCELLED, STEP, "污损")
        confirm_printed(connection, at(1_000, 1_009), STEP)
        confirm_printed(connection, at(1_011, 1_019), STEP)
        activate(connection, at(1_000, 1_019), LOT, STEP)
    assert [state_at(store, position).value for position in (1_009, 1_010, 1_011)] == [
        "activated", "cancelled", "activated"
    ]  # fmt: skip


def test_a_code_that_was_cancelled_alone_is_not_activated_alone(store: Engine) -> None:
    with writing(store) as connection:
        confirm_printed(connection, at(1_000, 1_009), STEP)
        withdraw_code(connection, BASE + 1_005, CodeState.CANCELLED, STEP)
    for act in (
        lambda connection: activate(connection, at(1_005, 1_005), LOT, STEP),
        lambda connection: confirm_printed(connection, at(1_005, 1_005), STEP),
        lambda connection: ship(connection, at(1_005, 1_005), "330000", STEP),
    ):
        with pytest.raises(Refused, match="cancelled"), writing(store) as connection:
            act(connection)


def test_a_step_is_on_record_for_the_codes_that_took_it_and_no_others(store: Engine) -> None:
    with writing(store) as connection:
        withdraw_code(connection, BASE + 105, CodeState.CANCELLED, STEP)
        withdraw_code(connection, BASE + 107, CodeState.STOLEN, STEP)
        connection.execute(delete(steps))
        ship(connection, at(100, 109), "330000", STEP)
        withdraw(connection, at(100, 109), CodeState.RECALLED, STEP)
        rows = connection.execute(select(steps.c.action, steps.c.first, steps.c.last).order_by(steps.c.id)).all()
    assert [(action, first - BASE, last - BASE) for action, first, last in rows] == [
        ("shipped", 100, 104),
        ("shipped", 106, 106),
        ("shipped", 108, 109),
        ("recalled", 100, 104),
        ("recalled", 106, 109),
    ]


def test_single_codes_are_only_cancelled_or_stolen(store: Engine) -> None:
    with pytest.raises(RequestFault, match="withdraw the range"), writing(store) as connection:
        withdraw_code(connection, BASE, CodeState.RECALLED, STEP)


def test_a_case_is_shipped_without_the_one_code_in_it_that_was_cancelled(store: Engine) -> None:
    case = BASE + 4_100
    with writing(store) as connection:
        connection.execute(insert(ranges).values(first=case, last=case, level=3, state=CodeState.ISSUED, state_at=1.0))
        for contents in (at(1_000, 1_099), at(1_200, 1_200)):
            pack(connection, case, contents, STEP)
        withdraw_code(connection, BASE + 1_200, CodeState.CANCELLED, STEP)
        confirm_printed(connection, Stretch(case, case), STEP)
        activate(connection, Stretch(case, case), LOT, STEP)
        ship(connection, Stretch(case, case), "330000", STEP)
    found = Register(store).look_up([code_at(1_050), code_at(1_200)])
    assert [(each.state, each.region) for each in found] == [
        (CodeState.ACTIVATED, "330000"), (CodeState.CANCELLED, "330000")
    ]  # fmt: skip
