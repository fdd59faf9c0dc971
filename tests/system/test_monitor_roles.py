"""Every role at its work, in a real browser over a whole trial run: registry, desk, and a month with a counterfeit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from gateway.monitor import Role
from tests.system.browser import DESKTOP, PHONE, SMALL_PHONE, Browser
from tests.system.gateway_process import CHECKOUT
from tests.system.trial import Trial, trial

pytestmark = pytest.mark.system

_FIRST_PAINT_OCTETS = 300_000
_DEADLINE_SECONDS = 240.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial(tmp_path_factory.mktemp("trial"), _DEADLINE_SECONDS) as started:
        yield started


@pytest.fixture(scope="module")
def window(running: Trial) -> Iterator[Browser]:
    with running.window() as opened:
        yield opened


@pytest.fixture(autouse=True)
def signed_out(window: Browser) -> Iterator[None]:
    window.driver.delete_all_cookies()
    window.resize(DESKTOP)
    window.complaints()
    yield
    assert window.complaints() == []


def cases_appear(window: Browser) -> None:
    """The desk has read the month, and the scan has found what is in it."""

    def look() -> bool:
        window.open("/cases")
        return bool(window.all("a.spot")) and "hot-spot" in window.text("main")

    window.until(look, "cases", seconds=90)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.READ_ONLY])
def test_every_page_is_whole_light_and_as_wide_as_its_window(window: Browser, role: Role) -> None:
    window.sign_in(role.value)
    if role is Role.REGULATOR:
        cases_appear(window)
    paths = window.navigation()
    for path in paths:
        window.open(path)
        deeper = "tbody th a, tbody td:first-child a, main > p a:not([download])"
        found = [str(link.get_attribute("href")).removeprefix(window.base) for link in window.all(deeper)]
        paths += [each for each in found[:2] if each not in paths and "/api/" not in each and len(paths) < 16]
        for size, language in ((DESKTOP, "en"), (PHONE, "zh"), (SMALL_PHONE, "en")):
            window.resize(size)
            window.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert window.find("main h1").text, path
            assert window.octets_loaded() < _FIRST_PAINT_OCTETS, path
            assert not window.is_wider_than_its_window(), f"{path} at {size}"
            window.picture(f"{role}{path.partition('?')[0].replace('/', '_')}-{size[0]}-{language}")
        window.resize(DESKTOP)
    window.sign_out()


def test_a_wrong_password_is_refused_and_the_keyboard_is_enough(window: Browser, running: Trial) -> None:
    window.open("/sign-in?lang=en")
    window.fill("main form", name="operator", password="something else")
    assert "User name or password is wrong." in window.text("[role=alert]")
    window.find("input[name=name]").send_keys("operator", Keys.TAB, running.password, Keys.ENTER)
    window.until(lambda: window.path == "/overview", "signing in")
    window.find("body").send_keys(Keys.TAB)
    skip = window.driver.switch_to.active_element
    assert str(skip.get_attribute("href")).endswith("#content")
    assert skip.location["x"] >= 0
    assert window.has_visible_focus()
    for _ in range(6):
        window.driver.switch_to.active_element.send_keys(Keys.TAB)
        assert window.has_visible_focus()
    assert [each["level"] for each in window.driver.get_log("browser")] == ["SEVERE"]  # the refused sign-in, 401 or so


def test_a_carriers_engineer_reconciles_a_month_and_a_day_and_takes_them_along(window: Browser) -> None:
    window.sign_in(Role.CARRIER.value)
    window.follow("main a[href$='/reconciliation']")
    assert window.path == "/carriers/simulator/reconciliation"
    month = window.text("h1")[-7:]
    window.follow("tbody tr:last-child th a")
    day = window.text("h1")[-10:]
    assert day.startswith(month)
    assert "simulator-1" in window.text("tbody")
    table = window.download("a[download]")
    assert day in table
    assert "simulator-1" in table
    assert len(window.download("a[href*='/api/']")) > 100
    full = month if int(day[-2:]) > 15 else f"{date.fromisoformat(f'{month}-01') - timedelta(days=1):%Y-%m}"
    window.fill("main form", span=full)  # a month of which the log has more than a day
    assert len(window.all("tbody tr")) > 1
    assert full in window.download("a[download]")


def test_a_regulator_works_a_case_from_the_map_to_its_end(window: Browser) -> None:
    window.sign_in(Role.REGULATOR.value)
    cases_appear(window)
    row = next(row for row in window.all("tbody tr") if "hot-spot" in row.text)
    number = row.text.split()[0].removeprefix("#")
    window.driver.get(window.base + f"/cases/{number}")
    assert window.all(".map .where")
    assert "made-up:" in window.text("main")
    assert window.all(".days rect")
    window.fill("form[action$='/assign']", to="李")
    window.fill("form[action$='/note']", words="两家店")
    window.fill("form[action$='/open']", words="去看")
    window.fill("form[action$='/close']", reason="confirmed", words="查实")
    page = window.text("main")
    assert all(word in page for word in ("closed · confirmed", "李", "两家店", "去看", "查实", "1 of 1 closed"))
    assert not window.all("form[action$='/close']")
    window.open("/cases?state=closed")
    assert f"#{number}" in window.text("tbody")
    window.driver.get(window.base + f"/cases/{number}")
    window.follow("main a[href^='/statistics?product=']")
    assert "by=prefecture" in window.path
    assert window.all("tbody tr")


def test_statistics_have_filters_and_a_file_and_say_what_is_wrong(window: Browser) -> None:
    window.sign_in(Role.REGULATOR.value)
    window.open("/statistics")
    window.fill("form.filters", by="product")
    products = len(window.all("tbody tr"))
    assert products > 10
    window.fill("form.filters", by="product", channel="voice")
    assert len(window.download("a[download]").splitlines()) == len(window.all("tbody tr")) + 1
    window.open("/statistics?from=2026-05-02&to=2026-05-01")
    assert "days as 2026-05-01" in window.text("[role=alert]")


def registry(running: Trial, command: str, *options: str) -> None:
    """A step of the registry's people at their command line."""
    common = ("--database", str(running.samples / "registry.sqlite"), "--by", "li", "--why", "test")
    key = ("--master-key-file", str(running.samples / "master.key"))
    subprocess.run(
        [sys.executable, "-m", "gateway", "registry", command, *common, *key, *options], check=True, cwd=CHECKOUT
    )


