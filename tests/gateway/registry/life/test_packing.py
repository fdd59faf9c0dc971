"""What may be packed into what."""

import pytest
from sqlalchemy import Engine, insert, update

from gateway.core.registration import CodeState
from gateway.registry.codes.minting import first_place
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import ranges
from gateway.registry.database.store import writing
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.circulation import withdraw, withdraw_code
from gateway.registry.life.enrolment import Enterprise, ProductWords, register_product, sign_up
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.packing import contents_of, pack
from gateway.registry.life.steps import Step
from tests.gateway.registry.small_registry import BASE

STEP = Step("包装线", 1_700_000_000.0, "装箱")
CASE, PACK, OTHER_PACK = BASE + 5_000, BASE + 6_000, BASE + 6_001


@pytest.fixture
def packed(store: Engine) -> Engine:
    """A case of two middle packs, of ten sales units each."""
    with writing(store) as connection:
        for first, last, level in ((CASE, CASE, 3), (PACK, OTHER_PACK, 2)):
            connection.execute(
                insert(ranges).values(first=first, last=last, level=level, state=CodeState.ISSUED, state_at=1.0)
            )
        pack(connection, PACK, Stretch(BASE, BASE + 9), STEP)
        pack(connection, OTHER_PACK, Stretch(BASE + 10, BASE + 19), STEP)
        pack(connection, CASE, Stretch(PACK, OTHER_PACK), STEP)
    return store


def test_a_case_holds_its_packs_and_what_is_in_them(packed: Engine) -> None:
    with packed.connect() as connection:
        assert contents_of(connection, [Stretch(CASE, CASE)]) == [
            Stretch(PACK, OTHER_PACK),
            Stretch(BASE, BASE + 19),
        ]
        assert contents_of(connection, [Stretch(OTHER_PACK, OTHER_PACK)]) == [Stretch(BASE + 10, BASE + 19)]
        assert contents_of(connection, [Stretch(BASE, BASE + 19)]) == []


@pytest.mark.parametrize("state", [CodeState.CANCELLED, CodeState.STOLEN, CodeState.RECALLED])
def test_codes_that_were_taken_back_are_not_packed(packed: Engine, state: CodeState) -> None:
    taken_back = Stretch(BASE + 60, BASE + 61)
    with writing(packed) as connection:
        withdraw(connection, taken_back, state, STEP)
    with pytest.raises(Refused, match=f"{state} codes"), writing(packed) as connection:
        pack(connection, PACK, taken_back, STEP)


def test_nothing_is_put_into_a_pack_that_is_recalled(packed: Engine) -> None:
    """The recall has reached what it held by then: what came later would stay active in a recalled case."""
    with writing(packed) as connection:
        connection.execute(update(ranges).where(ranges.c.first == PACK).values(state=CodeState.ACTIVATED))
        withdraw(connection, Stretch(PACK, PACK), CodeState.RECALLED, STEP)
    with pytest.raises(Refused, match="recalled codes"), writing(packed) as connection:
        pack(connection, PACK, Stretch(BASE + 60, BASE + 61), STEP)


def test_a_code_that_was_stolen_alone_is_not_packed_alone(packed: Engine) -> None:
    with writing(packed) as connection:
        withdraw_code(connection, BASE + 60, CodeState.STOLEN, STEP)
    with pytest.raises(Refused, match="stolen codes"), writing(packed) as connection:
        pack(connection, PACK, Stretch(BASE + 60, BASE + 60), STEP)
    with writing(packed) as connection:
        pack(connection, PACK, Stretch(BASE + 59, BASE + 61), STEP)


def test_nobody_packs_the_goods_of_another_enterprise(packed: Engine) -> None:
    with writing(packed) as connection:
        number = sign_up(connection, Enterprise("茶", "", "350181"), STEP)
        tea = register_product(connection, number, ProductWords("茶"), Vault(), STEP)
        place = first_place(tea)
        connection.execute(insert(ranges).values(first=place, last=place, state=CodeState.ISSUED, state_at=1.0))
    with pytest.raises(RequestFault, match="different enterprises"), writing(packed) as connection:
        pack(connection, PACK, Stretch(place, place), STEP)


@pytest.mark.parametrize(
    ("parent", "contents", "says"),
    [
        (PACK, Stretch(BASE + 9, BASE + 12), "packed already"),
        (PACK, Stretch(BASE, BASE), "packed already"),
        (PACK, Stretch(CASE, CASE), "all of one level"),
        (PACK, Stretch(OTHER_PACK, OTHER_PACK), "all of one level"),
        (BASE + 50, Stretch(BASE + 60, BASE + 61), "all of one level"),
        (PACK, Stretch(BASE + 2_500, BASE + 2_501), "never issued"),
        (BASE + 2_500, Stretch(BASE + 60, BASE + 61), "never issued"),
    ],
)
def test_what_cannot_be_packed_is_refused(packed: Engine, parent: int, contents: Stretch, says: str) -> None:
    with pytest.raises(Refused, match=says), writing(packed) as connection:
        pack(connection, parent, contents, STEP)
