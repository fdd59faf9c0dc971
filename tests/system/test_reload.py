"""SIGHUP: what changed is changed, what did not change is not touched, and a fault anywhere changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.system.gateway_process import CHECKOUT, gateway, samples
from tests.system.in_reactor import in_reactor
from tests.system.loads import load, replies_in_words
from tests.system.pushing_smsc import PushingSmsc, pushing_smsc

pytestmark = pytest.mark.system


async def bound(smsc: PushingSmsc) -> None:
    await smsc.until(lambda: any(session.bound for session in smsc.sessions))


@in_reactor
async def test_carriers_come_change_and_go_while_the_links_of_the_others_stay(tmp_path: Path) -> None:
    async with (
        pushing_smsc() as kept,
        pushing_smsc() as changed,
        pushing_smsc() as removed,
        pushing_smsc() as added,
        gateway(tmp_path, kept.port) as ours,
    ):
        ours.configure_carrier("changed", (changed.port,))
        ours.configure_carrier("removed", (removed.port,))
        assert "2 carriers added, 0 changed, 0 removed" in await ours.reload()
        for smsc in (kept, changed, removed):
            await bound(smsc)
        link, old = kept.sessions[0], changed.sessions[0]
        for number, smsc in enumerate((kept, changed, removed)):
            load(smsc, 40, first=number * 100)
        ours.configure_carrier("added", (added.port,))
        ours.configure_carrier("changed", (changed.port,), link="window = 3")
        (ours.config / "carriers" / "removed.toml").unlink()
        assert "1 carriers added, 1 changed, 1 removed" in await ours.reload()
        assert not removed.sessions
        load(added, 20, first=300)
        for smsc in (kept, changed, added):
            await smsc.until_answered()
        assert set(removed.taken) == set(removed.replies)  # what it had acknowledged it has answered
        assert kept.sessions == [link]
        assert old not in changed.sessions
        assert await ours.end("TERM") == 0
        ours.assert_sound(sum(len(smsc.taken) for smsc in (kept, changed, removed, added)))
        assert sum(smsc.extra_replies for smsc in (kept, changed, removed, added)) == 0
        ours.assert_quiet_about()


@in_reactor
async def test_a_fault_in_one_file_changes_nothing(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, pushing_smsc() as other, gateway(tmp_path, smsc.port) as ours:
        await bound(smsc)
        link = smsc.sessions[0]
        ours.configure_carrier("good", (other.port,))
        ours.configure(settings="[answering]\ncode_limit = 99\n")
        assert "code_limit must be 1 to 20" in await ours.reload("not reloaded, nothing was changed")
        ours.configure(settings="[sms]\nopen_limit = 5\n")
        assert "sms cannot change while the gateway runs: restart it" in await ours.reload("not reloaded")
        load(smsc, 10)
        await smsc.until_answered()
        assert smsc.sessions == [link]
        assert not other.sessions
        ours.configure()
        assert "1 carriers added" in await ours.reload()
        await bound(other)
        assert await ours.end("TERM") == 0
        ours.assert_sound(10)


@in_reactor
async def test_templates_and_answering_are_those_of_the_files_or_stay(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        templates = shutil.copytree(CHECKOUT / "templates" / "sms", tmp_path / "templates")
        first = templates / "zh" / "first.txt"
        words = first.read_text(encoding="utf-8")
        first.write_text(words.replace("首次查询", "头一回查询"), encoding="utf-8")
        ours.configure(templates=templates, settings="[answering]\ncode_limit = 1\n")
        await ours.reload()
        load(smsc, 5)
        await smsc.until_answered()
        assert replies_in_words(smsc, "头一回查询") == 5
        smsc.text("8613900000001", " ".join(samples().fresh(2)))
        await smsc.until_answered()
        assert replies_in_words(smsc, "1") >= 1
        assert replies_in_words(smsc, "头一回查询") == 5  # two codes are one too many now
        first.write_text("{{ ('%'+'9'*9+'d')%1 }}", encoding="utf-8")
        assert "first.txt" in await ours.reload("not reloaded, nothing was changed")
        load(smsc, 5, first=20)
        await smsc.until_answered()
        assert replies_in_words(smsc, "头一回查询") == 10
        assert await ours.end("TERM") == 0
        ours.assert_sound(11)
