"""The accounts of carriers, as pages and as files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.core.ports import Refusal
from gateway.core.receipts import ReceiptState, ReceiptTold
from gateway.monitor import Role
from gateway.monitor.reconciliation_pages import ReconciliationPages
from gateway.records.journal import day_rows
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.accounts import iso_day
from gateway.records.reconciliation.closing import Upkeep
from gateway.records.schema import china_day, day_begins_at
from gateway.records.settings import RecordsSettings
from tests.gateway.monitor.served import serving
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, ROUTE, query, sent

DAY = iso_day(china_day(NOON))
MONTH = DAY[:7]
PAGE = f"/carriers/mobile/reconciliation?span={MONTH}"


class Tables(HTMLParser):
    """The rows of all tables, each the texts of its cells; and where links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data.strip()


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """Two carriers' day, closed, and one receipt that came too late for it."""
    path = tmp_path / "journal.sqlite"
    opened = await SqliteJournal.opened(path, never)
    for number, (carrier, link) in enumerate([("mobile", "m-1"), ("mobile", "=m-2"), ("telecom", "t-1")], 1):
        one = query(number, route=replace(ROUTE, carrier=carrier, link=link))
        await opened.accept(one)
        outcome = sent(link=link, message_ids=(f"a{number}",), segments=1, receipt_ids=(f"a{number}",))
        await opened.finish(one, ANSWER, outcome)
    await opened.refused(Refusal("mobile", "m-1", 0x64, True, NOON))
    await opened.receipt_told(ReceiptTold("mobile", "m-1", "a1", ReceiptState.DELIVERED, NOON + 70))
    settings = RecordsSettings(pseudonym_keys={"k1": path})
    closed_at = day_begins_at(china_day(NOON) + 1) + settings.close_after_seconds
    await Upkeep(opened, settings, lambda: closed_at).once()
    await opened.receipt_told(ReceiptTold("mobile", "m-1", "a2", ReceiptState.EXPIRED, closed_at + 60))
    await opened.close()
    return path


async def got(tmp_path: Path, journal: Path, role: Role, path: str) -> Tables:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        answer = await (await served.signed_in(role)).get(path)
        assert answer.status == 200, answer.text
        return Tables(answer.text)


async def test_a_carrier_sees_its_month_by_days_with_what_was_booked_late(tmp_path: Path, journal: Path) -> None:
    page = await got(tmp_path, journal, Role.CARRIER, f"{PAGE}&lang=en")
    next_day = iso_day(china_day(NOON) + 1)
    assert page.rows[0] == ["", "MO: from phones", "MT: to phones", "Receipts (segments by state)", ""]
    headings = page.rows[1]
    assert headings[:5] == ["Day", "Booked late for", "received", "acknowledged", "refused"]
    assert page.rows[2][:5] == [DAY, "", "3", "2", "1ESME_RX_T_APPN 1"]
    delivered, expired = headings.index("DELIVRD"), headings.index("EXPIRED")
    assert [page.rows[row][delivered] for row in (2, 3, 4)] == ["1", "0", "1"]
    assert [page.rows[row][expired] for row in (2, 3, 4)] == ["0", "1", "1"]
    assert page.rows[3][:2] == [next_day, DAY]
    assert [page.rows[row][-1] for row in (2, 3)] == ["closed", "open"]
    assert page.rows[4][0] == "Total"
    assert "further parts" not in headings  # there were none
    assert f"/carriers/mobile/reconciliation?span={DAY}" in page.links
    digests = [row for row in page.rows if row[0] == DAY and len(row) == 4]
    assert len(digests[0][-1]) == 64


async def test_a_day_is_told_by_links_in_chinese_too(tmp_path: Path, journal: Path) -> None:
    page = await got(tmp_path, journal, Role.OPERATOR, f"/carriers/mobile/reconciliation?span={DAY}&lang=zh")
    assert page.rows[1][:3] == ["链路", "收到", "确认"]
    assert [row[0] for row in page.rows[2:5]] == ["=m-2", "m-1", "合计"]
    assert f"?span={MONTH}" in page.links
    before, after = (f"?span={iso_day(china_day(NOON) + days)}" for days in (-1, 1))
    assert {before, after} <= set(page.links)


