"""Codes on their way: each step does what it says to exactly its stretch, or nothing at all."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, insert

from gateway.core.registration import CodeState
from gateway.registry.database.schema import ranges
from gateway.registry.database.store import writing
from gateway.registry.faults import NotRegistered, Refused, RequestFault
from gateway.registry.life.circulation import (
    activate,
    confirm_printed,
    ship,
    withdraw,
    withdraw_batch,
    withdraw_code,
)
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, SPIRIT, at, code_at, state_at

STEP = Step("质检员王", 1_700_000_000.0, "出厂")
LOT = Lot("20261101", "2026-11-01", "2028-11-01", "检2026-0817", "350100")


def test_a_part_of_a_range_is_printed_and_activated_with_its_lot(store: Engine) -> None:
    with writing(store) as connection:
        confirm_printed(connection, at(1100, 1899), STEP)
        activate(connection, at(1200, 1299), LOT, STEP)
    assert [state_at(store, position).value for position in (1099, 1100, 1199, 1200, 1299, 1300, 1900)] == [
        "issued", "printed", "printed", "activated", "activated", "printed", "issued"
    ]  # fmt: skip
    found = Register(store).look_up([code_at(1250)])[0]
    assert (found.batch, found.produced_on, found.expires_on) == ("20261101", "2026-11-01", "2028-11-01")
    assert (found.region, found.activated_at) == ("350100", 1_700_000_000.0)


def test_one_code_that_may_not_take_the_step_stops_it_for_all(store: Engine) -> None:
    with writing(store) as connection:
        confirm_printed(connection, at(1000, 1099), STEP)
    with pytest.raises(Refused, match="only what is printed can become activated"), writing(store) as connection:
        activate(connection, at(1050, 1150), LOT, STEP)
    assert state_at(store, 1060) is CodeState.PRINTED


def test_nothing_is_activated_without_inspection_name_or_sense(store: Engine) -> None:
    with writing(store) as connection:
        confirm_printed(connection, at(1000, 1099), STEP)
        for lot, fault in (
            (Lot("B", "2026-11-01", "2028-11-01", " "), Refused),
            (Lot("", "2026-11-01", "2028-11-01", "检1"), RequestFault),
            (Lot("B", "2026-11-01", "2026-10-01", "检1"), Refused),
            (Lot("20260501", "2026-11-01", "2028-11-01", "检1"), Refused),
        ):
            with pytest.raises(fault):
                activate(connection, at(1000, 1099), lot, STEP)


def test_a_known_lot_takes_more_codes(store: Engine) -> None:
    with writing(store) as connection:
        confirm_printed(connection, at(1000, 1099), STEP)
        activate(connection, at(1000, 1049), LOT, STEP)
        activate(connection, at(1050, 1099), LOT, STEP)
    assert Register(store).look_up([code_at(1099)])[0].batch == LOT.name


def test_a_recall_reaches_its_stretch_with_the_words_for_consumers(store: Engine) -> None:
    with writing(store) as connection:
        withdraw(connection, at(100, 199), CodeState.RECALLED, STEP, "甲醇超标")
    found = Register(store).look_up([code_at(150)])[0]
    assert (found.state, found.reason, found.batch) == (CodeState.RECALLED, "甲醇超标", "20260501")
    assert state_at(store, 99) is state_at(store, 200) is CodeState.ACTIVATED


def test_codes_that_were_never_issued_take_no_step(store: Engine) -> None:
    for stretch in (at(900, 2_100), at(2_500, 2_600), at(5_000, 5_000)):
        with pytest.raises(Refused, match="never issued"), writing(store) as connection:
            withdraw(connection, stretch, CodeState.CANCELLED, STEP)
    with pytest.raises(Refused, match="never issued"), writing(store) as connection:
        withdraw_code(connection, BASE + 2_500, CodeState.CANCELLED, STEP)


def test_a_stretch_of_two_products_or_backwards_is_refused(store: Engine) -> None:
    for stretch in (Stretch(BASE, BASE + 10**9), at(10, 9)):
        with pytest.raises(RequestFault, match="both of one product"), writing(store) as connection:
            confirm_printed(connection, stretch, STEP)
    with pytest.raises(RequestFault, match="not printed"), writing(store) as connection:
        withdraw(connection, at(0, 1), CodeState.PRINTED, STEP)


def test_what_is_stolen_can_be_recalled_or_cancelled_but_never_comes_back(store: Engine) -> None:
    with writing(store) as connection:
        withdraw(connection, at(1_000, 1_009), CodeState.STOLEN, STEP, "标签被盗")
        with pytest.raises(Refused, match="they are stolen"):
            confirm_printed(connection, at(1_000, 1_009), STEP)
        withdraw_code(connection, BASE + 1_500, CodeState.STOLEN, STEP)
        withdraw_code(connection, BASE + 1_500, CodeState.CANCELLED, STEP)
        with pytest.raises(Refused, match="they are cancelled"):
            withdraw_code(connection, BASE + 1_500, CodeState.STOLEN, STEP)
        withdraw(connection, at(1_000, 1_004), CodeState.RECALLED, STEP)
    assert [state_at(store, position).value for position in (1_000, 1_005, 1_500)] == [
        "recalled", "stolen", "cancelled"
    ]  # fmt: skip


def test_a_batch_is_withdrawn_wherever_its_codes_stand(store: Engine) -> None:
    with writing(store) as connection:
        withdraw(connection, at(0, 9), CodeState.CANCELLED, STEP)
        assert withdraw_batch(connection, SPIRIT, "20260501", CodeState.RECALLED, STEP, told="召回") == 990
        with pytest.raises(Refused, match="no code of batch"):
            withdraw_batch(connection, SPIRIT, "20260501", CodeState.RECALLED, STEP)
        with pytest.raises(NotRegistered, match="no batch 20990101"):
            withdraw_batch(connection, SPIRIT, "20990101", CodeState.RECALLED, STEP)
    assert [state_at(store, position).value for position in (0, 10, 999, 1_000)] == [
        "cancelled", "recalled", "recalled", "issued"
    ]  # fmt: skip


def test_a_batch_that_holds_a_case_and_its_contents_is_recalled_as_one(store: Engine) -> None:
    case = with_a_case(store)
    with writing(store) as connection:
        confirm_printed(connection, Stretch(case, case), STEP)
        activate(connection, Stretch(case, case), LOT, STEP)
        assert withdraw_batch(connection, SPIRIT, LOT.name, CodeState.RECALLED, STEP) == 101
    assert state_at(store, 1_050) is state_at(store, 4_100) is CodeState.RECALLED


def test_only_active_goods_are_shipped(store: Engine) -> None:
    with writing(store) as connection:
        ship(connection, at(500, 599), "330000", STEP)
    assert [found.region for found in Register(store).look_up([code_at(499), code_at(500)])] == ["350100", "330000"]
    with pytest.raises(Refused, match="some are issued"), writing(store) as connection:
        ship(connection, at(900, 1_100), "330000", STEP)


def with_a_case(store: Engine) -> int:
    """A case at position 4,100 that holds the issued positions 1,000 to 1,099."""
    case = BASE + 4_100
    with writing(store) as connection:
        connection.execute(insert(ranges).values(first=case, last=case, level=3, state=CodeState.ISSUED, state_at=1.0))
        pack(connection, case, at(1000, 1099), STEP)
    return case


def test_a_step_for_a_case_reaches_what_it_holds(store: Engine) -> None:
    case = with_a_case(store)
    own = Stretch(case, case)
    with writing(store) as connection:
        confirm_printed(connection, own, STEP)
        activate(connection, own, LOT, STEP)
        ship(connection, own, "440000", STEP)
    inside = Register(store).look_up([code_at(1_000), code_at(1_099), code_at(4_100)])
    assert {(found.state, found.region, found.batch) for found in inside} == {(CodeState.ACTIVATED, "440000", LOT.name)}
    with writing(store) as connection:
        withdraw(connection, own, CodeState.RECALLED, STEP, "召回")
    assert state_at(store, 1_050) is CodeState.RECALLED
    assert state_at(store, 1_100) is CodeState.ISSUED


def test_what_lies_in_a_case_may_be_ahead_of_it_but_not_behind(store: Engine) -> None:
    case = with_a_case(store)
    with writing(store) as connection:
        confirm_printed(connection, at(1000, 1099), STEP)
        activate(connection, at(1000, 1049), LOT, STEP)
        confirm_printed(connection, Stretch(case, case), STEP)
        withdraw(connection, at(1090, 1099), CodeState.CANCELLED, STEP)
        activate(connection, Stretch(case, case), LOT, STEP)
    assert [state_at(store, position).value for position in (1000, 1050, 1095)] == [
        "activated", "activated", "cancelled"
    ]  # fmt: skip


def test_contents_that_are_behind_their_case_refuse_its_step(store: Engine) -> None:
    case = with_a_case(store)
    with writing(store) as connection:
        connection.execute(delete(ranges).where(ranges.c.first == case))
        connection.execute(insert(ranges).values(first=case, last=case, level=3, state=CodeState.PRINTED, state_at=1.0))
    with pytest.raises(Refused, match="in a pack or batch, they are issued"), writing(store) as connection:
        activate(connection, Stretch(case, case), LOT, STEP)
