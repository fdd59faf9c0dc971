"""The audit log as operators see it."""

from __future__ import annotations

from pathlib import Path

from gateway.monitor import Role
from gateway.monitor.audit import AuditLog, Entry
from tests.gateway.monitor.served import serving


async def test_an_operator_sees_the_newest_first_and_that_they_follow_each_other(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        log = AuditLog(served.settings.audit_path)
        for number in range(250):
            log.append(Entry(served.clock.now, "x", "", "terminal", "test", f"subject-{number:03}"))
        page = (await browser.get("/audit")).text
        assert "所列记录前后衔接" in page
        assert "共 251 条" in page
        assert page.index("subject-249") < page.index("subject-050")
        assert "subject-049" not in page


async def test_a_broken_line_is_told_in_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        browser = await served.signed_in(Role.OPERATOR)
        text = served.settings.audit_path.read_text(encoding="ascii")
        served.settings.audit_path.write_text(text.replace("otto", "rita"), encoding="ascii")
        page = (await browser.get("/audit")).text
        assert "有 1 行不完整" in page
        assert "此行无法读取" in page


async def test_an_empty_log_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert "还没有记录" in (await served.browser().get("/audit", served.token(Role.OPERATOR))).text


async def test_what_a_client_wrote_into_the_log_is_quoted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        entry = Entry(served.clock.now, "x", "", "terminal", "<script>", "<img>")
        AuditLog(served.settings.audit_path).append(entry)
        page = (await served.browser().get("/audit", served.token(Role.OPERATOR))).text
        assert "&lt;script&gt;" in page
        assert "<img>" not in page
