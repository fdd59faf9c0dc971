"""Users: what a role is bound to, and what is therefore not there for them."""

from __future__ import annotations

import pytest

from gateway.monitor import Role, User


@pytest.mark.parametrize("name", ["otto", "a", "7seas", "li.wei-2_x", "a" * 32])
def test_a_name_is_taken(name: str) -> None:
    assert User(name, Role.OPERATOR).name == name


@pytest.mark.parametrize("name", ["", "Otto", ".x", "a b", "王", "a\n", "a" * 33])
def test_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be 1 to 32 of a-z"):
        User(name, Role.OPERATOR)


@pytest.mark.parametrize("role", list(Role))
def test_only_a_carriers_user_has_a_carrier_and_only_an_enterprises_an_enterprise(role: Role) -> None:
    bound = {"carrier": "mobile" if role is Role.CARRIER else "", "enterprise": 7 if role is Role.ENTERPRISE else None}
    User("x", role, **bound)  # type: ignore[arg-type]  # a dict of two types
    with pytest.raises(ValueError, match="the role carrier, and no other"):
        User("x", role, "" if role is Role.CARRIER else "mobile", 7 if role is Role.ENTERPRISE else None)
    with pytest.raises(ValueError, match="the role enterprise, and no other"):
        User("x", role, "mobile" if role is Role.CARRIER else "", None if role is Role.ENTERPRISE else 7)


def test_a_carriers_user_sees_their_own_carrier_alone() -> None:
    user = User("c", Role.CARRIER, carrier="mobile")
    assert user.may_see_carrier("mobile")
    assert not user.may_see_carrier("telecom")
    assert User("o", Role.OPERATOR).may_see_carrier("telecom")


def test_an_enterprises_user_sees_their_own_enterprise_alone() -> None:
    user = User("e", Role.ENTERPRISE, enterprise=7)
    assert user.may_see_enterprise(7)
    assert user.may_see_enterprise("7")
    assert not user.may_see_enterprise("07")
    assert User("s", Role.SUPERVISOR).may_see_enterprise("8")
