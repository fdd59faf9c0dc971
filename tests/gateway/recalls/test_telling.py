"""Herald and dispatch in virtual time: who is told, when, how fast, and what waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.core.ports import OtherKind
from smpp import LinkState
from tests.gateway.fakes import NOON, WINE, caller
from tests.gateway.recalls.samples import NUMBER, OTHER_KEY, subscriptions, wish
from tests.gateway.recalls.stage import DOUBT, HOUR, MINUTE, NIGHT, Stage, played


def test_a_change_is_looked_into_and_only_who_asked_about_what_is_recalled_is_told_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1, 2))
        await stage.book.subscribe(wish(3, phone="8613859222222"))
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert stage.carrier.sent == []
        stage.registry.recall(1, 2)
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        (text,) = stage.carrier.texts()
        assert text == (
            "【监管网】召回通知：您查过的“玉泉白酒”（批号尾080501）已被召回，请停止使用并联系销售者：标签有误。退订回TD"
        )
        ((uid, carrier, kind, outcome),) = stage.journal.besides
        assert (uid, carrier, kind, outcome.ending.value) == (1, "mobile", OtherKind.RECALL, "sent")
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(HOUR)
        assert len(stage.carrier.sent) == len(stage.carrier.texts()) == 1
        assert len(await stage.waiting()) == 1

    played(scene, tmp_path)


def test_a_recall_that_nobody_told_of_is_found_at_the_next_sweep(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        await asyncio.sleep(MINUTE)
        stage.registry.recall(1)
        await asyncio.sleep(13 * MINUTE)
        assert stage.carrier.sent == []
        await asyncio.sleep(3 * MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path)


def test_in_quiet_hours_nobody_is_told_and_in_the_morning_everybody_is(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:  # begins at 20:30
        await stage.book.subscribe(wish(1))
        await asyncio.sleep(25 * MINUTE)
        stage.registry.recall(1)
        stage.herald.changed(WINE.resource_code)  # at 20:55 it is too late to begin
        await asyncio.sleep(11 * HOUR)
        assert stage.carrier.sent == []
        await asyncio.sleep(10 * MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path, hours=NIGHT, began_at=NOON + 8.5 * HOUR)


def test_a_notice_is_valid_until_the_quiet_hours_at_most(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        (message,) = stage.carrier.sent
        assert message.validity_seconds == pytest.approx(HOUR, abs=5)
        assert message.registered_delivery == 0

    played(scene, tmp_path, hours=NIGHT, began_at=NOON + 8 * HOUR)


def test_many_leave_at_their_pace_and_replies_go_first(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for number in range(100):
            await stage.book.subscribe(wish(number, phone=f"86138591{number:05d}"))
        stage.registry.recall(*range(100))
        stage.carrier.waiting = 3
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(10)
        assert stage.carrier.sent == []
        stage.carrier.waiting = 0
        await asyncio.sleep(2)
        assert 30 <= len(stage.carrier.sent) <= 45
        await asyncio.sleep(10)
        assert len(stage.carrier.sent) == 100

    played(scene, tmp_path)


@pytest.mark.parametrize("fault", ["registry", "link", "no link", "disk", "carrier"])
def test_what_cannot_be_told_now_is_told_once_it_can_be(tmp_path: Path, fault: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(2, carrier="gone", phone="8613859222222"))
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1, 2)
        stage.registry.away = fault == "registry"
        stage.carrier.down = fault == "link"
        stage.carrier.state = LinkState.WAITING if fault == "no link" else LinkState.BOUND
        stage.book.away = fault == "disk"
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(2 * MINUTE)
        assert len(stage.carrier.sent) == (fault == "carrier")
        stage.registry.away = stage.carrier.down = stage.book.away = False
        stage.carrier.state = LinkState.BOUND
        await asyncio.sleep(MINUTE)
        assert len(stage.carrier.sent) == 1
        assert len(await stage.waiting()) == 1  # whose carrier is not configured any more

    played(scene, tmp_path)


@pytest.mark.parametrize("resend", [True, False])
def test_a_lost_response_is_dealt_with_as_for_replies(tmp_path: Path, resend: bool) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.results = [DOUBT]
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(2 * MINUTE)
        assert len(stage.carrier.sent) == 1 + resend
        assert [each[3].ending.value for each in stage.journal.besides] == ["in_doubt", "sent"][: 1 + resend]
        assert await stage.waiting() == []

    played(scene, tmp_path, resend=resend)


def test_who_says_stop_while_their_notice_waits_for_room_is_not_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert await stage.book.end(caller(NUMBER)) == 1
        stage.carrier.grant()
        await asyncio.sleep(5)
        assert stage.carrier.sent == []

    played(scene, tmp_path)


def test_accounts_that_cannot_be_written_cost_no_notice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.journal.failing = 1
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert len(stage.carrier.sent) == 1
        assert await stage.waiting() == []

    played(scene, tmp_path)


def test_more_changes_than_can_be_remembered_make_it_look_at_all(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await asyncio.sleep(MINUTE)
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        for number in range(10_001):
            stage.herald.changed(f"{number:07d}")
        await asyncio.sleep(5)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path)


def test_a_notice_that_waits_for_room_until_the_quiet_hours_waits_for_their_end(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:  # begins at 20:49
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(2 * MINUTE)
        stage.carrier.hold = False
        stage.carrier.grant()
        await asyncio.sleep(11 * HOUR)
        assert stage.carrier.sent == []
        await asyncio.sleep(15 * MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path, hours=NIGHT, began_at=NOON + 8 * HOUR + 49 * MINUTE)


def test_nothing_leaves_that_could_not_be_noted_first(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        stage.book.away, stage.carrier.hold = True, False
        stage.carrier.grant()
        await asyncio.sleep(MINUTE)
        assert stage.carrier.sent == []
        stage.book.away = False
        await asyncio.sleep(MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path)


def test_a_subscription_under_a_lost_key_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def old() -> None:
        book = subscriptions(tmp_path, OTHER_KEY)
        await book.subscribe(wish(1, phone="8613859222222"))
        await book.close()

    asyncio.run(old())

    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert len(stage.carrier.sent) == 1
        assert len(await stage.waiting()) == 1
        assert "does not open" in caplog.text

    played(scene, tmp_path)
