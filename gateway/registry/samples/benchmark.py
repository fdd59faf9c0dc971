"""How fast the registry answers when it is as large as a nation's: measured, not guessed."""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select

from gateway.core.check_digits import CheckScheme
from gateway.core.registration import CodeState
from gateway.core.serials import SERIAL_COUNT
from gateway.registry.codes.minting import KeyPurpose, first_place
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import batches, enterprises, keys, products, ranges
from gateway.registry.faults import DatabaseFault
from gateway.registry.life.delivery import mint_of
from gateway.registry.service.wire import registrations_body
from gateway.registry.views.lookups import Register

RANGE_CODES = 5_000
_RANGES_PER_PRODUCT = SERIAL_COUNT // RANGE_CODES
_ROWS_PER_STATEMENT = 10_000
_SEED = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen.  `codes_a_second` is by CPU time, of look-up and encoding together; memory is the peak."""

    ranges: int
    codes_a_second: float
    slowest_batch_milliseconds: float
    resident_mebibytes: int


def fill(store: Engine, range_count: int) -> None:
    """Make `range_count` active ranges of 5,000 codes, each with its own batch, in as few products as hold them."""
    with store.begin() as connection:
        if connection.execute(select(func.count()).select_from(products)).scalar_one():
            raise DatabaseFault("the database already holds products: name a new one for the benchmark")
        connection.execute(insert(enterprises).values(id=1, name_zh="基准", area="350181", signed_up_at=0.0))
        product_count = -(-range_count // _RANGES_PER_PRODUCT)
        resource_codes = [f"8{number:06d}" for number in range(product_count)]
        for resource_code in resource_codes:
            _product(connection, resource_code)
        rows = _rows(resource_codes, range_count)
        while part := [row for _, row in zip(range(_ROWS_PER_STATEMENT), rows, strict=False)]:
            connection.execute(insert(batches), [batch for batch, _ in part])
            connection.execute(insert(ranges), [stretch for _, stretch in part])


def _product(connection: Connection, resource_code: str) -> None:
    connection.execute(
        insert(products).values(
            resource_code=resource_code,
            enterprise_id=1,
            name_zh=f"产品{resource_code}",
            check_scheme=CheckScheme.HMAC,
            next_position=SERIAL_COUNT,
            registered_at=0.0,
        )
    )
    for purpose in KeyPurpose:
        secret = b"\0" + f"{purpose} {resource_code}".encode().ljust(32)
        connection.execute(
            insert(keys).values(resource_code=resource_code, purpose=purpose, version=1, secret=secret, issued_at=0.0)
        )


def _rows(resource_codes: list[str], range_count: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    for number in range(range_count):
        product, own = divmod(number, _RANGES_PER_PRODUCT)
        first = first_place(resource_codes[product]) + own * RANGE_CODES
        batch = {
            "id": number + 1,
            "resource_code": resource_codes[product],
            "name": f"{number:08d}",
            "produced_on": "2026-01-01",
            "expires_on": "2036-01-01",
        }
        yield (
            batch,
            {
                "first": first,
                "last": first + RANGE_CODES - 1,
                "batch_id": number + 1,
                "state": CodeState.ACTIVATED,
                "state_at": 0.0,
                "activated_at": 0.0,
            },
        )


def measure(store: Engine, batch_count: int, batch_codes: int) -> Measured:
    """Ask for `batch_count` batches of codes drawn from all ranges alike."""
    drawn = random.Random(_SEED)
    asked = [_codes(store, drawn, batch_codes) for _ in range(batch_count + 1)]
    register = Register(store)
    register.look_up(asked.pop())
    spent, slowest = 0.0, 0.0
    for codes in asked:
        began, began_cpu = time.perf_counter(), time.process_time()
        registrations_body(register.look_up(codes))
        spent += time.process_time() - began_cpu
        slowest = max(slowest, time.perf_counter() - began)
    with store.connect() as connection:
        count = connection.execute(select(func.count()).select_from(ranges)).scalar_one()
    return Measured(
        ranges=count,
        codes_a_second=batch_count * batch_codes / spent,
        slowest_batch_milliseconds=slowest * 1_000,
        resident_mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024,
    )


def _codes(store: Engine, drawn: random.Random, count: int) -> list[str]:
    with store.connect() as connection:
        resource_codes = connection.execute(select(products.c.resource_code)).scalars().all()
        largest = connection.execute(select(func.max(ranges.c.last))).scalar_one()
        mints = [mint_of(connection, resource_code, Vault()) for resource_code in resource_codes]
    made = []
    for _ in range(count):
        mint = drawn.choice(mints)
        issued = min(SERIAL_COUNT, largest + 1 - first_place(mint.resource_code))
        made += mint.codes([drawn.randrange(issued)], 1)
    return made
