"""A registry of two products, small enough to know by heart."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, insert

from gateway.core.registration import CodeState
from gateway.registry.codes.minting import KeyPurpose, Mint
from gateway.registry.database.schema import batches, enterprises, exceptions, keys, opaque_codes, products, ranges
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.views.lookups import Register

SPIRIT, CEMENT = "8123456", "8765432"
SERIAL_KEY, CHECK_KEY, NEW_CHECK_KEY = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
BASE = 8_123_456_000_000_000
LEGACY = "1234567890123456"
UNSTRUCTURED = "87654320000000000001"

MINT = Mint(SPIRIT, SERIAL_KEY, {1: CHECK_KEY, 2: NEW_CHECK_KEY})


def fill(store: Engine) -> None:
    """Positions of the spirit: 0-999 active, 1000-1999 issued, 3000-3999 recalled, 4000 of the second key; a gap."""
    with store.begin() as connection:
        _fill_products(connection)
        _fill_codes(connection)


def _fill_products(connection: Connection) -> None:
    connection.execute(
        insert(enterprises).values(name_zh="福清玉泉酒业", name_en="Yuquan", area="350181", signed_up_at=1.0)
    )
    for resource_code, scheme in ((SPIRIT, "hmac"), (CEMENT, "none")):
        connection.execute(
            insert(products).values(
                resource_code=resource_code,
                enterprise_id=1,
                name_zh="白酒",
                name_en="Baijiu",
                specification="500ml",
                category="spirits",
                check_scheme=scheme,
                registered_at=1.0,
            )
        )
    for purpose, version, secret in (
        (KeyPurpose.SERIAL, 1, SERIAL_KEY),
        (KeyPurpose.CHECK, 1, CHECK_KEY),
        (KeyPurpose.CHECK, 2, NEW_CHECK_KEY),
    ):
        connection.execute(
            insert(keys).values(
                resource_code=SPIRIT, purpose=purpose, version=version, secret=b"\0" + secret, issued_at=1.0
            )
        )


def _fill_codes(connection: Connection) -> None:
    connection.execute(
        insert(batches).values(resource_code=SPIRIT, name="20260501", produced_on="2026-05-01", expires_on="2036-05-01")
    )
    for first, last, more in (
        (0, 999, {"state": CodeState.ACTIVATED, "batch_id": 1, "activated_at": 7.0, "region": "350100"}),
        (1000, 1999, {"state": CodeState.ISSUED}),
        (3000, 3999, {"state": CodeState.RECALLED, "batch_id": 1, "reason": "抽检不合格", "level": 3}),
        (4000, 4000, {"state": CodeState.ACTIVATED, "check_version": 2}),
    ):
        connection.execute(insert(ranges).values(first=BASE + first, last=BASE + last, state_at=8.0, **more))
    connection.execute(
        insert(exceptions).values(place=BASE + 5, state=CodeState.CANCELLED, state_at=9.0, reason="标签被盗")
    )
    for code, resource_code in ((LEGACY, SPIRIT), (UNSTRUCTURED, CEMENT)):
        connection.execute(
            insert(opaque_codes).values(
                code=code, resource_code=resource_code, state=CodeState.ACTIVATED, state_at=8.0, activated_at=8.0
            )
        )


def code_at(position: int, version: int = 1) -> str:
    """The spirit's code at a position."""
    return MINT.codes([position], version)[0]


def at(first: int, last: int) -> Stretch:
    """The spirit's codes from one position to another."""
    return Stretch(BASE + first, BASE + last)


def state_at(store: Engine, position: int) -> CodeState:
    """What a look-up finds there."""
    return Register(store).look_up([code_at(position)])[0].state
