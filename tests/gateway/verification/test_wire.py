from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import CodeState, Registration
from gateway.verification.wire import registrations, request_body
from tests.gateway.verification.samples import CODE, LEGACY_CODE, OTHER_CODE, registration

# Written by hand from the contract.
ROW: dict[str, Any] = {
    "code": CODE,
    "state": "activated",
    "product": {
        "resource_code": "8123456",
        "name": {"zh": "“玉泉”白酒", "en": "Yuquan spirit"},
        "enterprise": {"zh": "福清某酒业", "en": "Fuqing Distillery"},
        "specification": "500ml",
        "category": "spirits",
    },
    "batch": "20080501A",
    "produced_on": "2008-05-01",
    "expires_on": "2028-05-01",
    "activated_at": 1209600000,
    "level": 1,
    "region": "350181",
    "reason": "",
}


def body(*rows: object) -> bytes:
    return json.dumps({"registrations": rows}).encode()


def only(octets: bytes, code: str = CODE) -> Registration | VerificationUnavailable:
    (found,) = registrations(octets, [code])
    return found


def test_the_request_lists_the_codes_as_texts_with_their_leading_zeros() -> None:
    assert request_body([CODE, LEGACY_CODE]) == b'{"codes":["81234560000000011974","0012345678901234"]}'


def test_a_row_of_the_contract_becomes_the_registration_that_it_describes() -> None:
    assert only(body(ROW)) == registration()


def test_a_code_that_was_never_issued_needs_no_more_than_its_state() -> None:
    assert only(body({"code": CODE, "state": "unknown", "product": None})) == Registration(CODE, CodeState.UNKNOWN)


@pytest.mark.parametrize("state", list(CodeState))
def test_every_state_is_understood(state: CodeState) -> None:
    found = only(body(ROW | {"state": state.value}))
    assert isinstance(found, Registration)
    assert found.state is state


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b'"registrations"',
        b"{}",
        b'{"registrations": null}',
        b'{"registrations": {}}',
        b'{"registrations": []}',
        b"[" * 100_000,
        b'{"registrations": ' + b"9" * 5_000 + b"}",
        body(ROW, ROW),
    ],
)
def test_an_answer_of_another_shape_is_refused_whole(octets: bytes) -> None:
    with pytest.raises(VerificationUnavailable, match="the backend's answer"):
        registrations(octets, [CODE])


FAULTY = [
    ({"code": OTHER_CODE}, "code"),
    ({"code": 81234560000000011974}, "code"),
    ({"code": None}, "code"),
    ({"state": "sold"}, "state"),
    ({"state": None}, "state"),
    ({"state": ["activated"]}, "state"),
    ({"product": []}, "product"),
    ({"product": {}}, "resource_code"),
    ({"product": ROW["product"] | {"name": "wine"}}, "name"),
    ({"product": ROW["product"] | {"name": {"zh": 1}}}, "name.zh"),
    ({"product": ROW["product"] | {"name": {str(n): "" for n in range(21)}}}, "name"),
    ({"product": ROW["product"] | {"name": {"z" * 36: "x"}}}, "name"),
    ({"product": ROW["product"] | {"enterprise": None}}, "enterprise"),
    ({"product": ROW["product"] | {"specification": "x" * 501}}, "specification"),
    ({"product": ROW["product"] | {"category": 3}}, "category"),
    ({"batch": 20080501}, "batch"),
    ({"batch": "a\x00b"}, "batch"),
    ({"reason": "\ud83d"}, "reason"),
    ({"reason": "x" * 501}, "reason"),
    ({"produced_on": "1 May 2008"}, "produced_on"),
    ({"expires_on": "2008-5-1"}, "expires_on"),
    ({"expires_on": "２００８-05-01"}, "expires_on"),
    ({"expires_on": None}, "expires_on"),
    ({"activated_at": "yesterday"}, "activated_at"),
    ({"activated_at": True}, "activated_at"),
    ({"activated_at": -1}, "activated_at"),
    ({"activated_at": 1e300}, "activated_at"),
    ({"activated_at": float("nan")}, "activated_at"),
    ({"activated_at": 10**400}, "activated_at"),
    ({"level": 0}, "level"),
    ({"level": True}, "level"),
    ({"level": "1"}, "level"),
    ({"level": 1.0}, "level"),
    ({"region": []}, "region"),
]


@pytest.mark.parametrize(("fault", "named"), FAULTY)
def test_a_faulty_row_costs_only_its_own_code_the_answer_and_the_fault_is_named(
    fault: dict[str, Any], named: str
) -> None:
    good, bad = registrations(body(ROW | {"code": OTHER_CODE}, ROW | fault), [OTHER_CODE, CODE])
    assert isinstance(good, Registration)
    assert isinstance(bad, VerificationUnavailable)
    assert f"registrations[1].{named}" in str(bad) or f"product.{named}" in str(bad)
    assert len(str(bad)) < 300


@pytest.mark.parametrize("row", [None, 3, "x", [], [ROW]])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    assert isinstance(only(body(row)), VerificationUnavailable)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(ROW)), json_values)
def test_any_value_in_any_place_gives_a_registration_or_our_own_error(key: str, value: object) -> None:
    assert isinstance(only(body(ROW | {key: value})), Registration | VerificationUnavailable)


@given(st.binary(max_size=60))
def test_any_octets_give_registrations_or_our_own_error(octets: bytes) -> None:
    try:
        registrations(octets, [CODE])
    except VerificationUnavailable:
        return
