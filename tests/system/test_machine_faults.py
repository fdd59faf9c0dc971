"""A disk that fills up and a wall clock that is set, under load in the real process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.system.gateway_process import gateway
from tests.system.in_reactor import in_reactor
from tests.system.loads import ended, load, replies_in_words
from tests.system.machine_faults import MachineFaults, SmallDisk, may_mount, small_disk
from tests.system.pushing_smsc import pushing_smsc

pytestmark = pytest.mark.system

_RX_T_APPN = 0x64
_HOUR_SECONDS = 3600
DISKS = ("preloaded", "tmpfs") if may_mount() else ("preloaded",)


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, MachineFaults | SmallDisk]]:
    """A folder, and what fills its disk: a real file system of 4 MiB where we may mount one, and writes that fail."""
    if request.param == "preloaded":
        yield tmp_path, MachineFaults(tmp_path)
    else:
        with small_disk(tmp_path / "small") as small:
            yield small.folder, small


@in_reactor
async def test_a_full_disk_refuses_messages_until_there_is_room_again(
    disk: tuple[Path, MachineFaults | SmallDisk],
) -> None:
    folder, machine = disk
    async with (
        pushing_smsc() as smsc,
        gateway(folder, smsc.port, environment=machine.environment) as ours,
    ):
        load(smsc, 100)
        await smsc.until_taken(30)
        machine.fill_disk()
        load(smsc, 50, first=100)
        await smsc.until(lambda: smsc.refused[_RX_T_APPN] >= 40)
        taken = len(smsc.taken)
        await smsc.until(lambda: smsc.refused[_RX_T_APPN] >= 80)
        assert len(smsc.taken) == taken  # not one more was acknowledged
        machine.make_room()
        await smsc.until_answered()
        assert set(smsc.refused) == {_RX_T_APPN}
        assert smsc.extra_replies == 0
        await ended(ours, smsc)


@in_reactor
async def test_kill_9_on_a_full_disk_loses_nothing(disk: tuple[Path, MachineFaults | SmallDisk]) -> None:
    folder, machine = disk
    async with (
        pushing_smsc() as smsc,
        gateway(folder, smsc.port, account="reconnect_most_seconds = 0.2", environment=machine.environment) as ours,
    ):
        load(smsc, 100)
        await smsc.until_taken(40)
        machine.fill_disk()
        await smsc.until(lambda: smsc.refused[_RX_T_APPN] >= 20)
        assert await ours.end("KILL") == -9
        machine.make_room()
        await ours.start()
        await smsc.until_answered()
        await ended(ours, smsc)


@in_reactor
async def test_a_clock_that_is_set_by_an_hour_stops_no_timer_and_mixes_no_times_up(tmp_path: Path) -> None:
    machine = MachineFaults(tmp_path)
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, environment=machine.environment) as ours:
        load(smsc, 20)
        await smsc.until_answered()
        machine.set_clock(_HOUR_SECONDS)
        load(smsc, 20, first=20)
        await smsc.until_answered()
        await ours.kill_registry()
        load(smsc, 20, first=40)
        await smsc.until(lambda: replies_in_words(smsc, "您的查询已受理") == 20)
        machine.set_clock(-_HOUR_SECONDS)  # those who wait for the registry are asked about on time all the same
        await ours.start_registry()
        await smsc.until(lambda: replies_in_words(smsc, "首次查询") == 60)
        assert await ours.end("TERM") == 0
        await ours.start()  # two hours before its last query
        load(smsc, 20, first=60)
        await smsc.until(lambda: replies_in_words(smsc, "首次查询") == 80)
        await ended(ours, smsc)
        logged = ours.logged()
        steps = [round((later["arrived_at"] - row["arrived_at"]) / _HOUR_SECONDS) for row, later in pairwise(logged)]
        assert [step for step in steps if step] == [1, -2]  # uids go on rising, and each row has the time of its day
