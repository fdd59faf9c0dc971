"""The monitor in a real browser, over the real gateway while people text."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import blockingCallFromThread, deferToThread

from gateway.monitor import Role
from tests.gateway.monitor.served import TEMPLATES, USERS, add_users
from tests.system.browser import DESKTOP, PHONE, Browser, browser
from tests.system.gateway_process import PASSWORD, Gateway, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import NodeSmsc, node_smsc

pytestmark = pytest.mark.system

_FIRST_PAINT_OCTETS = 300_000
_HOMES = {
    Role.CARRIER: "/carriers/mobile",
    Role.OPERATOR: "/overview",
    Role.READ_ONLY: "/overview",
}


@dataclass
class Scene:
    """A gateway whose monitor is at `base`, bound to an SMSC."""

    base: str
    smsc: NodeSmsc
    ours: Gateway
    texting: bool = True

    async def text(self) -> None:
        """People text, one after the other, until told to stop."""
        for phone, code in zip(phones(), samples().fresh(3000), strict=False):
            if not self.texting:
                return
            await self.smsc.deliver(source_addr=phone, short_message=code, data_coding=0)


@asynccontextmanager
async def scene(folder: Path, monitor: str = "") -> AsyncIterator[Scene]:
    """`monitor`: more of that table."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    add_users(folder / "users.json")
    settings = (
        f'[monitor]\nlisten_port = {port}\nusers_path = "../users.json"\naudit_path = "../audit.jsonl"\n'
        f'templates_path = "{TEMPLATES}"\n{monitor}'
    )
    async with node_smsc(password=PASSWORD) as smsc, gateway(folder, smsc.port, settings=settings) as ours:
        await smsc.event("bound")
        yield Scene(f"http://127.0.0.1:{port}", smsc, ours)


def seen(found: Scene, look: Callable[[Browser], None]) -> Deferred[None]:
    """What a browser does, in a thread."""

    def go() -> None:
        with browser(found.base) as window:
            look(window)

    return deferToThread(go)


