"""What can be asked of the registry's desk: each request's fields read, the step taken, the result told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from sqlalchemy import Connection

from gateway.core.serials import SERIAL_COUNT
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import products
from gateway.registry.faults import NotRegistered, Outdated, no_product
from gateway.registry.life.access import Access, Role
from gateway.registry.life.applications import LEVELS, apply, approve, issue, refuse
from gateway.registry.life.enrolment import (
    PUBLIC_KEY_OCTETS,
    Enterprise,
    EnterpriseClass,
    ProductWords,
    issue_operator_key,
    register_product,
    renew_check_key,
    require_product,
    revoke_operator_key,
    sign_up,
)
from gateway.registry.life.steps import Step
from gateway.registry.service.fields import Fields
from gateway.registry.views.rows import (
    ApplicationRow,
    EnterpriseRow,
    ProductRow,
    application_row,
    enterprise_row,
    product_rows,
)

MAX_REASON_CHARACTERS = 500
MAX_ENTERPRISE_ID = 2**31 - 1
MAX_VERSION = 32_767
_MAX_SPECIFICATION_CHARACTERS, _MAX_CATEGORY_CHARACTERS = 100, 40

OFFICE = frozenset({Role.OPERATOR})
OWNERS = frozenset({Role.ENTERPRISE, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """The version that a new key was given, or of the one that was revoked."""

    version: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: its number in the record; of several, the last."""

    number: int


Result = EnterpriseRow | ProductRow | ApplicationRow | KeyVersion | Taken


@dataclass(frozen=True, slots=True)
class Turn:
    """A request in its transaction.  `path`: the path's variables; `if_match`: the entity tag it was decided on."""

    connection: Connection
    access: Access
    step: Step
    body: object = field(repr=False)
    path: Mapping[str, str]
    vault: Vault
    two_person_limit: int
    if_match: str = ""

    def fields(self, *known: str) -> Fields:
        """The body, which besides these says `why`."""
        return Fields(self.body, (*known, "why"))

    def number(self, name: str, most: int) -> int:
        """A number in the path.  Raises NotRegistered where it can be none's."""
        text = self.path[name]
        if not (text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= most):
            raise NotRegistered("there is no {field} {value}", "no_such_number", field=name, value=text[:20])
        return int(text)


@dataclass(frozen=True, slots=True)
class Operation:
    """`act` raises RequestFault, Refused, NotRegistered or Outdated."""

    path: str
    roles: frozenset[Role]
    act: Callable[[Turn], Result]
    status: HTTPStatus = HTTPStatus.CREATED


def _sign_up(turn: Turn) -> Result:
    fields = turn.fields("name_zh", "name_en", "area", "in_catalogue", "classes")
    enterprise = Enterprise(
        name_zh=fields.words("name_zh"),
        name_en=fields.optional_words("name_en"),
        area=fields.area("area"),
        in_catalogue=fields.flag("in_catalogue"),
        classes=[EnterpriseClass(word) for word in fields.choices("classes", list(EnterpriseClass))],
    )
    return enterprise_row(turn.connection, turn.access, sign_up(turn.connection, enterprise, turn.step))


def _issue_key(turn: Turn) -> Result:
    public_key = turn.fields("public_key").octets("public_key", PUBLIC_KEY_OCTETS)
    enterprise_id = turn.number("enterprise", MAX_ENTERPRISE_ID)
    return KeyVersion(issue_operator_key(turn.connection, enterprise_id, public_key, turn.step))


def _revoke_key(turn: Turn) -> Result:
    turn.fields()
    version = turn.number("version", MAX_VERSION)
    revoke_operator_key(turn.connection, turn.number("enterprise", MAX_ENTERPRISE_ID), version, turn.step)
    return KeyVersion(version)


def _register_product(turn: Turn) -> Result:
    fields = turn.fields("enterprise_id", "name_zh", "name_en", "specification", "category")
    words = ProductWords(
        name_zh=fields.words("name_zh"),
        name_en=fields.optional_words("name_en"),
        specification=fields.optional_words("specification", _MAX_SPECIFICATION_CHARACTERS),
        category=fields.optional_words("category", _MAX_CATEGORY_CHARACTERS),
    )
    owner = fields.number("enterprise_id", 1, MAX_ENTERPRISE_ID)
    resource_code = register_product(turn.connection, owner, words, turn.vault, turn.step)
    return product_rows(turn.connection, turn.access, products.c.resource_code == resource_code)[0]


def _renew_check_key(turn: Turn) -> Result:
    turn.fields()
    return KeyVersion(renew_check_key(turn.connection, turn.path["resource_code"], turn.vault, turn.step))


def _apply(turn: Turn) -> Result:
    fields = turn.fields("product", "quantity", "level")
    resource_code = fields.resource_code("product")
    quantity = fields.number("quantity", 1, SERIAL_COUNT)
    level = fields.number("level", LEVELS[0], LEVELS[-1], default=1)
    own = turn.access.enterprise_id
    if own is not None and require_product(turn.connection, resource_code) != own:
        raise no_product(resource_code)
    number = apply(turn.connection, resource_code, quantity, level, turn.step)
    return application_row(turn.connection, turn.access, number)


def _approve(turn: Turn) -> Result:
    return _decide(turn, lambda number: approve(turn.connection, number, turn.step, turn.two_person_limit))


def _refuse(turn: Turn) -> Result:
    return _decide(turn, lambda number: refuse(turn.connection, number, turn.step))


def _issue(turn: Turn) -> Result:
    return _decide(turn, lambda number: issue(turn.connection, number, turn.step))


def _decide(turn: Turn, act: Callable[[int], object]) -> ApplicationRow:
    turn.fields()
    number = turn.number("application", MAX_ENTERPRISE_ID)
    before = application_row(turn.connection, turn.access, number)
    if turn.if_match not in {"", "*", before.etag}:
        raise Outdated(
            "application {number} is {application_state} with {count} approvals by now",
            "outdated",
            number=number,
            application_state=before.state,
            count=len(before.approved_by),
        )
    act(number)
    return application_row(turn.connection, turn.access, number)


ENROLMENT = (
    Operation("/v1/enterprises", OFFICE, _sign_up),
    Operation("/v1/enterprises/{enterprise}/keys", OFFICE, _issue_key),
    Operation("/v1/enterprises/{enterprise}/keys/{version}/revocation", OFFICE, _revoke_key),
    Operation("/v1/products", OFFICE, _register_product),
    Operation("/v1/products/{resource_code}/check-keys", OFFICE, _renew_check_key),
    Operation("/v1/applications", OWNERS, _apply),
    Operation("/v1/applications/{application}/approvals", OFFICE, _approve),
    Operation("/v1/applications/{application}/refusal", OFFICE, _refuse),
    Operation("/v1/applications/{application}/issue", OFFICE, _issue),
)
