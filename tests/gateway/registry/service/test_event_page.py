"""Life-cycle events over HTTP: whose they are, page by page, each reading on record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aiohttp import ClientResponse
from yarl import URL

from tests.gateway.registry.service.office import LOT, Office
from tests.gateway.registry.small_registry import CEMENT, SPIRIT

BASE = "https://codes.example/zm"
ASKED = {"uri_base": BASE, "why": "报省平台"}


async def read(office: Office, who: str, product: str = SPIRIT, **query: str | int) -> ClientResponse:
    headers = {"Authorization": f"Bearer {office.tokens[who]}"}
    return await office.client.get(f"/v1/products/{product}/events", params={**ASKED, **query}, headers=headers)


async def events_of(response: ClientResponse) -> list[dict[str, Any]]:
    assert response.status == 200, await response.text()
    assert response.content_type == "application/ld+json"
    events: list[dict[str, Any]] = json.loads(await response.text())["epcisBody"]["eventList"]
    return events


async def life_of_five(office: Office) -> list[str]:
    """Five codes printed, activated, shipped, and one of them cancelled: three events of four steps."""
    number, codes = await office.issued(5)
    await office.post("yuquan", "printings", codes={"application": number})
    await office.post("yuquan", "activations", codes={"application": number}, **LOT)
    await office.post("yuquan", "shipments", codes={"application": number}, region="330000")
    await office.post("yuquan", "cancellations", codes={"code": codes[0]})
    return codes


async def test_an_enterprise_reads_the_events_of_its_codes(office: Office) -> None:
    codes = await life_of_five(office)
    events = await events_of(await read(office, "yuquan"))
    assert [event["disposition"] for event in events] == ["active", "in_transit", "inactive"]
    assert events[0]["epcList"] == [f"{BASE}/code/{code}" for code in codes]
    assert events[2]["epcList"] == [f"{BASE}/code/{codes[0]}"]


async def test_another_enterprises_events_are_not_found_and_the_attempt_reads_nothing(office: Office) -> None:
    codes = await life_of_five(office)
    for product in (SPIRIT, "8999999", "x"):
        response = await read(office, "tea", product)
        assert response.status == 404
        told = await response.text()
        assert [code for code in codes if code in told] == []
    taken = (await office.get("operator", "steps"))["steps"]
    assert "events_exported" not in {row["action"] for row in taken}


async def test_each_reading_is_on_record_with_who_and_why(office: Office) -> None:
    await life_of_five(office)
    await events_of(await read(office, "yuquan"))
    last = (await office.get("yuquan", "steps"))["steps"][-1]
    assert (last["action"], last["actor"], last["reason"]) == ("events_exported", "玉泉", "报省平台")
    assert last["resource_code"] == SPIRIT


async def test_pages_follow_each_other_by_their_links(office: Office) -> None:
    await life_of_five(office)
    whole = await events_of(await read(office, "yuquan"))
    response = await read(office, "yuquan", limit=1)
    paged = await events_of(response)
    headers = {"Authorization": f"Bearer {office.tokens['yuquan']}"}
    while link := response.headers.get("Link"):
        found = re.fullmatch(r'<(\S+)>; rel="next"', link)
        assert found is not None
        response = await office.client.get(URL(found[1], encoded=True), headers=headers)
        page = await events_of(response)
        assert len(page) <= 1
        paged += page
    assert paged == whole


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"uri_base": "codes.example"}, "uri_base"),
        ({"uri_base": "https://" + "a" * 200}, "uri_base"),
        ({"why": ""}, "why"),
        ({"limit": "0"}, "limit"),
        ({"after": "-1"}, "after"),
        ({"since": "1"}, "since"),
    ],
)
async def test_a_faulty_question_is_told_and_reads_nothing(office: Office, query: dict[str, str], says: str) -> None:
    response = await read(office, "operator", **query)
    assert response.status == 422
    assert says in (await response.json())["detail"]
    assert "events_exported" not in {row["action"] for row in (await office.get("operator", "steps"))["steps"]}


async def test_a_product_whose_codes_are_made_elsewhere_has_no_events_here(office: Office) -> None:
    response = await read(office, "operator", CEMENT)
    assert response.status == 404
    assert "makes no codes" in (await response.json())["detail"]
