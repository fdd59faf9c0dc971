"""Where steps are taken for those who ask over HTTP: one transaction for the step, its record and its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from sqlalchemy import Engine

from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import writing
from gateway.registry.faults import NotRegistered, Refused, RegistryFault
from gateway.registry.life.access import Access
from gateway.registry.life.applications import DEFAULT_TWO_PERSON_LIMIT
from gateway.registry.life.delivery import CodeFile, deliver
from gateway.registry.life.steps import Step
from gateway.registry.service.event_page import EventPage, EventsWanted, event_page
from gateway.registry.service.fields import Fields, json_object
from gateway.registry.service.operations import MAX_ENTERPRISE_ID, MAX_REASON_CHARACTERS, Operation, Turn
from gateway.registry.service.repetition import Answer, first_answer, keep_answer, repeatable
from gateway.registry.service.wire import problem_body, row_body
from gateway.registry.views.rows import ApplicationRow, application_row

DEFAULT_REMEMBERED_HOURS = 24
_HOUR_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that takes a step.  `target`: the path as it was sent; `path`: its variables; `key`: of repetition."""

    access: Access
    target: str
    path: Mapping[str, str]
    body: bytes = field(repr=False)
    key: str = ""
    if_match: str = ""


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Above `two_person_limit` codes two persons approve; answers are kept for `remembered_hours`."""

    two_person_limit: int = DEFAULT_TWO_PERSON_LIMIT
    remembered_hours: float = DEFAULT_REMEMBERED_HOURS


class Desk:
    """Takes steps.  For one thread at a time.  `clock`: Unix time in seconds."""

    def __init__(
        self,
        store: Engine,
        vault: Vault | None = None,
        rules: DeskRules | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault or Vault()
        self._rules = rules or DeskRules()
        self._clock = clock

    def take(self, operation: Operation, asked: Asked) -> Answer:
        """Take the step, or repeat what was answered to this key.

        A refusal for what stands in the registry is an answer too, and kept.  Raises RequestFault, Outdated and
        StoreFault, after which nothing has changed and nothing is kept.
        """
        now = self._clock()
        oldest_at = now - self._rules.remembered_hours * _HOUR_SECONDS
        body = json_object(asked.body)
        step = _step(asked, body, now)
        repeated = repeatable(_principal(asked.access), asked.key, asked.target, asked.body) if asked.key else None
        with writing(self._store) as connection:
            before = None if repeated is None else first_answer(connection, repeated, oldest_at)
            if before is not None:
                return before
            turn = Turn(
                connection=connection,
                access=asked.access,
                step=step,
                body=body,
                path=asked.path,
                vault=self._vault,
                two_person_limit=self._rules.two_person_limit,
                if_match=asked.if_match,
            )
            answer = _answer(operation, turn)
            if repeated is not None:
                keep_answer(connection, repeated, answer, now=now, oldest_at=oldest_at)
        return answer

    def deliver(self, asked: Asked) -> CodeFile:
        """Put the reading of a code file on record, and make the file.

        Each delivery is one: there is no repeating it by key.  Raises RequestFault, NotRegistered, Refused, StoreFault.
        """
        body = json_object(asked.body)
        step = _step(asked, body, self._clock())
        with writing(self._store) as connection:
            turn = Turn(connection, asked.access, step, body, asked.path, self._vault, self._rules.two_person_limit)
            turn.fields()
            number = turn.number("application", MAX_ENTERPRISE_ID)
            application_row(connection, asked.access, number)
            return deliver(connection, number, self._vault, step)

    def events(self, access: Access, wanted: EventsWanted) -> EventPage:
        """A product's life-cycle events.  Raises RequestFault, NotRegistered, StoreFault."""
        return event_page(self._store, self._vault, access, wanted, self._clock())


def _answer(operation: Operation, turn: Turn) -> Answer:
    """The step in a transaction of its own within: one that was refused half-way has changed nothing."""
    try:
        with turn.connection.begin_nested():
            result = operation.act(turn)
    except NotRegistered as exc:
        return _problem(HTTPStatus.NOT_FOUND, exc)
    except Refused as exc:
        return _problem(HTTPStatus.CONFLICT, exc)
    etag = result.etag if isinstance(result, ApplicationRow) else ""
    return Answer(operation.status, row_body(result), etag)


def _problem(status: HTTPStatus, exc: RegistryFault) -> Answer:
    return Answer(status, problem_body(status, status.phrase, exc))


def _step(asked: Asked, body: object, now: float) -> Step:
    """Who (the token's holder), when, and why (the field that every body has).  Raises RequestFault."""
    why = Fields(body, tuple(body) if isinstance(body, Mapping) else ("why",))
    return Step(asked.access.holder, now, why.words("why", MAX_REASON_CHARACTERS))


def _principal(access: Access) -> str:
    return f"{access.role}/{access.enterprise_id or 0}/{access.holder}"
