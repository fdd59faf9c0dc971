"""Looking codes up: code -> place -> range, a whole batch in one statement."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Engine, Select, bindparam, func, select, union_all

from gateway.core.registration import CodeState, Product, Registration
from gateway.registry.codes.catalogue import Catalogue
from gateway.registry.codes.minting import CODE_DIGITS, RESOURCE_CODE_DIGITS, Mint
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import batches, exceptions, opaque_codes, ranges
from gateway.registry.database.store import asking
from gateway.registry.life.access import Doorkeeper
from gateway.registry.views.changes import Feed
from gateway.registry.views.listings import Reading

_STATEMENT_SIZES = (1, 16, 128, 400)  # SQLite compounds at most 500 selects
_NOWHERE = -1
_STATES = {str(state): state for state in CodeState}


@cache
def _ranges_of(count: int) -> Select[Any]:
    """The statement for the places p0, p1 ...: each with its range, batch and exception, nothing if it has no range."""
    asked = union_all(
        *(select(bindparam(f"p{number}", type_=BigInteger).label("place")) for number in range(count))
    ).cte("asked")
    nearest = select(func.max(ranges.c.first)).where(ranges.c.first <= asked.c.place).correlate(asked).scalar_subquery()
    return (
        select(
            asked.c.place,
            ranges.c.check_version,
            func.coalesce(exceptions.c.state, ranges.c.state),
            batches.c.name,
            batches.c.produced_on,
            batches.c.expires_on,
            ranges.c.activated_at,
            ranges.c.level,
            ranges.c.region,
            func.coalesce(exceptions.c.reason, ranges.c.reason),
        )
        .select_from(asked)
        .join(ranges, (ranges.c.first == nearest) & (ranges.c.last >= asked.c.place))
        .outerjoin(batches, batches.c.id == ranges.c.batch_id)
        .outerjoin(exceptions, exceptions.c.place == asked.c.place)
    )


_OPAQUE = (
    select(
        opaque_codes.c.code,
        opaque_codes.c.resource_code,
        opaque_codes.c.state,
        batches.c.name,
        batches.c.produced_on,
        batches.c.expires_on,
        opaque_codes.c.activated_at,
        opaque_codes.c.level,
        opaque_codes.c.region,
        opaque_codes.c.reason,
    )
    .outerjoin(batches, batches.c.id == opaque_codes.c.batch_id)
    .where(opaque_codes.c.code.in_(bindparam("codes", expanding=True)))
)


class _Claim(NamedTuple):
    """A code that would stand at some place, if its check digits are those of the range found there."""

    code: str
    product: Product
    mint: Mint


class Register:
    """Answers look-ups from the database, which is asked anew each time: a change shows at once.

    `feed`, `reading` and `doorkeeper` read the same store.  For one thread at a time.  `clock`: monotonic seconds.
    """

    def __init__(self, store: Engine, vault: Vault | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = Catalogue(vault)
        self.feed = Feed(store)
        self.reading = Reading(store)
        self.doorkeeper = Doorkeeper(store)

    def look_up(self, codes: Sequence[str]) -> list[Registration]:
        """One registration for each code, in order.  Each code is 20 or 16 ASCII digits.

        Never issued, wrong check digits and unknown product are one and the same answer.  Raises StoreFault.
        """
        with asking(self._store) as connection:
            found = self._structured(connection, codes)
            rest = [code for code in codes if code not in found]
            found.update(self._opaque(connection, rest) if rest else {})
        return [found.get(code) or Registration(code, CodeState.UNKNOWN) for code in codes]

    def check(self) -> None:
        """Whether the database answers.  Raises StoreFault."""
        with asking(self._store) as connection:
            connection.execute(select(ranges.c.first).limit(1)).all()

    def _structured(self, connection: Connection, codes: Sequence[str]) -> dict[str, Registration]:
        claims = self._claims(connection, codes)
        found = {}
        for place, version, *facts in _rows(connection, list(claims)):
            for claim in claims[place]:
                if claim.mint.genuine(claim.code, version):
                    found[claim.code] = _registration(claim.code, claim.product, facts)
        return found

    def _claims(self, connection: Connection, codes: Sequence[str]) -> dict[int, list[_Claim]]:
        """Codes by the place they would stand at.  Codes that differ in nothing but check digits share one."""
        by_product: dict[str, list[str]] = {}
        for code in dict.fromkeys(codes):
            if len(code) == CODE_DIGITS:
                by_product.setdefault(code[:RESOURCE_CODE_DIGITS], []).append(code)
        known = self._catalogue.entries(connection, by_product, self._clock())
        claims: dict[int, list[_Claim]] = {}
        for resource_code, own in by_product.items():
            entry = known[resource_code]
            if entry is not None and entry.mint is not None:
                for place, code in zip(entry.mint.places(own), own, strict=True):
                    claims.setdefault(place, []).append(_Claim(code, entry.product, entry.mint))
        return claims

    def _opaque(self, connection: Connection, codes: Sequence[str]) -> dict[str, Registration]:
        rows = connection.execute(_OPAQUE, {"codes": codes}).all()
        known = self._catalogue.entries(connection, {row.resource_code for row in rows}, self._clock())
        found = {}
        for code, resource_code, *facts in rows:
            entry = known[resource_code]
            if entry is not None:
                found[code] = _registration(code, entry.product, facts)
        return found


def _rows(connection: Connection, places: list[int]) -> Iterator[Sequence[Any]]:
    """Few statement sizes, so that each is compiled once; what is left over asks for a place that nothing has."""
    largest = _STATEMENT_SIZES[-1]
    for at in range(0, len(places), largest):
        part = places[at : at + largest]
        size = next(size for size in _STATEMENT_SIZES if size >= len(part))
        padded = part + [_NOWHERE] * (size - len(part))
        yield from connection.execute(_ranges_of(size), {f"p{number}": place for number, place in enumerate(padded)})


def _registration(code: str, product: Product, facts: Sequence[Any]) -> Registration:
    """`facts`: the last eight columns of either statement."""
    state, batch, produced_on, expires_on, activated_at, level, region, reason = facts
    return Registration(
        code=code,
        state=_STATES[state],
        product=product,
        batch=batch or "",
        produced_on=produced_on or "",
        expires_on=expires_on or "",
        activated_at=activated_at,
        level=level,
        region=region,
        reason=reason,
    )
