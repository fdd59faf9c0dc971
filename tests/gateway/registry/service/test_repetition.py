"""Requests that come again, and decisions on what has changed since."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, func, select

from gateway.registry.database.schema import answers, enterprises, steps
from gateway.registry.service.api import Api
from gateway.registry.service.desk import Desk
from gateway.registry.views.lookups import Register
from tests.gateway.registry.service.office import GATEWAY_TOKEN, Office
from tests.gateway.registry.small_registry import SPIRIT


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


@pytest.mark.parametrize("key", ['""', "x" * 256, "caf\u00e9"])
async def test_a_key_that_is_none_is_refused(office: Office, key: str) -> None:
    headers = {"Idempotency-Key": key}
    response = await office.raw("operator", "applications", {"product": SPIRIT, "quantity": 5}, headers)
    assert "Idempotency-Key: write 1 to 255" in (await response.json())["detail"]
