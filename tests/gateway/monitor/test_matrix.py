"""Who may see what: every role on every page of every section.  A page that nobody has entered here fails."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from gateway.insight.settings import InsightSettings
from gateway.monitor import EVERYONE, Page, Role, Visit
from gateway.monitor.case_pages import CaseRoom
from gateway.monitor.sections import Sources, sections
from gateway.registry.board import Board, BoardSettings
from tests.gateway.monitor.served import Browser, Got, Served, serving
from tests.gateway.monitor.still import Still

OPERATOR = frozenset({Role.OPERATOR})

STAFF = frozenset({Role.OPERATOR, Role.READ_ONLY})
OF_CARRIER = STAFF | {Role.CARRIER}
REGULATOR = frozenset({Role.REGULATOR})
OF_MARKET = REGULATOR | OPERATOR

SUPERVISING = frozenset({Role.SUPERVISOR, Role.OPERATOR})
OF_ENTERPRISE = SUPERVISING | {Role.ENTERPRISE}
ACTING = frozenset({Role.ENTERPRISE, Role.OPERATOR})

EXPECTED: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/overview"): STAFF,
    ("GET", "/carriers/{carrier}"): OF_CARRIER,
    ("GET", "/carriers/{carrier}/links/{link}"): OF_CARRIER,
    ("GET", "/hotline"): STAFF,
    ("GET", "/live"): STAFF,
    ("GET", "/carriers/{carrier}/live"): OF_CARRIER,
    ("GET", "/api/status"): STAFF,
    ("GET", "/api/carriers/{carrier}/status"): OF_CARRIER,
    ("GET", "/api/series"): STAFF,
    ("GET", "/api/carriers/{carrier}/series"): OF_CARRIER,
    ("GET", "/api/carriers/{carrier}/links/{link}/series"): OF_CARRIER,
    ("GET", "/reconciliation"): STAFF,
    ("GET", "/reconciliation.csv"): STAFF,
    ("GET", "/api/reconciliation"): STAFF,
    ("GET", "/carriers/{carrier}/reconciliation"): OF_CARRIER,
    ("GET", "/carriers/{carrier}/reconciliation.csv"): OF_CARRIER,
    ("GET", "/api/carriers/{carrier}/reconciliation"): OF_CARRIER,
    ("GET", "/enterprises/{enterprise}"): OF_ENTERPRISE,
    ("GET", "/enterprises/{enterprise}/products/{product}"): OF_ENTERPRISE,
    ("POST", "/enterprises/{enterprise}/products/{product}/applications"): ACTING,
    ("POST", "/enterprises/{enterprise}/products/{product}/activations"): ACTING,
    ("POST", "/enterprises/{enterprise}/products/{product}/recalls"): ACTING,
    ("GET", "/coverage"): SUPERVISING,
    ("GET", "/coverage/enterprises"): SUPERVISING,
    ("GET", "/cases"): OF_MARKET,
    ("GET", "/cases.csv"): OF_MARKET,
    ("GET", "/api/cases"): OF_MARKET,
    ("GET", "/china.svg"): OF_MARKET,
    ("GET", "/cases/{case}"): OF_MARKET,
    ("GET", "/api/cases/{case}"): OF_MARKET,
    ("POST", "/cases/{case}/{step}"): REGULATOR,
    ("GET", "/complaints"): OF_MARKET,
    ("GET", "/alerts"): OF_MARKET,
    ("POST", "/complaints/{complaint}/{step}"): REGULATOR,
    ("GET", "/complaints/{complaint}/recording"): REGULATOR,
    ("GET", "/statistics"): OF_MARKET,
    ("GET", "/statistics.csv"): OF_MARKET,
    ("GET", "/api/statistics"): OF_MARKET,
    ("GET", "/audit"): OPERATOR,
    ("GET", "/account"): EVERYONE,
    ("POST", "/account/password"): EVERYONE,
    ("POST", "/account/language"): EVERYONE,
    ("POST", "/account/tokens"): EVERYONE,
    ("POST", "/account/tokens/revoke"): EVERYONE,
    ("GET", "/api/session"): EVERYONE,
    ("POST", "/sign-out"): EVERYONE,
}
"""Method and path of each page, and who may see it."""

NAMED = {"{carrier}": "mobile", "{enterprise}": "7"}
"""What stands in a path for a word in braces: what the users of these roles may see; "1" for any other."""
_BRACES = re.compile(r"\{[^}]*\}")
OTHERS = {"{carrier}": "telecom", "{enterprise}": "8"}


def board(folder: Path) -> Board:
    """A registry that no page of these tests opens."""
    return Board(BoardSettings(str(folder / "registry.sqlite")), lambda: 0.0)


def sources(folder: Path) -> Sources:
    """Sources that hold nothing."""
    journal = folder / "journal.sqlite"
    room = CaseRoom(InsightSettings(cases_path=folder / "cases.sqlite"), journal, folder / "areas", folder / "aliases")
    return Sources(measures=Still(), journal_path=journal, registry=board(folder), cases=room)


def filled(path: str, words: dict[str, str]) -> str:
    """A page's path with every word in braces filled in."""
    return _BRACES.sub(lambda found: words.get(found[0], "1"), path)