async def test_the_staff_sees_all_carriers(tmp_path: Path, journal: Path) -> None:
    page = await got(tmp_path, journal, Role.READ_ONLY, f"/reconciliation?span={MONTH}&lang=en")
    assert [row[:2] for row in page.rows[2:5]] == [["mobile", "3"], ["telecom", "1"], ["Total", "4"]]
    assert PAGE in page.links


async def test_csv_is_audited_safe_from_formulas_and_readable_by_excel(tmp_path: Path, journal: Path) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        browser = await served.signed_in(Role.CARRIER)
        answer = await browser.get(f"/carriers/mobile/reconciliation.csv?span={MONTH}&lang=en")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="mobile-{MONTH}.csv"'
        assert answer.text.startswith("\ufeffDay,Booked late for,Carrier,Link,")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert [(row["Link"], row["MO received"], row["MO refused by status"]) for row in rows] == [
            ("'=m-2", "1", ""),
            ("m-1", "2", "0x00000064=1"),
            ("'=m-2", "0", ""),
        ]
        assert ("carla", "export of an account", f"carrier mobile, {MONTH}") in served.audited()


async def test_the_staff_takes_all_carriers_along_at_once(tmp_path: Path, journal: Path) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        browser = await served.signed_in(Role.OPERATOR)
        answer = await browser.get(f"/reconciliation.csv?span={MONTH}&lang=en")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="all-{MONTH}.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert {row["Carrier"] for row in rows} == {"mobile", "telecom"}
        assert ("otto", "export of an account", f"all carriers, {MONTH}") in served.audited()
        found = json.loads((await browser.get(f"/api/reconciliation?span={MONTH}")).text)
        assert {line["carrier"] for line in found["lines"]} == {"mobile", "telecom"}


async def test_json_is_audited_and_has_the_figures_and_the_digests(tmp_path: Path, journal: Path) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        answer = await served.browser().get(
            f"/api/carriers/mobile/reconciliation?span={DAY}", served.token(Role.CARRIER)
        )
        found = json.loads(answer.text)
        assert [line["link"] for line in found["lines"]] == ["=m-2", "m-1"]
        assert found["total"]["mo_refused_by_status"] == {"0x00000064": 1}
        assert found["total"]["receipts"] == {"DELIVRD": 1}
        assert [len(closing["digest"]) for closing in found["closed"]] == [64]
        assert served.audited()[-1][1] == "export of an account"


@pytest.mark.parametrize("span", ["2026", "2026-13", "yesterday", "2026-02-30"])
async def test_what_is_no_day_or_month_is_refused(tmp_path: Path, journal: Path, span: str) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        browser = await served.signed_in(Role.CARRIER)
        assert (await browser.get(f"/carriers/mobile/reconciliation?span={span}")).status == 400


async def test_another_carriers_account_is_not_there(tmp_path: Path, journal: Path) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        browser = await served.signed_in(Role.CARRIER)
        for path in ("/carriers/telecom/reconciliation", "/carriers/telecom/reconciliation.csv"):
            assert (await browser.get(path)).status == 404
        assert (await browser.get("/reconciliation")).status == 403


async def test_a_time_without_records_and_a_journal_that_cannot_be_read_are_said_so(
    tmp_path: Path, journal: Path
) -> None:
    async with serving(tmp_path, sections=[ReconciliationPages(journal)]) as served:
        browser = await served.signed_in(Role.CARRIER)
        empty = await browser.get("/carriers/mobile/reconciliation?lang=en")
        assert (empty.status, "Nothing is on record" in empty.text) == (200, True)
    (tmp_path / "other").mkdir()
    async with serving(tmp_path / "other", sections=[ReconciliationPages(tmp_path / "missing")]) as served:
        browser = await served.signed_in(Role.CARRIER)
        broken = await browser.get("/carriers/mobile/reconciliation?lang=en")
        assert (broken.status, "cannot be read just now" in broken.text) == (503, True)
        assert (await browser.get("/carriers/mobile/reconciliation.csv")).status == 503


async def test_a_day_closed_without_records_of_this_carrier_has_its_digest_all_the_same(
    tmp_path: Path, journal: Path
) -> None:
    opened = await SqliteJournal.opened(journal, never)
    await opened.change(day_rows.closed(china_day(NOON) + 1, NOON + 900_000))
    await opened.close()
    page = await got(
        tmp_path, journal, Role.OPERATOR, f"/carriers/nobody/reconciliation?span={iso_day(china_day(NOON) + 1)}"
    )
    assert page.rows[1][0] == iso_day(china_day(NOON) + 1)
