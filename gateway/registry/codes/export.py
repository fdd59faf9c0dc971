"""Issued codes as a stream: for printing, for load tests, for codes to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from sqlalchemy import Connection, select

from gateway.core.registration import CodeState
from gateway.registry.codes.catalogue import Catalogue
from gateway.registry.codes.minting import Mint, first_place
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import batches, exceptions, products, ranges

_CHUNK_CODES = 512


def codes_of(mint: Mint, first: int, last: int, check_version: int) -> Iterator[list[str]]:
    """The codes at the places `first` .. `last` of one product, in chunks."""
    base = first_place(mint.resource_code)
    for at in range(first - base, last - base + 1, _CHUNK_CODES):
        yield mint.codes(range(at, min(at + _CHUNK_CODES, last - base + 1)), check_version)


def good_codes(connection: Connection, today: str, vault: Vault | None = None) -> Iterator[str]:
    """Every active sales-unit code within its date (ISO 8601 day), the products taking turns.

    Single codes that left their range are passed over.
    """
    resource_codes = list(
        connection.execute(select(products.c.resource_code).order_by(products.c.resource_code)).scalars()
    )
    entries = Catalogue(vault).entries(connection, resource_codes, 0.0)
    away = frozenset(connection.execute(select(exceptions.c.place)).scalars())
    mints = [entry.mint for entry in entries.values() if entry is not None and entry.mint is not None]
    streams = [_good_chunks(connection, mint, today, away) for mint in mints]
    for chunks in zip_longest(*streams, fillvalue=[]):
        yield from (code for turn in zip_longest(*chunks) for code in turn if code is not None)


def _good_chunks(connection: Connection, mint: Mint, today: str, away: frozenset[int]) -> Iterator[list[str]]:
    stretches = connection.execute(
        select(ranges.c.first, ranges.c.last, ranges.c.check_version)
        .outerjoin(batches, batches.c.id == ranges.c.batch_id)
        .where(
            ranges.c.first >= first_place(mint.resource_code),
            ranges.c.first < first_place(mint.resource_code) + 10**9,
            ranges.c.state == CodeState.ACTIVATED,
            ranges.c.level == 1,
            (batches.c.expires_on >= today) | (batches.c.expires_on == ""),
        )
        .order_by(ranges.c.first)
    ).all()
    for first, last, version in stretches:
        for begin, end in _without(first, last, sorted(place for place in away if first <= place <= last)):
            yield from codes_of(mint, begin, end, version)


def _without(first: int, last: int, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pieces of first..last that are left when single places are taken out."""
    begin = first
    for place in chain(places, [last + 1]):
        if begin < place:
            yield begin, place - 1
        begin = place + 1
