"""Applications for codes: who may approve, and that no code is issued twice."""

import pytest
from sqlalchemy import Engine, update

from gateway.core.registration import CodeState
from gateway.registry.codes.minting import first_place
from gateway.registry.database.schema import products
from gateway.registry.database.store import writing
from gateway.registry.faults import NotRegistered, Refused, RequestFault
from gateway.registry.life.applications import apply, approve, issue, read_application, refuse
from gateway.registry.life.life_cycle import ApplicationState, Stretch
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, CEMENT, MINT, SPIRIT


def by(actor: str) -> Step:
    return Step(actor, 1_700_000_000.0, "月度用码")


def test_codes_are_issued_once_after_approval(store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(update(products).where(products.c.resource_code == SPIRIT).values(next_position=5_000))
        stretches = []
        for quantity in (10, 90):
            number = apply(connection, SPIRIT, quantity, 1, by("玉泉"))
            with pytest.raises(Refused, match="only an approved one"):
                issue(connection, number, by("林"))
            assert approve(connection, number, by("陈"))
            stretches.append(issue(connection, number, by("林")))
            with pytest.raises(Refused, match="is issued"):
                issue(connection, number, by("林"))
    assert stretches == [Stretch(BASE + 5_000, BASE + 5_009), Stretch(BASE + 5_010, BASE + 5_099)]
    code = MINT.codes([5_005], 2)[0]
    assert Register(store).look_up([code])[0].state is CodeState.ISSUED


def test_above_the_limit_two_others_approve(store: Engine) -> None:
    with writing(store) as connection:
        number = apply(connection, SPIRIT, 101, 1, by("玉泉"))
        with pytest.raises(Refused, match="has applied"):
            approve(connection, number, by("玉泉"), two_person_limit=100)
        assert not approve(connection, number, by("陈"), two_person_limit=100)
        with pytest.raises(Refused, match="already: another person"):
            approve(connection, number, by("陈"), two_person_limit=100)
        assert approve(connection, number, by("林"), two_person_limit=100)
        with pytest.raises(Refused, match="nothing is left to decide"):
            approve(connection, number, by("王"), two_person_limit=100)
        assert read_application(connection, number).state is ApplicationState.APPROVED


def test_a_refused_application_is_never_issued(store: Engine) -> None:
    with writing(store) as connection:
        number = apply(connection, SPIRIT, 10, 3, by("玉泉"))
        refuse(connection, number, by("陈"))
        with pytest.raises(Refused, match="is refused"):
            issue(connection, number, by("林"))


@pytest.mark.parametrize(("quantity", "level"), [(0, 1), (10**9 + 1, 1), (10, 0), (10, 4)])
def test_an_impossible_application_is_refused(store: Engine, quantity: int, level: int) -> None:
    with writing(store) as connection, pytest.raises(RequestFault):
        apply(connection, SPIRIT, quantity, level, by("玉泉"))


def test_unknown_products_and_applications_are_named(store: Engine) -> None:
    with writing(store) as connection:
        with pytest.raises(NotRegistered, match="8999999"):
            apply(connection, "8999999", 1, 1, by("玉泉"))
        with pytest.raises(NotRegistered, match="no application 7"):
            approve(connection, 7, by("陈"))


def test_a_product_never_runs_beyond_its_billion_codes(store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(update(products).where(products.c.resource_code == SPIRIT).values(next_position=10**9 - 10))
        for quantity in (11, 10):
            number = apply(connection, SPIRIT, quantity, 1, by("玉泉"))
            approve(connection, number, by("陈"))
            if quantity == 11:
                with pytest.raises(Refused, match="10 codes left"):
                    issue(connection, number, by("林"))
            else:
                assert issue(connection, number, by("林")).last == first_place(SPIRIT) + 10**9 - 1


def test_a_product_whose_codes_are_made_elsewhere_gets_none(store: Engine) -> None:
    with writing(store) as connection:
        number = apply(connection, CEMENT, 1, 1, by("玉泉"))
        approve(connection, number, by("陈"))
        with pytest.raises(Refused, match="made elsewhere"):
            issue(connection, number, by("林"))