def without_its_handler(page: Page) -> Page:
    """What a page shows is tested elsewhere: here it tells the form token of whoever may see it."""

    async def handler(visit: Visit) -> web.Response:
        return web.Response(text=visit.surface.form_token)

    return replace(page, handler=handler)


@asynccontextmanager
async def all_pages(folder: Path) -> AsyncIterator[Served]:
    async with serving(folder, sections=sections(sources(folder)), instead=without_its_handler) as served:
        yield served


async def asked(browser: Browser, page: Page, path: str, headers: dict[str, str]) -> Got:
    return await browser.request(page.method, path, headers)


async def test_every_page_is_in_the_table_and_no_other(tmp_path: Path) -> None:
    async with all_pages(tmp_path) as served:
        assert {(page.method, page.path): page.roles for page in served.monitor.pages} == EXPECTED


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_its_pages_and_is_refused_all_others(tmp_path: Path, role: Role) -> None:
    async with all_pages(tmp_path) as served:
        browser = await served.signed_in(role)
        form = {"X-Form-Token": (await browser.get("/account")).text}
        for page in served.monitor.pages:
            if page.path == "/sign-out":  # after it there would be nobody
                continue
            expected = 200 if role in EXPECTED[page.method, page.path] else 403
            got = await asked(browser, page, filled(page.path, NAMED), form)
            assert (page.method, page.path, got.status) == (page.method, page.path, expected)
            if page.method != "GET":
                forged = await asked(browser, page, filled(page.path, NAMED), {})
                assert (page.path, forged.status) == (page.path, 403)


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_gets_what_its_user_gets_but_for_what_is_done_in_person(tmp_path: Path, role: Role) -> None:
    async with all_pages(tmp_path) as served:
        browser, token = served.browser(), served.token(role)
        for page in served.monitor.pages:
            expected = 200 if role in EXPECTED[page.method, page.path] and not page.in_person else 403
            got = await asked(browser, page, filled(page.path, NAMED), token)
            assert (page.method, page.path, got.status) == (page.method, page.path, expected)


async def test_nobody_gets_nothing_but_the_way_to_the_log_in(tmp_path: Path) -> None:
    async with all_pages(tmp_path) as served:
        browser = served.browser()
        for page in served.monitor.pages:
            expected = 303 if page.method == "GET" and not page.path.startswith("/api/") else 401
            got = await asked(browser, page, filled(page.path, NAMED), {})
            assert (page.method, page.path, got.status) == (page.method, page.path, expected)
            assert expected == 401 or got.location.startswith("/sign-in?next=")


@pytest.mark.parametrize(("role", "word"), [(Role.CARRIER, "{carrier}"), (Role.ENTERPRISE, "{enterprise}")])
async def test_anothers_pages_are_not_there(tmp_path: Path, role: Role, word: str) -> None:
    async with all_pages(tmp_path) as served:
        browser, token = served.browser(), served.token(role)
        for page in served.monitor.pages:
            if word in page.path and role in page.roles:
                got = await asked(browser, page, filled(page.path, OTHERS), token)
                assert (page.method, page.path, got.status) == (page.method, page.path, 404)


async def test_what_changes_something_is_in_the_audit_log(tmp_path: Path) -> None:
    async with all_pages(tmp_path) as served:
        browser = served.browser()
        tokens = {role: served.token(role) for role in Role}
        for page in served.monitor.pages:
            if page.is_audited and not page.in_person:
                role = next(role for role in Role if role in page.roles)
                await asked(browser, page, filled(page.path, NAMED), tokens[role])
                assert served.audited()[-1][1] == f"{page.method} {page.path}"
