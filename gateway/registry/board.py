"""What the monitor's pages show of the registry and do in it: one product, one enterprise, the coverage of an area.

Opened at the first use; every method reads or writes the database and belongs in a thread.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from gateway.registry.codes.vault import read_vault
from gateway.registry.database.schema import applications, batches, products, steps
from gateway.registry.database.store import asking, open_store
from gateway.registry.faults import no_product
from gateway.registry.life.access import Access
from gateway.registry.life.steps import Action
from gateway.registry.service.desk import Asked, Desk, DeskRules
from gateway.registry.service.repetition import Answer
from gateway.registry.service.step_routes import OPERATIONS
from gateway.registry.views.batches import BatchRow, batch_rows
from gateway.registry.views.overview import STAGES, Coverage, Grouping, Progress, coverage, groups_of, progress
from gateway.registry.views.rows import (
    ApplicationRow,
    EnterpriseRow,
    ProductRow,
    application_rows,
    enterprise_row,
    product_rows,
)
from gateway.registry.views.targets import read_targets

_MOST_ROWS = 500
_BY_PATH = {each.path: each for each in OPERATIONS}
_STAGE_ACTIONS = {
    "signed_up": Action.SIGNED_UP,
    "key_issued": Action.OPERATOR_KEY_ISSUED,
    "codes_issued": Action.ISSUED,
    "activated": Action.ACTIVATED,
}


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """`database`: a path or URL, which may hold a password; `targets`: a CSV of the plan's numbers, see targets.py."""

    database: str = field(repr=False)
    master_key_file: str | None = None
    targets: Path | None = None
    rules: DeskRules = field(default_factory=DeskRules)


@dataclass(frozen=True, slots=True)
class EnterpriseView:
    """Everything of one enterprise."""

    enterprise: EnterpriseRow
    products: list[ProductRow]
    applications: list[ApplicationRow]
    batches: list[BatchRow]


@dataclass(frozen=True, slots=True)
class Covered:
    """A group's coverage against the plan; `suitable` is None where the plan names no number."""

    coverage: Coverage
    suitable: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an enterprise stands, and since when (Unix time, seconds)."""

    progress: Progress
    since: float


class Board:
    """`clock`: Unix time in seconds.  Methods raise StoreFault, SettingsFault; may be called from several threads."""

    def __init__(self, settings: BoardSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._opening = threading.Lock()
        self._taking = threading.Lock()
        self._store: Engine | None = None
        self._desk: Desk | None = None

    def enterprise(self, access: Access, number: int) -> EnterpriseView:
        """One enterprise with all that is its own.  Raises NotRegistered, for another one than the holder's too."""
        with self._connected() as connection:
            row = enterprise_row(connection, access, number)
            own = products.c.enterprise_id == number
            return EnterpriseView(
                enterprise=row,
                products=product_rows(connection, access, own, _MOST_ROWS),
                applications=application_rows(connection, access, own & (applications.c.id > 0), _MOST_ROWS),
                batches=list(islice(batch_rows(connection, own, batches.c.id.desc()), _MOST_ROWS)),
            )

    def coverage(self, by: Grouping) -> list[Covered]:
        """The stages of all enterprises by group, and what the plan has for each group."""
        suitable = read_targets(self._settings.targets) if self._settings.targets else {}
        with self._connected() as connection:
            counted = {each.group: each for each in coverage(progress(connection), by)}
        wanted = {group for group in suitable if _is_of(group, by)}
        nothing = (0,) * len(STAGES)
        return [
            Covered(counted.get(group) or Coverage(group, *nothing), suitable.get(group))
            for group in sorted(counted.keys() | wanted)
        ]

    def standings(self, by: Grouping, group: str) -> list[Standing]:
        """The enterprises of a group, those who have waited longest at their stage first, the finished ones last."""
        with self._connected() as connection:
            since = _reached(connection)
            found = [
                Standing(each, since.get((each.enterprise, each.stage), 0.0))
                for each in progress(connection)
                if group in groups_of(each, by)
            ]
        return sorted(found, key=lambda each: (each.progress.stage == STAGES[-1], each.since))

    def take(self, path: str, access: Access, body: Mapping[str, object]) -> Answer:
        """A step as the HTTP API takes it; a refusal is an answer with its status.  Raises RequestFault."""
        asked = Asked(access=access, target=path, path={}, body=json.dumps(body).encode())
        with self._taking:
            return self._opened()[1].take(_BY_PATH[path], asked)

    def close(self) -> None:
        """Let the database go."""
        if self._store is not None:
            self._store.dispose()

    def _opened(self) -> tuple[Engine, Desk]:
        with self._opening:
            if self._store is None or self._desk is None:
                vault = read_vault(self._settings.master_key_file)
                self._store = open_store(self._settings.database)
                self._desk = Desk(self._store, vault, self._settings.rules, self._clock)
            return self._store, self._desk

    def _connected(self) -> AbstractContextManager[Connection]:
        store, _ = self._opened()
        return asking(store)


def product_of(view: EnterpriseView, resource_code: str) -> ProductRow:
    """The enterprise's product.  Raises NotRegistered, for another enterprise's too."""
    for each in view.products:
        if each.resource_code == resource_code:
            return each
    raise no_product(resource_code)


def _reached(connection: Connection) -> dict[tuple[int, str], float]:
    """When each enterprise first came to each stage."""
    first = (
        select(steps.c.enterprise_id, steps.c.action, func.min(steps.c.at))
        .where(steps.c.enterprise_id.is_not(None), steps.c.action.in_(list(_STAGE_ACTIONS.values())))
        .group_by(steps.c.enterprise_id, steps.c.action)
    )
    at = {(number, action): reached_at for number, action, reached_at in connection.execute(first)}
    return {
        (number, stage): reached_at
        for stage, action in _STAGE_ACTIONS.items()
        for (number, taken), reached_at in at.items()
        if taken == action
    }


def _is_of(group: str, by: Grouping) -> bool:
    """Whether a group of the plan is one of this grouping: areas by their zeros, classes by not being digits."""
    if by is Grouping.CLASS or not group.isdecimal():
        return by is Grouping.CLASS and not group.isdecimal()
    level = (
        Grouping.PROVINCE
        if group.endswith("0000")
        else Grouping.PREFECTURE
        if group.endswith("00")
        else Grouping.COUNTY
    )
    return level is by
