"""Which codes a step is meant for: an application's, a stretch of its file, one code, or a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from gateway.core.registration import CodeState
from gateway.registry.codes.minting import RESOURCE_CODE_DIGITS
from gateway.registry.codes.vault import Vault
from gateway.registry.faults import Refused, RequestFault, no_application, no_code, no_product
from gateway.registry.life.applications import read_application
from gateway.registry.life.circulation import withdraw, withdraw_batch, withdraw_code
from gateway.registry.life.delivery import place_of
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.packing import contents_of
from gateway.registry.life.steps import Step

_ALONE = frozenset({CodeState.CANCELLED, CodeState.STOLEN})  # what a single code can become without its range


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes said in exactly one way.  `first` and `last`: codes as a code file lists them; `batch`: of `product`.

    Raises RequestFault for none or several ways.
    """

    application: int | None = None
    first: str = field(default="", repr=False)
    last: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    product: str = ""
    batch: str = ""

    def __post_init__(self) -> None:
        ways = (
            self.application is not None,
            bool(self.first and self.last),
            bool(self.code),
            bool(self.product and self.batch),
        )
        if sum(ways) != 1:
            raise RequestFault(
                "say which codes in one way: an application, a first and a last code, one code, or a product and batch",
                "which_codes",
            )


def owned_application(connection: Connection, number: int, owner: int | None) -> Stretch:
    """The places of an application's codes.  `owner`: the enterprise whose it must be, None for any.

    Raises NotRegistered, for another enterprise's too, and Refused before codes are issued.
    """
    application = read_application(connection, number)
    if owner is not None and require_product(connection, application.resource_code) != owner:
        raise no_application(number)
    if application.stretch is None:
        raise Refused("application {number} has no codes yet: issue them first", "not_issued_yet", number=number)
    return application.stretch


def owned_place(connection: Connection, code: str, vault: Vault, owner: int | None) -> int:
    """Where a code stands.  Raises NotRegistered, in the same words for one that is another enterprise's."""
    place = place_of(connection, code, vault)
    if owner is not None and require_product(connection, code[:RESOURCE_CODE_DIGITS]) != owner:
        raise no_code(code)
    return place


def stretch_of(connection: Connection, meant: Selection, vault: Vault, owner: int | None = None) -> Stretch:
    """The places of the codes meant.  Raises NotRegistered, Refused, and RequestFault for a batch."""
    if meant.batch:
        raise RequestFault(
            "this step is taken for an application, a first and a last code, or one code", "no_batch_here"
        )
    if meant.application is not None:
        return owned_application(connection, meant.application, owner)
    if meant.code:
        place = owned_place(connection, meant.code, vault, owner)
        return Stretch(place, place)
    first, last = (owned_place(connection, code, vault, owner) for code in (meant.first, meant.last))
    if first > last or meant.first[:RESOURCE_CODE_DIGITS] != meant.last[:RESOURCE_CODE_DIGITS]:
        raise Refused("the first code must stand before the last one, both of one product", "codes_out_of_order")
    return Stretch(first, last)


def take_back(
    connection: Connection,
    meant: Selection,
    state: CodeState,
    step: Step,
    *,
    told: str,
    vault: Vault,
    owner: int | None = None,
) -> None:
    """Recall, expire, cancel or report stolen; see circulation.withdraw.  A pack's code stands for all it holds."""
    if meant.batch:
        if owner is not None and require_product(connection, meant.product) != owner:
            raise no_product(meant.product)
        withdraw_batch(connection, meant.product, meant.batch, state, step, told=told)
        return
    stretch = stretch_of(connection, meant, vault, owner)
    if meant.code and state in _ALONE and not contents_of(connection, [stretch]):
        withdraw_code(connection, stretch.first, state, step, told)
    else:
        withdraw(connection, stretch, state, step, told)
