"""An enterprise's pages show its own and nothing else's, and take its steps by form; supervisors see who is where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.core.query import Channel
from gateway.core.registration import CodeState
from gateway.monitor import Role
from gateway.monitor.coverage_pages import CoveragePages
from gateway.monitor.enterprise_pages import EnterprisePages
from gateway.records.product_counts import ProductCount, product_counts
from gateway.records.schema import open_for_writing
from gateway.registry.board import Board, BoardSettings
from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.applications import apply, approve, issue
from gateway.registry.life.circulation import confirm_printed
from gateway.registry.life.delivery import mint_of
from gateway.registry.life.enrolment import (
    Enterprise,
    EnterpriseClass,
    ProductWords,
    issue_operator_key,
    register_product,
    sign_up,
)
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.monitor.served import Served, serving

OWN, OTHER = 7, 8  # the user of the role enterprise is of number 7
STEP = Step("林科长", 1_700_000_000.0, "试点")
LATER = Step("陈", 1_700_086_400.0, "试点")
FORM = {"batch": "A1", "inspection": "检1", "produced_on": "2026-11-01", "expires_on": "2036-11-01", "why": "出厂"}


@dataclass
class Registry:
    """A monitor over a registry of eight enterprises; the seventh and eighth have a product with 100 printed codes."""

    served: Served
    database: str
    product: str
    foreign: str
    application: int

    def state(self, position: int) -> CodeState:
        store = open_store(self.database)
        with store.connect() as connection:
            (code,) = mint_of(connection, self.product, Vault()).codes([position], 1)
        found = Register(store).look_up([code])[0].state
        store.dispose()
        return found

    @property
    def path(self) -> str:
        return f"/enterprises/{OWN}/products/{self.product}"


def fill(database: str) -> tuple[str, str, int]:
    store = open_store(database, create=True)
    with writing(store) as connection:
        for number in range(1, OTHER + 1):
            classes = [EnterpriseClass.PRODUCTION_LICENCE] if number >= OWN else []
            sign_up(connection, Enterprise(f"企业{number}", "", "350181", classes=classes), STEP)
        made = []
        for owner in (OWN, OTHER):
            issue_operator_key(connection, owner, bytes(32), LATER)
            product = register_product(connection, owner, ProductWords(f"产品{owner}"), Vault(), STEP)
            number = apply(connection, product, 100, 1, STEP)
            approve(connection, number, LATER)
            confirm_printed(connection, issue(connection, number, LATER), LATER)
            made.append((product, number))
        apply(connection, made[0][0], 55, 1, STEP)
    store.dispose()
    (own, application), (foreign, _) = made
    return own, foreign, application


@pytest_asyncio.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    database, targets, journal = str(tmp_path / "registry.sqlite"), tmp_path / "plan.csv", tmp_path / "journal.sqlite"
    own, foreign, application = fill(database)
    targets.write_text("group,suitable\nproduction_licence,4\ninspection_exempt,1\n350181,16\n", encoding="utf-8")
    connection = open_for_writing(journal, lambda _: None)
    for product, verdict, lookups in ((own, "first", 12), (own, "repeated_other", 3), (foreign, "first", 99)):
        add = "INSERT INTO rollups(hour, area, resource_code, channel, carrier, verdict, queries, lookups)"
        values = (500_000, "350100", product, Channel.SMS.value, "mobile", verdict, lookups, lookups)
        connection.execute(f"{add} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.close()
    board = Board(BoardSettings(database, targets=targets), lambda: 1_800_000_000.0)
    sections = [EnterprisePages(board, journal), CoveragePages(board)]
    async with serving(tmp_path, sections=sections) as served:
        served.clock.now = 500_001 * 3600.0
        yield Registry(served, database, own, foreign, application)
    board.close()


async def test_an_enterprise_sees_its_products_their_codes_and_queries(registry: Registry) -> None:
    browser = await registry.served.signed_in(Role.ENTERPRISE)
    page = (await browser.get(f"/enterprises/{OWN}?lang=en")).text
    assert registry.product in page
    assert "approval" in page  # of the application for 55 codes
    assert '<td class="number">15</td>' in page
    detail = (await browser.get(f"{registry.path}?lang=zh")).text
    assert "他人已查询过" in detail
    assert '<td class="number">12</td>' in detail


async def test_an_enterprise_does_not_find_another_nor_its_products(registry: Registry) -> None:
    browser = await registry.served.signed_in(Role.ENTERPRISE)
    for path in (
        f"/enterprises/{OTHER}",
        f"/enterprises/{OTHER}/products/{registry.foreign}",
        f"/enterprises/{OWN}/products/{registry.foreign}",
        f"/enterprises/{OWN}/products/0000000",
    ):
        got = await browser.get(path)
        assert got.status == 404, path
        assert "企业8" not in got.text
    own = (await browser.get(f"/enterprises/{OWN}")).text
    assert registry.foreign not in own
    for form in ("applications", "activations", "recalls"):
        foreign = f"/enterprises/{OWN}/products/{registry.foreign}/{form}"
        fields = {**FORM, "quantity": "1", "level": "1", "confirm": "A1", "application": "1"}
        assert (await browser.submit(registry.path, foreign, **fields)).status == 404


async def test_codes_are_applied_for_activated_and_recalled_by_form(registry: Registry) -> None:
    browser = await registry.served.signed_in(Role.ENTERPRISE)
    applied = await browser.submit(registry.path, f"{registry.path}/applications", quantity="20", level="1", why="扩产")
    assert applied.location == f"{registry.path}?done=applied"
    fields = {**FORM, "application": str(registry.application)}
    assert (await browser.submit(registry.path, f"{registry.path}/activations", **fields)).status == 303
    assert registry.state(0) is CodeState.ACTIVATED
    recall = f"{registry.path}/recalls"
    unsure = await browser.submit(registry.path, recall, batch="A1", confirm="A2", why="抽检")
    assert unsure.status == 400
    assert registry.state(0) is CodeState.ACTIVATED
    done = await browser.submit(registry.path, recall, batch="A1", confirm="A1", why="抽检", tell="抽检不合格")
    assert done.location == f"{registry.path}?done=recalled"
    assert registry.state(99) is CodeState.RECALLED
    assert "已召回" in (await browser.get(f"{registry.path}?lang=zh&done=recalled")).text
    assert ("emma", "recalls", f"{registry.product} 抽检") in registry.served.audited()


@pytest.mark.parametrize(
    ("form", "fields", "zh", "en"),
    [
        ("applications", {"quantity": "0", "level": "1", "why": "扩产"}, "数量：请填写整数", "a whole number"),
        ("applications", {"quantity": "many", "level": "1", "why": "扩产"}, "数量：请填写整数", "a whole number"),
        ("applications", {"quantity": "5", "level": "9", "why": "扩产"}, "包装层级：请填写整数，1 至 3", "1 to 3"),
        ("applications", {"quantity": "5", "level": "1", "why": ""}, "理由：请填写文字", "Reason: write 1 to"),
        ("activations", {**FORM, "application": "99"}, "没有申请 99", "no application 99"),
        ("activations", {**FORM, "application": "2"}, "没有申请 2。", "no application 2."),  # the other enterprise's
        ("activations", {**FORM, "first": "8" * 20}, "请用一种方式", "in one way"),
        ("activations", {**FORM, "application": "3"}, "申请 3 还没有码", "no codes yet"),
        ("activations", {**FORM, "application": "1", "expires_on": "2026-10-01"}, "不能早至 2026-10-01", "expired on"),
        ("recalls", {"batch": "B", "confirm": "B", "why": "抽检"}, "没有批次 B", "no batch B"),
    ],
)
async def test_what_is_refused_is_said_on_the_page_in_its_language(
    registry: Registry, form: str, fields: dict[str, str], zh: str, en: str
) -> None:
    browser = await registry.served.signed_in(Role.ENTERPRISE)
    for language, says in (("zh", zh), ("en", en)):
        got = await browser.submit(f"{registry.path}?lang={language}", f"{registry.path}/{form}", **fields)
        assert got.status in {400, 404, 409}
        assert says in got.text


async def test_a_refusal_names_states_as_the_page_does(registry: Registry) -> None:
    browser = await registry.served.signed_in(Role.ENTERPRISE)
    again = {**FORM, "application": str(registry.application)}
    path = f"{registry.path}/activations"
    assert (await browser.submit(registry.path, path, **again)).status == 303
    assert "这些码已是“已激活”" in (await browser.submit(f"{registry.path}?lang=zh", path, **again)).text
    assert "These codes are “Active” already" in (await browser.submit(f"{registry.path}?lang=en", path, **again)).text
    recall = {"batch": "A1", "confirm": "A1", "why": "抽检"}
    assert (await browser.submit(registry.path, f"{registry.path}/recalls", **recall)).status == 303
    late = (await browser.submit(f"{registry.path}?lang=zh", path, **again)).text
    assert "目前是“已召回”，只有“已印刷”的码才能变为“已激活”" in late


async def test_a_supervisor_sees_coverage_against_the_plan_and_who_is_stuck(registry: Registry) -> None:
    browser = await registry.served.signed_in(Role.SUPERVISOR)
    by_class = (await browser.get("/coverage?lang=en")).text
    assert "Production licence" in by_class
    assert "50.0%" in by_class
    assert "Exempt from inspection" in by_class  # in the plan, and nobody signed up yet
    by_county = (await browser.get("/coverage?by=county")).text
    assert "350181" in by_county
    stuck = (await browser.get("/coverage/enterprises?by=class&group=none&lang=en")).text
    assert "企业1" in stuck
    assert "The enterprise applies for its key" in stuck
    assert "企业7" not in stuck
    assert (await browser.get(f"/enterprises/{OTHER}")).status == 200
    for path in ("/coverage?by=colour", "/coverage/enterprises?by=class&group=x", "/enterprises/99", "/enterprises/x"):
        assert (await browser.get(path)).status == 404


async def test_a_registry_without_a_query_log_is_shown_without_counts(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").unlink()
    browser = await registry.served.signed_in(Role.OPERATOR)
    assert (await browser.get(registry.path)).status == 200


def test_queries_are_counted_by_product_and_verdict_since_an_hour(registry: Registry, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    counts = product_counts(journal, [registry.product], 499_999 * 3600.0)
    assert counts == [ProductCount(registry.product, "first", 12), ProductCount(registry.product, "repeated_other", 3)]
    assert product_counts(journal, [registry.product], 500_001 * 3600.0) == []
    assert product_counts(journal, [], 0.0) == []