def test_an_enterprise_applies_activates_and_recalls_and_sees_nobody_elses(window: Browser, running: Trial) -> None:
    window.sign_in(Role.ENTERPRISE.value)
    window.follow("tbody a")
    product = window.path
    window.fill("form[action$='/applications']", quantity="50", level="1", why="autumn")
    assert window.all(".notice.good")
    window.open(product)
    table = next(table for table in window.all("table") if "autumn" in table.text or "enterprise" in table.text)
    number = table.find_element("css selector", "tbody tr:last-child td").text
    registry(running, "approve", "--application", number)
    registry(running, "issue", "--application", number)
    registry(running, "printed", "--application", number)
    window.fill(
        "form[action$='/activations']", application=number, batch="T1", inspection="I1",
        produced_on="2026-01-01", expires_on="2030-01-01", why="inspected",
    )  # fmt: skip
    assert window.all(".notice.good")
    assert "T1" in window.text("main")
    window.fill("form[action$='/recalls']", batch="T1", confirm="T2", why="too sweet")
    assert window.all(".notice.bad")
    window.fill("form[action$='/recalls']", batch="T1", confirm="T1", why="too sweet")
    assert window.all(".notice.good")
    row = next(row for row in window.all("tbody tr") if row.text.startswith("T1"))
    assert "recalled" in row.text.lower()
    window.complaints()  # the refused recall
    window.open("/enterprises/2")
    assert window.text("h1") == "Not found"
    window.complaints()


def test_a_supervisor_sees_coverage_against_the_plan_and_who_is_stuck_where(window: Browser) -> None:
    window.sign_in(Role.SUPERVISOR.value)
    assert "50.0%" in window.text("tbody")
    window.open("/coverage?by=county")
    assert "350181" in window.text("tbody")
    window.open("/coverage?by=class")
    window.follow("tbody th a")
    stuck = window.text("tbody")
    assert "Minjiang" in stuck or "闽江" in stuck
    window.follow("tbody th a")
    assert window.path.startswith("/enterprises/")
    assert not window.all("form[action$='/applications']")


def test_an_operator_finds_in_the_audit_log_what_was_done_and_the_way_from_the_overview_to_a_carrier(
    window: Browser,
) -> None:
    window.sign_in(Role.OPERATOR.value)
    window.follow("table.links tbody a[href^='/carriers/']")
    window.follow("main a[href$='/reconciliation']")
    window.download("a[download]")
    window.open("/audit")
    assert "export of an account" in window.text("tbody tr")
    assert "operator" in window.text("tbody tr")


def test_rates_move_while_people_text(window: Browser, running: Trial) -> None:
    window.sign_in(Role.READ_ONLY.value)
    with running.texting(20):
        window.until(lambda: window.text("[data-subject=''] [data-value=mt]").strip("…–0."), "replies")
        window.until(lambda: "ms" in window.text("[data-subject=''] [data-value='latency.p99']"), "latency")


def test_nothing_is_written_into_the_logs_that_is_a_fault(running: Trial) -> None:
    logs = running.simulated.place / "var" / "log"
    for name in ("gateway", "insight", "registry", "past"):
        text = (logs / f"{name}.log").read_text(encoding="utf-8")
        assert "Traceback" not in text, f"{name}: {text}"
        assert "ERROR" not in text, f"{name}: {text}"
