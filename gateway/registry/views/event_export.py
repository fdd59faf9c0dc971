"""A product's life-cycle events read out of the record of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.registry.codes.export import codes_of
from gateway.registry.codes.minting import Mint
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import batches, ranges, steps
from gateway.registry.life.delivery import mint_of
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.life.stretches import resource_code_of
from gateway.registry.views.epcis import EXPORTED, LifeEvent

Ask = Callable[[], AbstractContextManager[Connection]]


def put_on_record(connection: Connection, resource_code: str, step: Step) -> None:
    """Events name codes, so that exporting them is a reading of codes.  Raises NotRegistered."""
    subject = Subject(require_product(connection, resource_code), resource_code)
    record(connection, step, Action.EVENTS_EXPORTED, subject)


def eventful_steps(
    connection: Connection, resource_code: str, after: int = 0, most: int | None = None
) -> Sequence[Row[Any]]:
    """The steps of a product's codes that are events, after a step's number, in order; at most so many."""
    wanted = (
        select(steps, batches.c.expires_on)
        .outerjoin(batches, (batches.c.resource_code == steps.c.resource_code) & (batches.c.name == steps.c.batch))
        .where(steps.c.resource_code == resource_code, steps.c.action.in_(EXPORTED), steps.c.id > after)
        .order_by(steps.c.id)
        .limit(most)
    )
    return connection.execute(wanted).all()


def life_events(ask: Ask, taken: Iterable[Row[Any]], mint: Mint, vault: Vault) -> Iterator[LifeEvent]:
    """The events that `eventful_steps` are.  `mint`: of their product.

    The database is asked anew for each: whoever reads slowly holds no connection.  Raises StoreFault.
    """
    return (_life_event(ask, mint, vault, row) for row in taken)


def _life_event(ask: Ask, mint: Mint, vault: Vault, row: Row[Any]) -> LifeEvent:
    parent = ""
    if row.parent is not None:
        outer = Stretch(row.parent, row.parent)
        with ask() as connection:
            packer = mint_of(connection, resource_code_of(outer), vault)
        parent = next(codes[0] for codes in _codes(ask, packer, outer))
    return LifeEvent(
        number=row.id,
        at=row.at,
        action=Action(row.action),
        codes=_codes(ask, mint, Stretch(row.first, row.last)),
        parent=parent,
        batch=row.batch,
        expires_on=row.expires_on or "",
        region=row.region,
    )


def _codes(ask: Ask, mint: Mint, stretch: Stretch) -> Iterator[Sequence[str]]:
    """The codes of an issued stretch, each under the key version of its range."""
    start = select(ranges.c.first).where(ranges.c.first <= stretch.first).order_by(ranges.c.first.desc()).limit(1)
    covering = (
        select(ranges.c.first, ranges.c.last, ranges.c.check_version)
        .where(ranges.c.first >= start.scalar_subquery(), ranges.c.first <= stretch.last)
        .order_by(ranges.c.first)
    )
    with ask() as connection:
        found = connection.execute(covering).all()
    for first, last, version in found:
        yield from codes_of(mint, max(first, stretch.first), min(last, stretch.last), version)
