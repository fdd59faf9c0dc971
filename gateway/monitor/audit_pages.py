"""The audit log as a page: the newest entries, and whether the chain is whole."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from aiohttp import web

from gateway.monitor.audit import AuditLog, Broken, Sealed
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
        lines, count, broken = await asyncio.to_thread(_newest, visit.log)
        return visit.render("audit.html", lines=lines, lines_in_all=count, broken=broken)


def _newest(log: AuditLog) -> tuple[list[Sealed | Broken], int, int]:
    """The newest lines, newest first; how many there are, and how many of them are broken."""
    newest: deque[Sealed | Broken] = deque(maxlen=_SHOWN)
    count = broken = 0
    for line in log.lines():
        newest.append(line)
        count += 1
        broken += isinstance(line, Broken)
    return list(reversed(newest)), count, broken
