"""One's own account: password, language, tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.monitor import Role
from gateway.monitor.passwords import matches
from tests.gateway.monitor.served import PASSWORD, serving

NEW = "another long pass phrase"


async def test_a_changed_password_ends_the_sessions_elsewhere_but_not_this_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        here, elsewhere = await served.signed_in(Role.OPERATOR), await served.signed_in(Role.OPERATOR)
        got = await here.submit("/account", "/account/password", old=PASSWORD, new=NEW, again=NEW)
        assert (got.status, got.location) == (303, "/account?done=password")
        assert "密码已修改" in (await here.get(got.location)).text
        assert (await elsewhere.get("/account")).status == 303
        account = served.users.find("otto")
        assert account is not None
        assert matches(account.password_hash, NEW)
        assert (await served.browser().sign_in("otto", PASSWORD)) == 403
        assert (await served.browser().sign_in("otto", NEW)) == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "当前密码不正确"),
        ({"old": PASSWORD, "new": NEW, "again": PASSWORD}, "两次输入的新密码不一致"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "密码应为 12 至 256 个字符"),
        ({}, "当前密码不正确"),
    ],
)
async def test_a_password_that_cannot_be_changed_stays(tmp_path: Path, fields: dict[str, str], told: str) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        got = await browser.submit("/account", "/account/password", **fields)
        assert got.status == 422
        assert told in got.text
        assert await served.browser().sign_in("otto", PASSWORD) == 303


async def test_a_stolen_session_cannot_try_passwords_without_end(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        fields = {"old": "wrong", "new": NEW, "again": NEW}
        statuses = [(await browser.submit("/account", "/account/password", **fields)).status for _ in range(12)]
        assert statuses == [422] * 10 + [429] * 2


async def test_a_token_is_shown_once_admits_and_is_revoked(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        made = await browser.submit("/account", "/account/tokens", label="grafana", password=PASSWORD)
        found = re.search(r'class="secret">(zm_[^<]+)<', made.text)
        assert found
        authorization = {"Authorization": f"Bearer {found[1]}"}
        program = served.browser()
        assert (await program.get("/audit", authorization)).status == 200
        page = (await browser.get("/account")).text
        assert "grafana" in page
        assert found[1] not in page
        assert (await browser.submit("/account", "/account/tokens", label="grafana", password=PASSWORD)).status == 422
        assert (await browser.submit("/account", "/account/tokens/revoke", label="grafana")).status == 303
        assert (await browser.submit("/account", "/account/tokens/revoke", label="grafana")).status == 404
        assert (await program.get("/audit", authorization)).status == 401
        assert found[1] not in (tmp_path / "audit.jsonl").read_text(encoding="ascii")
        made_and_revoked = [line for line in served.audited() if line[1].startswith("token_")]
        assert [line[1:] for line in made_and_revoked[:2]] == [
            ("token_made", "otto grafana"),
            ("token_revoked", "otto grafana"),
        ]


async def test_a_token_is_made_for_nobody_who_does_not_know_the_password(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.READ_ONLY)
        for fields in ({"label": "wall"}, {"label": "wall", "password": "a guess"}):
            got = await browser.submit("/account", "/account/tokens", **fields)
            assert (got.status, "当前密码不正确" in got.text, "zm_" in got.text) == (422, True, False)


async def test_a_token_makes_no_further_tokens(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        got = await served.browser().post("/account/tokens", {"label": "more"}, served.token(Role.OPERATOR))
        assert got.status == 403


async def test_a_language_that_there_is_not_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        assert (await browser.submit("/account", "/account/language", language="xx")).status == 400


async def test_a_chosen_language_goes_before_an_earlier_choice_of_the_browser(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        assert "My account" in (await browser.get("/account?lang=en")).text
        await browser.submit("/account", "/account/language", language="zh")
        assert "我的账户" in (await browser.get("/account")).text
        await browser.submit("/account", "/account/language", language="")
        assert "My account" in (await browser.get("/account", {"Accept-Language": "en"})).text


@pytest.mark.parametrize(("role", "shown"), [(Role.CARRIER, "mobile"), (Role.ENTERPRISE, "7")])
async def test_one_sees_what_one_is_bound_to(tmp_path: Path, role: Role, shown: str) -> None:
    async with serving(tmp_path) as served:
        assert f"<dd>{shown}</dd>" in (await (await served.signed_in(role)).get("/account")).text
