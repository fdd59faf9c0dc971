"""Handing issued codes over: only as a file encrypted to the enterprise's key, and each time on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from gateway.registry.codes.catalogue import Catalogue
from gateway.registry.codes.export import codes_of
from gateway.registry.codes.minting import CODE_DIGITS, RESOURCE_CODE_DIGITS, Mint
from gateway.registry.codes.sealing import seal
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import operator_keys, ranges
from gateway.registry.faults import NotRegistered, Refused, no_code
from gateway.registry.life.applications import Application, read_application
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import ApplicationState, Stretch
from gateway.registry.life.steps import Action, Step, Subject, record


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A delivery that is on record and may now be written."""

    application: Application
    stretch: Stretch
    mint: Mint = field(repr=False)
    public_key: bytes = field(repr=False)

    def sealed(self) -> Iterator[bytes]:
        """The encrypted file: a line `code`, then the codes, one a line, in the order of their places."""
        return seal(self.public_key, self._lines())

    def _lines(self) -> Iterator[bytes]:
        yield b"code\n"
        for codes in codes_of(self.mint, self.stretch.first, self.stretch.last, self.application.check_version):
            yield ("\n".join(codes) + "\n").encode("ascii")


def deliver(connection: Connection, number: int, vault: Vault, step: Step) -> CodeFile:
    """Put a delivery on record and return what is to be written.  Raises Refused before codes are issued, or if the
    enterprise has no key in force."""
    application = read_application(connection, number)
    if application.state is not ApplicationState.ISSUED or application.stretch is None:
        raise Refused(
            "application {number} is {application_state}: its codes have to be issued first",
            "not_issued",
            number=number,
            application_state=application.state,
        )
    enterprise_id = require_product(connection, application.resource_code)
    version, public_key = _key_in_force(connection, enterprise_id)
    record(
        connection,
        step,
        Action.CODE_FILE_DELIVERED,
        Subject(
            enterprise_id=enterprise_id,
            resource_code=application.resource_code,
            stretch=application.stretch,
            detail=f"application {number}, to operator key {version}",
        ),
    )
    return CodeFile(application, application.stretch, mint_of(connection, application.resource_code, vault), public_key)


def _key_in_force(connection: Connection, enterprise_id: int) -> tuple[int, bytes]:
    row = connection.execute(
        select(operator_keys.c.version, operator_keys.c.public_key)
        .where(operator_keys.c.enterprise_id == enterprise_id, operator_keys.c.revoked_at.is_(None))
        .order_by(operator_keys.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        raise Refused(
            "enterprise {number} has no key in force: issue one before codes are delivered",
            "no_key_in_force",
            number=enterprise_id,
        )
    return row.version, row.public_key


def mint_of(connection: Connection, resource_code: str, vault: Vault) -> Mint:
    """What makes and reads a product's codes.  Raises NotRegistered if its codes are made elsewhere."""
    entry = Catalogue(vault).entries(connection, [resource_code], 0.0)[resource_code]
    if entry is None or entry.mint is None:
        raise NotRegistered("the registry makes no codes for product {product}", "no_codes_made", product=resource_code)
    return entry.mint


def place_of(connection: Connection, code: str, vault: Vault) -> int:
    """Where an issued code of 20 digits stands.  Raises NotRegistered, in one wording for every reason."""
    fault = no_code(code)
    if not (len(code) == CODE_DIGITS and code.isascii() and code.isdecimal()):
        raise fault
    try:
        mint = mint_of(connection, code[:RESOURCE_CODE_DIGITS], vault)
    except NotRegistered as exc:
        raise fault from exc
    place = mint.places([code])[0]
    row = connection.execute(
        select(ranges.c.last, ranges.c.check_version)
        .where(ranges.c.first <= place)
        .order_by(ranges.c.first.desc())
        .limit(1)
    ).first()
    if row is None or row.last < place or not mint.genuine(code, row.check_version):
        raise fault
    return place
