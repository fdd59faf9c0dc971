"""Each role does what it is for, and nobody sees what is not theirs."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from gateway.registry.codes.sealing import public_half
from gateway.registry.life.access import Role
from gateway.registry.service.api import ROLES
from tests.gateway.registry.service.office import LOT, PRIVATE_KEY, Office
from tests.gateway.registry.small_registry import SPIRIT, code_at


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


def test_the_description_has_every_operation_and_no_other() -> None:
    description = json.loads(resources.files("gateway.registry.service").joinpath("openapi.json").read_bytes())
    told = {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}
    assert told == set(ROLES) | {("GET", "/healthz"), ("GET", "/openapi.json")}


async def test_nobody_over_http_lets_a_second_person_in_to_approve_for_himself(office: Office) -> None:
    """The rule of two persons goes by the holders of tokens: who could issue them could be both."""
    assert not [path for _, path in ROLES if "token" in path or "holder" in path]
    before = (await office.get("operator", "steps"))["steps"][-1]["number"]
    for path in ("tokens", "enterprises/1/tokens"):
        await office.raw("operator", path, {"role": "operator", "holder": "第二人"})
    assert (await office.get("operator", "steps"))["steps"][-1]["number"] == before


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
