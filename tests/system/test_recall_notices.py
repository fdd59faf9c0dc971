"""Who asked to be told of a recall is told, once: real gateway, registry and SMSC, and kill -9 in between."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.circulation import withdraw
from gateway.registry.life.delivery import place_of
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Step
from tests.system.gateway_process import PASSWORD, gateway, samples
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import node_smsc
from tests.system.test_gateway_sms import Conversation

pytestmark = pytest.mark.system

_SETTINGS = """
[sms]
on_doubt = "hold"
[recalls]
key_file = "../recalls.key"
path = "../recalls.sqlite"
quiet_from = "00:00"
quiet_until = "00:00"
"""


@asynccontextmanager
async def conversation(folder: Path) -> AsyncIterator[Conversation]:
    """People with phones, who may ask to be told."""
    (folder / "recalls.key").write_text("7a" * 32, encoding="ascii")
    async with node_smsc(password=PASSWORD) as smsc, gateway(folder, smsc.port, settings=_SETTINGS) as ours:
        await smsc.event("bound")
        people = Conversation(smsc, ours)
        yield people
        assert await ours.end("TERM") == 0
        ours.assert_sound(people.queries)
        ours.assert_quiet_about()


def recall(code: str) -> None:
    """The registry's step."""
    store = open_store(str(samples().database))
    with writing(store) as connection:
        place = place_of(connection, code, Vault())
        step = Step("林科长", time.time(), "抽检")
        withdraw(connection, Stretch(place, place), CodeState.RECALLED, step, "甲醇超标")
    store.dispose()


async def kill(people: Conversation) -> None:
    """kill -9 of the gateway."""
    await people.ours.end("KILL")
    await people.smsc.event("closed")


async def start(people: Conversation) -> None:
    """Start it again and wait for its link."""
    await people.ours.start()
    await people.smsc.event("bound")


def kept(folder: Path) -> bytes:
    """All that the subscriptions' files hold."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("recalls.sqlite*")))


@in_reactor
async def test_who_wished_it_is_told_although_the_gateway_was_killed_and_who_said_stop_is_not(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    async with conversation(tmp_path) as people:
        buyer, other = people.phone(), people.phone()
        assert "首次查询，登记有效" in await people.ask(buyer, code)
        assert f"已登记：尾号{code[-4:]}" in await people.ask(buyer, "订阅")
        assert "已被查" in await people.ask(other, code)
        assert "已登记" in await people.ask(other, "订阅")
        assert "已退订1项召回通知" in await people.ask(other, "TD")
        assert not [phone for phone in (buyer, other) if phone[2:].encode() in kept(tmp_path)]
        await kill(people)
        recall(code)
        await start(people)
        notice = await people.read(buyer)
        assert notice.startswith("【监管网】召回通知：您查过的“")
        assert "甲醇超标" in notice
        await kill(people)
        await start(people)
        assert "已被召回" in await people.ask(buyer, f"查询{code}")  # and no second notice before it
        assert "已被召回" in await people.ask(other, f"查询{code}")
    with closing(sqlite3.connect(tmp_path / "recalls.sqlite")) as connection:
        assert connection.execute("SELECT state, route FROM subscriptions").fetchall() == [("told", None)]
    with closing(sqlite3.connect(people.ours.journal)) as connection:
        assert set(connection.execute("SELECT kind, ending FROM other_messages")) <= {("recall", "sent")}


@in_reactor
async def test_a_recall_that_the_registry_tells_of_is_passed_on(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    async with conversation(tmp_path) as people:
        buyer = people.phone()
        assert (await people.ask(buyer, f"TELL ME {code}")).endswith(". Recall notice noted")
        recall(code)
        notice = await people.read(buyer)
        assert notice.startswith("[Zhenma] Recall: ")
        assert notice.endswith("End: STOP")
