from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.measures import GATEWAY, Span, Subject
from gateway.measures.feed import LIMIT
from gateway.measures.snapshot import (
    AsteriskReading,
    QueryReading,
    ReceiptReading,
    RedisReading,
    TrunkReading,
    VoiceReading,
)
from gateway.monitor import Role, charts, texts
from gateway.monitor.live_pages import LivePages
from smpp import LinkState
from smpp.events import Why
from smpp.link_status import LossSeen
from smpp.receipts import MessageState
from tests.gateway.measures.readings import link, snapshot
from tests.gateway.monitor.served import TEMPLATES, Served, serving
from tests.gateway.monitor.still import Still

RESET = LossSeen("connection_lost", "reset", "connection lost: reset", 90.0)
REFUSED = LossSeen("refused", "ESME_RALYBND", "bind refused: ESME_RALYBND", 2.0)


@asynccontextmanager
async def live(folder: Path, still: Still) -> AsyncIterator[Served]:
    async with serving(folder, sections=[LivePages(still)]) as served:
        yield served


async def shown(folder: Path, still: Still, path: str, role: Role = Role.OPERATOR) -> str:
    async with live(folder, still) as served:
        got = await (await served.signed_in(role)).get(path)
        assert got.status == 200, got.text
        return got.text


async def test_the_overview_lists_every_link_with_its_state_in_words(tmp_path: Path) -> None:
    lost = link("telecom", "t1", state=LinkState.WAITING, unbound_seconds=90.0, lost=RESET, failed=REFUSED)
    text = await shown(tmp_path, Still(snapshot(link(), lost)), "/overview?lang=en")
    assert '<span class="state good" data-link="state">bound</span>' in text
    assert '<span class="state bad" data-link="state">lost, will try again</span>' in text
    assert 'data-link="since">since 11:58:30<' in text
    assert 'data-link="lost">last lost 11:58:30: the connection broke (reset)<' in text
    assert 'data-link="failed">last attempt 11:59:58: bind refused (ESME_RALYBND)<' in text
    assert re.findall(r"data-bound>([^<]+)<", text) == [f"{n}&#8239;/&#8239;{of}" for n, of in ((1, 2), (1, 1), (0, 1))]


@pytest.mark.parametrize("why", Why)
async def test_each_reason_of_a_loss_has_words_in_both_languages(tmp_path: Path, why: Why) -> None:
    loss = LossSeen(why.name.lower(), "", str(why), 1.0)
    async with live(tmp_path, Still(snapshot(link(state=LinkState.WAITING, lost=loss)))) as served:
        browser = await served.signed_in(Role.OPERATOR)
        pages = [(await browser.get(f"/carriers/mobile/links/m1?lang={lang}")).text for lang in ("zh", "en")]
    told = [re.search(r'data-link="lost">([^<]+)<', page) for page in pages]
    assert told[0]
    assert told[1]
    assert re.search("[一-鿿]", told[0][1].partition("：")[2])
    assert told[1][1].partition(": ")[2].isascii()


@pytest.mark.parametrize("state", MessageState)
async def test_each_state_of_a_receipt_has_words(tmp_path: Path, state: MessageState) -> None:
    receipts = (ReceiptReading("mobile", state.name.lower(), 3),)
    text = await shown(tmp_path, Still(snapshot(link(), receipts=receipts)), "/carriers/mobile?lang=zh")
    assert re.search(rf"<td>{state.name}[^<]*</td><td class=\"number\">3<", text)


@pytest.mark.parametrize("state", LinkState)
async def test_each_state_of_a_link_has_words_in_both_languages(tmp_path: Path, state: LinkState) -> None:
    still = Still(snapshot(link(state=state)))
    async with live(tmp_path, still) as served:
        browser = await served.signed_in(Role.OPERATOR)
        words = [
            re.search(r'data-link="state">([^<]+)<', (await browser.get(f"/carriers/mobile/links/m1?lang={lang}")).text)
            for lang in ("zh", "en")
        ]
    assert words[0]
    assert words[1]
    assert words[0][1] != words[1][1]


async def test_a_carrier_sees_its_own_links_and_not_that_others_are_there(tmp_path: Path) -> None:
    async with live(tmp_path, Still()) as served:
        browser = await served.signed_in(Role.CARRIER)
        own = await browser.get("/carriers/mobile")
        assert "m2" in own.text
        assert "telecom" not in own.text
        others = [await browser.get(path) for path in ("/carriers/telecom", "/carriers/telecom/links/1")]
        unknown = await browser.get("/carriers/nobody")
        assert {got.status for got in (*others, unknown)} == {404}


