"""Enterprises, their keys and their products: what is taken in, and what is refused."""

import pytest
from sqlalchemy import Engine, select

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import enterprise_classes, keys, steps
from gateway.registry.database.store import writing
from gateway.registry.faults import NotRegistered, Refused, RequestFault
from gateway.registry.life.enrolment import (
    Enterprise,
    EnterpriseClass,
    ProductWords,
    issue_operator_key,
    register_product,
    renew_check_key,
    revoke_operator_key,
    rewrap_keys,
    sign_up,
)
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import SPIRIT, code_at

STEP = Step("林科长", 1_700_000_000.0, "签约")
BAKERY = Enterprise(
    "福清光饼有限公司",
    "Fuqing Guangbing",
    "350181",
    in_catalogue=True,
    classes=(EnterpriseClass.PRODUCTION_LICENCE, EnterpriseClass.FUJIAN_FAMOUS_BRAND),
)


def test_an_enterprise_signs_up_once_with_its_classes(store: Engine) -> None:
    with writing(store) as connection:
        number = sign_up(connection, BAKERY, STEP)
        classes = connection.execute(
            select(enterprise_classes.c.enterprise_class).where(enterprise_classes.c.enterprise_id == number)
        ).scalars()
        assert set(classes) == {"production_licence", "fujian_famous_brand"}
        with pytest.raises(Refused, match=f"as enterprise {number}"):
            sign_up(connection, BAKERY, STEP)


@pytest.mark.parametrize(
    "enterprise", [Enterprise("饼", "", "35018"), Enterprise("饼", "", "福清市三五零"), Enterprise(" ", "", "350181")]
)
def test_an_enterprise_without_area_or_name_is_refused(store: Engine, enterprise: Enterprise) -> None:
    with writing(store) as connection, pytest.raises(RequestFault):
        sign_up(connection, enterprise, STEP)


@pytest.mark.parametrize(("actor", "reason"), [("", "why"), ("who", " "), ("x" * 61, "why")])
def test_a_step_without_who_or_why_is_refused(actor: str, reason: str) -> None:
    with pytest.raises(RequestFault, match="say w"):
        Step(actor, 0.0, reason)


def test_every_step_is_on_record_with_who_when_and_why(store: Engine) -> None:
    with writing(store) as connection:
        sign_up(connection, BAKERY, STEP)
    with store.connect() as connection:
        row = connection.execute(select(steps)).one()
    assert (row.actor, row.at, row.reason, row.action) == ("林科长", 1_700_000_000.0, "签约", "signed_up")


def test_operator_keys_have_versions_and_are_revoked_once(store: Engine) -> None:
    with writing(store) as connection:
        assert [issue_operator_key(connection, 1, bytes(32), STEP) for _ in range(2)] == [1, 2]
        revoke_operator_key(connection, 1, 1, STEP)
        with pytest.raises(Refused, match="revoked already"):
            revoke_operator_key(connection, 1, 1, STEP)
        with pytest.raises(NotRegistered, match="version 3"):
            revoke_operator_key(connection, 1, 3, STEP)
        with pytest.raises(RequestFault, match="32 octets"):
            issue_operator_key(connection, 1, b"short", STEP)
        with pytest.raises(NotRegistered, match="no enterprise 9"):
            issue_operator_key(connection, 9, bytes(32), STEP)


def test_a_product_gets_a_resource_code_and_two_keys(store: Engine) -> None:
    vault = Vault({1: bytes(32)})
    with writing(store) as connection:
        made = {register_product(connection, 1, ProductWords("白酒"), vault, STEP) for _ in range(5)}
        assert len(made) == 5
        assert all(len(code) == 7 and code[0] == "8" and code.isdecimal() for code in made)
        stored = connection.execute(select(keys.c.secret).where(keys.c.resource_code.in_(made))).scalars().all()
        assert len(stored) == 10
        assert all(secret[0] == 1 for secret in stored)
        with pytest.raises(RequestFault, match="Chinese name"):
            register_product(connection, 1, ProductWords(""), vault, STEP)


def test_a_new_check_key_leaves_codes_in_use_good(store: Engine) -> None:
    with writing(store) as connection:
        assert renew_check_key(connection, SPIRIT, Vault(), STEP) == 3
        with pytest.raises(NotRegistered, match="no product 8999999"):
            renew_check_key(connection, "8999999", Vault(), STEP)
    assert Register(store).look_up([code_at(7)])[0].state is CodeState.ACTIVATED


def test_rotating_the_master_key_changes_no_code(store: Engine) -> None:
    first, second = Vault({1: bytes(32)}), Vault({1: bytes(32), 2: bytes(range(32))})
    for vault in (first, second):
        with writing(store) as connection:
            assert rewrap_keys(connection, vault, STEP) == 3
    only_new = Register(store, Vault({2: bytes(range(32))}))
    assert only_new.look_up([code_at(7)])[0].state is CodeState.ACTIVATED


def test_a_refused_step_leaves_nothing_behind(store: Engine) -> None:
    def twice() -> None:
        with writing(store) as connection:
            sign_up(connection, BAKERY, STEP)
            sign_up(connection, BAKERY, STEP)

    with pytest.raises(Refused):
        twice()
    with store.connect() as connection:
        assert connection.execute(select(steps)).first() is None
