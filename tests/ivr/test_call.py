"""Whole calls in virtual time: what is said, what the desk is asked, and how the record ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ivr.fake_desk import FAILING, FIRST, PENDING, REPEATED, TEXTED, UNKNOWN, answer_for
from tests.ivr.scripted_call import HANG_UP, MENU, ScriptedCall, call


def test_a_code_over_the_greeting_is_answered_and_said_again_slower_the_second_time(tmp_path: Path) -> None:
    done = call([FIRST + "#", "1", "1", HANG_UP], tmp_path)
    assert done.said == [
        "zh/greeting+language_offer+ask_code",
        f"zh/verdict_first+{MENU}",
        f"zh/verdict_first+{MENU}",
        f"zh/slow/verdict_first+{MENU}",
    ]
    assert done.desk.events == [("look_up", FIRST), ("ended", "hung_up/menu/zh")]


def test_twenty_digits_need_no_hash(tmp_path: Path) -> None:
    assert ("look_up", FIRST) in call([FIRST, HANG_UP], tmp_path).desk.events


def test_one_digit_too_many_is_told_and_not_looked_up(tmp_path: Path) -> None:
    done = call([FIRST, "+9", HANG_UP], tmp_path)
    assert done.said[-2:] == ["zh/too_long", "zh/help_1+ask_code"]
    assert done.desk.events == [("ended", "hung_up/entry/zh")]


def test_star_in_the_middle_leaves_room_for_the_whole_code(tmp_path: Path) -> None:
    done = call(["8123*" + FIRST[:15], FIRST[15:], HANG_UP], tmp_path)
    assert ("look_up", FIRST) in done.desk.events


def test_three_tries_say_more_each_time_and_then_end(tmp_path: Path) -> None:
    done = call(["812#", "", "8#"], tmp_path)
    assert done.said[1:] == ["zh/too_short", "zh/help_1+ask_code", "zh/no_keys+help_2+ask_code", "zh/try_later"]
    assert done.desk.events == [("ended", "no_input/entry/zh")]
    assert done.variables["HOTLINE_DONE"] == "1"


def test_three_failed_tries_lead_to_a_person_while_agents_are_there(tmp_path: Path) -> None:
    done = call(["", "", ""], tmp_path, agents="open")
    assert done.variables["HOTLINE_NEXT"] == "agent"
    assert done.desk.records[0].ending == "agent"


@pytest.mark.parametrize(
    ("choice", "event", "said"),
    [
        ("1", "confirmed", f"zh/verdict_unknown+{MENU}"),
        ("2", "corrected", "zh/ask_code"),
        ("*", "corrected", "zh/ask_code"),
        (HANG_UP, "abandoned", "zh/read_back+read_back_choice"),
    ],
)
def test_a_miss_is_settled_exactly_once(tmp_path: Path, choice: str, event: str, said: str) -> None:
    done = call([UNKNOWN + "#", choice], tmp_path)
    assert done.said[-1] == said
    settled = [what for what, about in done.desk.events if about == UNKNOWN and what != "look_up"]
    assert settled == [event]


def test_a_read_back_without_a_choice_is_abandoned(tmp_path: Path) -> None:
    done = call([UNKNOWN + "#", "#", "5", ""], tmp_path)
    assert ("abandoned", UNKNOWN) in done.desk.events
    assert done.desk.events[-1] == ("ended", "no_input/reading_back/zh")


def test_the_same_code_again_in_one_call_is_no_new_query(tmp_path: Path) -> None:
    done = call([REPEATED + "#", "2", REPEATED + "#", HANG_UP], tmp_path)
    assert [what for what, _ in done.desk.events].count("look_up") == 1
    assert done.desk.records[0].queries == 1


def test_a_failing_desk_is_said_as_unavailable_and_asked_again(tmp_path: Path) -> None:
    done = call([FAILING + "#", "2", FAILING + "#", HANG_UP], tmp_path)
    assert f"zh/verdict_unavailable+{MENU}" in done.said
    assert [what for what, _ in done.desk.events].count("look_up") == 2


def test_a_slow_desk_is_bridged_and_then_given_up(tmp_path: Path) -> None:
    done = call([PENDING + "#", HANG_UP], tmp_path)
    assert done.said[1:] == ["zh/please_wait", f"zh/verdict_unavailable+{MENU}"]


def test_a_look_up_that_ends_after_its_call_is_still_settled(tmp_path: Path) -> None:
    done = call([PENDING + "#", HANG_UP], tmp_path)
    done.desk.pending[0].callback(answer_for(UNKNOWN))
    assert done.desk.events[-1] == ("abandoned", PENDING)


def test_the_result_is_texted_only_where_it_was_offered(tmp_path: Path) -> None:
    done = call([TEXTED + "#", "3", "2", FIRST + "#", "3", HANG_UP], tmp_path)
    assert done.said[1] == "zh/verdict_first+menu+menu_texting+menu_report+menu_language"
    assert [about for what, about in done.desk.events if what == "text"] == [TEXTED]
    assert done.said[-2:] == ["zh/wrong_key", f"zh/{MENU}"]  # a fault is heard out


def test_a_report_is_announced_recorded_and_kept(tmp_path: Path) -> None:
    done = call([FIRST + "#", "9", "#", HANG_UP], tmp_path)
    assert done.said[-2:] == ["zh/recording_notice", f"zh/report_thanks+{MENU}"]
    recording = done.desk.recordings[0]
    assert (recording.code, recording.length_seconds) == (FIRST, 2.0)
    assert Path(recording.path).stat().st_mode & 0o777 == 0o600


def test_a_product_without_a_code_can_be_reported_and_a_code_asked_about_afterwards(tmp_path: Path) -> None:
    done = call(["9#", "#", FIRST + "#", HANG_UP], tmp_path)
    assert done.said[1:] == ["zh/recording_notice", "zh/report_thanks+ask_code", f"zh/verdict_first+{MENU}"]
    assert [recording.code for recording in done.desk.recordings] == [""]


def test_a_report_ended_by_hanging_up_is_kept(tmp_path: Path) -> None:
    done = call([FIRST + "#", "9", HANG_UP], tmp_path)
    assert ("report", FIRST) in done.desk.events
    assert done.desk.records[0].reports == 1


@pytest.mark.parametrize("recorded", ["nothing", "silence"])
def test_a_recording_without_a_word_is_removed_and_told_and_no_report(tmp_path: Path, recorded: str) -> None:
    done = call([FIRST + "#", "9", recorded, HANG_UP], tmp_path)
    assert done.desk.recordings == []
    assert done.said[-2:] == ["zh/nothing_recorded", f"zh/{MENU}"]
    assert list(tmp_path.iterdir()) == []


def test_a_third_report_is_not_taken(tmp_path: Path) -> None:
    done = call([FIRST + "#", "9", "#", "9", "#", "9", HANG_UP], tmp_path)
    assert done.said[-2:] == ["zh/too_many_reports", f"zh/{MENU}"]


def test_star_changes_the_language_at_the_entry_and_the_menu(tmp_path: Path) -> None:
    done = call(["*#", UNKNOWN + "#", "1", "*", HANG_UP], tmp_path)
    assert [said[:2] for said in done.said] == ["zh", "en", "en", "en", "zh"]
    assert done.variables["CHANNEL(language)"] == "zh"


def test_queries_beyond_the_cap_end_the_call(tmp_path: Path) -> None:
    codes = [f"8123456789012345678{digit}" for digit in "01678"]
    entries = [entry for code in codes for entry in (code + "#", "2")]
    done = call(entries, tmp_path)
    assert done.said[-1] == "zh/too_many_queries"
    assert done.desk.records[0].ending == "capped"


def test_a_call_that_lasts_too_long_is_ended_with_a_word(tmp_path: Path) -> None:
    scripted = ScriptedCall([FIRST + "#", "1", "1"], tmp_path)
    scripted.clock.rightNow += 601
    scripted.run()
    assert scripted.said[-1] == "zh/time_up"


def test_zero_reaches_a_person_or_says_that_nobody_is_there(tmp_path: Path) -> None:
    assert call(["0#"], tmp_path, agents="open").desk.records[0].ending == "agent"
    assert call(["0#", HANG_UP], tmp_path).said[1:] == ["zh/agents_closed", "zh/ask_code"]
    done = call([UNKNOWN + "#", "0", HANG_UP], tmp_path)
    assert ("abandoned", UNKNOWN) in done.desk.events


def test_a_silent_menu_says_goodbye(tmp_path: Path) -> None:
    done = call([FIRST + "#", "", "7", ""], tmp_path)
    assert done.said[-1] == "zh/goodbye"
    assert done.desk.records[0].ending == "finished"


EVERYTHING = ["812#", "*#", UNKNOWN + "#", "*", "2", UNKNOWN + "#", "1", "9", "#", "2", TEXTED + "#", "3", "0"]


@pytest.mark.parametrize("commands", range(1, 40))
def test_hanging_up_after_any_command_leaves_one_record_and_no_open_miss(tmp_path: Path, commands: int) -> None:
    done = call(EVERYTHING, tmp_path, agents="open", limit=commands)
    misses = [what for what, about in done.desk.events if about == UNKNOWN and what != "report"]
    settled = [what for what in misses if what != "look_up"]
    assert len(settled) == misses.count("look_up")
    assert done.desk.events[-1][0] in ("ended", "abandoned", "report")


@pytest.mark.parametrize("unplayable", ["greeting", "recording_notice", "verdict_first"])
def test_a_prompt_that_asterisk_cannot_play_is_skipped_and_counted(tmp_path: Path, unplayable: str) -> None:
    scripted = ScriptedCall([FIRST + "#", "9", "#", "2", "", HANG_UP], tmp_path)
    scripted.unplayable = unplayable
    scripted.run()
    assert [what for what, _ in scripted.desk.events] == ["look_up", "report", "ended"]
    assert scripted.desk.records[0].missing_prompts == 1


def test_a_lost_connection_is_a_hang_up(tmp_path: Path) -> None:
    scripted = ScriptedCall([], tmp_path)
    scripted.connection.connectionLost()
    assert scripted.desk.records[0].ending == "hung_up"
    assert scripted.clock.getDelayedCalls() == []


def test_an_asterisk_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    scripted = ScriptedCall([], tmp_path)
    scripted.clock.advance(60)
    assert scripted.desk.records[0].ending == "failed"
    assert scripted.clock.getDelayedCalls() == []


def test_a_fault_of_ours_ends_the_call_with_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("ivr.call.read_entry", broken)
    done = call([FIRST + "#"], tmp_path)
    assert done.desk.events == [("ended", "failed/entry/zh")]


def test_a_caller_who_hangs_up_during_the_look_up_leaves_there_and_the_miss_is_settled(tmp_path: Path) -> None:
    scripted = ScriptedCall([PENDING + "#"], tmp_path)
    while not scripted.desk.pending:
        scripted.step()
    scripted.connection.connectionLost()
    scripted.desk.pending[0].callback(answer_for(UNKNOWN))
    assert scripted.desk.events == [
        ("look_up", PENDING),
        ("abandoned", PENDING),
        ("ended", "hung_up/looking_up/zh"),
    ]
    assert scripted.clock.getDelayedCalls() == []


def test_a_miss_that_comes_while_its_caller_hangs_up_over_please_wait_is_settled(tmp_path: Path) -> None:
    scripted = ScriptedCall([PENDING + "#"], tmp_path)
    while b"please_wait" not in scripted.transport.value():
        scripted.step()
    scripted.desk.pending[0].callback(answer_for(UNKNOWN))
    scripted.connection.connectionLost()
    assert [what for what, _ in scripted.desk.events] == ["look_up", "abandoned", "ended"]
    assert scripted.clock.getDelayedCalls() == []
