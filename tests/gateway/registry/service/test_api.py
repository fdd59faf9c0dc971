"""The registry over HTTP: the contract, the token, and problems instead of pages."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from importlib import resources

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, text

from gateway.core.registration import CodeState, Registration
from gateway.registry.database.store import writing
from gateway.registry.life.circulation import withdraw
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Step
from gateway.registry.service import api, exchange
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, LEGACY, SPIRIT, code_at

TOKEN = "a-token-for-tests-only"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
Client = TestClient  # type: ignore[type-arg]  # generic in stubs only


@pytest_asyncio.fixture
async def client(store: Engine) -> AsyncIterator[Client]:
    async with TestClient(TestServer(api.Api(Register(store), TOKEN).application())) as opened:
        yield opened


async def problem(response: ClientResponse, status: int) -> str:
    assert response.status == status
    assert response.content_type == "application/problem+json"
    body = await response.json()
    assert body["status"] == status
    assert body["title"]
    return str(body["detail"])


async def test_a_batch_is_answered_in_the_order_asked(client: Client) -> None:
    codes = [code_at(1000), LEGACY, code_at(7), code_at(2500)]
    response = await client.post(
        "/v1/lookups", json={"codes": codes}, headers={**AUTHORIZED, "Idempotency-Key": "again"}
    )
    assert response.status == 200
    registrations = (await response.json())["registrations"]
    assert [registration["code"] for registration in registrations] == codes
    assert [registration["state"] for registration in registrations] == ["issued", "activated", "activated", "unknown"]


async def test_one_code_is_answered_alone(client: Client) -> None:
    response = await client.get(f"/v1/codes/{code_at(3000)}", headers=AUTHORIZED)
    assert response.status == 200
    assert (await response.json())["reason"] == "抽检不合格"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
async def test_nothing_is_told_without_the_token(client: Client, headers: dict[str, str]) -> None:
    response = await client.post("/v1/lookups", json={"codes": [code_at(7)]}, headers=headers)
    assert "Bearer" in await problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (await client.get("/v1/anything", headers=headers)).status == 401


async def test_health_and_description_need_no_token(client: Client) -> None:
    assert await (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await (await client.get("/openapi.json")).json())["openapi"] == "3.1.0"


async def test_a_body_beyond_the_cap_is_refused(client: Client) -> None:
    response = await client.post("/v1/lookups", data=b" " * 65_537, headers=AUTHORIZED)
    await problem(response, 413)


async def test_a_body_that_does_not_come_ends_in_a_timeout(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BODY_SECONDS", 0)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert "did not arrive" in await problem(await client.post("/v1/lookups", data=never(), headers=AUTHORIZED), 408)


async def test_malformed_requests_say_what_to_send(client: Client) -> None:
    assert "codes" in await problem(await client.post("/v1/lookups", data=b"{", headers=AUTHORIZED), 422)
    assert "20 or 16" in await problem(await client.get("/v1/codes/12", headers=AUTHORIZED), 422)
    long_key = {**AUTHORIZED, "Idempotency-Key": "x" * 256}
    assert "Idempotency-Key" in await problem(
        await client.post("/v1/lookups", json={"codes": [LEGACY]}, headers=long_key), 422
    )


async def test_unknown_paths_and_methods_are_problems_too(client: Client) -> None:
    await problem(await client.get("/v1/nothing", headers=AUTHORIZED), 404)
    response = await client.get("/v1/lookups", headers=AUTHORIZED)
    await problem(response, 405)
    assert response.headers["Allow"] == "POST"


async def test_a_broken_database_is_unavailable_and_unhealthy(client: Client, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE ranges RENAME TO elsewhere"))
    response = await client.post("/v1/lookups", json={"codes": [code_at(7)]}, headers=AUTHORIZED)
    await problem(response, 503)
    assert response.headers["Retry-After"] == "1"
    await problem(await client.get("/healthz"), 503)


async def test_a_recall_is_told_to_who_asks_after_it(client: Client, store: Engine) -> None:
    begin = await (await client.get("/v1/changes", headers=AUTHORIZED)).json()
    assert begin == {"changes": [], "last": 0}
    with writing(store) as connection:
        withdraw(connection, Stretch(BASE + 20, BASE + 29), CodeState.RECALLED, Step("林", 5.0, "抽检"))
    told = await (await client.get("/v1/changes?after=0", headers=AUTHORIZED)).json()
    assert told == {
        "changes": [{"number": 1, "at": 5.0, "action": "recalled", "resource_code": SPIRIT}],
        "last": 1,
    }
    assert await (await client.get("/v1/changes?after=1", headers=AUTHORIZED)).json() == {"changes": [], "last": 1}
    assert (await (await client.get("/v1/changes?since=5", headers=AUTHORIZED)).json())["last"] == 0
    assert (await (await client.get("/v1/changes?since=6", headers=AUTHORIZED)).json())["last"] == 1
    assert (await client.get("/v1/changes?after=1")).status == 401


@pytest.mark.parametrize(
    "query", ["since=yesterday", "after=-1", "after=x", "after=1&limit=0", "limit=1001", f"after={'9' * 5_000}"]
)
async def test_changes_after_nonsense_are_refused(client: Client, query: str) -> None:
    assert "whole number" in await problem(await client.get(f"/v1/changes?{query}", headers=AUTHORIZED), 422)


class BlockedRegister(Register):
    """Answers once it is let."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def look_up(self, codes: Sequence[str]) -> list[Registration]:
        self.go_on.wait(10)
        return [Registration(code, CodeState.UNKNOWN) for code in codes]


async def test_requests_beyond_the_waiting_room_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_MAX_WAITING", 2)
    register = BlockedRegister()
    async with TestClient(TestServer(api.Api(register, TOKEN).application())) as client:
        asked = [asyncio.ensure_future(client.get(f"/v1/codes/{LEGACY}", headers=AUTHORIZED)) for _ in range(3)]
        refused = next(iter((await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED))[0]))
        assert "wait" in await problem(refused.result(), 503)
        register.go_on.set()
        assert sorted([(await response).status for response in asked]) == [200, 200, 503]


def test_the_description_names_every_state_and_field() -> None:
    description = json.loads(resources.files("gateway.registry.service").joinpath("openapi.json").read_bytes())
    schemas = description["components"]["schemas"]
    assert set(schemas["Registration"]["properties"]["state"]["enum"]) == set(CodeState)
    assert set(schemas["Registration"]["required"]) == set(Registration.__slots__)
