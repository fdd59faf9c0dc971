"""The watch over a real Asterisk, and what that Asterisk makes of the rendered configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivr.dialplan import DialplanSettings
from ivr.local_asterisk import LocalAsterisk
from ivr.manager import AsteriskStatus, AsteriskWatch
from tests.system.hotline import asterisk_for, plan, sound, write_clips
from tests.system.in_reactor import in_reactor
from tests.system.phone import Phone

pytestmark = pytest.mark.system

TRUNKS = DialplanSettings().trunks


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAsterisk]:
    """With the trunks of two carriers, and no gateway."""
    folder = tmp_path_factory.mktemp("watched")
    write_clips(folder / "override")
    with asterisk_for(folder, replace(plan(folder, (1,)), trunks=TRUNKS)) as started:
        yield started


async def until(watch: AsteriskWatch, condition: Callable[[AsteriskStatus], bool]) -> AsteriskStatus:
    for _ in range(600):
        if condition(watch.status()):
            return watch.status()
        await deferLater(reactor, 0.05)
    raise AssertionError(f"not within 30 s: {watch.status()}")


def watching(asterisk: LocalAsterisk) -> AsteriskWatch:
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", asterisk.ami_port)
    return AsteriskWatch(endpoint, asterisk.ami_user, asterisk.ami_secret, reactor, poll_seconds=0.1)


def test_a_real_asterisk_has_the_trunks_of_both_carriers_and_the_dialplan(asterisk: LocalAsterisk) -> None:
    endpoints = asterisk.cli("pjsip show endpoints")
    for trunk in TRUNKS:
        assert f" {trunk.name}" in endpoints
    identified = asterisk.cli("pjsip show identifies")
    assert all(address.split("/")[0] in identified for trunk in TRUNKS for address in trunk.addresses)
    assert "carrier-b" in asterisk.cli("pjsip show registrations")
    assert "service_unavailable" in asterisk.cli("dialplan show hotline")
    console = (asterisk.folder / "log" / "messages").read_text()
    assert not [line for line in console.splitlines() if "ERROR" in line and ("pjsip_trunks" in line or "pbx" in line)]


@in_reactor
async def test_the_watch_shows_a_call_while_it_lasts(asterisk: LocalAsterisk) -> None:
    watch = watching(asterisk)
    watch.start()
    status = await until(watch, lambda status: status.connected)
    assert (status.fault, status.channels, status.calls) == ("", 0, 0)
    assert {trunk.name for trunk in status.trunks} >= {trunk.name for trunk in TRUNKS}
    phone = Phone(asterisk.sip_port)
    await deferToThread(phone.__enter__)
    await until(watch, lambda status: (status.channels, status.calls) == (1, 1))
    await deferToThread(phone.wait_to_hear, sound("service_unavailable"))
    await deferToThread(phone.__exit__, None, None, None)
    await until(watch, lambda status: status.channels == 0)
    await watch.stop()
    assert not watch.status().connected


@in_reactor
async def test_the_watch_says_why_it_knows_nothing_and_survives_a_restart(asterisk: LocalAsterisk) -> None:
    watch = watching(asterisk)
    watch.start()
    await until(watch, lambda status: status.connected)
    await deferToThread(asterisk.stop)
    status = await until(watch, lambda status: not status.connected)
    assert status.channels == 0
    assert status.fault in ("Asterisk is shutting down", "the connection to Asterisk was lost")  # what came first
    again = await deferToThread(asterisk.restarted)
    try:
        status = await until(watch, lambda status: status.connected)
        assert (status.fault, bool(status.version)) == ("", True)
        await watch.stop()
    finally:
        await deferToThread(again.stop)


@in_reactor
async def test_a_wrong_secret_is_told_as_such(tmp_path: Path) -> None:
    with asterisk_for(tmp_path, plan(tmp_path, (1,))) as asterisk:
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", asterisk.ami_port)
        watch = AsteriskWatch(endpoint, asterisk.ami_user, "wrong", reactor)
        watch.start()
        await until(watch, lambda status: "uthentication" in status.fault)
        await watch.stop()
