"""Every step of a code's life over HTTP, for those who may take it and for nobody else."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, func, select, update

from gateway.registry.codes.sealing import public_half, unseal
from gateway.registry.database.schema import answers, enterprises, products, steps
from gateway.registry.database.store import writing
from gateway.registry.life.access import Role, issue_token
from gateway.registry.life.enrolment import Enterprise, sign_up
from gateway.registry.life.steps import Step
from gateway.registry.service.api import ROLES, Api
from gateway.registry.service.desk import Desk, DeskRules
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import SPIRIT, code_at

GATEWAY_TOKEN = "a-token-for-tests-only"
PRIVATE_KEY = bytes(range(3, 35))
STEP = Step("林科长", 1_700_000_000.0, "开通")
LOT = {"batch": "A1", "produced_on": "2026-11-01", "expires_on": "2028-11-01", "inspection": "检1"}
Client = TestClient  # type: ignore[type-arg]  # generic in stubs only


class Office:
    """The registry's server, and people with tokens."""

    def __init__(self, client: Client, tokens: dict[str, str], desk_clock: list[float]) -> None:
        self.client = client
        self.tokens = tokens
        self.clock = desk_clock

    async def post(self, who: str, path: str, status: int = 201, headers: Any = None, **body: object) -> Any:
        response = await self.raw(who, path, body, headers)
        assert response.status == status, await response.text()
        return await response.json()

    async def raw(self, who: str, path: str, body: object, headers: Any = None) -> ClientResponse:
        given = {"Authorization": f"Bearer {self.tokens[who]}", **(headers or {})}
        sent = {"why": "试点", **body} if isinstance(body, dict) else body
        return await self.client.post(f"/v1/{path}", json=sent, headers=given)

    async def get(self, who: str, path: str, status: int = 200) -> Any:
        response = await self.client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {self.tokens[who]}"})
        assert response.status == status, await response.text()
        return await response.json()

    async def issued(self, quantity: int, level: int = 1) -> tuple[int, list[str]]:
        """Codes of the spirit, applied for by its enterprise and read from its code file."""
        row = await self.post("yuquan", "applications", product=SPIRIT, quantity=quantity, level=level)
        number = row["number"]
        await self.post("operator", f"applications/{number}/approvals")
        await self.post("operator", f"applications/{number}/issue")
        response = await self.raw("yuquan", f"applications/{number}/code-file", {})
        assert response.status == 200
        assert response.content_type == "application/octet-stream"
        header, *codes = b"".join(unseal(PRIVATE_KEY, [await response.read()])).decode().splitlines()
        assert header == "code"
        return number, codes


@pytest_asyncio.fixture
async def office(store: Engine) -> AsyncIterator[Office]:
    with writing(store) as connection:
        connection.execute(update(products).where(products.c.resource_code == SPIRIT).values(next_position=10_000))
        tea = sign_up(connection, Enterprise("茶业", "", "350181"), STEP)
        made = {role.value: issue_token(connection, role, role, None, STEP) for role in Role if role != "enterprise"}
        made["second"] = issue_token(connection, Role.OPERATOR, "陈", None, STEP)
        made["yuquan"] = issue_token(connection, Role.ENTERPRISE, "玉泉", 1, STEP)
        made["tea"] = issue_token(connection, Role.ENTERPRISE, "茶", tea, STEP)
    clock = [1_764_000_000.0]
    desk = Desk(store, rules=DeskRules(two_person_limit=1_000, remembered_hours=24), clock=lambda: clock[0])
    async with TestClient(TestServer(Api(Register(store), GATEWAY_TOKEN, desk).application())) as client:
        opened = Office(client, made, clock)
        await opened.post("operator", "enterprises/1/keys", public_key=public_half(PRIVATE_KEY).hex())
        yield opened


async def states(office: Office, *codes: str) -> list[str]:
    response = await office.client.post(
        "/v1/lookups", json={"codes": codes}, headers={"Authorization": f"Bearer {GATEWAY_TOKEN}"}
    )
    return [found["state"] for found in (await response.json())["registrations"]]


