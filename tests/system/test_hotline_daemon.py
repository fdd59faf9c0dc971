"""Real calls to real gateways: the verdicts, the journal and the query log of `python -m gateway run`."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.records.commands.verify import verify
from ivr.local_asterisk import LocalAsterisk
from tests.system.gateway_process import CHECKOUT, Gateway, samples
from tests.system.hotline import asterisk_for, free_port, plan, sound, wait_until, write_clips
from tests.system.phone import Phone

pytestmark = pytest.mark.system

CALLER, OTHER = "13800001234", "13900005678"


@dataclass
class Node:
    """A gateway process of its own, with its journal."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = run(self.folder, "run", "--config", str(self.folder / "config"))
        wait_until(lambda: "the gateway is up" in (self.folder / "run.log").read_text(), 30)

    def rows(self, table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(f"file:{self.folder / 'journal.sqlite'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        with contextlib.closing(connection):
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY uid")]  # noqa: S608

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class RealHotline:
    """An Asterisk, two gateways that it tries in order, and their registry."""

    asterisk: LocalAsterisk
    nodes: tuple[Node, Node]
    codes: list[str] = field(default_factory=lambda: samples().fresh(20))

    def phone(self, caller: str = CALLER, number: str = "95001111") -> Phone:
        return Phone(self.asterisk.sip_port, number, caller)

    def logged(self, count: int, node: int = 0) -> list[dict[str, Any]]:
        """The rows of the query log once there are so many."""
        wait_until(lambda: len(self.nodes[node].rows("query_log")) >= count)
        return self.nodes[node].rows("query_log")


def run(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    with (folder / f"{words[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", *words],
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )


def configured(folder: Path, port: int, prompts: Path) -> Node:
    """The voice settings are short, the SMSC is nobody, and the registry is the first node's."""
    folder.mkdir()
    voice = (
        f'[voice]\nlisten_port = {port}\nprompts_folder = "{CHECKOUT / "templates" / "voice"}"\n'
        f'override_folder = "{prompts}"\ncache_folder = "../voice"\nrecordings_folder = "../recordings"\n'
        "first_key_seconds = 1.5\nnext_key_seconds = 0.8\ntail_key_seconds = 0.4\nrecording_shortest_seconds = 0.5\n"
        '[voice.speech]\nengine_zh = ""\nengine_en = ""\n[history]\nretry_seconds = 0.0\n'
    )
    smsc = (free_port(socket.SOCK_STREAM),)
    Gateway(folder, smsc, redis_url="", top="", settings=voice, account="", link="", environment={})
    return Node(folder)


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHotline]:
    folder = tmp_path_factory.mktemp("real")
    write_clips(folder / "override")
    ports = (free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM))
    first, second = (configured(folder / f"node{n}", port, folder / "override") for n, port in enumerate(ports))
    socket_path = first.folder / "registry.sock"
    words = ("--database", str(samples().database), "--listen", f"unix:{socket_path}")
    registry = run(folder, "registry", "serve", *words, "--token-file", str(first.folder / "token"))
    (second.folder / "registry.sock").symlink_to(socket_path)
    try:
        wait_until(socket_path.exists, 30)
        for node in (first, second):
            node.start()
        with asterisk_for(folder, plan(folder, ports)) as asterisk:
            yield RealHotline(asterisk, (first, second))
    finally:
        registry.kill()
        for node in (first, second):
            node.kill()
        registry.wait()


def ask(phone: Phone, code: str, verdict: str, language: str = "zh") -> None:
    phone.wait_to_hear(sound("greeting", language))
    phone.press(code + "#")
    phone.wait_to_hear(sound(f"verdict_{verdict}", language))


def test_callers_hear_first_then_their_own_repeat_then_anothers_and_all_are_logged(hotline: RealHotline) -> None:
    since, code = len(hotline.nodes[0].rows("query_log")), hotline.codes.pop()
    for caller, verdict in ((CALLER, "first-1"), (CALLER, "repeated_same-1"), (OTHER, "repeated_other-1")):
        with hotline.phone(caller) as phone:
            ask(phone, code, verdict)
            if caller == OTHER:
                phone.wait_to_hear(sound("verdict_repeated_other-2") + sound("number_two"))
    rows = hotline.logged(since + 3)[since:]
    assert [(row["channel"], row["verdict"], row["ending"]) for row in rows] == [
        ("voice", "first", "spoken"),
        ("voice", "repeated_same", "spoken"),
        ("voice", "repeated_other", "spoken"),
    ]
    assert rows[0]["caller"] == rows[1]["caller"] != rows[2]["caller"]


