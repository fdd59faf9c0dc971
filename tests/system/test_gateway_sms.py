"""What a consumer texts and reads: the whole gateway, with the node-smpp SMSC for a carrier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.system.gateway_process import PASSWORD, SHORT_NUMBER, Gateway, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import NodeSmsc, node_smsc

pytestmark = pytest.mark.system

_ROK = 0


class Conversation:
    """People with phones, at one SMSC."""

    def __init__(self, smsc: NodeSmsc, ours: Gateway) -> None:
        self.smsc = smsc
        self.ours = ours
        self.queries = 0
        self._phones = phones()

    def phone(self) -> str:
        """Somebody else's."""
        return next(self._phones)

    async def text(self, phone: str, text: str) -> None:
        """Text it; the gateway takes it."""
        alphabet = {"data_coding": 0} if text.isascii() else {"data_coding": 8}
        assert await self.smsc.deliver(source_addr=phone, short_message=text, **alphabet) == _ROK
        self.queries += 1

    async def read(self, phone: str) -> str:
        """The next message on this phone."""
        message = await self.smsc.events.wait(
            lambda event: event["event"] == "message" and event["destination_addr"] == phone
        )
        assert message["source_addr"] == SHORT_NUMBER
        return str(message["text"])

    async def ask(self, phone: str, text: str) -> str:
        """Text and read."""
        await self.text(phone, text)
        return await self.read(phone)


@asynccontextmanager
async def conversation(folder: Path, settings: str = "") -> AsyncIterator[Conversation]:
    """Ends by checking that all is logged, once, and that the log tells no numbers."""
    async with node_smsc(password=PASSWORD) as smsc, gateway(folder, smsc.port, settings=settings) as ours:
        await smsc.event("bound")
        found = Conversation(smsc, ours)
        yield found
        assert await ours.end("TERM") == 0
        ours.assert_sound(found.queries)
        ours.assert_quiet_about(*(number[2:] for number, _ in zip(phones(), range(30), strict=False)))


@in_reactor
async def test_each_state_of_a_code_has_its_words(tmp_path: Path) -> None:
    kinds = samples().of_kind
    (code,) = samples().fresh(1)
    async with conversation(tmp_path) as people:
        buyer, other = people.phone(), people.phone()
        first = await people.ask(buyer, code)
        assert first.startswith(f"【监管网】尾号{code[-4:]}首次查询，登记有效")
        assert len(first) <= 70
        assert await people.ask(buyer, f"查询 {code[:4]}-{code[4:12]} {code[12:]}") == first  # a retry is no repeat
        warning = await people.ask(other, code)
        assert f"尾号{code[-4:]}已被查" in warning
        assert "非本机" in warning
        for kind, words in (
            ("recalled", "已被召回，请停止使用"),
            ("expired", "已过期，请勿食用或使用"),
            ("cancelled", "已注销"),
            ("not_activated", "企业尚未激活"),
            ("unknown", "未查到"),
        ):
            answer = await people.ask(people.phone(), kinds[kind])
            assert words in answer
            assert kinds[kind][-4:] in answer
            assert len(answer) <= 70
        assert "位数不对" in await people.ask(people.phone(), f"{code}12345")
        english = await people.ask(people.phone(), f"check {kinds['english']}")
        assert kinds["english"][-4:] in english
        assert english.isascii()
        verdicts = [row["verdict"] for row in people.ours.logged()]
        assert verdicts[0] == "first"
        assert verdicts[2] == "repeated_other"


@in_reactor
async def test_a_report_opens_a_context_for_what_its_sender_texts_next(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    async with conversation(tmp_path) as people:
        witness = people.phone()
        assert "举报已记录" in await people.ask(witness, f"JB {code} 福清宏路某超市")
        assert f"尾号{code[-4:]}" in await people.ask(witness, "在融侨城二楼买的")
        assert "投诉已记录" in await people.ask(people.phone(), "投诉 商家不退货")
        assert "查真伪：直接发20位监管码" in await people.ask(people.phone(), "帮助")
        assert "已退订" in await people.ask(people.phone(), "TD")
        assert "未看懂" in await people.ask(people.phone(), "你好")


@in_reactor
async def test_codes_in_one_message_and_one_code_in_two_messages(tmp_path: Path) -> None:
    one, two, cut = samples().fresh(3)
    async with conversation(tmp_path) as people:
        both = await people.ask(people.phone(), f"{one}，{two}")
        assert one[-4:] in both
        assert two[-4:] in both
        hurried = people.phone()
        await people.text(hurried, cut[:12])
        assert f"尾号{cut[-4:]}首次查询" in await people.ask(hurried, cut[12:])
        ending = {row["note"] for row in people.ours.logged()}
        assert ending <= {"", "joined"}


@in_reactor
async def test_a_long_message_comes_in_parts_and_a_receipt_is_no_query(tmp_path: Path) -> None:
    (code,) = samples().fresh(1)
    async with conversation(tmp_path) as people:
        phone = people.phone()
        for number, text in ((2, f"，码是{code}，请查一查。"), (1, "你好，我昨天在宏路镇的超市里买了一箱酒")):
            part = {"udh": f"0500034d02{number:02x}", "message": text}
            assert await people.smsc.deliver(source_addr=phone, short_message=part, data_coding=8) == _ROK
        people.queries += 1
        assert f"尾号{code[-4:]}首次查询" in await people.read(phone)
        receipt = await people.smsc.events.wait(lambda event: event["event"] == "answer" and event["id"] == "receipt")
        assert (receipt["command"], receipt["status"]) == ("deliver_sm_resp", _ROK)
