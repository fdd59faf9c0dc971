"""Spoken reports, for the ear of those who follow them up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.recorded import recorded_in
from gateway.insight.case_book import CaseBook
from gateway.monitor.case_pages import DOERS, CaseRoom, number_in
from gateway.monitor.page import Page
from gateway.monitor.recordings import Kept
from gateway.monitor.visit import Visit

logger = logging.getLogger(__name__)


class RecordingPages:
    """For regulators in person: a voice is personal data, and every hearing is in the audit log."""

    def __init__(self, room: CaseRoom) -> None:
        self._room = room

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        path = "/complaints/{complaint}/recording"
        return [Page("GET", path, self._play, DOERS, audited=True, in_person=True)]

    async def _play(self, visit: Visit) -> web.StreamResponse:
        """The recording, or a range of it; 404 once it is removed."""
        uid = number_in(visit, "complaint")
        try:
            kept = await asyncio.to_thread(self._find, uid)
        except (SettingsFault, StateUnavailable) as exc:
            logger.warning("%s", exc)
            raise web.HTTPServiceUnavailable from None
        if kept is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": "audio/wav", "Content-Disposition": f'inline; filename="report-{uid}.wav"'}
        return web.FileResponse(kept.path, headers=headers)

    def _find(self, uid: int) -> Kept | None:
        one = CaseBook(self._room.store).complaint(uid)
        told = recorded_in(one.text) if one else None
        if told is None or self._room.recordings is None:
            return None
        return self._room.recordings.find(told.file)
