"""`python -m gateway simulate --asterisk`: a softphone signs in and calls; text and call are one consumer's."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from ivr import asterisk_tree
from tests.system.gateway_process import CHECKOUT
from tests.system.hotline import wait_until
from tests.system.phone import Phone
from tests.system.test_simulate import simulation

pytestmark = pytest.mark.system

CALLER = "13859111111"
PROMPTS = CHECKOUT / "templates" / "voice"


def prompt(name: str, language: str = "zh") -> bytes:
    """A tenth of a second from the middle of a shipped prompt."""
    octets = (PROMPTS / language / f"{name}.ulaw").read_bytes()
    return octets[len(octets) // 2 :][:800]


def logged(place: Path, code: str) -> list[dict[str, object]]:
    """What was asked about a code: the simulation's journal also holds a made-up month."""
    (journal,) = (place / "t").glob("zhenma-*/journal.sqlite")
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    with contextlib.closing(connection):
        about = "FROM query_log q JOIN lookups l USING (uid) WHERE code = ? ORDER BY uid"
        rows = f"SELECT channel, q.caller, q.verdict {about}"
        return [dict(row) for row in connection.execute(rows, (code,))]


def test_a_softphone_signs_in_and_its_call_after_a_text_is_the_same_consumers(tmp_path: Path) -> None:
    asterisk_tree.find(CHECKOUT / ".cache" / "asterisk")
    with simulation(tmp_path, "--asterisk", "--without-past") as simulated:
        entered = re.search(r":(\d+) \(UDP\) .* 用户 (\d+) .* 密码 (\w+)", simulated.reads("服务器"))
        assert entered is not None
        port, user, password = int(entered[1]), entered[2], entered[3]
        assert user == CALLER
        code = simulated.code("first")
        simulated.types(code)
        assert "首次查询，登记有效" in simulated.reads("< ")
        with Phone(port, "95001111", CALLER, "wrong") as stranger:
            assert stranger.final_status == 401
        with Phone(port, "95001111", CALLER, password) as phone:
            phone.wait_to_hear(prompt("greeting"))
            phone.press(code + "#")
            phone.wait_to_hear(prompt("verdict_first-2"), 30)  # asked again within a minute, what was first stays first
            wait_until(lambda: len(logged(tmp_path, code)) == 2)
        texted, called = logged(tmp_path, code)
        assert (texted["channel"], called["channel"]) == ("sms", "voice")
        assert texted["caller"] == called["caller"]
        assert (texted["verdict"], called["verdict"]) == ("first", "first")
        assert simulated.process.stdin is not None
        simulated.process.stdin.close()
        simulated.reads("ending")
        assert simulated.process.wait(30) == 0
        assert simulated.left_over() == []
