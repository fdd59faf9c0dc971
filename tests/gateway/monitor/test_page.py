"""Declarations of pages: what cannot be right is refused, and where the navigation leads."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from gateway.monitor import EVERYONE, STAFF, Page, Role, User, Visit

CARLA = User("carla", Role.CARRIER, carrier="mobile")
EMMA = User("emma", Role.ENTERPRISE, enterprise=7)
OTTO = User("otto", Role.OPERATOR)


async def handler(_visit: Visit) -> web.Response:
    return web.Response()


def page(method: str = "GET", path: str = "/x", roles: frozenset[Role] = EVERYONE, **further: Any) -> Page:
    return Page(method, path, handler, roles, **further)


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ({"method": "PATCH"}, "the method must be one of"),
        ({"path": "x"}, "the path begin with /"),
        ({"roles": frozenset()}, "say in `roles` who may see it"),
        ({"method": "POST", "entry": "x.title"}, "only a page that is got"),
    ],
)
def test_a_declaration_that_cannot_be_right_is_refused(declared: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        page(**declared)


def test_what_is_not_got_is_always_audited() -> None:
    assert [page(method).is_audited for method in ("GET", "POST", "PUT", "DELETE")] == [False, True, True, True]
    assert page(audited=True).is_audited


@pytest.mark.parametrize(
    ("path", "user", "leads_to"),
    [
        ("/x", OTTO, "/x"),
        ("/carriers/{carrier}", CARLA, "/carriers/mobile"),
        ("/carriers/{carrier}", OTTO, ""),
        ("/enterprises/{enterprise}", EMMA, "/enterprises/7"),
        ("/enterprises/{enterprise}", CARLA, ""),
        ("/links/{link}", OTTO, ""),
    ],
)
def test_an_entry_leads_to_what_is_the_users_own(path: str, user: User, leads_to: str) -> None:
    assert page(path=path, entry="x.title").entry_path(user) == leads_to


def test_no_entry_for_those_who_may_not_see_the_page() -> None:
    assert page(roles=STAFF, entry="x.title").entry_path(CARLA) == ""
    assert page().entry_path(OTTO) == ""


@pytest.mark.parametrize(
    ("user", "named", "is_there"),
    [
        (CARLA, {"carrier": "mobile"}, True),
        (CARLA, {"carrier": "telecom"}, False),
        (EMMA, {"enterprise": "7"}, True),
        (EMMA, {"enterprise": "8"}, False),
        (OTTO, {"carrier": "telecom", "enterprise": "8"}, True),
        (CARLA, {"link": "one"}, True),
    ],
)
def test_anothers_page_is_not_there(user: User, named: dict[str, str], is_there: bool) -> None:
    assert page().shows(user, named) is is_there
