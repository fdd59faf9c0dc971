"""Through a real Asterisk: hanging up in every state, a person, unwanted callers, and gateways that are full."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.talk import State
from tests.ivr.fake_desk import FIRST, SLOW, TEXTED, UNKNOWN
from tests.system.agent_phone import AgentPhone
from tests.system.hotline import Hotline, hotline_in, sound, wait_until

pytestmark = pytest.mark.system

# The keys that lead to a state, each after the prompt that asks for them.  No two states have a code in common.
CODES = {
    State.ENTRY: FIRST,
    State.LOOKING_UP: SLOW,
    State.READING_BACK: UNKNOWN,
    State.SETTLING: "7" + UNKNOWN[1:],
    State.MENU: "7" + FIRST[1:],
    State.RECORDING: "6" + FIRST[1:],
    State.REPORTING: "5" + FIRST[1:],
    State.TEXTING: TEXTED,
}
WAYS = {
    State.ENTRY: [("greeting", FIRST[:9])],
    State.LOOKING_UP: [("greeting", "code#")],
    State.READING_BACK: [("greeting", "code#"), ("read_back-1", "")],
    State.SETTLING: [("greeting", "code#"), ("read_back-1", "1")],
    State.MENU: [("greeting", "code#"), ("menu", "")],
    State.RECORDING: [("greeting", "code#"), ("menu", "9"), ("recording_notice-1", "talk")],
    State.REPORTING: [("greeting", "code#"), ("menu", "9"), ("recording_notice-1", "talk#")],
    State.TEXTING: [("greeting", "code#"), ("menu", "3")],
}
BEGUN = {
    State.LOOKING_UP: "look_up",
    State.SETTLING: "confirmed",
    State.REPORTING: "report",
    State.TEXTING: "text",
}
# What the desk is asked about the code of a state: a half-typed one is no query, and a miss is settled once.
TOLD = {
    State.ENTRY: [],
    State.LOOKING_UP: ["look_up"],
    State.READING_BACK: ["look_up", "abandoned"],
    State.SETTLING: ["look_up", "confirmed"],
    State.MENU: ["look_up"],
    State.RECORDING: ["look_up", "report"],
    State.REPORTING: ["look_up", "report"],
    State.TEXTING: ["look_up", "text"],
}


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with hotline_in(tmp_path_factory.mktemp("paths")) as started:
        yield started


def hang_up_in(hotline: Hotline, state: State) -> None:
    with hotline.phone() as phone:
        for prompt, keys in WAYS[state]:
            phone.wait_to_hear(sound(prompt))
            if keys.startswith("talk"):
                time.sleep(0.5)  # the tone, over which nothing is recorded yet
                phone.talk(1.0)
            phone.press(keys.removeprefix("talk").replace("code", CODES[state]))
        if state in BEGUN:
            hotline.expect(BEGUN[state], CODES[state])
    hotline.expect("ended", f"hung_up/{state}/zh")


@pytest.fixture(scope="module")
def hung_up(hotline: Hotline) -> list[tuple[str, str]]:
    """What happened while callers, all at the same time, hung up in every state."""
    with ThreadPoolExecutor(len(WAYS)) as callers:
        for caller in [callers.submit(hang_up_in, hotline, state) for state in WAYS]:
            caller.result()
    wait_until(lambda: "0 active calls" in hotline.asterisk.cli("core show channels count"))
    return [(what, about) for what, about in hotline.events()]


@pytest.mark.parametrize("state", [state for state in State if state is not State.ENDED])
def test_a_hang_up_in_any_state_is_one_record_that_names_it_and_leaves_nothing_open(
    hung_up: list[tuple[str, str]], state: State
) -> None:
    assert hung_up.count(("ended", f"hung_up/{state}/zh")) == 1
    assert [what for what, _ in hung_up].count("ended") == len(WAYS)
    assert [what for what, about in hung_up if about == CODES[state]] == TOLD[state]


def test_recordings_are_for_their_owner_alone_also_where_the_caller_hung_up_over_one(
    hotline: Hotline, hung_up: list[tuple[str, str]]
) -> None:
    recordings = list((hotline.folder / "recordings").glob("*.wav"))
    assert len(recordings) == [what for what, _ in hung_up].count("report")
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in recordings)


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
        with hotline.phone() as one:
            one.wait_to_hear(sound("greeting"))
            with hotline.phone() as two:
                two.wait_to_hear(sound("greeting"))
                hotline.kill_gateway(second)
                try:
                    two.wait_to_hear(sound("service_unavailable"))  # words, for it was answered: no busy tone
                finally:
                    hotline.start_gateway(second)
    finally:
        for port in hotline.ports:
            hotline.kill_gateway(port)
            hotline.start_gateway(port)