def test_the_callers_own_repeat_within_a_call_is_no_new_query(hotline: RealHotline) -> None:
    since, code = len(hotline.nodes[0].rows("query_log")), hotline.codes.pop()
    with hotline.phone() as phone:
        ask(phone, code, "first-1")
        phone.forget()
        phone.press("2")
        phone.wait_to_hear(sound("ask_code"))
        phone.press_by_info(code)
        phone.wait_to_hear(sound("verdict_first-1"))
    assert len(hotline.logged(since + 1)) == since + 1


@pytest.mark.parametrize(("kind", "clip"), [("recalled", "recalled-1"), ("not_activated", "not_activated-1")])
def test_what_the_registry_says_of_a_code_is_said_in_english_too(hotline: RealHotline, kind: str, clip: str) -> None:
    since = len(hotline.nodes[0].rows("query_log"))
    with hotline.phone(number="95001112") as phone:
        ask(phone, samples().of_kind[kind], clip, "en")
    (row,) = hotline.logged(since + 1)[since:]
    assert (row["verdict"], row["language"]) == (kind, "en")


def test_an_unknown_code_counts_once_confirmed_and_not_when_corrected(hotline: RealHotline) -> None:
    since, unknown = len(hotline.nodes[0].rows("query_log")), samples().of_kind["unknown"]
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press("99*" + unknown + "#")
        phone.wait_to_hear(b"".join(sound(f"digit_{digit}") for digit in unknown[:4]))
        phone.wait_to_hear(sound("read_back_choice"))
        phone.forget()
        phone.press("2")
        phone.wait_to_hear(sound("ask_code"))
        assert len(hotline.nodes[0].rows("query_log")) == since
        phone.forget()
        phone.press(unknown)
        phone.wait_to_hear(sound("read_back_choice"))
        phone.press("1")
        phone.wait_to_hear(sound("verdict_unknown-1"))
    (row,) = hotline.logged(since + 1)[since:]
    assert (row["verdict"], row["ending"]) == ("unknown", "spoken")


def test_a_spoken_report_lands_among_the_reports_with_code_and_pseudonym(hotline: RealHotline) -> None:
    node, code = hotline.nodes[0], hotline.codes.pop()
    with hotline.phone() as phone:
        ask(phone, code, "first-1")
        phone.wait_to_hear(sound("menu"))
        phone.press("9")
        phone.wait_to_hear(sound("recording_notice-1"))
        phone.talk(1.5)
        phone.press("#")
        phone.wait_to_hear(sound("report_thanks"))
    wait_until(lambda: bool(node.rows("reports")))
    report = node.rows("reports")[-1]
    asked = next(row for row in node.rows("query_log") if row["uid"] == report["about_uid"])
    assert (report["code"], report["caller"]) == (code, asked["caller"])
    recorded = re.fullmatch(r"recording ([0-9a-f]{32}\.wav), \d s", report["text"])
    assert recorded is not None
    assert (node.folder / "recordings" / recorded[1]).stat().st_mode & 0o777 == 0o600


def test_prompts_are_read_again_in_mid_call(hotline: RealHotline) -> None:
    node = hotline.nodes[0]
    assert node.process is not None
    since = (node.folder / "run.log").read_text().count("reloaded: ")
    override = node.folder.parent / "override" / "zh"
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        (override / "verdict_first-1.ulaw").write_bytes(sound("another voice"))
        node.process.send_signal(signal.SIGHUP)
        wait_until(lambda: (node.folder / "run.log").read_text().count("reloaded: ") > since)
        phone.press(hotline.codes.pop() + "#")
        phone.wait_to_hear(sound("another voice"))
    (override / "verdict_first-1.ulaw").write_bytes(sound("verdict_first-1"))
    node.process.send_signal(signal.SIGHUP)
    wait_until(lambda: (node.folder / "run.log").read_text().count("reloaded: ") > since + 1)


def test_no_log_and_no_journal_row_names_a_callers_number(hotline: RealHotline) -> None:
    node = hotline.nodes[0]
    log = (node.folder / "run.log").read_text()
    assert "call " in log
    assert "Traceback" not in log
    assert not [number for number in (CALLER, OTHER) if number in log + str(node.rows("query_log"))]
    found = verify(node.folder / "journal.sqlite")
    assert (found.faults, found.open_queries) == ((), 0)


def test_the_second_gateway_takes_over_mid_call_and_without_any_the_service_is_unavailable(
    hotline: RealHotline,
) -> None:
    first, second = hotline.nodes
    code = hotline.codes.pop()
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.forget()
        first.kill()
        ask(phone, code, "first-1")
    (row,) = hotline.logged(1, node=1)
    assert (row["channel"], row["verdict"]) == ("voice", "first")
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        second.kill()
        phone.wait_to_hear(sound("service_unavailable"))
        phone.wait_for_bye()
        assert "cause=41" in phone.reason
    for node in hotline.nodes:
        node.start()
