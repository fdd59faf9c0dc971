"""Every step of a code's life over HTTP."""

from __future__ import annotations

import pytest

from tests.gateway.registry.service.office import GATEWAY_TOKEN, LOT, Office
from tests.gateway.registry.small_registry import SPIRIT


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
        "recalled", "recalled", "recalled", "printed"
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
