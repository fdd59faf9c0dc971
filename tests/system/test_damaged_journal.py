"""A journal that was damaged while the gateway was down: it is said, and nothing acknowledged goes silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.records.commands.verify import verify
from tests.system.gateway_process import Gateway, gateway
from tests.system.in_reactor import in_reactor
from tests.system.loads import load
from tests.system.pushing_smsc import pushing_smsc

pytestmark = pytest.mark.system

_QUICK = "reconnect_most_seconds = 0.2"
_EX_CONFIG = 78


def overwrite(path: Path, *, from_octet: int, until_octet: int) -> None:
    with path.open("r+b") as file:
        file.seek(from_octet)
        file.write(b"\xa5" * (until_octet - from_octet))


def log_of(ours: Gateway) -> str:
    return "\n".join(ours.logs[-1])


@in_reactor
async def test_a_damaged_tail_of_the_write_ahead_log_is_told_and_the_gateway_goes_on(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, account=_QUICK) as ours:
        load(smsc, 100)
        await smsc.until_taken(60)
        assert await ours.end("KILL") == -9
        acknowledged = len(smsc.taken)
        tail = tmp_path / "journal.sqlite-wal"
        octets = tail.stat().st_size
        overwrite(tail, from_octet=octets * 3 // 4, until_octet=octets - 100)
        await ours.start()
        assert "journal.sqlite-wal is damaged after frame" in log_of(ours)
        assert "messages that were acknowledged last may be missing" in log_of(ours)
        assert (tmp_path / "journal.sqlite-wal.damaged-1").stat().st_size == octets
        load(smsc, 20, first=100)
        await smsc.until_taken(120)
        await smsc.until(lambda: sum(phone in smsc.replies for phone in list(smsc.texts)[100:]) == 20)
        assert await ours.end("TERM") == 0
        found = verify(ours.journal)
        assert found.faults == ()
        assert 120 - acknowledged <= found.logged_queries <= 120


@in_reactor
async def test_damaged_pages_of_the_journal_are_refused_at_start_with_what_to_do(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        load(smsc, 50)
        await smsc.until_answered()
        assert await ours.end("TERM") == 0
        whole = ours.journal.read_bytes()
        overwrite(ours.journal, from_octet=4096, until_octet=len(whole))
        damaged = ours.journal.read_bytes()
        assert await ours.start_in_vain() == _EX_CONFIG
        assert "the journal is damaged" in log_of(ours)
        assert "restore a backup" in log_of(ours)
        assert ours.journal.read_bytes() == damaged
        ours.journal.write_bytes(whole)  # the backup
        await ours.start()
        load(smsc, 10, first=50)
        await smsc.until_answered()
        assert await ours.end("TERM") == 0
        ours.assert_sound(60)
