"""The audit log as a page: the newest entries, and whether they follow each other.  The command checks them all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gateway.monitor.audit import Broken
from gateway.monitor.page import Page
from gateway.monitor.roles import Role
from gateway.monitor.visit import Visit

_SHOWN = 200
_READERS = frozenset({Role.OPERATOR})


class AuditPages:
    """For operators."""

    def pages(self) -> Sequence[Page]:
        return [Page("GET", "/audit", self._show, _READERS, entry="audit.title")]

    async def _show(self, visit: Visit) -> web.StreamResponse:
        lines = await asyncio.to_thread(visit.log.newest, _SHOWN)
        return visit.render(
            "audit.html",
            lines=lines[::-1],
            lines_in_all=lines[-1].number if lines else 0,
            broken=sum(isinstance(line, Broken) for line in lines),
        )