async def test_codes_go_from_application_to_the_end_of_their_life(office: Office) -> None:
    number, codes = await office.issued(60)
    await office.post("yuquan", "printings", codes={"application": number})
    await office.post("yuquan", "activations", codes={"first": codes[0], "last": codes[49]}, **LOT, region="350100")
    await office.post("yuquan", "shipments", codes={"first": codes[0], "last": codes[9]}, region="330000")
    await office.post("yuquan", "thefts", codes={"code": codes[20]}, tell="标签被盗")
    await office.post("yuquan", "expiries", codes={"first": codes[30], "last": codes[31]})
    await office.post("yuquan", "cancellations", codes={"code": codes[55]})
    assert await states(office, *(codes[at] for at in (0, 20, 30, 50, 55))) == [
        "activated", "stolen", "expired", "printed", "cancelled"
    ]  # fmt: skip
    await office.post("yuquan", "recalls", codes={"product": SPIRIT, "batch": "A1"}, tell="抽检不合格")
    assert await states(office, codes[0], codes[20], codes[30], codes[50]) == [
        "recalled", "stolen", "recalled", "printed"
    ]  # fmt: skip
    taken = (await office.get("yuquan", "steps"))["steps"]
    assert {row["reason"] for row in taken[-5:]} == {"试点"}
    assert {row["actor"] for row in taken[-5:]} == {"玉泉"}


async def test_a_case_is_packed_and_its_code_stands_for_what_it_holds(office: Office) -> None:
    units, codes = await office.issued(10)
    cases, (case,) = await office.issued(1, level=3)
    for number in (units, cases):
        await office.post("yuquan", "printings", codes={"application": number})
    await office.post("yuquan", "packings", parent=case, codes={"application": units})
    await office.post("yuquan", "activations", codes={"code": case}, **LOT)
    await office.post("yuquan", "cancellations", codes={"code": case})
    assert await states(office, case, codes[0], codes[9]) == ["cancelled"] * 3


async def test_enterprises_products_and_keys_are_entered(office: Office) -> None:
    words = {"name_zh": "福清海口食品", "area": "350181", "classes": ["production_licence"], "in_catalogue": True}
    made = await office.post("operator", "enterprises", **words)
    assert made["classes"] == ["production_licence"]
    assert "signed up already" in (await office.post("operator", "enterprises", 409, **words))["detail"]
    product = await office.post("operator", "products", enterprise_id=made["number"], name_zh="花生酥")
    resource_code = product["resource_code"]
    assert await office.get("operator", f"products/{resource_code}") == product
    assert await office.post("operator", f"products/{resource_code}/check-keys") == {"version": 2}
    keys = f"enterprises/{made['number']}/keys"
    assert await office.post("operator", keys, public_key="00" * 32) == {"version": 1}
    assert (await office.get("operator", f"enterprises/{made['number']}"))["keys_in_force"] == [1]
    await office.post("operator", f"{keys}/1/revocation")
    assert (await office.get("operator", f"enterprises/{made['number']}"))["keys_in_force"] == []
    await office.post("operator", f"{keys}/1/revocation", 409)
    await office.post("operator", f"{keys}/7/revocation", 404)
    await office.post("operator", "enterprises/99/keys", 404, public_key="00" * 32)


async def test_two_persons_approve_above_the_limit_and_the_applicant_never(office: Office) -> None:
    row = await office.post("operator", "applications", product=SPIRIT, quantity=1_001)
    path = f"applications/{row['number']}"
    assert "cannot approve" in (await office.post("operator", f"{path}/approvals", 409))["detail"]
    first = await office.post("second", f"{path}/approvals")
    assert (first["state"], first["approved_by"]) == ("applied", ["陈"])
    assert "another person" in (await office.post("second", f"{path}/approvals", 409))["detail"]
    assert "only an approved one" in (await office.post("second", f"{path}/issue", 409))["detail"]
    await office.post("second", f"{path}/refusal")
    assert (await office.get("yuquan", path))["state"] == "refused"


async def test_a_decision_on_what_has_changed_since_is_refused(office: Office) -> None:
    row = await office.post("yuquan", "applications", product=SPIRIT, quantity=5)
    path = f"applications/{row['number']}"
    headers = {"Authorization": f"Bearer {office.tokens['operator']}"}
    tag = (await office.client.get(f"/v1/{path}", headers=headers)).headers["ETag"]
    approved = await office.raw("operator", f"{path}/approvals", {}, {"If-Match": tag})
    assert approved.status == 201
    assert approved.headers["ETag"] != tag
    outdated = await office.post("second", f"{path}/refusal", 412, {"If-Match": tag})
    assert "approved with 1 approvals" in outdated["detail"]
    await office.post("second", f"{path}/issue", headers={"If-Match": approved.headers["ETag"]})


