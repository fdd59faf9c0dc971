"""Hot-spots and cases for the regulator: a map and a table, a page for each case, and what is done to them."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from sqlalchemy import Engine

from gateway.core.areas import Areas
from gateway.core.errors import GatewayError, SettingsFault, StateUnavailable
from gateway.core.spreadsheet import harmless
from gateway.insight.case_actions import CaseActions, Refused
from gateway.insight.case_book import OPEN_STATES, CaseBook, NoSuchCase
from gateway.insight.case_store import open_book
from gateway.insight.case_values import Case
from gateway.insight.centres import read_centres
from gateway.insight.ladder import CaseState, NotAllowed, Reason
from gateway.insight.settings import InsightSettings
from gateway.monitor.case_view import Spot, chart, spots
from gateway.monitor.china_map import HEIGHT, WIDTH, ChinaMap, read_map
from gateway.monitor.page import Page
from gateway.monitor.recordings import Recordings, heard
from gateway.monitor.roles import Role
from gateway.monitor.visit import Visit
from gateway.records.place_tables import read_areas

T = TypeVar("T")
logger = logging.getLogger(__name__)

VIEWERS = frozenset({Role.REGULATOR, Role.OPERATOR})
DOERS = frozenset({Role.REGULATOR})
_STEPS = ("review", "open", "assign", "note", "close")


@dataclass(frozen=True)
class CaseRoom:
    """Where cases, map and names of areas are; each is read when it is first asked for, in a thread."""

    insight: InsightSettings
    journal_path: Path
    areas_path: Path
    aliases_path: Path
    recordings: Recordings | None = None  # None: this gateway has no hotline

    @cached_property
    def store(self) -> Engine:
        """The case book.  Raises SettingsFault if there is none yet."""
        return open_book(self.insight.database)

    @cached_property
    def china(self) -> ChinaMap:
        centres = self.insight.centres_path
        return read_map(self.insight.map_path, read_centres(centres) if centres.exists() else {})

    @cached_property
    def outline(self) -> bytes:
        """The map's outline as SVG, compressed by gzip."""
        return gzip.compress(self.china.outline().encode(), mtime=0)

    @cached_property
    def areas(self) -> Areas:
        english = self.insight.area_names_path
        return read_areas(self.areas_path, self.aliases_path, english if english.exists() else None)


