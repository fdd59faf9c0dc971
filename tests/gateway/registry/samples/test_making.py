"""The samples: enough of everything, the same by seed, and each code to try does what it says."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from gateway.core.registration import CodeState
from gateway.registry.codes.export import good_codes
from gateway.registry.database.schema import batches, products
from gateway.registry.database.store import open_store
from gateway.registry.faults import DatabaseFault
from gateway.registry.samples.codes_to_try import CodeToTry, as_json, as_text, codes_to_try
from gateway.registry.samples.making import make_samples
from gateway.registry.views.lookups import Register
from tests.gateway.registry.conftest import TODAY
from tests.gateway.registry.databases import new_database

DAY = TODAY.isoformat()


def test_the_samples_have_the_breadth_of_a_county(samples: Engine) -> None:
    with samples.connect() as connection:
        rows = connection.execute(select(products.c.category, products.c.enterprise_id, products.c.name_en)).all()
        batches_each = connection.execute(
            select(func.count()).select_from(batches).group_by(batches.c.resource_code)
        ).scalars()
        assert min(batches_each) >= 3
    assert len(rows) >= 20
    assert len({row.enterprise_id for row in rows}) >= 5
    assert {row.category for row in rows} >= {
        "food", "spirits", "fertiliser", "seed", "cosmetics", "building_material"
    }  # fmt: skip
    assert all(row.name_en for row in rows)


@pytest.fixture(scope="module")
def tried(samples: Engine) -> list[CodeToTry]:
    with samples.connect() as connection:
        return codes_to_try(connection, DAY)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("first", CodeState.ACTIVATED),
        ("repeated", CodeState.ACTIVATED),
        ("not_activated", CodeState.ISSUED),
        ("recalled", CodeState.RECALLED),
        ("expired", CodeState.ACTIVATED),
        ("cancelled", CodeState.CANCELLED),
        ("unknown", CodeState.UNKNOWN),
        ("legacy", CodeState.ACTIVATED),
        ("english", CodeState.ACTIVATED),
        ("report", CodeState.ACTIVATED),
    ],
)
def test_each_code_to_try_is_what_it_says(samples: Engine, tried: list[CodeToTry], kind: str, state: CodeState) -> None:
    chosen = [each for each in tried if each.kind == kind]
    for found in Register(samples).look_up([each.code for each in chosen]):
        assert found.state is state
        assert ("" < found.expires_on < DAY) == (kind == "expired")
    assert chosen
    assert all(each.code in each.text for each in chosen)


def test_codes_to_try_are_told_apart(tried: list[CodeToTry]) -> None:
    codes = [each.code for each in tried if each.code]
    assert len(set(codes)) == len(codes) >= 11


def test_codes_to_try_can_be_read_by_people_and_by_programs(tried: list[CodeToTry]) -> None:
    assert as_text(tried).count("\n") == len(tried)
    assert all(line.endswith(each.text) for line, each in zip(as_text(tried).splitlines(), tried, strict=True))
    assert '"kind": "recalled"' in as_json(tried)


def test_the_same_seed_gives_the_same_codes_and_another_others(
    tmp_path_factory: pytest.TempPathFactory, tried: list[CodeToTry]
) -> None:
    made = {}
    for seed in (1, 2):
        store = open_store(new_database(tmp_path_factory.mktemp("seed")), create=True)
        count = make_samples(store, seed, TODAY)
        assert count.codes > 200_000
        with store.connect() as connection:
            made[seed] = codes_to_try(connection, DAY)
        store.dispose()
    assert made[1] == tried
    assert not {each.code for each in made[2]} & {each.code for each in tried if each.code}


def test_as_many_active_codes_are_issued_as_wanted(tmp_path: Path) -> None:
    store = open_store(new_database(tmp_path), create=True)
    assert make_samples(store, 1, TODAY, active_codes=600_000).codes > 600_000
    with store.connect() as connection:
        fetched = [code for _, code in zip(range(3_000), good_codes(connection, DAY), strict=False)]
    assert len(set(fetched)) == 3_000
    assert len({code[:7] for code in fetched[:22]}) == 22
    store.dispose()


def test_exported_codes_are_active_within_their_date_and_not_stolen(samples: Engine) -> None:
    with samples.connect() as connection:
        codes = list(good_codes(connection, DAY))
    assert len(set(codes)) == len(codes)
    register = Register(samples)
    for found in register.look_up(codes[::37]) + register.look_up(codes[-2_000:]):
        assert found.state is CodeState.ACTIVATED
        assert found.expires_on >= DAY
        assert found.level == 1


def test_samples_are_never_mixed_into_a_registry_in_use(store: Engine) -> None:
    with pytest.raises(DatabaseFault, match="holds products"):
        make_samples(store, 1, TODAY)