async def test_an_enterprise_finds_nothing_of_another(office: Office) -> None:
    number, codes = await office.issued(5)
    for path in ("products/" + SPIRIT, f"applications/{number}", "enterprises/1"):
        await office.get("tea", path, 404)
    for path in ("products", "applications"):
        assert not (await office.get("tea", path))[path]
    assert [row["name_zh"] for row in (await office.get("tea", "enterprises"))["enterprises"]] == ["茶业"]
    await office.post("tea", "applications", 404, product=SPIRIT, quantity=1)
    await office.post("tea", f"applications/{number}/code-file", 404)
    foreign = [{"application": number}, {"code": codes[0]}, {"first": codes[0], "last": codes[1]}]
    for path, more in (
        ("printings", {}), ("activations", LOT), ("shipments", {"region": "350100"}), ("recalls", {}),
        ("expiries", {}), ("cancellations", {}), ("thefts", {}), ("packings", {"parent": codes[0]}),
    ):  # fmt: skip
        for meant in foreign:
            await office.post("tea", path, 404, codes=meant, **more)
    await office.post("tea", "recalls", 404, codes={"product": SPIRIT, "batch": "20260501"})
    missing = await office.post("tea", "printings", 404, codes={"code": code_at(1_500)[:-1] + "0"})
    real = await office.post("tea", "printings", 404, codes={"code": codes[0]})
    assert re.sub(r"\d{4} is", "is", missing["detail"]) == re.sub(r"\d{4} is", "is", real["detail"])


@pytest.mark.parametrize(("operation", "roles"), list(ROLES.items()))
async def test_each_role_does_what_it_is_for_and_no_more(
    office: Office, operation: tuple[str, str], roles: frozenset[Role]
) -> None:
    method, path = operation
    filled = re.sub(r"\{\w+\}", "1", path)
    for who, role in (("gateway", Role.GATEWAY), ("supervisor", Role.SUPERVISOR), ("operator", Role.OPERATOR),
                      ("tea", Role.ENTERPRISE)):  # fmt: skip
        headers = {"Authorization": f"Bearer {office.tokens[who]}"}
        response = await office.client.request(method, filled, json={}, headers=headers)
        assert (response.status == 403) == (role not in roles), (who, path, response.status)
    assert (await office.client.request(method, filled)).status == 401


async def test_the_same_key_with_the_same_request_is_answered_alike_and_done_once(
    office: Office, store: Engine
) -> None:
    key = {"Idempotency-Key": '"8e03978e-40d5"'}
    body = {"name_zh": "福清海口食品", "area": "350181"}
    first = await office.post("operator", "enterprises", 201, key, **body)
    assert await office.post("operator", "enterprises", 201, key, **body) == first
    other = await office.post("operator", "enterprises", 422, key, name_zh="别家", area="350181")
    assert "another request" in other["detail"]
    assert "signed up already" in (await office.post("second", "enterprises", 409, key, **body))["detail"]
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(enterprises)).scalar_one() == 3


async def test_a_refusal_is_repeated_too_and_changed_nothing(office: Office, store: Engine) -> None:
    key = {"Idempotency-Key": "again"}
    row = await office.post("yuquan", "applications", product=SPIRIT, quantity=5)
    path = f"applications/{row['number']}"
    with store.connect() as connection:
        before = connection.execute(select(func.max(steps.c.id))).scalar_one()
    refused = await office.post("operator", f"{path}/issue", 409, key)
    await office.post("operator", f"{path}/approvals")
    assert await office.post("operator", f"{path}/issue", 409, key) == refused
    with store.connect() as connection:
        assert connection.execute(select(func.max(steps.c.id))).scalar_one() == before + 1


