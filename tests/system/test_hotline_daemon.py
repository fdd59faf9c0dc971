"""Real calls to real gateways: the verdicts, the journal and the query log of `python -m gateway run`."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.records.commands.verify import verify
from tests.system.flood import flood
from tests.system.gateway_process import SHORT_NUMBER, samples
from tests.system.hotline import sound, wait_until
from tests.system.real_hotline import CALLER, OTHER, RealHotline, ask, real_hotline_in

pytestmark = pytest.mark.system

FLOOD = 3_000  # connections


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHotline]:
    with real_hotline_in(tmp_path_factory.mktemp("real")) as started:
        yield started


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
    recorded = re.fullmatch(r"recording ([a-z]{28}\.wav), \d s", report["text"])
    assert recorded is not None
    assert (node.folder / "recordings" / recorded[1]).stat().st_mode & 0o777 == 0o600


def test_the_result_goes_to_the_callers_mobile_by_sms_when_asked_for(hotline: RealHotline) -> None:
    code, since = hotline.codes.pop(), len(hotline.nodes[0].rows("query_log"))
    with hotline.phone() as phone:
        ask(phone, code, "first-1")
        phone.wait_to_hear(sound("menu_texting"))
        phone.press("3")
        phone.wait_to_hear(sound("texted"))
    (text,) = hotline.texts()
    assert (text["source"], text["destination"]) == (SHORT_NUMBER, f"86{CALLER}")
    assert f"尾号{code[-4:]}首次查询，登记有效" in text["text"]
    assert len(hotline.logged(since + 1)) == since + 1  # one query, however it was answered


def test_prompts_are_read_again_in_mid_call(hotline: RealHotline) -> None:
    node = hotline.nodes[0]
    assert node.process is not None
    since = node.log().count("reloaded: ")
    override = node.folder.parent / "override" / "zh"
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        (override / "verdict_first-1.ulaw").write_bytes(sound("another voice"))
        node.process.send_signal(signal.SIGHUP)
        wait_until(lambda: node.log().count("reloaded: ") > since)
        phone.press(hotline.codes.pop() + "#")
        phone.wait_to_hear(sound("another voice"))
    (override / "verdict_first-1.ulaw").write_bytes(sound("verdict_first-1"))
    node.process.send_signal(signal.SIGHUP)
    wait_until(lambda: node.log().count("reloaded: ") > since + 1)


def test_floods_leave_a_call_its_menu_the_memory_bounded_and_the_log_short(hotline: RealHotline) -> None:
    node = hotline.nodes[0]
    with hotline.phone() as phone, ThreadPoolExecutor(1) as pool:
        ask(phone, hotline.codes.pop(), "first-1")
        words, held = len(node.log()), [node.memory_octets()]
        for _ in range(2):
            flooding = pool.submit(flood, node.port, FLOOD)
            while not flooding.done():
                phone.forget()
                phone.press("1")
                phone.wait_to_hear(sound("verdict_first-1"))
            assert flooding.result() == FLOOD  # all were closed
            held.append(node.memory_octets())
        phone.forget()
        phone.press("1")
        phone.wait_to_hear(sound("verdict_first-1"))
    assert held[1] - held[0] < 100_000_000
    assert held[2] - held[1] < 30_000_000  # what the first one left is used again
    assert len(node.log()) - words < 20_000


def test_no_log_and_no_journal_row_names_a_callers_number(hotline: RealHotline) -> None:
    node = hotline.nodes[0]
    log = node.log()
    assert "call " in log
    assert "Traceback" not in log
    assert not [number for number in (CALLER, OTHER) if number in log + str(node.rows("query_log"))]
    found = verify(node.folder / "journal.sqlite")
    assert (found.faults, found.open_queries) == ((), 0)


def test_the_second_gateway_takes_over_mid_call_and_without_any_the_service_is_unavailable(
    hotline: RealHotline,
) -> None:
    """The last test: it ends both."""
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
