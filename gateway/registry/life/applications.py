"""Enterprises apply for codes; others approve; the codes are issued as a stretch of places (赋码)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from gateway.core.registration import CodeState
from gateway.core.serials import SERIAL_COUNT
from gateway.registry.codes.minting import first_place
from gateway.registry.database.schema import applications, approvals, products, ranges
from gateway.registry.faults import Refused, RequestFault, no_application
from gateway.registry.life.enrolment import latest_check_version, require_product
from gateway.registry.life.life_cycle import ApplicationState, Stretch, approvals_needed
from gateway.registry.life.steps import Action, Step, Subject, record

LEVELS = (1, 2, 3)
DEFAULT_TWO_PERSON_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it stands.  `stretch`: the places issued for it; `check_version`: whose check digits."""

    number: int
    resource_code: str
    quantity: int
    level: int
    state: ApplicationState
    applied_by: str
    stretch: Stretch | None = None
    check_version: int = 0


def apply(connection: Connection, resource_code: str, quantity: int, level: int, step: Step) -> int:
    """Apply for codes of a packaging level (1 sales unit, 2 middle pack, 3 case); returns the application's number."""
    if level not in LEVELS:
        raise RequestFault(
            "level {level}: write 1 for sales units, 2 for middle packs, 3 for cases", "level", level=level
        )
    if not 1 <= quantity <= SERIAL_COUNT:
        raise RequestFault(
            "quantity {quantity}: apply for 1 to {most:,} codes", "quantity", quantity=quantity, most=SERIAL_COUNT
        )
    enterprise_id = require_product(connection, resource_code)
    number: int = connection.execute(
        insert(applications)
        .values(
            resource_code=resource_code,
            quantity=quantity,
            level=level,
            state=ApplicationState.APPLIED,
            applied_by=step.actor,
            applied_at=step.at,
        )
        .returning(applications.c.id)
    ).scalar_one()
    record(
        connection,
        step,
        Action.APPLIED,
        Subject(
            enterprise_id=enterprise_id,
            resource_code=resource_code,
            detail=f"application {number}: {quantity} codes of level {level}",
        ),
    )
    return number


def read_application(connection: Connection, number: int) -> Application:
    """The application as it stands.  Raises NotRegistered."""
    row = connection.execute(select(applications).where(applications.c.id == number)).first()
    if row is None:
        raise no_application(number)
    return Application(
        number=row.id,
        resource_code=row.resource_code,
        quantity=row.quantity,
        level=row.level,
        state=ApplicationState(row.state),
        applied_by=row.applied_by,
        stretch=None if row.first is None else Stretch(row.first, row.last),
        check_version=row.check_version or 0,
    )


def approve(connection: Connection, number: int, step: Step, two_person_limit: int = DEFAULT_TWO_PERSON_LIMIT) -> bool:
    """One person's approval; returns whether the application is now approved.

    Raises Refused for the applicant's own approval, for a person's second one, and unless it is open.
    """
    application = _open_application(connection, number)
    if step.actor == application.applied_by:
        raise Refused(
            "{actor} has applied and cannot approve: another person must", "applied_himself", actor=step.actor
        )
    given = set(
        connection.execute(select(approvals.c.approved_by).where(approvals.c.application_id == number)).scalars()
    )
    if step.actor in given:
        raise Refused(
            "{actor} has approved application {number} already: another person must",
            "approved_already",
            actor=step.actor,
            number=number,
        )
    connection.execute(insert(approvals).values(application_id=number, approved_by=step.actor, approved_at=step.at))
    approved = len(given) + 1 >= approvals_needed(application.quantity, two_person_limit)
    if approved:
        _set_state(connection, number, ApplicationState.APPROVED)
    record(
        connection,
        step,
        Action.APPROVED,
        Subject(
            require_product(connection, application.resource_code),
            application.resource_code,
            detail=f"application {number}",
        ),
    )
    return approved


def refuse(connection: Connection, number: int, step: Step) -> None:
    """Turn an application down, for the reason that the step gives.  Raises Refused unless it is open."""
    application = _open_application(connection, number)
    _set_state(connection, number, ApplicationState.REFUSED)
    record(
        connection,
        step,
        Action.APPLICATION_REFUSED,
        Subject(
            require_product(connection, application.resource_code),
            application.resource_code,
            detail=f"application {number}",
        ),
    )


def issue(connection: Connection, number: int, step: Step) -> Stretch:
    """Take the next places of the product for an approved application.  Unique by construction: none is given twice."""
    application = read_application(connection, number)
    if application.state is not ApplicationState.APPROVED:
        raise Refused(
            "application {number} is {application_state}: only an approved one is issued",
            "not_approved",
            number=number,
            application_state=application.state,
        )
    enterprise_id = require_product(connection, application.resource_code)
    own = products.c.resource_code == application.resource_code
    position = connection.execute(select(products.c.next_position).where(own)).scalar_one()
    if position + application.quantity > SERIAL_COUNT:
        raise Refused(
            "product {product} has {count:,} codes left: apply for fewer",
            "few_codes_left",
            product=application.resource_code,
            count=SERIAL_COUNT - position,
        )
    check_version = latest_check_version(connection, application.resource_code)
    if not check_version:
        raise Refused(
            "product {product} has no check digit key: its codes are made elsewhere",
            "made_elsewhere",
            product=application.resource_code,
        )
    connection.execute(update(products).where(own).values(next_position=position + application.quantity))
    first = first_place(application.resource_code) + position
    stretch = Stretch(first, first + application.quantity - 1)
    _enter(connection, application, stretch, check_version, issued_at=step.at)
    record(
        connection,
        step,
        Action.ISSUED,
        Subject(
            enterprise_id=enterprise_id,
            resource_code=application.resource_code,
            stretch=stretch,
            detail=f"application {number}",
        ),
    )
    return stretch


def _enter(
    connection: Connection, application: Application, stretch: Stretch, check_version: int, *, issued_at: float
) -> None:
    connection.execute(
        insert(ranges).values(
            first=stretch.first,
            last=stretch.last,
            level=application.level,
            check_version=check_version,
            state=CodeState.ISSUED,
            state_at=issued_at,
        )
    )
    connection.execute(
        update(applications)
        .where(applications.c.id == application.number)
        .values(state=ApplicationState.ISSUED, first=stretch.first, last=stretch.last, check_version=check_version)
    )


def _open_application(connection: Connection, number: int) -> Application:
    application = read_application(connection, number)
    if application.state is not ApplicationState.APPLIED:
        raise Refused(
            "application {number} is {application_state}: nothing is left to decide",
            "decided_already",
            number=number,
            application_state=application.state,
        )
    return application


def _set_state(connection: Connection, number: int, state: ApplicationState) -> None:
    connection.execute(update(applications).where(applications.c.id == number).values(state=state))
