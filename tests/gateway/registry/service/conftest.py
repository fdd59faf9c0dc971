"""The registry's server, with an enterprise that has a key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, update

from gateway.registry.codes.sealing import public_half
from gateway.registry.database.schema import products
from gateway.registry.database.store import writing
from gateway.registry.life.access import Role, issue_token
from gateway.registry.life.enrolment import Enterprise, sign_up
from gateway.registry.service.api import Api
from gateway.registry.service.desk import Desk, DeskRules
from gateway.registry.views.lookups import Register
from tests.gateway.registry.service.office import GATEWAY_TOKEN, PRIVATE_KEY, STEP, Office
from tests.gateway.registry.small_registry import SPIRIT


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
