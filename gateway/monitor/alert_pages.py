"""Alerts that wait for their receivers, for whoever sees to it that they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.insight.case_book import CaseBook
from gateway.monitor.case_pages import VIEWERS, CaseRoom
from gateway.monitor.page import Page
from gateway.monitor.visit import Visit


class AlertPages:
    """For operators and regulators."""

    def __init__(self, room: CaseRoom) -> None:
        self._room = room

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        return [Page("GET", "/alerts", self._show, VIEWERS, entry="cases.alerts")]

    async def _show(self, visit: Visit) -> web.StreamResponse:
        try:
            waiting = await asyncio.to_thread(lambda: CaseBook(self._room.store).waiting_alerts())
        except (SettingsFault, StateUnavailable) as exc:
            return visit.render("cases/away.html", fault=str(exc))
        receivers = self._room.insight.receivers
        return visit.render("cases/alerts.html", waiting=waiting, receivers=receivers)
