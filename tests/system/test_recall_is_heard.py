"""A recall and a late activation, from the registry's step to the consumer's phone, over real processes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from twisted.internet import protocol, reactor
from twisted.protocols import portforward

from gateway.core.registration import CodeState
from gateway.registry.codes.export import codes_of
from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.circulation import activate, confirm_printed, withdraw
from gateway.registry.life.delivery import mint_of, place_of
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.moving import Lot
from gateway.registry.life.steps import Step
from tests.system.gateway_process import PASSWORD, Gateway, Program, gateway, samples
from tests.system.in_reactor import in_reactor
from tests.system.inbox import Inbox
from tests.system.node_smsc import node_smsc
from tests.system.test_gateway_sms import Conversation

pytestmark = pytest.mark.system

_POLLS = 2  # one that was under way when the step was taken, and the next; they are 2 s apart
_CHANGES = b"GET /v1/changes?after"


class _Onward(portforward.ProxyClient):
    """The connection to the registry: an answer to a question for changes is told when it has gone on."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self.peer.asking:
            self.peer.asking = False
            self.peer.factory.polls.put("answered")


class _OnwardFactory(portforward.ProxyClientFactory):
    protocol = _Onward


class _Between(portforward.ProxyServer):
    """The connection from the gateway."""

    clientProtocolFactory = _OnwardFactory  # noqa: N815  # Twisted's name
    asking = False

    def connectionMade(self) -> None:
        self.transport.pauseProducing()
        client = self.clientProtocolFactory()
        client.setServer(self)
        reactor.connectUNIX(self.factory.path, client)

    def dataReceived(self, data: bytes) -> None:
        self.asking = self.asking or data.startswith(_CHANGES)
        super().dataReceived(data)


class _Watched(protocol.Factory):
    """Stands between gateway and registry, and tells each answered question for changes."""

    protocol = _Between

    def __init__(self, path: str) -> None:
        self.path = path
        self.polls: Inbox[str] = Inbox("the questions for changes")


@asynccontextmanager
async def listened_to(folder: Path) -> AsyncIterator[tuple[Conversation, Inbox[str]]]:
    """People with phones, a gateway, a registry, and what goes between the two."""
    behind = str(folder / "behind.sock")
    between = _Watched(behind)
    async with node_smsc(password=PASSWORD) as smsc:
        port = reactor.listenUNIX(str(folder / "registry.sock"), between)
        words = ("registry", "serve", "--database", str(samples().database), "--listen", f"unix:{behind}")
        (folder / "served").write_text("a-token-for-tests-only", encoding="ascii")
        registry = Program("the registry", *words, "--token-file", str(folder / "served"))
        await registry.says("registry ready")
        try:
            async with gateway(folder, smsc.port, registry=False) as ours:
                await smsc.event("bound")
                await between.polls.wait(lambda _: True)  # from now on changes are heard of
                yield Conversation(smsc, ours), between.polls
                await _end(ours)
        finally:
            await registry.end("TERM")
            await port.stopListening()


async def _end(ours: Gateway) -> None:
    assert await ours.end("TERM") == 0
    ours.assert_quiet_about()


async def asked_until_told(people: Conversation, polls: Inbox[str], code: str, words: str) -> None:
    """Ask after each question for changes until the answer has these words: `_POLLS` of them have to do."""
    polls.items.clear()  # of before the step
    began = time.monotonic()
    phone = people.phone()
    answer = ""
    for asked in range(1, _POLLS + 1):
        await polls.wait(lambda _: True)
        answer = await people.ask(phone, code)
        if words in answer:
            print(f"told after {time.monotonic() - began:.2f} s, {asked} questions for changes")
            return
    raise AssertionError(answer)


@in_reactor
async def test_a_recall_is_told_to_who_asks_after_the_next_question_for_changes(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    store = open_store(str(samples().database))
    async with listened_to(tmp_path) as (people, polls):
        assert "登记有效" in await people.ask(people.phone(), code)
        with writing(store) as connection:
            place = place_of(connection, code, Vault())
            step = Step("林科长", time.time(), "抽检")
            withdraw(connection, Stretch(place, place), CodeState.RECALLED, step, "抽检不合格")
        await asked_until_told(people, polls, code, "已被召回")
    store.dispose()


@in_reactor
async def test_a_late_activation_is_told_to_who_asks_again(tmp_path: Path) -> None:
    store = open_store(str(samples().database))
    first = samples().of_kind["not_activated"]
    with writing(store) as connection:
        place = place_of(connection, first, Vault()) + 7
        ((code,),) = codes_of(mint_of(connection, first[:7], Vault()), place, place, 1)
    async with listened_to(tmp_path) as (people, polls):
        assert "尚未激活" in await people.ask(people.phone(), code)
        with writing(store) as connection:
            step = Step("质检员王", time.time(), "出厂")
            one = Stretch(place, place)
            confirm_printed(connection, one, step)
            activate(connection, one, Lot("迟到", "2026-11-01", "2036-11-01", "检1"), step)
        await asked_until_told(people, polls, code, "登记有效")
    store.dispose()
