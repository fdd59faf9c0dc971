"""Errors tell the reader what they may know, in their language, as pages or as JSON; and every answer is guarded."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, web

from gateway.monitor import EVERYONE, Page, Role, Visit
from tests.gateway.monitor.served import serving

SECRET = "postgresql://user:password@host"


def page(handler: Callable[[Visit], Awaitable[web.StreamResponse]], path: str = "/x") -> Page:
    return Page("GET", path, handler, EVERYONE)


async def fails(_visit: Visit) -> web.Response:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/account", "/none", "/api/none", "/x"])
async def test_every_answer_has_the_headers_that_guard_it(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path, page(fails)) as served:
        headers = (await (await served.signed_in(Role.OPERATOR)).get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] == "zhenma"
        assert "Strict-Transport-Security" not in headers


async def test_an_error_of_ours_tells_nothing_of_the_inside_but_where_to_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path, page(fails), page(fails, "/api/x")) as served:
        token = served.token(Role.OPERATOR)
        as_page = await served.browser().get("/x", token)
        as_json = await served.browser().get("/api/x", token)
        assert (as_page.status, as_json.status) == (500, 500)
        assert as_json.headers["Content-Type"] == "application/problem+json"
        incident = json.loads(as_json.text)["incident"]
        assert incident in caplog.text
        assert SECRET in caplog.text
        for text in (as_page.text, as_json.text):
            assert "password" not in text
            assert "Traceback" not in text
            assert "RuntimeError" not in text


async def test_an_error_of_a_stream_that_has_begun_ends_it(tmp_path: Path) -> None:
    async def breaks(visit: Visit) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(visit.request)
        await response.write(b"begun")
        raise RuntimeError(SECRET)

    async with serving(tmp_path, Page("GET", "/x", breaks, EVERYONE, streamed=True)) as served:
        answer = await served.browser().client.get("/x", headers=served.token(Role.OPERATOR))
        assert await answer.content.readexactly(5) == b"begun"
        with pytest.raises(ClientPayloadError):
            await answer.content.read()


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (web.HTTPForbidden(text=SECRET), 403, "无权访问"),
        (web.HTTPNotFound(text=SECRET), 404, "没有此页面"),
        (web.HTTPTooManyRequests(text=SECRET), 429, "请求过于频繁"),
        (web.HTTPConflict(text=SECRET), 409, "请求有误"),
        (web.HTTPBadGateway(text=SECRET), 502, "内部错误"),
    ],
)
async def test_a_refusal_has_its_own_words(tmp_path: Path, error: web.HTTPException, status: int, title: str) -> None:
    async def refuses(_visit: Visit) -> web.Response:
        raise error

    async with serving(tmp_path, page(refuses, "/api/x"), page(refuses)) as served:
        token = served.token(Role.OPERATOR)
        problem = await served.browser().get("/api/x", token)
        assert problem.status == status
        assert json.loads(problem.text)["title"] == title
        assert json.loads(problem.text)["status"] == status
        shown = await served.browser().get("/x", token)
        assert f"<h1>{title}</h1>" in shown.text
        assert SECRET not in shown.text + problem.text


async def test_what_to_do_next_is_kept_of_a_refusals_headers(tmp_path: Path) -> None:
    async def refuses(_visit: Visit) -> web.Response:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "7", "X-Inside": SECRET})

    async with serving(tmp_path, page(refuses)) as served:
        got = await served.browser().get("/x", served.token(Role.OPERATOR))
        assert (got.headers["Retry-After"], got.headers.get("X-Inside")) == ("7", None)


async def test_a_method_that_a_page_does_not_know_is_told_with_those_that_it_does(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().post("/audit", {})
        assert (got.status, got.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_fault_is_told_in_the_readers_language_with_their_navigation(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        assert "<h1>Not found</h1>" in (await browser.get("/none", {"Accept-Language": "en"})).text
        assert "<nav" not in (await served.browser().get("/none")).text


async def test_a_page_that_somebody_typed_is_quoted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().get("/%3Cscript%3E?%22%3E%3Cscript%3E=1")
        assert got.status == 404
        assert "<script" not in got.text