@in_reactor
async def test_a_carriers_engineer_sees_rates_move_and_a_lost_link_go_red_with_its_reason(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:
        link = f"link-{found.smsc.port}"
        row = f"tr[data-subject='mobile/{link}']"

        def moving(window: Browser) -> None:
            window.sign_in(USERS[Role.CARRIER].name)
            assert window.path == "/carriers/mobile"
            window.until(lambda: window.all("#news .good"), "news")
            window.until(lambda: float(window.text(f"{row} [data-value=mo]")) > 0, "messages from people")
            window.until(lambda: float(window.text(f"{row} [data-value=mt]")) > 0, "replies")
            window.until(lambda: "ms" in window.text(f"{row} [data-value='latency.p99']"), "latency")
            window.until(lambda: window.all(".plot canvas"), "charts")
            assert "bound" in window.text(f"{row} .state.good")
            window.picture("carrier")
            window.resize(PHONE)
            assert not window.is_wider_than_its_window()
            window.picture("carrier-phone")
            window.open(f"/carriers/mobile/links/{link}")
            window.until(lambda: window.all(".plot canvas"), "charts")
            assert not window.is_wider_than_its_window()
            window.picture("link-phone")

        def lost(window: Browser) -> None:
            window.sign_in(USERS[Role.CARRIER].name)
            window.open(f"/carriers/mobile/links/{link}")
            window.until(lambda: window.all("[data-link=state].good"), "a bound link")
            window.picture("link")
            blockingCallFromThread(reactor, lambda: ensureDeferred(found.smsc.kill()))
            window.until(lambda: window.all("[data-link=state].bad"), "a lost link")
            assert window.text("[data-link=state].bad") == "lost, will try again"
            assert "last lost" in window.text("[data-link=lost]")
            window.until(lambda: "refuses connections" in window.text("[data-link=failed]"), "the next attempt")
            window.picture("link-lost")
            window.open("/carriers/mobile?lang=zh")
            window.until(lambda: window.text("#trouble"), "what is wrong")
            assert "1 条链路中有 1 条未绑定" in window.text("#trouble")
            assert window.driver.title.startswith("✕")
            assert re.search(r"上次断开 [\d:]+：[一-鿿]+", window.text("[data-link=lost]"))

        texting = ensureDeferred(found.text())
        await seen(found, moving)
        found.texting = False
        await texting
        await seen(found, lost)


@in_reactor
async def test_each_role_goes_round_its_pages_without_a_complaint_of_the_browser_and_signs_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:

        def go_round(window: Browser) -> None:
            for role, user in USERS.items():
                window.sign_in(user.name)
                assert window.path == _HOMES.get(role, window.path)
                for path in window.navigation():
                    for language in ("zh", "en"):
                        window.open(f"{path}?lang={language}")
                        assert window.find("main h1").text, path
                        assert window.octets_loaded() < _FIRST_PAINT_OCTETS, path
                    window.resize(PHONE)
                    assert not window.is_wider_than_its_window(), f"{path} for {role}"
                    window.resize(DESKTOP)
                window.sign_out()
                window.open("/account")
                assert window.path.startswith("/sign-in"), f"{role} is still signed in"
                assert window.complaints() == [], role

        await seen(found, go_round)


@in_reactor
async def test_a_carrier_is_shown_no_other_carrier_and_no_page_of_operators(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:

        def try_doors(window: Browser) -> None:
            window.sign_in(USERS[Role.CARRIER].name)
            window.open("/carriers/telecom")
            assert window.text("h1") == "Not found"
            window.open("/overview")
            assert window.text("h1") == "Not allowed"

        await seen(found, try_doors)


@in_reactor
async def test_the_first_key_leads_to_the_content(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:

        def tab(window: Browser) -> None:
            window.sign_in(USERS[Role.OPERATOR].name)
            window.find("body").send_keys(Keys.TAB)
            focused = window.driver.switch_to.active_element
            assert focused.get_attribute("href").endswith("#content")
            window.until(lambda: window.all("figure.chart canvas"), "charts")
            summary = window.find("figure.chart summary")
            summary.send_keys(Keys.ENTER)
            window.until(lambda: window.all("figure.chart details[open] tbody tr"), "the chart as a table")
            window.picture("overview")

        await seen(found, tab)


@in_reactor
async def test_an_unattended_page_is_told_of_its_end_and_one_on_the_wall_stays(tmp_path: Path) -> None:
    async with scene(tmp_path, "idle_minutes = 0.1\n") as found:

        def leave_alone(window: Browser) -> None:
            window.sign_in(USERS[Role.OPERATOR].name)
            window.until(lambda: window.all("#news .good"), "news")
            window.until(lambda: "you will be signed out at" in window.text("#session"), "the warning")
            window.find("#session button").click()
            window.until(lambda: not window.find("#session").is_displayed(), "that the session goes on")
            window.until(lambda: "You are signed out" in window.text("#session"), "the end")
            assert window.text("#news") == "No longer live"
            assert window.find("#session a").get_attribute("href").endswith("/sign-in?next=%2Foverview")
            window.complaints()  # the refused look at a session that is over

        def watch(window: Browser) -> None:
            window.sign_in(USERS[Role.READ_ONLY].name)
            window.until(lambda: window.all("#news .good"), "news")
            began = window.text("#clock")
            window.until(lambda: seconds_between(began, window.text("#clock")) > 15, "two lengths of the session")
            assert not window.find("#session").is_displayed()
            assert window.text("#news") == "Live: each second"
            assert window.complaints() == []

        await seen(found, leave_alone)
        await seen(found, watch)


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@in_reactor
async def test_a_chart_is_read_by_keys(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:

        def read(window: Browser) -> None:
            window.sign_in(USERS[Role.OPERATOR].name)
            window.until(lambda: window.all("figure.chart canvas"), "charts")
            window.until(lambda: window.all("#news .good"), "news")
            plot = window.find("figure.chart .plot")
            plot.send_keys(Keys.ARROW_LEFT)
            first = window.text("figure.chart .at")
            assert re.fullmatch(r"at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first)
            plot.send_keys(Keys.PAGE_UP)
            assert window.text("figure.chart .at") < first
            assert window.has_visible_focus()
            plot.send_keys(Keys.ESCAPE)
            assert window.text("figure.chart .at") == ""

        await seen(found, read)
