"""Before a page is shown: forms, bodies, time, the audit log; and that a page gets what it is promised."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import FormData, web

from gateway.monitor import EVERYONE, Page, Role, Visit
from gateway.monitor import gate as gate_module
from gateway.monitor.audit import Sealed
from tests.gateway.monitor.served import Pages, serving

STAFF = frozenset({Role.OPERATOR})


def page(handler: Callable[[Visit], Awaitable[web.StreamResponse]], method: str = "GET", path: str = "/x") -> Page:
    return Page(method, path, handler, EVERYONE)


async def tell(visit: Visit) -> web.Response:
    """What a handler was given."""
    return visit.json(
        {
            "user": visit.user.name,
            "language": visit.language,
            "at": visit.at,
            "address": visit.address,
            "field": visit.field("a"),
            "password": visit.password("a"),
            "title": visit.text("account.title"),
            "current": visit.stay.is_current(),
        }
    )


async def test_a_page_is_given_the_user_the_time_and_the_form(tmp_path: Path) -> None:
    async with serving(tmp_path, page(tell, "POST")) as served:
        browser = await served.signed_in(Role.OPERATOR)
        got = await browser.submit("/account", "/x", a=" b ")
        assert json.loads(got.text) == {
            "user": "otto",
            "language": "zh",
            "at": served.clock.now,
            "address": "127.0.0.1",
            "field": "b",
            "password": " b ",
            "title": "我的账户",
            "current": True,
        }
        assert got.headers["Content-Type"] == "application/json"


async def test_a_form_needs_the_sessions_token_and_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path, page(tell, "POST")) as served:
        browser, other = await served.signed_in(Role.OPERATOR), await served.signed_in(Role.REGULATOR)
        own, others = (await browser.get("/account")).form_token, (await other.get("/account")).form_token
        for token in ("", "x", others):
            assert (await browser.post("/x", {"form_token": token})).status == 403
        assert (await browser.post("/x", {})).status == 403
        assert (await browser.post("/x", {"form_token": own}, {"Origin": "https://evil.example"})).status == 403
        assert (await browser.post("/x", {"form_token": own}, {"Sec-Fetch-Site": "cross-site"})).status == 403
        assert (await browser.post("/x", {"form_token": own})).status == 200
        assert (await browser.post("/x", {}, {"X-Form-Token": own})).status == 200
        assert [line[1] for line in served.audited()].count("foreign_form") == 6


async def test_a_program_with_a_token_needs_no_form_token(tmp_path: Path) -> None:
    async def told(visit: Visit) -> web.Response:
        return visit.json(await visit.request.json())

    async with serving(tmp_path, page(told, "POST", "/api/x")) as served:
        token = served.token(Role.OPERATOR)
        client = served.browser().client
        answer = await client.post("/api/x", json={"a": 1}, headers=token)
        assert (answer.status, await answer.json()) == (200, {"a": 1})


async def test_a_body_has_a_limit_and_a_length(tmp_path: Path) -> None:
    async def chunks() -> object:
        yield b"a=b"

    async with serving(tmp_path, Page("POST", "/x", tell, EVERYONE, body_octets=100)) as served:
        client, token = served.browser().client, served.token(Role.OPERATOR)
        assert (await client.post("/x", data="a" * 100, headers=token)).status == 200
        assert (await client.post("/x", data="a" * 101, headers=token)).status == 413
        assert (await client.post("/x", data=chunks(), headers=token)).status == 411


async def test_a_file_can_be_posted_with_the_form(tmp_path: Path) -> None:
    async def told(visit: Visit) -> web.Response:
        file = visit.form["file"]
        assert isinstance(file, web.FileField)
        return web.Response(text=f"{file.file.read().decode()} {visit.field('file')!r} {visit.password('file')!r}")

    async with serving(tmp_path, page(told, "POST")) as served:
        browser = await served.signed_in(Role.OPERATOR)
        form = FormData({"form_token": (await browser.get("/account")).form_token})
        form.add_field("file", b"1,2,3", filename="x.csv")
        answer = await browser.client.post("/x", data=form)
        assert (answer.status, await answer.text()) == (200, "1,2,3 '' ''")


async def test_a_body_that_is_no_text_is_a_bad_request(tmp_path: Path) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=none"}
    async with serving(tmp_path, page(tell, "POST")) as served:
        answer = await served.browser().client.post("/x", data=b"\xff", headers=headers | served.token(Role.OPERATOR))
        assert answer.status == 400


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.monitor.forms.BODY_SECONDS", 0.01)
    async with serving(tmp_path, page(tell, "POST")) as served:
        reader, writer = await asyncio.open_connection(served.server.host, served.server.port)
        authorization = served.token(Role.OPERATOR)["Authorization"]
        writer.write(
            f"POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Length: 9\r\n\r\n".encode()
        )
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_a_page_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_visit: Visit) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(gate_module, "HANDLER_SECONDS", 0.01)
    async with serving(tmp_path, page(slow)) as served:
        assert (await served.browser().get("/x", served.token(Role.OPERATOR))).status == 503


async def test_what_is_streamed_may_take_its_time_and_ends_when_the_user_signs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = asyncio.Event()

    async def stream(visit: Visit) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(visit.request)
        while visit.stay.is_current():
            await response.write(b"data: 1\n\n")
            await turn.wait()
            turn.clear()
        return response

    monkeypatch.setattr(gate_module, "HANDLER_SECONDS", 0.0)
    async with serving(tmp_path, Page("GET", "/x", stream, EVERYONE, streamed=True)) as served:
        browser = await served.signed_in(Role.OPERATOR)
        async with browser.client.get("/x") as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert await answer.content.readline() == b"data: 1\n"
            assert (await browser.submit("/account", "/sign-out")).status == 303
            turn.set()
            assert (await answer.content.read()).strip() == b""


async def test_a_reader_who_goes_ends_a_stream_without_ado(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def stream(visit: Visit) -> web.StreamResponse:
        raise ConnectionResetError

    async with serving(tmp_path, Page("GET", "/x", stream, EVERYONE, streamed=True)) as served:
        await served.browser().get("/x", served.token(Role.OPERATOR))
    assert caplog.records == []


async def test_a_change_is_in_the_audit_log_before_it_is_made(tmp_path: Path) -> None:
    seen = []

    async def change(visit: Visit) -> web.Response:
        seen.extend(line.entry.action for line in visit.log.lines() if isinstance(line, Sealed))
        await visit.audit("link_stopped", "one")
        return visit.see_other("/account")

    async with serving(tmp_path, page(change, "POST")) as served:
        await served.browser().post("/x", {}, served.token(Role.OPERATOR))
        assert seen == ["POST /x"]
        assert served.audited() == [("otto", "POST /x", "/x"), ("otto", "link_stopped", "one")]


async def test_nothing_is_changed_when_the_audit_log_cannot_be_written(tmp_path: Path) -> None:
    changed = []

    async def change(visit: Visit) -> web.Response:
        changed.append(visit)
        return visit.see_other("/account")

    async with serving(tmp_path, page(change, "POST")) as served:
        (tmp_path / "audit.jsonl").mkdir()
        got = await served.browser().post("/x", {}, served.token(Role.OPERATOR))
        assert (got.status, changed) == (503, [])


async def test_an_export_is_in_the_audit_log_with_what_was_asked_for(tmp_path: Path) -> None:
    async with serving(tmp_path, Page("GET", "/x.csv", tell, EVERYONE, audited=True)) as served:
        await served.browser().get("/x.csv?day=2026-05-01", served.token(Role.REGULATOR))
        assert served.audited() == [("rita", "GET /x.csv", "/x.csv?day=2026-05-01")]


async def test_who_is_refused_is_in_the_audit_log(tmp_path: Path) -> None:
    of_carrier = Page("GET", "/carriers/{carrier}", tell, EVERYONE)
    async with serving(tmp_path, Page("GET", "/x", tell, STAFF), of_carrier) as served:
        carla = await served.signed_in(Role.CARRIER)
        assert (await carla.get("/x")).status == 403
        assert (await carla.get("/carriers/telecom")).status == 404
        assert (await carla.get("/carriers/mobile")).status == 200
        assert served.audited()[1:] == [("carla", "refused", "GET /x"), ("carla", "hidden", "GET /carriers/telecom")]


async def test_the_first_page_is_the_first_of_ones_own(tmp_path: Path) -> None:
    staff = Page("GET", "/staff", tell, STAFF, entry="audit.title")
    own = Page("GET", "/carriers/{carrier}", tell, EVERYONE, entry="account.carrier")
    async with serving(tmp_path, sections=[Pages([staff, own])]) as served:
        leads_to = {role: (await served.browser().get("/", served.token(role))).location for role in Role}
        assert leads_to == dict.fromkeys(Role, "/account") | {
            Role.OPERATOR: "/staff",
            Role.CARRIER: "/carriers/mobile",
        }
        carla = (await (await served.signed_in(Role.CARRIER)).get("/account")).text
        assert '<a href="/carriers/mobile">' in carla
        assert 'href="/staff"' not in carla
        assert '<a href="/account" aria-current="page">' in carla


@pytest.mark.parametrize(
    ("header", "chosen", "language"), [("", "", "zh"), ("en", "", "en"), ("en", "zh", "zh"), ("zh", "en", "en")]
)
async def test_a_user_gets_the_language_of_the_browser_unless_they_chose(
    tmp_path: Path, header: str, chosen: str, language: str
) -> None:
    async with serving(tmp_path, page(tell)) as served:
        browser = await served.signed_in(Role.OPERATOR)
        if chosen:
            got = await browser.submit("/account", "/account/language", language=chosen)
            assert (got.status, got.location) == (303, "/account?done=language")
        got = await browser.get("/x", {"Accept-Language": header})
        assert json.loads(got.text)["language"] == language
        assert json.loads((await browser.get("/x?lang=en")).text)["language"] == "en"
