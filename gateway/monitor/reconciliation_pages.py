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
from gateway.monitor.account_table import Shown, groups_of, row_of
from gateway.monitor.page import Page
from gateway.monitor.roles import STAFF, Role
from gateway.monitor.visit import Visit
from gateway.records.reconciliation.accounts import Account, LinkDay, iso_day
from gateway.records.reconciliation.spans import Span, span_called
from gateway.records.reconciliation.table import BYTE_ORDER_MARK, json_of, write_csv
from gateway.records.reconciliation.words import LANGUAGES, word
from gateway.records.schema import china_day, open_for_reading

logger = logging.getLogger(__name__)

_CARRIERS = STAFF | {Role.CARRIER}


@dataclass(frozen=True, slots=True)
class Asked:
    """A day or a month, and how it was written."""

    written: str
    span: Span

    @property
    def of_a_day(self) -> bool:
        """Whether it is a single day."""
        return self.span.first_day == self.span.last_day

    @property
    def earlier(self) -> str:
        """The day or month before it, as it is written."""
        return iso_day(self.span.first_day - 1)[: len(self.written)]

    @property
    def later(self) -> str:
        """The day or month after it, as it is written."""
        return iso_day(self.span.last_day + 1)[: len(self.written)]


class ReconciliationPages:
    """For operators and whoever may look; and for a carrier's engineers, of their own carrier only."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def pages(self) -> Sequence[Page]:
        """See page.Section."""
        own = "/carriers/{carrier}/reconciliation"
        return [
            Page("GET", "/reconciliation", self._all, STAFF, entry="reconciliation.title"),
            Page("GET", "/reconciliation.csv", self._csv, STAFF, audited=True),
            Page("GET", "/api/reconciliation", self._json, STAFF, audited=True),
            Page("GET", own, self._one, _CARRIERS, entry="reconciliation.title", below="reconciliation.title"),
            Page("GET", own + ".csv", self._csv, _CARRIERS, audited=True),
            Page("GET", "/api" + own, self._json, _CARRIERS, audited=True),
        ]

    async def _all(self, visit: Visit) -> web.StreamResponse:
        """A line for each carrier: the sum of a month or a day."""
        asked = _asked_for(visit)
        account = await self._account("", asked.span)
        shown = []
        for carrier in sorted({line.carrier for line in account.lines}) if account else ():
            own = Account(carrier, asked.span.first_day, asked.span.last_day, _of(account, carrier), ())
            shown.append(Shown(own.total(), carrier, _path(carrier, asked.written), late=False))
        return self._rendered(visit, asked, account, "", shown)

    async def _one(self, visit: Visit) -> web.StreamResponse:
        """One carrier's month by days, or its day by links."""
        carrier = visit.request.match_info["carrier"]
        asked = _asked_for(visit)
        account = await self._account(carrier, asked.span)
        shown = []
        if account is not None and not asked.of_a_day:
            closings = {closing.day: closing for closing in account.closings}
            for line in account.days():
                day = iso_day(line.booked_on)
                shown.append(Shown(line, day, _path(carrier, day), closing=closings.get(line.booked_on)))
        elif account is not None:
            none = word("no_link", _words_of(visit))
            shown = [Shown(line, line.link or none) for line in account.lines]
        return self._rendered(visit, asked, account, carrier, shown)

    def _rendered(
        self, visit: Visit, asked: Asked, account: Account | None, carrier: str, shown: Sequence[Shown]
    ) -> web.StreamResponse:
        groups = groups_of(account.lines if account else ())
        rows = [row_of(each, groups) for each in shown]
        total = None
        if account and account.lines:
            total = row_of(Shown(account.total(), word("total", _words_of(visit)), late=False), groups)
        return visit.render(
            "reconciliation/account.html",
            status=200 if account else 503,
            broken=account is None,
            carrier=carrier,
            asked=asked,
            month=iso_day(asked.span.first_day)[:7],
            groups=groups,
            rows=rows,
            any_late=any(row.late_for for row in rows),
            total=total,
            closings=[(iso_day(closing.day), closing) for closing in account.closings] if account else [],
            own=_path(carrier, "").partition("?")[0] if carrier else "/reconciliation",
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
            headers={"Content-Disposition": f'attachment; filename="{_file_name(carrier) or "all"}-{written}.csv"'},
        )

    async def _json(self, visit: Visit) -> web.StreamResponse:
        return visit.json(json_of((await self._exported(visit))[2]))

    async def _exported(self, visit: Visit) -> tuple[str, str, Account]:
        """What is taken along, after the audit log says so.  Raises HTTPBadRequest, HTTPServiceUnavailable."""
        carrier = visit.request.match_info.get("carrier", "")
        asked = _asked_for(visit)
        whose = f"carrier {carrier}" if carrier else "all carriers"
        await visit.audit("export of an account", f"{whose}, {asked.written}")
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


def _words_of(visit: Visit) -> str:
    return visit.language if visit.language in LANGUAGES else LANGUAGES[0]


def _file_name(carrier: str) -> str:
    """What of a carrier's name can stand in a header."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in carrier)
