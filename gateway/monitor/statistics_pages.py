"""The statistics as a page with filters, and as files to take along, each of which is in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.query import Channel
from gateway.core.statistics import Dimension, Question, answer, without_small
from gateway.insight.figures import read_figures
from gateway.insight.statistics_tables import Sheet, as_csv, sheet
from gateway.monitor.case_pages import VIEWERS, CaseRoom, csv_file
from gateway.monitor.page import Page
from gateway.monitor.roles import Role
from gateway.monitor.visit import Visit
from gateway.records.counts import read_counts

LEAST_COUNT = 5  # in a group, for those who are no regulators
MOST_ROWS = 1_000  # on a page; files have all
_EPOCH = date(1970, 1, 1)
_CHINA_SECONDS = 8 * 3600
_USUAL_DAYS = 30
_MOST_DAYS = 3_660
_FILTERS = ("area", "product", "category", "enterprise", "carrier")


class StatisticsPages:
    """For regulators and operators; to the latter small groups are shown as one."""

    def __init__(self, room: CaseRoom) -> None:
        self._room = room

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        return [
            Page("GET", "/statistics", self._show, VIEWERS, entry="statistics.title"),
            Page("GET", "/statistics.csv", self._csv, VIEWERS, audited=True),
            Page("GET", "/api/statistics", self._json, VIEWERS, audited=True),
        ]

    async def _show(self, visit: Visit) -> web.StreamResponse:
        fault, wrong, table, question = "", False, None, None
        try:
            question = asked(visit)
            table = await asyncio.to_thread(self._answer, question, visit)
        except (SettingsFault, StateUnavailable) as exc:
            fault = str(exc)
        except ValueError:
            wrong = True
        given = {name: visit.request.query.get(name, "") for name in ("by", "and", "from", "to", "channel", *_FILTERS)}
        return visit.render(
            "statistics/statistics.html", table=table, fault=fault, wrong=wrong, given=given, rows=MOST_ROWS,
            dimensions=[each.value for each in Dimension], channels=[each.value for each in Channel],
            first=_written(question.start_day) if question else "",
            last=_written(question.end_day - 1) if question else "",
            query=urlencode([(name, value) for name, value in given.items() if value]),
        )  # fmt: skip

    async def _csv(self, visit: Visit) -> web.StreamResponse:
        table = await self._table(visit)
        return csv_file("statistics.csv", "".join(as_csv(table)))

    async def _json(self, visit: Visit) -> web.StreamResponse:
        table = await self._table(visit)
        return visit.json([dict(zip(table.keys, row, strict=True)) for row in table.rows])

    async def _table(self, visit: Visit) -> Sheet:
        try:
            return await asyncio.to_thread(self._answer, asked(visit), visit)
        except ValueError as exc:
            raise web.HTTPBadRequest(text=str(exc)) from None
        except (SettingsFault, StateUnavailable):
            raise web.HTTPServiceUnavailable from None

    def _answer(self, question: Question, visit: Visit) -> Sheet:
        insight = self._room.insight
        figures = read_figures(insight.figures_path) if insight.figures_path else {}
        counts = read_counts(insight.statistics_path, self._room.journal_path, question.slice(figures))
        groups = answer(question, counts, figures)
        if visit.user.role is not Role.REGULATOR:
            groups = without_small(groups, LEAST_COUNT)
        names = {code: product.name for code, product in figures.items()}
        return sheet(question, groups, self._room.areas, names, "zh" if visit.language == "zh" else "en")


def asked(visit: Visit) -> Question:
    """The question of a request's words.  Raises ValueError."""
    words = visit.request.query
    by = tuple(dict.fromkeys(Dimension(words[name]) for name in ("by", "and") if words.get(name)))
    today = int((visit.at + _CHINA_SECONDS) // 86_400)
    end = _day(words["to"]) + 1 if words.get("to") else today + 1
    start = _day(words["from"]) if words.get("from") else end - _USUAL_DAYS
    if not 0 < end - start <= _MOST_DAYS:
        raise ValueError("from must not be after to, and at most ten years before it")
    chosen = {name: (words[name],) if words.get(name) else () for name in (*_FILTERS, "channel")}
    return Question(
        by or (Dimension.DAY,), start, end, chosen["area"], chosen["product"], chosen["category"], chosen["enterprise"],
        chosen["channel"], chosen["carrier"],
    )  # fmt: skip


def _day(text: str) -> int:
    return (date.fromisoformat(text) - _EPOCH).days


def _written(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()