class CasePages:
    """For regulators, who act; operators may look."""

    def __init__(self, room: CaseRoom) -> None:
        self._room = room

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        return [
            Page("GET", "/cases", self._list, VIEWERS, entry="cases.title"),
            Page("GET", "/cases.csv", self._csv, VIEWERS, audited=True),
            Page("GET", "/api/cases", self._json, VIEWERS, audited=True),
            Page("GET", "/china.svg", self._map, VIEWERS),
            Page("GET", "/cases/{case}", self._case, VIEWERS),
            Page("GET", "/api/cases/{case}", self._case_json, VIEWERS, audited=True),
            Page("POST", "/cases/{case}/{step}", self._act, DOERS),
            Page("GET", "/complaints", self._complaints, VIEWERS, entry="cases.complaints"),
            Page("POST", "/complaints/{complaint}/{step}", self._answer, DOERS),
        ]

    async def _list(self, visit: Visit) -> web.StreamResponse:
        states = _states(visit)
        try:
            found, marked, names, known = await asyncio.to_thread(self._marked, states, visit.language)
        except (SettingsFault, StateUnavailable) as exc:
            return visit.render("cases/away.html", fault=str(exc))
        closed = CaseState.CLOSED in states
        return visit.render(
            "cases/list.html", cases=found, spots=marked, names=names, known=known, width=WIDTH, height=HEIGHT,
            closed=closed,
        )  # fmt: skip

    def _marked(self, states: frozenset[CaseState], language: str) -> tuple[object, ...]:
        book = CaseBook(self._room.store)
        found, known = book.cases(states), {each.detector.value: each for each in book.precisions()}
        areas = self._room.areas
        names = {area: areas.name(area, language) or area for case in found for area in case.areas}
        return found, spots(found, self._room.china, names), names, known

    async def _json(self, visit: Visit) -> web.StreamResponse:
        found = await self._ask(lambda book: book.cases(_states(visit)))
        return visit.json([asdict(case) for case in found])

    async def _csv(self, visit: Visit) -> web.StreamResponse:
        found = await self._ask(lambda book: book.cases(_states(visit)))
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(list(asdict(found[0])) if found else ["id"])
        for case in found:
            fields = asdict(case) | {"areas": " ".join(case.areas)}
            writer.writerow([harmless(value) for value in fields.values()])
        return csv_file("cases.csv", out.getvalue())

    async def _ask(self, question: Callable[[CaseBook], T]) -> T:
        """An answer of the case book; 404 or 503 without one."""
        try:
            return await asyncio.to_thread(lambda: question(CaseBook(self._room.store)))
        except NoSuchCase:
            raise web.HTTPNotFound from None
        except (SettingsFault, StateUnavailable) as exc:
            logger.warning("%s", exc)
            raise web.HTTPServiceUnavailable from None

    async def _map(self, visit: Visit) -> web.StreamResponse:
        """The same for everyone and for long; compressed once, to an eighth."""
        octets = await asyncio.to_thread(lambda: self._room.outline)
        headers = {"Cache-Control": "private, max-age=86400", "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if "gzip" not in visit.request.headers.get("Accept-Encoding", ""):
            octets = await asyncio.to_thread(gzip.decompress, octets)
            del headers["Content-Encoding"]
        return web.Response(body=octets, content_type="image/svg+xml", charset="utf-8", headers=headers)

    async def _case(self, visit: Visit) -> web.StreamResponse:
        return await self._shown(visit, number_in(visit, "case"))

    async def _shown(self, visit: Visit, number: int, fault: str = "") -> web.StreamResponse:
        dossier = await self._ask(lambda book: book.dossier(number))
        areas = await asyncio.to_thread(lambda: self._room.areas)
        seen = {*dossier.case.areas, *(look.area for look in dossier.evidence)}
        names = {area: areas.name(area, visit.language) or area for area in seen}
        return visit.render(
            "cases/case.html", dossier=dossier, names=names,
            chart=chart(dossier.looked_at), reasons=[reason.value for reason in Reason], fault=fault,
            spots=await asyncio.to_thread(self._placed, dossier.case, names), width=WIDTH, height=HEIGHT,
            heard=await asyncio.to_thread(heard, dossier.complaints, self._room.recordings),
            may_act=visit.user.role in DOERS, status=409 if fault else 200,
        )  # fmt: skip

    def _placed(self, case: Case, names: dict[str, str]) -> list[Spot]:
        """The case on the map; without the map it can still be worked on."""
        try:
            return spots([case], self._room.china, names)
        except StateUnavailable as exc:
            logger.warning("%s", exc)
            return []

    async def _case_json(self, visit: Visit) -> web.StreamResponse:
        number = number_in(visit, "case")
        return visit.json(asdict(await self._ask(lambda book: book.dossier(number))))

    async def _act(self, visit: Visit) -> web.StreamResponse:
        number, step = number_in(visit, "case"), visit.request.match_info["step"]
        if step not in _STEPS:
            raise web.HTTPNotFound
        await visit.audit(f"case {step}", str(number))
        try:
            await asyncio.to_thread(self._do, visit, number, step)
        except NoSuchCase:
            raise web.HTTPNotFound from None
        except (NotAllowed, Refused, ValueError) as exc:
            return await self._shown(visit, number, str(exc))
        return visit.see_other(f"/cases/{number}")

    def _do(self, visit: Visit, number: int, step: str) -> None:
        """Raises NoSuchCase, NotAllowed, Refused, and ValueError for a reason that is none."""
        actions = CaseActions(self._room.store, self._room.insight.complaints)
        who, words = visit.user.name, visit.field("words")
        match step:
            case "review":
                actions.review(number, who, visit.at, words)
            case "open":
                actions.open(number, who, visit.at, words)
            case "assign":
                actions.assign(number, visit.field("to"), who, visit.at)
            case "note":
                actions.note(number, words, who, visit.at)
            case _:
                actions.close(number, Reason(visit.field("reason")), who, visit.at, words)

    async def _complaints(self, visit: Visit) -> web.StreamResponse:
        try:
            found = await asyncio.to_thread(lambda: CaseBook(self._room.store).complaints())
        except (SettingsFault, StateUnavailable) as exc:
            return visit.render("cases/away.html", fault=str(exc))
        spoken = await asyncio.to_thread(heard, found, self._room.recordings)
        may_act = visit.user.role in DOERS
        return visit.render("cases/complaints.html", complaints=found, heard=spoken, now=visit.at, may_act=may_act)

    async def _answer(self, visit: Visit) -> web.StreamResponse:
        uid, step = number_in(visit, "complaint"), visit.request.match_info["step"]
        if step not in ("accept", "refuse", "settle"):
            raise web.HTTPNotFound
        await visit.audit(f"complaint {step}", str(uid))
        act = getattr(
            CaseActions(await asyncio.to_thread(lambda: self._room.store), self._room.insight.complaints), step
        )
        try:
            await asyncio.to_thread(act, uid, visit.user.name, visit.at, visit.field("words"))
        except GatewayError as exc:
            raise web.HTTPConflict(reason=type(exc).__name__) from None
        return visit.see_other("/complaints")


def csv_file(name: str, text: str) -> web.Response:
    """A file to take along; it begins with a byte order mark, by which spreadsheets know UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text="\ufeff" + text, content_type="text/csv", charset="utf-8", headers=headers)


def _states(visit: Visit) -> frozenset[CaseState]:
    return frozenset({CaseState.CLOSED}) if visit.request.query.get("state") == "closed" else OPEN_STATES


def number_in(visit: Visit, name: str) -> int:
    """A number in the path.  Raises HTTPNotFound."""
    text = visit.request.match_info[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise web.HTTPNotFound
    return int(text)
