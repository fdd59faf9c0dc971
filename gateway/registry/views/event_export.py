"""A product's life-cycle events read out of the record of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def put_on_record(connection: Connection, resource_code: str, step: Step) -> None:
    """Events name codes, so that exporting them is a reading of codes.  Raises NotRegistered."""
    subject = Subject(require_product(connection, resource_code), resource_code)
    record(connection, step, Action.EVENTS_EXPORTED, subject)


def life_events(connection: Connection, resource_code: str, vault: Vault, after: int = 0) -> Iterator[LifeEvent]:
    """The events of a product's codes after a step's number, in order.  Raises NotRegistered."""
    mint = mint_of(connection, resource_code, vault)
    wanted = (
        select(steps, batches.c.expires_on)
        .outerjoin(batches, (batches.c.resource_code == steps.c.resource_code) & (batches.c.name == steps.c.batch))
        .where(steps.c.resource_code == resource_code, steps.c.action.in_(EXPORTED), steps.c.id > after)
        .order_by(steps.c.id)
    )
    for row in connection.execute(wanted).all():
        yield _life_event(connection, mint, vault, row)


def _life_event(connection: Connection, mint: Mint, vault: Vault, row: Row[tuple[object, ...]]) -> LifeEvent:
    parent = ""
    if row.parent is not None:
        outer = Stretch(row.parent, row.parent)
        packer = mint_of(connection, resource_code_of(outer), vault)
        parent = next(codes[0] for codes in _codes(connection, packer, outer))
    return LifeEvent(
        number=row.id,
        at=row.at,
        action=Action(row.action),
        codes=_codes(connection, mint, Stretch(row.first, row.last)),
        parent=parent,
        batch=row.batch,
        expires_on=row.expires_on or "",
        region=row.region,
    )


def _codes(connection: Connection, mint: Mint, stretch: Stretch) -> Iterator[Sequence[str]]:
    """The codes of an issued stretch, each under the key version of its range."""
    start = select(ranges.c.first).where(ranges.c.first <= stretch.first).order_by(ranges.c.first.desc()).limit(1)
    covering = (
        select(ranges.c.first, ranges.c.last, ranges.c.check_version)
        .where(ranges.c.first >= start.scalar_subquery(), ranges.c.first <= stretch.last)
        .order_by(ranges.c.first)
    )
    for first, last, version in connection.execute(covering).all():
        yield from codes_of(mint, max(first, stretch.first), min(last, stretch.last), version)
