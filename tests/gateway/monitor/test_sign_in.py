"""Signing in and out: cookies, limits, and what the audit log tells of it."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from gateway.core.ports import Ruling
from gateway.monitor import Role
from gateway.monitor.settings import MonitorSettings
from tests.gateway.monitor.served import PASSWORD, Browser, serving

WRONG = "a wrong pass phrase"


async def test_the_right_password_lets_in_and_leads_where_one_wanted_to_go(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = served.browser()
        asked = await browser.get("/audit?x=1")
        assert (asked.status, asked.location) == (303, "/sign-in?next=/audit?x%3D1")
        assert 'name="next" value="/audit?x=1"' in (await browser.get(asked.location)).text
        got = await browser.submit("/sign-in", "/sign-in", name=" Otto ", password=PASSWORD, next="/audit?x=1")
        assert (got.status, got.location) == (303, "/audit?x=1")
        assert (await browser.get("/audit")).status == 200
        assert served.audited() == [("otto", "sign_in", "POST /sign-in")]


@pytest.mark.parametrize(("name", "password"), [("otto", WRONG), ("nobody", PASSWORD), ("", ""), ("otto", "")])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(tmp_path: Path, name: str, password: str) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().submit("/sign-in", "/sign-in", name=name, password=password)
        assert got.status == 403
        assert "用户名或密码不正确" in got.text
        assert "zhenma=" not in got.headers.get("Set-Cookie", "")
        (line,) = served.audited()
        assert line == ("otto" if name == "otto" else "", "sign_in_refused", "POST /sign-in")


async def test_nobody_is_sent_to_another_host_after_the_log_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().submit(
            "/sign-in", "/sign-in", name="otto", password=PASSWORD, next="//evil.example/"
        )
        assert (got.status, got.location) == (303, "/")


async def test_a_form_that_another_site_made_does_not_sign_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        fields = {"name": "otto", "password": PASSWORD}
        assert (await served.browser().post("/sign-in", fields)).status == 403
        browser = served.browser()
        token = (await browser.get("/sign-in")).form_token
        forged = await browser.post("/sign-in", {**fields, "form_token": token}, {"Origin": "https://evil.example"})
        assert forged.status == 403
        assert (await browser.post("/sign-in", {**fields, "form_token": "x"})).status == 403
        assert (await browser.post("/sign-in", {**fields, "form_token": token})).status == 303


async def test_the_cookie_is_for_this_site_alone_and_for_no_script(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().submit("/sign-in", "/sign-in", name="otto", password=PASSWORD)
        cookie = SimpleCookie(got.headers["Set-Cookie"])["zhenma"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")


async def test_over_tls_the_cookie_is_for_tls_and_this_host_alone(tmp_path: Path) -> None:
    async with serving(tmp_path, settings=MonitorSettings(trusted_proxies=("127.0.0.1",))) as served:
        got = await served.browser().get("/sign-in")
        cookie = SimpleCookie(got.headers["Set-Cookie"])["__Host-zhenma-form"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", True)
        assert cookie["domain"] == ""
        assert got.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_a_log_in_renews_the_session_and_the_old_one_is_over(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        old = {c.key: c.value for c in browser.client.session.cookie_jar}["zhenma"]
        assert await browser.sign_in("otto") == 303
        new = {c.key: c.value for c in browser.client.session.cookie_jar}["zhenma"]
        assert old != new
        thief = Browser(TestClient(served.server, cookie_jar=CookieJar(unsafe=True)))
        served.browsers.append(thief)
        assert (await thief.get("/audit", {"Cookie": f"zhenma={old}"})).status == 303
        assert (await thief.get("/audit", {"Cookie": f"zhenma={new}"})).status == 200


async def test_signing_out_ends_the_session(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        cookie = {c.key: c.value for c in browser.client.session.cookie_jar}["zhenma"]
        got = await browser.submit("/account", "/sign-out")
        assert (got.status, got.location) == (303, "/sign-in")
        assert (await browser.get("/account")).status == 303
        assert (await browser.get("/account", {"Cookie": f"zhenma={cookie}"})).status == 303
        assert ("otto", "POST /sign-out", "/sign-out") in served.audited()


async def test_a_session_ends_when_idle_and_at_its_absolute_end(tmp_path: Path) -> None:
    async with serving(tmp_path, settings=MonitorSettings(idle_minutes=10, session_hours=1)) as served:
        browser = await served.signed_in(Role.OPERATOR)
        for _ in range(6):
            served.clock.now += 595
            assert (await browser.get("/account")).status == 200
        served.clock.now += 35
        assert (await browser.get("/account")).status == 303
        assert await browser.sign_in("otto") == 303
        served.clock.now += 601
        assert (await browser.get("/account")).status == 303


async def test_a_user_who_is_changed_or_removed_is_signed_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        carla, otto = await served.signed_in(Role.CARRIER), await served.signed_in(Role.OPERATOR)
        served.users.change("carla", lambda a: replace(a, user=replace(a.user, carrier="telecom")))
        served.users.remove("otto")
        assert (await carla.get("/account")).status == 303
        assert (await otto.get("/account")).status == 303


async def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait_and_then_it_does_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = served.browser()
        statuses = [await browser.sign_in("otto", WRONG) for _ in range(12)]
        assert statuses == [403] * 10 + [429] * 2
        assert await browser.sign_in("otto") == 429
        assert await browser.sign_in("rita") == 303
        served.clock.now += 91
        assert await browser.sign_in("otto") == 303
        actions = [action for user, action, _ in served.audited() if user == "otto"]
        assert actions == ["sign_in_refused"] * 10 + ["sign_in_limited", "sign_in"]


async def test_where_a_user_signed_in_before_others_cannot_lock_them_out(tmp_path: Path) -> None:
    async with serving(tmp_path, settings=MonitorSettings(trusted_proxies=("127.0.0.1",))) as served:
        limits = served.monitor._door._limits
        limits.succeeded("otto", "127.0.0.1")
        for n in range(20):
            limits.attempt("otto", f"192.0.2.{n}", served.clock())
        assert limits.attempt("otto", "198.51.100.1", served.clock()) is not Ruling.ANSWER
        assert limits.attempt("otto", "127.0.0.1", served.clock()) is Ruling.ANSWER


async def test_the_address_in_the_audit_log_is_the_clients_not_the_proxys(tmp_path: Path) -> None:
    async with serving(tmp_path, settings=MonitorSettings(trusted_proxies=("127.0.0.1",))) as served:
        token = {"Authorization": "Bearer wrong", "X-Forwarded-For": "1.1.1.1, 192.0.2.9"}
        assert (await served.browser().get("/account", token)).status == 401
        (line,) = served.monitor._door.log.lines()
        assert line.entry.address == "192.0.2.9"  # type: ignore[union-attr]  # it is whole


async def test_wrong_tokens_are_refused_and_in_the_end_not_even_looked_at(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser, right = served.browser(), served.token(Role.OPERATOR)
        statuses = [(await browser.get("/audit", {"Authorization": "Bearer x"})).status for _ in range(33)]
        assert statuses == [401] * 30 + [429] * 3
        assert (await browser.get("/audit", right)).status == 200
        assert len(served.audited()) == 31


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic b3R0bzp4", "Bearer " + "x" * 1000, "x"])
async def test_what_is_no_token_is_refused(tmp_path: Path, header: str) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().get("/audit", {"Authorization": header})
        assert (got.status, got.headers["Www-Authenticate"]) == (401, "Bearer")


async def test_a_revoked_token_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        token = served.token(Role.OPERATOR)
        assert (await served.browser().get("/audit", token)).status == 200
        served.users.change("otto", lambda account: account.without_token("token 0"))
        assert (await served.browser().get("/audit", token)).status == 401


async def test_a_log_in_is_refused_when_the_audit_log_cannot_be_written(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        (tmp_path / "audit.jsonl").mkdir()
        assert await served.browser().sign_in("otto") == 503


async def test_too_many_passwords_at_once_are_put_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.monitor.passwords.MAX_WAITING", 0)
    async with serving(tmp_path) as served:
        assert await served.browser().sign_in("otto") == 503


async def test_the_log_in_page_is_in_the_language_of_the_browser_or_as_chosen(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = served.browser()
        assert "<h1>登录</h1>" in (await browser.get("/sign-in")).text
        english = await browser.get("/sign-in", {"Accept-Language": "en-GB"})
        assert "<h1>Sign in</h1>" in english.text
        assert '<html lang="en">' in english.text
        await browser.get("/sign-in?lang=en")
        assert "<h1>Sign in</h1>" in (await browser.get("/sign-in")).text
