"""For supervisors: how far the network has come by class and area against the plan, and who is stuck where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gateway.monitor.page import Page
from gateway.monitor.roles import Role
from gateway.monitor.visit import Visit
from gateway.registry.board import Board
from gateway.registry.life.enrolment import EnterpriseClass
from gateway.registry.views.overview import STAGES, Grouping

_READERS = frozenset({Role.SUPERVISOR, Role.OPERATOR})
_MOST_CHARACTERS = 40
_CLASSES = frozenset({"none", *EnterpriseClass})


class CoveragePages:
    """Coverage by class, county, prefecture or province; and the enterprises behind each number."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def pages(self) -> Sequence[Page]:
        return [
            Page("GET", "/coverage", self._coverage, _READERS, entry="registry.coverage"),
            Page("GET", "/coverage/enterprises", self._enterprises, _READERS),
        ]

    async def _coverage(self, visit: Visit) -> web.StreamResponse:
        by = _grouping(visit)
        rows = await asyncio.to_thread(self._board.coverage, by)
        return visit.render(
            "registry/coverage.html",
            rows=rows,
            by=by.value,
            groupings=list(Grouping),
            stages=STAGES,
            known_classes=_CLASSES,
        )

    async def _enterprises(self, visit: Visit) -> web.StreamResponse:
        by, group = _grouping(visit), visit.request.query.get("group", "")[:_MOST_CHARACTERS]
        rows = await asyncio.to_thread(self._board.standings, by, group)
        if not rows:
            raise web.HTTPNotFound
        return visit.render("registry/standings.html", rows=rows, by=by.value, group=group, known_classes=_CLASSES)


def _grouping(visit: Visit) -> Grouping:
    try:
        return Grouping(visit.request.query.get("by", Grouping.CLASS))
    except ValueError as exc:
        raise web.HTTPNotFound from exc