async def test_of_the_same_request_sent_at_once_one_takes_the_step(office: Office, store: Engine) -> None:
    key = {"Idempotency-Key": "at-once"}
    rival = Api(Register(store), GATEWAY_TOKEN, Desk(store, clock=lambda: office.clock[0])).application()
    async with TestClient(TestServer(rival)) as another:
        offices = [office, Office(another, office.tokens, office.clock)]
        asked = [
            offices[turn % 2].post("yuquan", "applications", 201, key, product=SPIRIT, quantity=5) for turn in range(8)
        ]
        rows = await asyncio.gather(*asked)
    assert len({row["number"] for row in rows}) == 1


async def test_answers_are_forgotten_after_their_hours(office: Office, store: Engine) -> None:
    key = {"Idempotency-Key": "old"}
    first = await office.post("yuquan", "applications", 201, key, product=SPIRIT, quantity=5)
    office.clock[0] += 24 * 3600 + 1
    second = await office.post("yuquan", "applications", 201, key, product=SPIRIT, quantity=6)
    assert second["number"] != first["number"]
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(answers)).scalar_one() == 1


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("enterprises", {"name_zh": " ", "area": "350181"}, "name_zh: write 1 to 200"),
        ("enterprises", {"name_zh": "饼\u0000", "area": "350181"}, "name_zh"),
        ("enterprises", {"name_zh": "饼", "area": "３５０１８１"}, "area: write six digits"),
        ("enterprises", {"name_zh": "饼", "area": "350181", "in_catalogue": "yes"}, "in_catalogue: write true"),
        ("enterprises", {"name_zh": "饼", "area": "350181", "classes": ["royal"]}, "classes: write a list of"),
        ("enterprises", {"name_zh": "饼", "area": "350181", "owner": 1}, "'owner' is not known"),
        ("enterprises", {"name_zh": "饼", "area": "350181", "why": ""}, "why: write 1 to 500"),
        ("enterprises", [], "send a JSON object"),
        ("enterprises/1/keys", {"public_key": "XY"}, "64 lower-case"),
        ("applications", {"product": SPIRIT, "quantity": 0}, "quantity: write a whole number"),
        ("applications", {"product": SPIRIT, "quantity": True}, "quantity"),
        ("printings", {}, "codes: send a JSON object"),
        ("printings", {"codes": {}}, "in one way"),
        ("printings", {"codes": {"application": 1, "code": "8" * 20}}, "in one way"),
        ("printings", {"codes": {"code": "8"}}, "codes.code: write 20 digits"),
        ("printings", {"codes": {"product": SPIRIT, "batch": "A"}}, "is not known here"),
        ("activations", {"codes": {"application": 1}, **LOT, "produced_on": "2026-02-30"}, "no such day"),
        ("activations", {"codes": {"application": 1}, **LOT, "produced_on": "today"}, "produced_on: write a day"),
    ],
)
async def test_a_faulty_field_is_named_with_what_to_write(office: Office, path: str, body: object, says: str) -> None:
    response = await office.raw("operator", path, body)
    assert response.status == 422, await response.text()
    assert response.content_type == "application/problem+json"
    assert says in (await response.json())["detail"]


@pytest.mark.parametrize("key", ['""', "x" * 256, "caf\u00e9"])
async def test_a_key_that_is_none_is_refused(office: Office, key: str) -> None:
    headers = {"Idempotency-Key": key}
    response = await office.raw("operator", "applications", {"product": SPIRIT, "quantity": 5}, headers)
    assert "Idempotency-Key: write 1 to 255" in (await response.json())["detail"]


def test_the_description_has_every_operation_and_no_other() -> None:
    description = json.loads(resources.files("gateway.registry.service").joinpath("openapi.json").read_bytes())
    told = {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}
    assert told == set(ROLES) | {("GET", "/healthz"), ("GET", "/openapi.json")}


async def test_codes_keys_and_tokens_are_neither_logged_nor_on_record(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    number, codes = await office.issued(5)
    await office.post("yuquan", "printings", codes={"application": number})
    await office.post("yuquan", "thefts", codes={"code": codes[0]})
    refused = await office.post("yuquan", "printings", 409, codes={"code": codes[1]})
    record = await office.get("operator", "steps")
    written = caplog.text + json.dumps([refused, record])
    secrets = [*codes, PRIVATE_KEY.hex(), public_half(PRIVATE_KEY).hex(), *office.tokens.values()]
    assert not [secret for secret in secrets if secret in written]
    assert "code_file_delivered" in {row["action"] for row in record["steps"]}
