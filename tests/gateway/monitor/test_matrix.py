"""Who may see what: every role on every page of every section.  A page that nobody has entered here fails."""

from __future__ import annotations

from pathlib import Path

from gateway.monitor import EVERYONE, Role
from gateway.monitor.sections import Sources, sections
from tests.gateway.monitor.served import Browser, Got, serving

OPERATOR = frozenset({Role.OPERATOR})

EXPECTED: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/audit"): OPERATOR,
    ("GET", "/account"): EVERYONE,
    ("POST", "/account/password"): EVERYONE,
    ("POST", "/account/language"): EVERYONE,
    ("POST", "/account/tokens"): EVERYONE,
    ("POST", "/account/tokens/revoke"): EVERYONE,
    ("POST", "/sign-out"): EVERYONE,
}
"""Method and path of each page, and who may see it."""

NAMED = {"{carrier}": "mobile", "{enterprise}": "7"}
"""What stands in a path for a word in braces: what the users of these roles may see; "1" for any other."""
OTHERS = {"{carrier}": "telecom", "{enterprise}": "8"}


def sources(folder: Path) -> Sources:
    """Sources that hold nothing."""
    return Sources(journal_path=folder / "journal.sqlite")


def filled(path: str, words: dict[str, str]) -> str:
    parts = [words.get(part, "1") if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


async def asked(browser: Browser, method: str, path: str, headers: dict[str, str] | None = None) -> Got:
    return await (browser.get(path, headers) if method == "GET" else browser.post(path, {}, headers))


async def test_every_page_is_in_the_table_and_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path, sections=sections(sources(tmp_path))) as served:
        assert {(page.method, page.path): page.roles for page in served.monitor.pages} == EXPECTED
