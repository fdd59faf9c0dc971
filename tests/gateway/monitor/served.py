"""A monitor over a folder of its own, with a user of each role, and browsers that keep cookies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from unittest import mock

from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from gateway.monitor import Page, Role, Section, User
from gateway.monitor.accounts import Account
from gateway.monitor.audit import AuditLog, Sealed
from gateway.monitor.look import Look
from gateway.monitor.passwords import hash_password
from gateway.monitor.server import Monitor
from gateway.monitor.settings import MonitorSettings
from gateway.monitor.users import Users

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "monitor"
PASSWORD = "a long pass phrase"
PASSWORD_HASH = hash_password(PASSWORD)
_look = cache(Look)  # it keeps nothing of a test, and compiling every template takes a while
PageMaker = Callable[[Page], Page]
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')

USERS = {
    Role.CARRIER: User("carla", Role.CARRIER, carrier="mobile"),
    Role.OPERATOR: User("otto", Role.OPERATOR),
    Role.REGULATOR: User("rita", Role.REGULATOR),
    Role.READ_ONLY: User("rolf", Role.READ_ONLY),
    Role.ENTERPRISE: User("emma", Role.ENTERPRISE, enterprise=7),
    Role.SUPERVISOR: User("susi", Role.SUPERVISOR),
}


@dataclass
class Clock:
    """Unix time that a test sets."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Pages:
    """A section of the given pages."""

    declared: Sequence[Page]

    def pages(self) -> Sequence[Page]:
        return self.declared


@dataclass
class Served:
    """A monitor that answers."""

    server: TestServer
    settings: MonitorSettings
    monitor: Monitor
    users: Users
    clock: Clock
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        """One more browser, without cookies."""
        browser = Browser(TestClient(self.server, cookie_jar=CookieJar(unsafe=True)))
        self.browsers.append(browser)
        return browser

    async def signed_in(self, role: Role) -> Browser:
        """A browser in which the user of this role is signed in."""
        browser = self.browser()
        assert await browser.sign_in(USERS[role].name) == 303
        return browser

    def token(self, role: Role) -> dict[str, str]:
        """The header of a new token of the user of this role."""
        secrets: list[str] = []

        def with_token(account: Account) -> Account:
            changed, secret = account.with_token(f"token {len(account.tokens)}", self.clock())
            secrets.append(secret)
            return changed

        self.users.change(USERS[role].name, with_token)
        return {"Authorization": f"Bearer {secrets[0]}"}

    def audited(self) -> list[tuple[str, str, str]]:
        """User, action and subject of each line of the audit log, whose chain is whole."""
        lines = list(AuditLog(self.settings.audit_path).lines())
        return [(x.entry.user, x.entry.action, x.entry.subject) for x in lines if isinstance(x, Sealed)]


@dataclass
class Browser:
    """Keeps cookies, follows nothing."""

    client: TestClient[web.Request, web.Application]

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Got:
        return await self.request("GET", path, headers)

    async def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Got:
        """Post a form without its token, unless it is among the fields."""
        return await self.request("POST", path, headers, fields)

    async def submit(self, page: str, path: str, **fields: str) -> Got:
        """Post the fields to `path` with the form token that `page` shows."""
        return await self.post(path, {"form_token": (await self.get(page)).form_token, **fields})

    async def sign_in(self, name: str, password: str = PASSWORD) -> int:
        return (await self.submit("/sign-in", "/sign-in", name=name, password=password)).status

    async def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, fields: dict[str, str] | None = None
    ) -> Got:
        async with self.client.request(method, path, headers=headers, data=fields, allow_redirects=False) as answer:
            return Got(answer.status, {k.title(): v for k, v in answer.headers.items()}, await answer.text())


@dataclass(frozen=True)
class Got:
    """An answer, read."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def form_token(self) -> str:
        found = _FORM_TOKEN.search(self.text)
        assert found, self.text
        return found[1]

    @property
    def location(self) -> str:
        return self.headers["Location"]


def add_users(path: Path) -> Users:
    """A users file with a user of each role."""
    users = Users(path)
    for user in USERS.values():
        users.add(Account(user, PASSWORD_HASH))
    return users


@asynccontextmanager
async def serving(
    folder: Path,
    *pages: Page,
    sections: Sequence[Section] = (),
    settings: MonitorSettings | None = None,
    instead: PageMaker | None = None,
) -> AsyncIterator[Served]:
    """The monitor with users of all roles, and these pages besides its own; `instead` changes every page."""
    chosen = replace(
        settings or MonitorSettings(),
        users_path=folder / "users.json",
        audit_path=folder / "audit.jsonl",
        templates_path=TEMPLATES,
    )
    users, clock = add_users(chosen.users_path), Clock()
    with mock.patch("gateway.monitor.server.Look", _look):
        monitor = Monitor(chosen, [*sections, Pages(pages)], clock)
    if instead is not None:
        monitor.pages = tuple(instead(page) for page in monitor.pages)
    server = TestServer(monitor.application())
    await server.start_server()
    served = Served(server, chosen, monitor, users, clock)
    try:
        yield served
    finally:
        for browser in served.browsers:
            await browser.client.close()
        await server.close()
        await monitor.close()
