"""The registry's server for tests."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from gateway.registry.codes.sealing import unseal
from gateway.registry.life.steps import Step
from tests.gateway.registry.small_registry import SPIRIT

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
