"""The look-up contract: what is refused, and exactly what is written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.registration import CodeState, Product, Registration
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.life_cycle import move_refusal
from gateway.registry.service.wire import asked_codes, problem_body, registration_body, registrations_body

CODE = "81234561234567891234"


def test_codes_are_taken_in_order() -> None:
    assert asked_codes(json.dumps({"codes": [CODE, "1234567890123456"], "later": 1}).encode()) == [
        CODE,
        "1234567890123456",
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[]", "1 to 1000 codes"),
        (b"{}", "1 to 1000 codes"),
        (b'{"codes": []}', "1 to 1000 codes"),
        (b'{"codes": "81234561234567891234"}', "1 to 1000 codes"),
        (json.dumps({"codes": [CODE] * 1001}).encode(), "1 to 1000 codes"),
        (json.dumps({"codes": [CODE, CODE[:-1]]}).encode(), r"codes\[1\]"),
        (json.dumps({"codes": [int(CODE)]}).encode(), r"codes\[0\]"),
        (json.dumps({"codes": ["８１２３４５６１２３４５６７８９１２３４"]}).encode(), r"codes\[0\]"),
        (json.dumps({"codes": ["8123456123456789123x"]}).encode(), r"codes\[0\]"),
    ],
)
def test_a_request_of_another_form_is_refused_with_the_place(body: bytes, says: str) -> None:
    with pytest.raises(RequestFault, match=says):
        asked_codes(body)


@given(st.binary(max_size=200))
def test_any_octets_are_codes_or_a_request_fault(body: bytes) -> None:
    try:
        codes = asked_codes(body)
    except RequestFault:
        return
    assert codes


def test_a_registration_is_written_field_by_field() -> None:
    product = Product("8123456", {"zh": "白酒", "en": "Baijiu"}, {"zh": "玉泉", "en": "Yuquan"}, "500ml", "spirits")
    registration = Registration(
        CODE, CodeState.RECALLED, product, "20260501", "2026-05-01", "2036-05-01", 7.5, 2, "350100", "抽检不合格"
    )
    assert registration_body(registration).decode() == (
        '{"code":"81234561234567891234","state":"recalled","product":{"resource_code":"8123456",'
        '"name":{"zh":"白酒","en":"Baijiu"},"enterprise":{"zh":"玉泉","en":"Yuquan"},"specification":"500ml",'
        '"category":"spirits"},"batch":"20260501","produced_on":"2026-05-01","expires_on":"2036-05-01",'
        '"activated_at":7.5,"level":2,"region":"350100","reason":"抽检不合格"}'
    )


def test_an_unknown_code_is_written_with_nothing_known() -> None:
    assert json.loads(registrations_body([Registration(CODE, CodeState.UNKNOWN)])) == {
        "registrations": [
            {
                "code": CODE,
                "state": "unknown",
                "product": None,
                "batch": "",
                "produced_on": "",
                "expires_on": "",
                "activated_at": None,
                "level": 1,
                "region": "",
                "reason": "",
            }
        ]
    }


def test_a_problem_names_its_status() -> None:
    assert json.loads(problem_body(422, "Unprocessable Entity", "codes[0] is no code")) == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "codes[0] is no code",
    }


def test_a_refusal_has_a_key_and_words_from_which_it_can_be_said_in_any_language() -> None:
    refusal = move_refusal(CodeState.EXPIRED, CodeState.PRINTED)
    assert isinstance(refusal, Refused)
    assert json.loads(problem_body(409, "Conflict", refusal)) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "the codes do not become printed: they are expired, and only what is issued can become printed",
        "key": "comes_later",
        "words": {"target": "printed", "state": "expired", "before": ["issued"]},
    }


def test_braces_in_what_a_user_wrote_stay_as_they_are() -> None:
    refusal = Refused("{name} is signed up already, as enterprise {number}", "signed_up_already", name="{0}", number=7)
    assert str(refusal) == "{0} is signed up already, as enterprise 7"
    assert str(RequestFault("{no} braces to fill")) == "{no} braces to fill"
