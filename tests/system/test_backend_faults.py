"""A backend that fails in every way, under load: the answer is promised, then given, and is never a false one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.gateway_process import gateway
from tests.system.in_reactor import in_reactor
from tests.system.loads import ended, load, replies_in_words
from tests.system.moody_backend import MOODS, moody_backend
from tests.system.pushing_smsc import pushing_smsc

pytestmark = pytest.mark.system

_IMPATIENT = "attempt_seconds = 0.1\nfailure_limit = 1000\n"  # of [verification.backend]: each failing is met
_EACH = 10


@in_reactor
async def test_no_failing_of_the_backend_makes_a_false_answer_or_loses_one(tmp_path: Path) -> None:
    async with (
        moody_backend(tmp_path) as backend,
        pushing_smsc() as smsc,
        gateway(tmp_path, smsc.port, settings=_IMPATIENT, registry=False) as ours,
    ):
        load(smsc, _EACH)
        await smsc.until_answered()
        for number, mood in enumerate(MOODS, start=1):
            backend.mood = mood
            load(smsc, _EACH, first=number * _EACH)
            await smsc.until_answered()
            assert backend.asked[mood]
        assert replies_in_words(smsc, "您的查询已受理") == _EACH * len(MOODS)
        assert replies_in_words(smsc, "首次查询") == _EACH
        backend.mood = ""
        await smsc.until(lambda: replies_in_words(smsc, "首次查询") == len(smsc.texts))
        assert replies_in_words(smsc, "未查到") == replies_in_words(smsc, "已被查") == 0
        assert smsc.extra_replies == _EACH * len(MOODS)  # the promises
        await ended(ours, smsc)
