"""Through a real Asterisk: hanging up in every state, a person, unwanted callers, and gateways that are full."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ivr.talk import State
from tests.ivr.fake_desk import FIRST, SLOW, TEXTED, UNKNOWN
from tests.system.agent_phone import AgentPhone
from tests.system.hotline import Hotline, hotline_in, sound, wait_until

pytestmark = pytest.mark.system

# The keys that lead to a state, each after the prompt that asks for them.
WAYS = {
    State.ENTRY: [("greeting", FIRST[:9])],
    State.LOOKING_UP: [("greeting", SLOW + "#")],
    State.READING_BACK: [("greeting", UNKNOWN + "#"), ("read_back-1", "")],
    State.SETTLING: [("greeting", UNKNOWN + "#"), ("read_back-1", "1")],
    State.MENU: [("greeting", FIRST + "#"), ("menu", "")],
    State.RECORDING: [("greeting", FIRST + "#"), ("menu", "9"), ("recording_notice-1", "")],
    State.REPORTING: [("greeting", FIRST + "#"), ("menu", "9"), ("recording_notice-1", "talk#")],
    State.TEXTING: [("greeting", TEXTED + "#"), ("menu", "3")],
}
BEGUN = {
    State.LOOKING_UP: ("look_up", SLOW),
    State.SETTLING: ("confirmed", UNKNOWN),
    State.REPORTING: ("report", FIRST),
    State.TEXTING: ("text", TEXTED),
}


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with hotline_in(tmp_path_factory.mktemp("paths")) as started:
        yield started


@pytest.mark.parametrize("state", [state for state in State if state is not State.ENDED])
def test_a_hang_up_in_any_state_is_one_record_that_names_it_and_leaves_nothing_open(
    hotline: Hotline, state: State
) -> None:
    since = len(hotline.events())
    with hotline.phone() as phone:
        for prompt, keys in WAYS[state]:
            phone.wait_to_hear(sound(prompt))
            if keys.startswith("talk"):
                time.sleep(0.5)  # the tone, over which nothing is recorded yet
                phone.talk(1.0)
            phone.press(keys.removeprefix("talk"))
        if state in BEGUN:
            hotline.expect(*BEGUN[state], since)
        if state is State.RECORDING:
            time.sleep(0.5)
    hotline.expect("ended", f"hung_up/{state}/zh", since)
    happened = [tuple(event) for event in hotline.events()[since:]]
    assert [what for what, _ in happened].count("ended") == 1
    settled = [what for what, about in happened if about == UNKNOWN and what != "look_up"]
    assert len(settled) == happened.count(("look_up", UNKNOWN))
    wait_until(lambda: "0 active calls" in hotline.asterisk.cli("core show channels count"))


def test_zero_within_the_hours_connects_to_a_person_on_another_telephone(hotline: Hotline) -> None:
    since = len(hotline.events())
    with AgentPhone() as agent:
        dial = f"PJSIP/anonymous/sip:agent@127.0.0.1:{agent.port}"
        hotline.change_plan(agents_dial=dial, agents_hours=("00:00-23:59,*,*,*",))
        try:
            with hotline.phone() as phone:
                phone.wait_to_hear(sound("greeting"))
                phone.press("0#")
                phone.wait_to_hear(sound("transfer"))
                assert agent.called.wait(8)
                wait_until(lambda: bool(phone.talk(0.1) or agent.heard))
        finally:
            hotline.change_plan()
    hotline.expect("ended", "agent/entry/zh", since)


def test_zero_outside_the_hours_is_told_that_nobody_is_there(hotline: Hotline) -> None:
    hotline.change_plan(agents_dial="PJSIP/anonymous/sip:agent@127.0.0.1:9", agents_hours=("00:00-00:00,*,31,feb",))
    try:
        with hotline.phone() as phone:
            phone.wait_to_hear(sound("greeting"))
            phone.press("0#")
            phone.wait_to_hear(sound("agents_closed"))
            phone.wait_to_hear(sound("ask_code"))
    finally:
        hotline.change_plan()


def test_blocked_callers_are_refused_unanswered_and_others_are_not(hotline: Hotline) -> None:
    hotline.change_plan(blocked_callers=("_95X.", "13800005555"))
    try:
        since = len(hotline.events())
        for caller in ("95123456", "13800005555"):
            with hotline.phone(caller=caller) as phone:
                assert phone.final_status == 403
        assert hotline.events()[since:] == []
        with hotline.phone(caller="13800005556") as phone:
            phone.wait_to_hear(sound("greeting"))
    finally:
        hotline.change_plan()


def test_a_gateway_that_is_full_leaves_its_calls_to_the_next_and_then_callers_hear_busy(hotline: Hotline) -> None:
    first, second = hotline.ports
    for port in hotline.ports:
        hotline.kill_gateway(port)
        hotline.start_gateway(port, calls_limit=1)
    try:
        with hotline.phone() as one:
            one.wait_to_hear(sound("greeting"))
            with hotline.phone() as two:
                two.wait_to_hear(sound("greeting"))
                with hotline.phone() as three:
                    assert three.final_status == 486
        hotline.expect("ended", "hung_up/entry/zh", port=first)
        hotline.expect("ended", "hung_up/entry/zh", port=second)
    finally:
        for port in hotline.ports:
            hotline.kill_gateway(port)
            hotline.start_gateway(port)
