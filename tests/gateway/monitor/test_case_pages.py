"""Cases, complaints and statistics as the regulator sees them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import StateUnavailable
from gateway.core.query import Intent
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.insight.outbox import Outbox, Parcel
from gateway.insight.settings import InsightSettings
from gateway.monitor import Role
from gateway.monitor.alert_pages import AlertPages
from gateway.monitor.case_pages import CasePages, CaseRoom
from gateway.monitor.case_view import chart
from gateway.monitor.china_map import HEIGHT, WIDTH, read_map
from gateway.monitor.statistics_pages import StatisticsPages
from gateway.records.cubes import refresh
from gateway.records.schema import open_for_writing
from tests.gateway.configured import CONFIG
from tests.gateway.insight.findings import BEIJING, FUZHOU, NOON, report, signal
from tests.gateway.monitor.served import Served, serving

MAP = CONFIG / "map" / "china.geojson"
SPAN = "from=2025-06-01&to=2025-06-30"


def room(folder: Path) -> CaseRoom:
    insight = InsightSettings(
        cases_path=folder / "cases.sqlite", statistics_path=folder / "sums.sqlite", map_path=MAP,
        centres_path=CONFIG / "map" / "area_centres.csv", area_names_path=CONFIG / "area_names_en.csv",
    )  # fmt: skip
    return CaseRoom(insight, folder / "journal.sqlite", CONFIG / "areas.csv", CONFIG / "area_aliases.csv")


def fill(folder: Path) -> None:
    """One case with a report, and a journal with a hundred queries and one."""
    store = open_book(str(folder / "cases.sqlite"), create=True)
    CaseIntake(store).take([signal()], [report(1), report(2, kind=Intent.COMPLAINT, code="")], NOON)
    store.dispose()
    journal = folder / "journal.sqlite"
    open_for_writing(journal, lambda _: None).close()
    with sqlite3.connect(journal) as connection:
        for area, count in (("350100", 100), ("110000", 1)):
            row = (int(NOON // 3600), area, "8000001", "first", "sms", "cmcc", count, count)
            connection.execute("INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    refresh(folder / "sums.sqlite", journal, NOON + 86_400)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    fill(tmp_path)
    own = room(tmp_path)
    async with serving(tmp_path, sections=[CasePages(own), AlertPages(own), StatisticsPages(own)]) as monitor:
        yield monitor


async def test_the_list_names_every_case_in_a_table_and_on_the_map(served: Served) -> None:
    page = (await (await served.signed_in(Role.REGULATOR)).get("/cases?lang=en")).text
    assert re.search(r'<th scope="row"><a href="/cases/1">#1</a>', page)
    assert re.search(r'<a class="spot" href="/cases/1" aria-label="#1 8000001 Fuzhou: one code, many callers">', page)
    assert 'href="/china.svg"' in page


async def test_a_case_is_on_a_map_of_its_own_and_leads_to_the_statistics_of_its_product(served: Served) -> None:
    page = (await (await served.signed_in(Role.REGULATOR)).get("/cases/1")).text
    assert '<path class="where"' in page
    assert 'href="/statistics?product=8000001&amp;by=prefecture"' in page


async def test_a_case_can_be_worked_on_without_the_map(tmp_path: Path) -> None:
    fill(tmp_path)
    own = room(tmp_path)
    lost = replace(own, insight=replace(own.insight, map_path=tmp_path / "lost"))
    async with serving(tmp_path, sections=[CasePages(lost)]) as monitor:
        got = await (await monitor.signed_in(Role.REGULATOR)).get("/cases/1")
    assert got.status == 200
    assert '<path class="where"' not in got.text


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_the_map_is_sent_as_the_browser_takes_it(served: Served, encoding: str) -> None:
    got = await (await served.signed_in(Role.REGULATOR)).get("/china.svg", {"Accept-Encoding": encoding})
    assert got.text.startswith("<svg ")
    assert got.headers.get("Content-Encoding", "identity") == encoding


async def test_a_new_signal_stands_beside_how_often_its_detector_was_right(served: Served, tmp_path: Path) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    await browser.submit("/cases/1", "/cases/1/close", reason="confirmed", words="seized")
    intake = CaseIntake(open_book(str(tmp_path / "cases.sqlite")))
    intake.take([signal(subject="next", raised_at=NOON + 86_400, code="80000010000000000009")], (), NOON + 86_400)
    assert '<td class="number">1/1</td>' in (await browser.get("/cases?lang=en")).text
    assert "1 of 1 closed cases were real" in (await browser.get("/cases/2?lang=en")).text


async def test_alerts_that_wait_are_shown_with_their_last_fault(served: Served, tmp_path: Path) -> None:
    browser = await served.signed_in(Role.OPERATOR)
    assert "No alert waits" in (await browser.get("/alerts?lang=en")).text
    store = open_book(str(tmp_path / "cases.sqlite"))
    CaseIntake(store, ["desk"]).tell(NOON)

    class Away:
        async def deliver(self, parcel: Parcel) -> None:
            raise StateUnavailable("the receiver answered 503")

    await Outbox(store, {"desk": Away()}).deliver_due(NOON)
    page = (await browser.get("/alerts?lang=en")).text
    assert all(word in page for word in ("case:1:desk", "the receiver answered 503", "not in the settings"))
    assert "k1:" not in page


async def test_the_map_is_whole(served: Served) -> None:
    got = await (await served.signed_in(Role.REGULATOR)).get("/china.svg")
    titles = re.findall("<title>([^<]*)</title>", got.text)
    assert {"台湾", "香港", "澳门", "三沙（南海诸岛）", "福州"} <= set(titles)
    assert len(titles) > 360


async def test_a_case_shows_its_evidence_days_and_the_precision_of_its_detector(served: Served) -> None:
    page = (await (await served.signed_in(Role.REGULATOR)).get("/cases/1?lang=en")).text
    assert all(word in page for word in ("k1:a", "many callers", "福清市场", "no closed cases yet", "<rect "))
    zh = (await (await served.signed_in(Role.REGULATOR)).get("/cases/1?lang=zh")).text
    assert "多个号码" in zh


async def test_a_case_is_worked_on_by_its_forms_and_each_step_is_audited(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    for step, fields in (
        ("review", {}),
        ("assign", {"to": "李"}),
        ("open", {"words": "去看"}),
        ("note", {"words": "两家"}),
    ):
        got = await browser.submit("/cases/1", f"/cases/1/{step}", **fields)
        assert (got.status, got.headers["Location"]) == (303, "/cases/1")
    assert (await browser.submit("/cases/1", "/cases/1/close", reason="display_item")).status == 303
    page = (await browser.get("/cases/1?lang=en")).text
    assert all(word in page for word in ("display item", "两家", "李", "rita", "0 of 1 closed"))
    assert ("rita", "case close", "1") in served.audited()
    assert "#1" in (await browser.get("/cases?state=closed")).text


async def test_a_step_that_is_not_allowed_is_told_on_the_page(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    await browser.submit("/cases/1", "/cases/1/open")
    got = await browser.submit("/cases/1", "/cases/1/review")
    assert got.status == 409
    assert "review needs signal" in got.text
    assert (await browser.submit("/cases/1", "/cases/1/close", reason="none")).status == 409


async def test_what_is_not_there_is_404(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    assert [(await browser.get(path)).status for path in ("/cases/9", "/cases/x", "/api/cases/9")] == [404] * 3
    assert (await browser.submit("/cases/1", "/cases/1/burn")).status == 404
    assert (await browser.submit("/cases/1", "/cases/9/open")).status == 404


async def test_an_operator_looks_and_does_not_act(served: Served) -> None:
    browser = await served.signed_in(Role.OPERATOR)
    page = (await browser.get("/cases/1")).text
    assert 'action="/cases/1/close"' not in page
    assert (await browser.submit("/account", "/cases/1/close", reason="typing")).status == 403


async def test_files_of_cases_are_audited(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    assert "8000001" in (await browser.get("/cases.csv")).text
    assert '"detector"' in (await browser.get("/api/cases")).text
    assert '"evidence"' in (await browser.get("/api/cases/1")).text
    assert len([entry for entry in served.audited() if entry[0] == "rita"]) >= 3


async def test_complaints_are_listed_with_their_deadline_and_answered(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    assert "overdue" in (await browser.get("/complaints?lang=en")).text
    assert (await browser.submit("/complaints", "/complaints/2/accept")).status == 303
    assert (await browser.submit("/complaints", "/complaints/2/accept")).status == 409
    assert (await browser.submit("/complaints", "/complaints/1/refuse", words="不属实")).status == 303
    assert (await browser.submit("/complaints", "/complaints/2/settle")).status == 303
    assert (await browser.submit("/complaints", "/complaints/2/burn")).status == 404
    assert "complaints/1/settle" not in (await browser.get("/complaints")).text


async def test_statistics_are_shown_with_filters_and_taken_along(served: Served) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    page = (await browser.get(f"/statistics?by=prefecture&{SPAN}&lang=en")).text
    assert "Fuzhou" in page
    assert "福州市" in (await browser.get(f"/statistics?by=prefecture&{SPAN}&lang=zh")).text
    assert "Beijing" in page
    assert "福州市" in (await browser.get(f"/statistics.csv?by=prefecture&{SPAN}")).text
    assert '"queries":100' in (await browser.get(f"/api/statistics?by=prefecture&area=350000&{SPAN}")).text
    assert len([entry for entry in served.audited() if "statistics" in entry[2]]) == 2


async def test_small_groups_are_one_for_an_operator(served: Served) -> None:
    browser = await served.signed_in(Role.OPERATOR)
    page = (await browser.get(f"/statistics?by=prefecture&{SPAN}")).text
    assert "福州市" in page
    assert "北京市" not in page


@pytest.mark.parametrize("words", ["by=none", "from=x", "from=2025-06-02&to=2025-06-01", "from=1990-01-01"])
async def test_a_question_that_cannot_be_is_told(served: Served, words: str) -> None:
    browser = await served.signed_in(Role.REGULATOR)
    assert 'role="alert"' in (await browser.get(f"/statistics?{words}")).text
    assert (await browser.get(f"/api/statistics?{words}")).status == 400


async def test_without_a_case_book_the_pages_say_what_to_do(tmp_path: Path) -> None:
    own = room(tmp_path)
    async with serving(tmp_path, sections=[CasePages(own), AlertPages(own), StatisticsPages(own)]) as monitor:
        browser = await monitor.signed_in(Role.REGULATOR)
        assert "python -m gateway insight" in (await browser.get("/cases")).text
        assert "python -m gateway insight" in (await browser.get("/complaints")).text
        assert "python -m gateway insight" in (await browser.get("/alerts")).text
        assert 'role="alert"' in (await browser.get("/statistics")).text
        for path in ("/statistics.csv", "/cases/1", "/cases.csv", "/api/cases", "/api/cases/1"):
            assert (await browser.get(path)).status == 503


@pytest.mark.parametrize("path", ["/cases", "/complaints", "/statistics"])
async def test_paths_of_files_are_told_to_operators_alone(tmp_path: Path, path: str) -> None:
    own = room(tmp_path)
    async with serving(tmp_path, sections=[CasePages(own), AlertPages(own), StatisticsPages(own)]) as monitor:
        assert str(tmp_path) in (await (await monitor.signed_in(Role.OPERATOR)).get(path)).text
        assert str(tmp_path) not in (await (await monitor.signed_in(Role.REGULATOR)).get(path)).text


def test_every_area_of_the_map_lies_on_its_sheet() -> None:
    china = read_map(MAP)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in china.centres.values())
    assert china.path("350181") == china.paths[FUZHOU]
    assert china.centre("") is None
    beijing, fuzhou = china.centre(BEIJING), china.centre(FUZHOU)
    assert beijing is not None
    assert fuzhou is not None
    assert beijing[1] < fuzhou[1]


def test_a_map_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "map").write_text("{}", encoding="utf-8")
    with pytest.raises(StateUnavailable, match="restore"):
        read_map(tmp_path / "map")


def test_the_chart_has_a_bar_for_every_day_and_sixty_at_most() -> None:
    looked_at = [NOON + day * 86_400 for day in (0, 2)]
    assert [bar.count for bar in chart(looked_at).bars] == [1, 0, 1]
    assert len(chart([*looked_at, NOON + 100 * 86_400]).bars) == 60
