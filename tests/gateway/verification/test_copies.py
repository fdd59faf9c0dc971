from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.registration import CodeState, Product, Registration
from gateway.verification.copies import Copy, decode, encode
from tests.gateway.verification.samples import CODE, registration, unknown

texts = st.text(max_size=20)
words = st.dictionaries(st.sampled_from(["zh", "en"]), texts)
products = st.none() | st.builds(Product, texts, words, words, texts, texts)
any_registration = st.builds(
    Registration,
    code=st.just(CODE),
    state=st.sampled_from(CodeState),
    product=products,
    batch=texts,
    produced_on=texts,
    expires_on=texts,
    activated_at=st.none() | st.floats(0, 1e11),
    level=st.integers(1, 3),
    region=texts,
    reason=texts,
)


@given(any_registration, st.integers(0, 10**13))
def test_what_is_written_is_read_again(written: Registration, asked_at_ms: int) -> None:
    assert decode(CODE, encode(written, asked_at_ms / 1000)) == Copy(written, asked_at_ms / 1000)


def test_codes_of_one_product_share_it_in_memory() -> None:
    first, second = (decode(CODE, encode(registration(), float(at))) for at in (1, 2))
    assert first is not None
    assert second is not None
    assert first.registration.product is second.registration.product


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"1", b"1[]", b"1{}", b"2" + encode(unknown(), 1.0)[1:], encode(unknown(), 1.0)[:-3],
        encode(registration(), 1.0)[:-3], b'1["sold","","","",null,1,"","",1]',
        b'1["unknown","","","",null,1,"","",[]]',
        encode(unknown(), 1.0) + b"\n{}", encode(unknown(), 1.0) + b"\n7", b"\xff",
    ],
)  # fmt: skip
def test_octets_that_we_did_not_write_count_as_a_miss(octets: bytes) -> None:
    assert decode(CODE, octets) is None


@given(st.binary(max_size=40))
def test_no_octets_make_reading_fail(octets: bytes) -> None:
    decode(CODE, b"1" + octets)
