"""The herald's end, and the next one's beginning: what is leaving is waited for, and doubt is left to policy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smpp import SubmitResult
from tests.gateway.fakes import WINE
from tests.gateway.recalls.samples import wish
from tests.gateway.recalls.stage import MINUTE, Stage, played


@pytest.mark.parametrize("resend", [True, False])
def test_a_process_that_died_while_sending_leaves_the_doubt_to_the_next(tmp_path: Path, resend: bool) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        (one,) = await stage.waiting()
        await stage.book.begin(one.row, "", stage.clock())
        await stage.herald.close()
        stage.registry.recall(1)
        stage.start()
        await asyncio.sleep(MINUTE)
        assert len(stage.carrier.sent) == resend

    played(scene, tmp_path, resend=resend)


def test_the_end_does_not_wait_for_notices_that_have_not_begun(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        began_at = stage.clock()
        await stage.herald.close()
        assert stage.clock() == began_at
        assert len(await stage.waiting()) == 1

    played(scene, tmp_path)


def test_what_is_leaving_at_the_end_is_waited_for_and_entered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.mute = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        closing = asyncio.ensure_future(stage.herald.close())
        await asyncio.sleep(1)
        assert not closing.done()
        stage.carrier.unanswered.pop().callback(SubmitResult(True, 0, ("id1",), 1, False, "m1"))
        await closing
        assert len(stage.journal.besides) == 1
        assert await stage.book.recover(stage.clock(), resend=True) == 0

    played(scene, tmp_path)


def test_what_is_not_answered_by_then_is_left_in_doubt(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.mute = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        await stage.herald.close()
        assert stage.journal.besides == []
        assert await stage.book.recover(stage.clock(), resend=True) == 1

    played(scene, tmp_path)
