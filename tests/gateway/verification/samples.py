"""Registrations to test with."""

from __future__ import annotations

from gateway.core.registration import CodeState, Product, Registration

CODE = "81234560000000011974"
OTHER_CODE = "81234560000000021986"
LEGACY_CODE = "0012345678901234"
PRODUCT = Product(
    resource_code="8123456",
    name={"zh": "“玉泉”白酒", "en": "Yuquan spirit"},
    enterprise={"zh": "福清某酒业", "en": "Fuqing Distillery"},
    specification="500ml",
    category="spirits",
)


def registration(
    code: str = CODE, state: CodeState = CodeState.ACTIVATED, product: Product | None = PRODUCT
) -> Registration:
    return Registration(
        code=code,
        state=state,
        product=product,
        batch="20080501A",
        produced_on="2008-05-01",
        expires_on="2028-05-01",
        activated_at=1_209_600_000.0,
        level=1,
        region="350181",
        reason="",
    )


def unknown(code: str = CODE) -> Registration:
    return Registration(code=code, state=CodeState.UNKNOWN)
