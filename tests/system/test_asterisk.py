"""Real calls through a real Asterisk: what was heard is proved by the RTP octets."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.task import deferLater

from ivr import asterisk_tree, local_asterisk
from ivr.dialplan import DialplanSettings, HotlineNumber
from ivr.local_asterisk import LocalAsterisk
from ivr.manager import AsteriskWatch
from ivr.speech import load_scripts
from tests.ivr.fake_desk import FIRST, REPEATED, UNKNOWN
from tests.system.phone import Phone

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
CLIP_OCTETS = 160 * 4


def sound(name: str, language: str = "zh") -> bytes:
    """80 ms that only this clip has, in whole RTP frames."""
    return hashlib.shake_128(f"{language}/{name}".encode()).digest(CLIP_OCTETS)


@dataclass
class Hotline:
    """An Asterisk and its gateways."""

    asterisk: LocalAsterisk
    folder: Path
    ports: tuple[int, int]
    gateways: dict[int, subprocess.Popen[bytes]]

    def phone(self, number: str = "95001111") -> Phone:
        return Phone(self.asterisk.sip_port, number)

    def start_gateway(self, port: int) -> None:
        log = (self.folder / f"gateway-{port}.log").open("ab")
        command = [sys.executable, "-m", "tests.system.voice_gateway", str(port), str(self.folder)]
        self.gateways[port] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        log.close()
        wait_until(lambda: ["listening", str(port)] in self.events(port))

    def kill_gateway(self, port: int) -> None:
        self.gateways[port].kill()
        self.gateways[port].wait()
        (self.folder / f"events-{port}.jsonl").unlink()

    def events(self, port: int | None = None) -> list[list[str]]:
        path = self.folder / f"events-{port or self.ports[0]}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def expect(self, what: str, about: str, since: int = 0, port: int | None = None) -> None:
        wait_until(lambda: [what, about] in self.events(port)[since:])


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come about")
        time.sleep(0.02)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plan(folder: Path, ports: tuple[int, int], calls_limit: int = 20) -> DialplanSettings:
    return DialplanSettings(
        lines=(HotlineNumber("95001111"), HotlineNumber("95001112", "en")),
        gateways=tuple(f"127.0.0.1:{port}" for port in ports),
        calls_limit=calls_limit,
        prompts_folder=str(folder / "override"),
    )


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    tree = asterisk_tree.find(ROOT / ".cache" / "asterisk")
    folder = tmp_path_factory.mktemp("hotline")
    for language, script in load_scripts(ROOT / "templates" / "voice").items():
        (folder / "override" / language).mkdir(parents=True)
        for clip in script.clips():
            (folder / "override" / language / f"{clip.name}.ulaw").write_bytes(sound(clip.name, language))
    ports = (free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM))
    sip, ami = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    asterisk = local_asterisk.start(tree, folder / "asterisk", plan(folder, ports), sip, ami)
    hotline = Hotline(asterisk, folder, ports, {})
    try:
        wait_until(lambda: "fully booted" in asterisk.cli("core waitfullybooted"))
        for port in ports:
            hotline.start_gateway(port)
        yield hotline
    finally:
        for gateway in hotline.gateways.values():
            gateway.kill()
            gateway.wait()
        asterisk.stop()


def test_a_code_keyed_over_the_greeting_is_answered_and_the_menu_repeats_it(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("verdict_first-2"))
        phone.wait_to_hear(sound("menu_rest"))
        assert not phone.has_heard(sound("verdict_unknown-1"))
        phone.forget()
        phone.press("1")
        phone.wait_to_hear(sound("verdict_first-2"))
    hotline.expect("ended", "hung_up/menu/zh")


def test_digits_by_sip_info_without_hash_give_the_count_and_the_date_of_the_first_query(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press_by_info(REPEATED)
        phone.wait_to_hear(sound("verdict_repeated_other-2") + sound("number_3") + sound("verdict_repeated_other-3"))
        phone.wait_to_hear(sound("month") + sound("number_3") + sound("day"))


def test_an_unknown_code_is_read_back_and_counts_only_when_confirmed(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(UNKNOWN + "#")
        phone.wait_to_hear(b"".join(sound(f"digit_{digit}") for digit in UNKNOWN[:4]))
        phone.wait_to_hear(sound("read_back_choice"))
        assert ["confirmed", UNKNOWN] not in hotline.events()[since:]
        phone.press("1")
        phone.wait_to_hear(sound("verdict_unknown-1"))
    hotline.expect("confirmed", UNKNOWN, since)


def test_star_clears_what_was_typed_before_it(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press("8123*" + FIRST + "#")
        phone.wait_to_hear(sound("verdict_first-2"))
    hotline.expect("look_up", FIRST, since)


def test_silence_is_helped_twice_and_then_ended(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("no_keys"))
        phone.wait_to_hear(sound("help_1"))
        phone.wait_to_hear(sound("help_2"))
        phone.wait_to_hear(sound("try_later"))
        phone.wait_for_bye()
    hotline.expect("ended", "no_input/entry/zh")


def test_star_and_hash_change_the_language(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press("*#")
        phone.wait_to_hear(sound("ask_code", "en"))
    hotline.expect("ended", "hung_up/entry/en")


def test_a_number_of_its_own_answers_in_english(hotline: Hotline) -> None:
    with hotline.phone("95001112") as phone:
        phone.wait_to_hear(sound("greeting", "en"))


def test_a_half_typed_code_is_no_query(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST[:9])
    hotline.expect("ended", "hung_up/entry/zh", since)
    assert not [event for event in hotline.events()[since:] if event[0] == "look_up"]


def test_a_hang_up_at_the_read_back_leaves_an_unconfirmed_miss(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(UNKNOWN + "#")
        phone.wait_to_hear(sound("read_back-1"))
    hotline.expect("abandoned", UNKNOWN, since)
    hotline.expect("ended", "hung_up/reading_back/zh", since)


@pytest.mark.parametrize("by_hash", [True, False], ids=["ended by hash", "ended by hanging up"])
def test_a_report_is_recorded_and_kept(hotline: Hotline, by_hash: bool) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("menu"))
        phone.press("9")
        phone.wait_to_hear(sound("recording_notice-1"))
        phone.talk(1.5)
        if by_hash:
            phone.press("#")
            phone.wait_to_hear(sound("report_thanks"))
    hotline.expect("report", FIRST, since)
    recordings = list((hotline.folder / "recordings").glob("*.wav"))
    assert recordings
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in recordings)


def test_above_the_limit_callers_hear_busy_and_pay_nothing(hotline: Hotline) -> None:
    extensions = hotline.folder / "asterisk" / "extensions_hotline.conf"
    text = extensions.read_text()
    try:
        extensions.write_text(text.replace("> 20]?busy", "> 0]?busy"))
        hotline.asterisk.cli("dialplan reload")
        with hotline.phone() as phone:
            assert phone.final_status == 486
    finally:
        extensions.write_text(text)
        hotline.asterisk.cli("dialplan reload")


@pytest_twisted.inlineCallbacks
def test_the_watch_knows_version_channels_and_endpoints(hotline: Hotline) -> Iterator[Deferred[None]]:
    yield Deferred.fromCoroutine(watch_once(hotline))


async def watch_once(hotline: Hotline) -> None:
    asterisk = hotline.asterisk
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", asterisk.ami_port)
    watch = AsteriskWatch(endpoint, asterisk.ami_user, asterisk.ami_secret, reactor)
    watch.start()
    for _ in range(200):
        if watch.status().connected:
            break
        await deferLater(reactor, 0.05)
    assert (watch.status().fault, watch.status().channels) == ("", 0)
    assert watch.status().version
    assert [trunk.name for trunk in watch.status().trunks] == ["anonymous"]
    await watch.stop()
    assert not watch.status().connected


def test_a_foreign_number_is_not_answered(hotline: Hotline) -> None:
    with hotline.phone("12345678") as phone:
        assert phone.final_status == 404


def test_the_second_gateway_takes_a_call_whose_first_one_was_killed(hotline: Hotline) -> None:
    first, second = hotline.ports
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.forget()
        hotline.kill_gateway(first)
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("verdict_first-2"))
    hotline.expect("look_up", FIRST, port=second)
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        hotline.kill_gateway(second)
        phone.wait_to_hear(sound("service_unavailable"))
        phone.wait_for_bye()
        assert "cause=41" in phone.reason
    for port in (first, second):
        hotline.start_gateway(port)
