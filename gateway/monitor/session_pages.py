"""/api/session: how long a session still holds, for the pages' script, and what keeps it.

A session ends after so long without use, so that whoever finds an unattended browser finds it signed out.  Reading is
use as well: the script says `kept=used` after keys, clicks and scrolling.  Those who only look may leave a page on a
wall (`kept=watched`, while it is visible).  The absolute end is put off by nothing but a log-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum

from aiohttp import web

from gateway.monitor.page import Page
from gateway.monitor.roles import EVERYONE, WATCHERS
from gateway.monitor.visit import Visit


class Kept(StrEnum):
    """Why a session should go on."""

    NOT = ""
    USED = "used"
    WATCHED = "watched"


class SessionPages:
    """For everybody who signed in, about their own session."""

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        return [Page("GET", "/api/session", self._tell, EVERYONE, in_person=True, prolongs=False)]

    async def _tell(self, visit: Visit) -> web.Response:
        """?kept=used or watched, or only a look.  In seconds, for clocks differ."""
        try:
            kept = Kept(visit.request.query.get("kept", ""))
        except ValueError:
            raise web.HTTPBadRequest from None
        if kept is Kept.USED or (kept is Kept.WATCHED and visit.user.role in WATCHERS):
            visit.stay.prolong()
        term = visit.stay.term()
        if term is None:  # it ended since the request was let in
            raise web.HTTPUnauthorized
        return visit.json({key: round(seconds, 3) for key, seconds in asdict(term).items()})
