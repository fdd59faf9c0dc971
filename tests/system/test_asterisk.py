"""Real calls through a real Asterisk: what was heard is proved by the RTP octets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ivr.fake_desk import FIRST, REPEATED, UNKNOWN
from tests.system.hotline import Hotline, hotline_in, sound

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with hotline_in(tmp_path_factory.mktemp("hotline")) as started:
        yield started


def test_a_code_keyed_over_the_greeting_is_answered_and_the_menu_repeats_it(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("verdict_first-2"))
        phone.wait_to_hear(sound("menu_language"))
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


def test_a_report_is_recorded_and_kept(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("menu"))
        phone.press("9")
        phone.wait_to_hear(sound("recording_notice-1"))
        phone.talk(1.5)
        phone.press("#")
        phone.wait_to_hear(sound("report_thanks"))
    hotline.expect("report", FIRST, since)


def test_who_says_nothing_after_the_tone_is_told_so_and_makes_no_report(hotline: Hotline) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        phone.press(FIRST + "#")
        phone.wait_to_hear(sound("menu"))
        phone.press("9")
        phone.wait_to_hear(sound("recording_notice-1"))
        phone.keep_silent(3.5)
        phone.wait_to_hear(sound("nothing_recorded"))
    hotline.expect("ended", "hung_up/menu/zh", since)
    assert "report" not in [what for what, _ in hotline.events()[since:]]


def test_above_the_limit_callers_hear_busy_and_pay_nothing(hotline: Hotline) -> None:
    try:
        hotline.change_plan(calls_limit=0)
        with hotline.phone() as phone:
            assert phone.final_status == 486
    finally:
        hotline.change_plan()


def test_a_reload_of_dialplan_and_trunks_drops_no_call(hotline: Hotline) -> None:
    with hotline.phone() as phone:
        phone.wait_to_hear(sound("greeting"))
        try:
            hotline.change_plan(calls_limit=0)
            hotline.asterisk.cli("pjsip reload")
            phone.press(FIRST + "#")
            phone.wait_to_hear(sound("verdict_first-2"))
            with hotline.phone() as late:
                assert late.final_status == 486
        finally:
            hotline.change_plan()


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
