"""Reconciliation: what each carrier's links took and gave, by month and by day, to look at and to take along."""

from __future__ import annotations

import asyncio
import io
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from gateway.core.errors import SettingsFault
from gateway.monitor.page import Page
from gateway.monitor.roles import STAFF, Role
from gateway.monitor.visit import Visit
from gateway.records.reconciliation.accounts import Account, LinkDay, iso_day
from gateway.records.reconciliation.figures import STATES, figures_of, refusals_of
from gateway.records.reconciliation.spans import Span, span_called
from gateway.records.reconciliation.table import BYTE_ORDER_MARK, json_of, write_csv
from gateway.records.reconciliation.words import LANGUAGES, word
from gateway.records.schema import china_day, open_for_reading

logger = logging.getLogger(__name__)

_CARRIERS = STAFF | {Role.CARRIER}
SHOWN = (
    "mo_received",
    "mo_acknowledged",
    "mo_refused",
    "mo_unacknowledged",
    "mo_redelivered",
    "mo_parts",
    "mt_submitted",
    "mt_accepted",
    "mt_refused",
    "mt_in_doubt",
    "segments",
    "replies_delivered",
    "receipts_unmatched",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.  `path` leads to what it is the sum of, "" where it is of nothing smaller."""

    title: str
    path: str
    late_for: str
    figures: tuple[int, ...]
    receipts: str
    refusals: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A day or a month, and how it was written."""

    written: str
    span: Span

    @property
    def of_a_day(self) -> bool:
        """Whether it is a single day."""
        return self.span.first_day == self.span.last_day


class ReconciliationPages:
    """For operators and whoever may look; and for a carrier's engineers, of their own carrier only."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        own = "/carriers/{carrier}/reconciliation"
        return [
            Page("GET", "/reconciliation", self._all, STAFF, entry="reconciliation.title"),
            Page("GET", own, self._one, _CARRIERS, entry="reconciliation.title"),
            Page("GET", own + ".csv", self._csv, _CARRIERS, audited=True),
            Page("GET", "/api" + own, self._json, _CARRIERS, audited=True),
        ]

    async def _all(self, visit: Visit) -> web.StreamResponse:
        """A line for each carrier: the sum of a month or a day."""
        asked = _asked_for(visit)
        account = await self._account("", asked.span)
        rows = []
        for carrier in sorted({line.carrier for line in account.lines}) if account else ():
            own = Account(carrier, asked.span.first_day, asked.span.last_day, _of(account, carrier), ())
            rows.append(_row(own.total(), carrier, _path(carrier, asked.written), late=False))
        return self._rendered(visit, asked, account, "", rows)

    async def _one(self, visit: Visit) -> web.StreamResponse:
        """One carrier's month by days, or its day by links."""
        carrier = visit.request.match_info["carrier"]
        asked = _asked_for(visit)
        account = await self._account(carrier, asked.span)
        rows = []
        if account is not None and not asked.of_a_day:
            days = [(line, iso_day(line.booked_on)) for line in account.days()]
            rows = [_row(line, day, _path(carrier, day)) for line, day in days]
        elif account is not None:
            rows = [_row(line, line.link or word("no_link", _words_of(visit)), "") for line in account.lines]
        return self._rendered(visit, asked, account, carrier, rows)

    def _rendered(
        self, visit: Visit, asked: Asked, account: Account | None, carrier: str, rows: Sequence[Row]
    ) -> web.StreamResponse:
        language = _words_of(visit)
        total = _row(account.total(), word("total", language), "", late=False) if account and account.lines else None
        return visit.render(
            "reconciliation/account.html",
            status=200 if account else 503,
            broken=account is None,
            carrier=carrier,
            written=asked.written,
            of_a_day=asked.of_a_day,
            month=iso_day(asked.span.first_day)[:7],
            headings=[word(key, language) for key in SHOWN],
            rows=rows,
            total=total,
            closings=[(iso_day(closing.day), closing) for closing in account.closings] if account else [],
        )

    async def _csv(self, visit: Visit) -> web.StreamResponse:
        carrier, written, account = await self._exported(visit)
        out = io.StringIO(newline="")
        out.write(BYTE_ORDER_MARK)
        write_csv(account, _words_of(visit), out)
        return web.Response(
            body=out.getvalue().encode(),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{_file_name(carrier)}-{written}.csv"'},
        )

    async def _json(self, visit: Visit) -> web.StreamResponse:
        return visit.json(json_of((await self._exported(visit))[2]))

    async def _exported(self, visit: Visit) -> tuple[str, str, Account]:
        """What is taken along, after the audit log says so.  Raises HTTPBadRequest, HTTPServiceUnavailable."""
        carrier = visit.request.match_info["carrier"]
        asked = _asked_for(visit)
        await visit.audit("export of an account", f"carrier {carrier}, {asked.written}")
        account = await self._account(carrier, asked.span)
        if account is None:
            raise web.HTTPServiceUnavailable
        return carrier, asked.written, account

    async def _account(self, carrier: str, span: Span) -> Account | None:
        """Of one carrier, or of all; None if the journal cannot be read.  Read in a thread."""
        return await asyncio.to_thread(_account_of, self._journal, carrier, span)


def _account_of(journal: Path, carrier: str, span: Span) -> Account | None:
    try:
        connection = open_for_reading(journal)
        try:
            connection.execute("BEGIN")
            return Account.read(connection, carrier, span.first_day, span.last_day)
        finally:
            connection.close()
    except (SettingsFault, sqlite3.Error) as exc:
        logger.warning("the accounts cannot be shown: %s", exc)
        return None


def _path(carrier: str, written: str) -> str:
    return f"/carriers/{quote(carrier, safe='')}/reconciliation?span={written}"


def _asked_for(visit: Visit) -> Asked:
    """The day or month that is asked for, this month if none is.  Raises HTTPBadRequest."""
    written = visit.request.query.get("span") or iso_day(china_day(visit.at))[:7]
    try:
        return Asked(written, span_called(written))
    except ValueError as exc:
        raise web.HTTPBadRequest from exc


def _of(account: Account | None, carrier: str) -> tuple[LinkDay, ...]:
    return tuple(line for line in account.lines if line.carrier == carrier) if account else ()


def _row(line: LinkDay, title: str, path: str, *, late: bool = True) -> Row:
    figures = figures_of(line)
    refusals = [
        f"{'MO' if key.startswith('mo') else 'MT'} {status} {n}"
        for key, parts in refusals_of(line).items()
        for status, n in parts.items()
    ]
    return Row(
        title=title,
        path=path,
        late_for=iso_day(line.day) if late and line.late else "",
        figures=tuple(figures[key] for key in SHOWN),
        receipts=" · ".join(f"{state} {figures[state]}" for state in STATES if figures[state]),
        refusals=" · ".join(refusals),
    )


def _words_of(visit: Visit) -> str:
    return visit.language if visit.language in LANGUAGES else LANGUAGES[0]


def _file_name(carrier: str) -> str:
    """What of a carrier's name can stand in a header."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in carrier)