async def test_a_link_that_is_not_configured_is_not_found(tmp_path: Path) -> None:
    async with live(tmp_path, Still()) as served:
        browser = await served.signed_in(Role.OPERATOR)
        assert (await browser.get("/carriers/mobile/links/m9")).status == 404
        assert (await browser.get("/api/carriers/mobile/links/m9/series?measures=mo")).status == 404


async def test_a_gateway_without_links_or_hotline_says_so(tmp_path: Path) -> None:
    async with live(tmp_path, Still(snapshot())) as served:
        browser = await served.signed_in(Role.OPERATOR)
        assert "No link is configured." in (await browser.get("/overview?lang=en")).text
        assert "The hotline is not configured" in (await browser.get("/hotline?lang=en")).text


async def test_the_hotline_shows_its_calls(tmp_path: Path) -> None:
    voice = VoiceReading(calls=3, calls_limit=50, begun=17)
    trunks = (TrunkReading("t-1", "Not in use", 0), TrunkReading("t-2", "Unavailable", 0))
    asterisk = AsteriskReading(True, "22.1.0", 1, 2, trunks)
    text = await shown(tmp_path, Still(snapshot(link(), voice=voice, asterisk=asterisk)), "/hotline?lang=en")
    assert '<span data-path="voice.calls">3</span>&#8239;/&#8239;50' in text
    assert 'data-path="voice.begun">17<' in text
    assert '<span class="state good" data-trunk-state>Not in use</span>' in text
    assert '<span class="state bad" data-trunk-state>Unavailable</span>' in text


async def test_what_does_not_work_is_told_in_words(tmp_path: Path) -> None:
    still = Still(snapshot(link(), redis=RedisReading(False, 2), series_fault="no room"))
    text = await shown(tmp_path, still, "/overview?lang=en")
    assert '<span class="state bad" data-flag="redis.available" data-name="Redis">does not work</span>' in text
    assert (
        '<span class="state bad" data-flag="!series_fault" data-name="Keeping of these measures">does not work</span>'
        in text
    )
    assert (
        '<span class="state good" data-flag="backend.available" data-name="Verification backend">works</span>' in text
    )


async def test_refusals_are_counted_by_their_names_and_have_a_chart(tmp_path: Path) -> None:
    refused = QueryReading("sms", "mobile", "m1", refusals=((0x64, 7),))
    still = Still(snapshot(link(errors=((0x58, 1234), (0x14, 2)), queries=refused)))
    async with live(tmp_path, still) as served:
        browser = await served.signed_in(Role.CARRIER)
        page = (await browser.get("/carriers/mobile/links/m1?lang=en")).text
        assert re.search(r"by the SMSC</td><td><code>ESME_RTHROTTLED</code></td><td class=\"number\">1\u202f234<", page)
        assert re.search(r"by us</td><td><code>ESME_RX_T_APPN</code></td><td class=\"number\">7<", page)
        assert re.findall(r'data-measure="errors\.(\w+)"', page) == ["ESME_RTHROTTLED", "ESME_RMSGQFUL"]
        assert "<td>m1</td>" in (await browser.get("/carriers/mobile?lang=en")).text


async def test_where_nothing_was_refused_the_page_says_so(tmp_path: Path) -> None:
    text = await shown(tmp_path, Still(), "/carriers/mobile/links/m1?lang=en")
    assert '<p class="empty" data-without-refusals>Nothing has been refused' in text
    assert 'data-measure="errors.' not in text


@pytest.mark.parametrize("period", charts.PERIODS, ids=lambda period: period.name)
async def test_charts_are_of_the_period_that_was_chosen(tmp_path: Path, period: charts.Period) -> None:
    text = await shown(tmp_path, Still(), f"/overview?period={period.name}")
    assert f'<a href="?period={period.name}" aria-current="true">' in text
    figures = re.findall(r'data-span="(\w+)"\s+data-step="(\d+)" data-length="(\d+)"', text)
    step = str(period.span.resolution_seconds)
    assert figures == [(period.span.name.lower(), step, str(period.seconds))] * len(charts.OF_GATEWAY)


async def test_series_come_as_even_steps_with_gaps_as_null(tmp_path: Path) -> None:
    still = Still()
    text = await shown(tmp_path, still, "/api/carriers/mobile/links/m1/series?measures=mo,latency.p99&span=day")
    assert json.loads(text) == {
        "from_at": 0,
        "resolution_seconds": 60,
        "measures": {"mo": [1.0, None, 2.5], "latency.p99": [1.0, None, 2.5]},
    }
    assert still.asked == [(("mo", "latency.p99"), Subject("mobile", "m1"), Span.DAY)]


