"""What can be asked of the registry's desk for codes on their way: printed, packed, activated, shipped, taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import func, select

from gateway.core.registration import CodeState
from gateway.registry.database.schema import steps
from gateway.registry.life.circulation import activate, confirm_printed, ship
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.selection import Selection, owned_place, stretch_of, take_back
from gateway.registry.service.fields import Fields
from gateway.registry.service.operations import MAX_ENTERPRISE_ID, OWNERS, Operation, Result, Taken, Turn

_MAX_BATCH_CHARACTERS = 60
_WAYS = ("application", "first", "last", "code")
_BATCH_WAYS = (*_WAYS, "product", "batch")


def _selection(fields: Fields, ways: tuple[str, ...] = _WAYS) -> Selection:
    """The field `codes`: {"application"} or {"first", "last"} or {"code"}, and for some steps {"product", "batch"}."""
    meant = fields.inner("codes", ways)
    return Selection(
        application=meant.number("application", 1, MAX_ENTERPRISE_ID) if meant.has("application") else None,
        first=meant.code("first") if meant.has("first") else "",
        last=meant.code("last") if meant.has("last") else "",
        code=meant.code("code") if meant.has("code") else "",
        product=meant.resource_code("product") if meant.has("product") else "",
        batch=meant.words("batch", _MAX_BATCH_CHARACTERS) if meant.has("batch") else "",
    )


def _taken(turn: Turn) -> Taken:
    return Taken(turn.connection.execute(select(func.max(steps.c.id))).scalar_one())


def _print(turn: Turn) -> Result:
    meant = _selection(turn.fields("codes"))
    stretch = stretch_of(turn.connection, meant, turn.vault, turn.access.enterprise_id)
    confirm_printed(turn.connection, stretch, turn.step)
    return _taken(turn)


def _activate(turn: Turn) -> Result:
    fields = turn.fields("codes", "batch", "produced_on", "expires_on", "inspection", "region")
    lot = Lot(
        name=fields.words("batch", _MAX_BATCH_CHARACTERS),
        produced_on=fields.day("produced_on"),
        expires_on=fields.day("expires_on"),
        inspection=fields.words("inspection"),
        region=fields.area("region") if fields.has("region") else "",
    )
    meant = _selection(fields)
    stretch = stretch_of(turn.connection, meant, turn.vault, turn.access.enterprise_id)
    activate(turn.connection, stretch, lot, turn.step)
    return _taken(turn)


def _ship(turn: Turn) -> Result:
    fields = turn.fields("codes", "region")
    region = fields.area("region")
    stretch = stretch_of(turn.connection, _selection(fields), turn.vault, turn.access.enterprise_id)
    ship(turn.connection, stretch, region, turn.step)
    return _taken(turn)


def _pack(turn: Turn) -> Result:
    fields = turn.fields("codes", "parent")
    code, meant, owner = fields.code("parent"), _selection(fields), turn.access.enterprise_id
    parent = owned_place(turn.connection, code, turn.vault, owner)
    pack(turn.connection, parent, stretch_of(turn.connection, meant, turn.vault, owner), turn.step)
    return _taken(turn)


def _take_back(turn: Turn, state: CodeState) -> Result:
    fields = turn.fields("codes", "tell")
    told = fields.optional_words("tell")
    meant = _selection(fields, _BATCH_WAYS)
    take_back(turn.connection, meant, state, turn.step, told=told, vault=turn.vault, owner=turn.access.enterprise_id)
    return _taken(turn)


def _withdrawal(state: CodeState) -> Callable[[Turn], Result]:
    return partial(_take_back, state=state)


CIRCULATION = (
    Operation("/v1/printings", OWNERS, _print),
    Operation("/v1/activations", OWNERS, _activate),
    Operation("/v1/shipments", OWNERS, _ship),
    Operation("/v1/packings", OWNERS, _pack),
    Operation("/v1/recalls", OWNERS, _withdrawal(CodeState.RECALLED)),
    Operation("/v1/expiries", OWNERS, _withdrawal(CodeState.EXPIRED)),
    Operation("/v1/cancellations", OWNERS, _withdrawal(CodeState.CANCELLED)),
    Operation("/v1/thefts", OWNERS, _withdrawal(CodeState.STOLEN)),
)
