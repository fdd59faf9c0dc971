"""Who is let in, and how far: an enterprise sees its own and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, select

from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import tokens
from gateway.registry.database.store import writing
from gateway.registry.faults import NotRegistered, RequestFault
from gateway.registry.life.access import Doorkeeper, Role, issue_token, revoke_tokens
from gateway.registry.life.enrolment import Enterprise, ProductWords, register_product, sign_up
from gateway.registry.life.steps import Step
from gateway.registry.service.api import Api
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import CEMENT, SPIRIT, code_at

STEP = Step("林科长", 1_700_000_000.0, "开通")
GATEWAY_TOKEN = "a-token-for-tests-only"
Client = TestClient  # type: ignore[type-arg]  # generic in stubs only


@pytest.fixture
def issued(store: Engine) -> dict[str, str]:
    """A token for each role; two enterprises, of which the second has one product."""
    with writing(store) as connection:
        tea = sign_up(connection, Enterprise("茶业", "", "350181"), STEP)
        register_product(connection, tea, ProductWords("茶"), Vault(), STEP)
        made = {role.value: issue_token(connection, role, role, None, STEP) for role in Role if role != "enterprise"}
        made["yuquan"] = issue_token(connection, Role.ENTERPRISE, "玉泉", 1, STEP)
        made["tea"] = issue_token(connection, Role.ENTERPRISE, "茶", tea, STEP)
    return made


@pytest_asyncio.fixture
async def client(store: Engine) -> AsyncIterator[Client]:
    async with TestClient(TestServer(Api(Register(store), GATEWAY_TOKEN).application())) as opened:
        yield opened


async def read(client: Client, path: str, token: str, status: int = 200) -> Any:
    response = await client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert response.status == status
    return await response.json()


async def test_an_enterprise_sees_its_own_products_and_steps_only(client: Client, issued: dict[str, str]) -> None:
    own = await read(client, "/v1/products", issued["yuquan"])
    assert [(row["resource_code"], row["issued"], row["activated"]) for row in own["products"]] == [
        (SPIRIT, 3_001, 2_001),
        (CEMENT, 0, 0),
    ]
    tea = await read(client, "/v1/products", issued["tea"])
    assert [row["name_zh"] for row in tea["products"]] == ["茶"]
    steps = await read(client, "/v1/steps", issued["tea"])
    assert [row["action"] for row in steps["steps"]] == ["signed_up", "product_registered", "token_issued"]


@pytest.mark.parametrize("role", ["supervisor", "operator"])
async def test_supervisors_and_operators_see_all_page_by_page(
    client: Client, issued: dict[str, str], role: str
) -> None:
    seen: list[str] = []
    after = ""
    while page := (await read(client, f"/v1/products?limit=1&after={after}", issued[role]))["products"]:
        after = page[-1]["resource_code"]
        seen.append(after)
    assert len(seen) == 3
    assert seen == sorted(seen)
    first = await read(client, "/v1/steps?limit=2", issued[role])
    rest = await read(client, f"/v1/steps?after={first['last']}", issued[role])
    numbers = [row["number"] for row in first["steps"] + rest["steps"]]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_each_role_is_shown_what_it_is_for_and_no_more(client: Client, issued: dict[str, str]) -> None:
    code = f"/v1/codes/{code_at(7)}"
    assert (await read(client, code, issued["gateway"]))["state"] == "activated"
    for name in ("supervisor", "operator", "yuquan"):
        assert "is not shown this" in (await read(client, code, issued[name], 403))["detail"]
    for token in (issued["gateway"], GATEWAY_TOKEN):
        await read(client, "/v1/steps", token, 403)
    await read(client, "/v1/nothing", issued["yuquan"], 404)


async def test_a_revoked_token_lets_nobody_in(client: Client, store: Engine, issued: dict[str, str]) -> None:
    await read(client, "/v1/products", issued["yuquan"])
    with writing(store) as connection:
        assert revoke_tokens(connection, "玉泉", STEP) == 1
        with pytest.raises(NotRegistered, match="no token in force"):
            revoke_tokens(connection, "玉泉", STEP)
    await read(client, "/v1/products", issued["yuquan"], 401)


@pytest.mark.parametrize("query", ["after=12", "after=x", "limit=0", "limit=501", "after=８１２３４５６"])
async def test_pages_that_cannot_be_are_refused(client: Client, issued: dict[str, str], query: str) -> None:
    await read(client, f"/v1/products?{query}", issued["operator"], 422)


def test_only_the_digest_of_a_token_is_kept(store: Engine, issued: dict[str, str]) -> None:
    with store.connect() as connection:
        kept = b"".join(connection.execute(select(tokens.c.digest)).scalars())
    assert all(token.encode() not in kept for token in issued.values())
    assert Doorkeeper(store).admit(issued["gateway"]) is not None
    assert Doorkeeper(store).admit("a" * 43) is None


def test_a_token_without_holder_or_with_the_wrong_scope_is_refused(store: Engine) -> None:
    with writing(store) as connection:
        for role, holder, enterprise_id, fault in (
            (Role.ENTERPRISE, "x", None, RequestFault),
            (Role.SUPERVISOR, "x", 1, RequestFault),
            (Role.SUPERVISOR, " ", None, RequestFault),
            (Role.ENTERPRISE, "x", 99, NotRegistered),
        ):
            with pytest.raises(fault):
                issue_token(connection, role, holder, enterprise_id, STEP)