async def test_series_without_a_carrier_are_the_whole_gateways(tmp_path: Path) -> None:
    still = Still()
    await shown(tmp_path, still, "/api/series?measures=mo")
    assert still.asked == [(("mo",), GATEWAY, Span.HOUR)]


@pytest.mark.parametrize(
    "query", ["", "measures=", "measures=mo;drop", "measures=mo&span=month", "measures=" + 12 * "mo," + "mo"]
)
async def test_series_of_what_cannot_be_are_refused(tmp_path: Path, query: str) -> None:
    async with live(tmp_path, Still()) as served:
        got = await (await served.signed_in(Role.OPERATOR)).get(f"/api/series?{query}")
        assert got.status == 400
        assert got.headers["Content-Type"].startswith("application/problem+json")


async def test_the_stream_hands_news_on_as_server_sent_events(tmp_path: Path) -> None:
    async with live(tmp_path, Still(news=(b'{"at":1}',))) as served:
        browser = await served.signed_in(Role.CARRIER)
        async with browser.client.get("/carriers/mobile/live") as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            assert await answer.content.readuntil(b"\n\n") == b'data: {"at":1}\n\n'


async def test_the_stream_ends_when_the_user_signs_out(tmp_path: Path) -> None:
    still = Still(news=(b"1",))
    async with live(tmp_path, still) as served:
        browser = await served.signed_in(Role.OPERATOR)
        async with browser.client.get("/live") as answer:
            await answer.content.readuntil(b"\n\n")
            await browser.submit("/overview", "/sign-out")
            still.feed.publish(lambda _: b"2")
            async with asyncio.timeout(5):
                assert await answer.content.read() == b""
    assert still.feed.watchers == 0


async def test_more_watchers_than_may_be_are_asked_to_come_back(tmp_path: Path) -> None:
    still = Still()
    async with live(tmp_path, still) as served:
        browser = await served.signed_in(Role.OPERATOR)
        others = [still.feed.subscribe() for _ in range(LIMIT)]
        got = await browser.get("/live")
        assert got.status == 503
        assert got.headers["Retry-After"] == "10"
        for each in others:
            each.close()


async def test_a_carriers_program_reads_its_links_and_nothing_else(tmp_path: Path) -> None:
    receipts = (ReceiptReading("mobile", "delivered", 5), ReceiptReading("telecom", "expired", 1))
    lost = link(state=LinkState.WAITING, lost=RESET, errors=((0x58, 2),), segments_per_second=20.0)
    async with live(tmp_path, Still(snapshot(lost, link("telecom", "t1"), receipts=receipts))) as served:
        got = await served.browser().get("/api/carriers/mobile/status", served.token(Role.CARRIER))
        told = json.loads(got.text)
    assert [(each["link"], each["state"], each["why_lost"], each["errors"]) for each in told["links"]] == [
        ("m1", "waiting", "connection lost: reset", {"ESME_RTHROTTLED": 2})
    ]
    assert told["links"][0]["lost"]["code"] == "connection_lost"
    assert told["links"][0]["segments_per_second_limit"] == 20.0
    assert told["receipts"] == [{"carrier": "mobile", "state": "delivered", "count": 5}]
    assert "journal" not in told


async def test_an_operators_program_reads_the_whole_condition(tmp_path: Path) -> None:
    told = json.loads(await shown(tmp_path, Still(snapshot(link(), link("telecom", "t1"))), "/api/status"))
    assert [each["carrier"] for each in told["links"]] == ["mobile", "telecom"]
    assert told["links"][0]["segments_per_second_limit"] is None
    assert told["journal"]["failing"] is False
    assert told["voice"] is None


@pytest.mark.parametrize("chart", charts.ALL, ids=lambda chart: chart.name)
def test_a_chart_has_a_name_and_so_has_each_line(chart: charts.Chart) -> None:
    keys = texts.load(TEMPLATES / "texts", "zh").keys
    assert {f"live.chart_{chart.name}", *(line.text for line in chart.lines())} <= keys
    assert len(chart.lines()) <= charts.MOST_LINES


def test_each_period_has_a_name() -> None:
    assert {f"live.period_{each.name}" for each in charts.PERIODS} <= texts.load(TEMPLATES / "texts", "zh").keys
