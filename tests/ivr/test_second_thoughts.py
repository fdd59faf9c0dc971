"""Callers who change their mind, press a key too late, or one that means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ivr.fake_desk import FIRST, TEXTED, UNKNOWN
from tests.ivr.scripted_call import HANG_UP, MENU, call


def test_the_desk_is_told_the_language_that_the_caller_changed_to(tmp_path: Path) -> None:
    done = call(["*#", TEXTED + "#", "*", "3", HANG_UP], tmp_path)
    assert done.desk.languages == ["en", "zh"]


def test_a_hash_that_comes_late_costs_the_caller_no_word(tmp_path: Path) -> None:
    done = call([FIRST, "#", "2", UNKNOWN, "#", HANG_UP], tmp_path)
    verdict, read_back = f"zh/verdict_first+{MENU}", "zh/read_back+read_back_choice"
    assert done.said[1:] == [verdict, verdict, "zh/ask_code", read_back, read_back]


def test_hashes_without_end_end_the_call(tmp_path: Path) -> None:
    done = call([FIRST, "#", "#", "#"], tmp_path)
    assert done.said[-1] == "zh/goodbye"


def test_a_result_is_texted_once(tmp_path: Path) -> None:
    done = call([TEXTED + "#", "3", "3", "2", TEXTED + "#", HANG_UP], tmp_path)
    assert [what for what, _ in done.desk.events].count("text") == 1
    assert done.said[2:4] == [f"zh/texted+{MENU}", "zh/wrong_key"]
    assert done.said[-1] == f"zh/verdict_first+{MENU}"


def test_a_person_is_offered_only_while_there_is_one(tmp_path: Path) -> None:
    entries = ["", "", FIRST + "#", HANG_UP]
    closed, opened = call(entries, tmp_path), call(entries, tmp_path, agents="open")
    assert not [said for said in closed.said if "agent" in said]
    assert opened.said[2:] == [
        "zh/no_keys+help_2+help_agent+ask_code",
        "zh/verdict_first+menu+menu_report+menu_agent+menu_language",
    ]


def test_a_key_without_meaning_at_the_read_back_is_told(tmp_path: Path) -> None:
    done = call([UNKNOWN + "#", "5", "1", HANG_UP], tmp_path)
    assert done.said[2:4] == ["zh/wrong_key", "zh/read_back_choice"]
    assert ("confirmed", UNKNOWN) in done.desk.events


def test_a_recording_of_another_user_is_reported_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, *_: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "chmod", denied)
    done = call([FIRST + "#", "9", "#", HANG_UP], tmp_path)
    assert [recording.length_seconds for recording in done.desk.recordings] == [2.0]
    monkeypatch.setattr(Path, "unlink", denied)
    done = call([FIRST + "#", "9", "nothing", HANG_UP], tmp_path)
    assert done.desk.recordings == []
