"""Recordings before shipped prompts before speech; deadlines; what is missing is left out and named."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from ivr import prompt_command
from ivr.desk import Digits, Name, Slot
from ivr.prompts import ScriptFault
from ivr.settings import SpeechSettings, VoiceSettings
from ivr.sound_cache import SoundCache
from ivr.speech import Sentence, Speech, load_scripts
from ivr.synthesis import SpeechUnavailable, Synthesis, language_runs, pinyin, read_lexicon
from ivr.talk import Line

ROOT = Path(__file__).resolve().parents[2]
FAKE = 'sh -c \'printf %s "$1" > "$0"\' {out} {text}'  # an engine whose sound is its text
NAMED = (Line("verdict_expired", (Slot("product", Name("酒", "wine")),)),)


@pytest.fixture(autouse=True)
def as_the_engine_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sounds here are texts: what is done to real ones is told in test_loudness."""
    monkeypatch.setattr("ivr.synthesis.evened", lambda octets: octets)


def speech(tmp_path: Path, engine: str = FAKE, override: Path | None = None) -> Speech:
    made = SpeechSettings(engine_zh=engine, engine_en=engine, pinyin=False, convert="cp {in} {out}")
    settings = VoiceSettings(
        prompts_folder=ROOT / "templates" / "voice",
        cache_folder=tmp_path / "cache",
        override_folder=override,
        speech=made,
    )
    return Speech(settings, Clock(), lambda work: succeed(work()))


def octets(sentence: Sentence) -> bytes:
    return Path(f"{sentence.path}.ulaw").read_bytes()


def said(made: Deferred[Sentence]) -> Sentence:
    assert isinstance(made.result, Sentence)
    return made.result


def test_a_single_prompt_is_played_from_where_it_is(tmp_path: Path) -> None:
    sentence = said(speech(tmp_path).sentence("zh", (Line("goodbye"),)))
    assert sentence.path == str(ROOT / "templates" / "voice" / "zh" / "goodbye")
    assert sentence.plays_seconds == len(octets(sentence)) / 8000


def test_a_recording_of_ones_own_wins(tmp_path: Path) -> None:
    (tmp_path / "own" / "zh").mkdir(parents=True)
    (tmp_path / "own" / "zh" / "goodbye.ulaw").write_bytes(b"mine")
    assert octets(said(speech(tmp_path, override=tmp_path / "own").sentence("zh", (Line("goodbye"),)))) == b"mine"


def test_a_sentence_with_a_name_is_joined_and_kept_with_its_text(tmp_path: Path) -> None:
    made = speech(tmp_path)
    first = said(made.sentence("zh", NAMED))
    assert "酒".encode() in octets(first)
    assert "酒" in Path(f"{first.path}.txt").read_text()
    assert said(made.sentence("zh", NAMED)) == first
    assert said(speech(tmp_path).sentence("zh", NAMED)) == first
    assert len(octets(said(made.sentence("zh", NAMED, slower=True)))) > len(octets(first))


def test_the_text_beside_a_sentence_can_be_read(tmp_path: Path) -> None:
    slots = (Slot("code", Digits("81234")),)
    texts = []
    for language in ("en", "zh"):
        made = said(speech(tmp_path).sentence(language, (Line("read_back", slots), Line("too_short"))))
        texts.append(Path(f"{made.path}.txt").read_text("utf-8"))
    assert texts[0].endswith("You entered eight one two three four That code was too short.")
    assert texts[1].endswith("您输入的是 八幺二三 四 您输入的位数不够")


def test_a_name_that_cannot_be_spoken_is_left_out_and_named(tmp_path: Path) -> None:
    sentence = said(speech(tmp_path, engine="false").sentence("zh", NAMED))
    assert sentence.missing == ("酒",)
    assert octets(sentence)


def test_a_name_that_takes_too_long_is_left_out(tmp_path: Path) -> None:
    clock = Clock()
    settings = VoiceSettings(prompts_folder=ROOT / "templates" / "voice", cache_folder=tmp_path)
    made = Speech(settings, clock, lambda _: Deferred()).sentence("zh", NAMED)
    clock.advance(1.0)
    assert said(made).missing == ("酒",)
    assert clock.getDelayedCalls() == []


def test_an_unknown_sentence_is_silence_and_not_the_end_of_the_call(tmp_path: Path) -> None:
    assert octets(said(speech(tmp_path).sentence("zh", (Line("verdict_nonsense"),))))


def test_no_shipped_prompt_is_missing_or_older_than_its_text(tmp_path: Path) -> None:
    assert speech(tmp_path).faults() == ()
    assert prompt_command.run(arguments("check", ROOT / "templates" / "voice")) == 0


def arguments(what: str, folder: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    prompt_command.add_arguments(parser)
    return parser.parse_args([what, "--folder", str(folder)])


def copied_scripts(tmp_path: Path) -> Path:
    for language in ("zh", "en"):
        (tmp_path / language).mkdir()
        text = (ROOT / "templates" / "voice" / language / "script.toml").read_text("utf-8")
        (tmp_path / language / "script.toml").write_text(text, "utf-8")
    return tmp_path


def test_the_check_lists_every_prompt_without_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied_scripts(tmp_path)
    assert prompt_command.run(arguments("check", folder)) == 1
    assert "zh/goodbye.ulaw is missing" in capsys.readouterr().out


def test_making_prompts_makes_each_one_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied_scripts(tmp_path)
    made: list[str] = []
    monkeypatch.setattr(Synthesis, "speak", lambda _self, text, _language: made.append(text) or b"x")
    assert prompt_command.run(arguments("make", folder)) == 0
    assert len(made) == len(list(folder.glob("*/*.ulaw")))
    assert prompt_command.run(arguments("make", folder)) == 0
    assert prompt_command.run(arguments("check", folder)) == 0
    assert len(made) == len(list(folder.glob("*/*.ulaw")))


def test_what_was_made_for_a_text_that_went_is_removed_and_other_recordings_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied_scripts(tmp_path)
    monkeypatch.setattr(Synthesis, "speak", lambda *_: b"x")
    assert prompt_command.run(arguments("make", folder)) == 0
    (folder / "zh" / "jingle.ulaw").write_bytes(b"one's own")
    script = folder / "zh" / "script.toml"
    script.write_text(script.read_text("utf-8").replace('digit_9 = "九"\n', ""), "utf-8")
    assert prompt_command.run(arguments("make", folder)) == 0
    assert not (folder / "zh" / "digit_9.ulaw").exists()
    assert (folder / "zh" / "jingle.ulaw").exists()
    assert (folder / "en" / "digit_9.ulaw").exists()


def test_digits_that_are_read_back_are_spoken_slower_than_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: dict[str, int] = {}
    monkeypatch.setattr(
        Synthesis, "speak", lambda self, text, _: rates.setdefault(text, self._settings.rate_zh).to_bytes(1)
    )
    assert prompt_command.run(arguments("make", copied_scripts(tmp_path))) == 0
    assert rates["幺"] < rates["没有这个选项"]


def test_making_prompts_without_an_engine_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prompt_command.run(arguments("make", copied_scripts(tmp_path))) == 1
    assert "espeak-ng" in capsys.readouterr().err


def test_a_language_without_a_sentence_of_the_other_is_refused(tmp_path: Path) -> None:
    folder = copied_scripts(tmp_path)
    (folder / "en" / "script.toml").write_text('[sentences]\na = "b"\n[words]\nc = "d"\n')
    with pytest.raises(ScriptFault, match="only one language"):
        load_scripts(folder)
    (folder / "en" / "script.toml").write_text("= not toml")
    with pytest.raises(ScriptFault, match="Invalid"):
        load_scripts(folder)


def test_text_is_split_into_language_runs() -> None:
    assert language_runs("玉泉Spring 500ml酒", "zh") == [("zh", "玉泉"), ("en", "Spring 500ml"), ("zh", "酒")]
    assert language_runs("500", "en") == [("en", "500")]
    assert language_runs("", "en") == []


def test_chinese_becomes_pinyin_with_tone_numbers() -> None:
    assert pinyin("福建，酒") == "fu2 jian4 , jiu3"


def test_the_lexicon_replaces_the_longest_word_first(tmp_path: Path) -> None:
    assert read_lexicon("# a\nab\tx\nabc\ty\nno tab\n") == (("abc", "y"), ("ab", "x"))
    (tmp_path / "lexicon").write_text("酒\twine\n", "utf-8")
    spoken = Synthesis(
        SpeechSettings(
            engine_zh=FAKE, engine_en=FAKE, pinyin=False, convert="cp {in} {out}", lexicon=tmp_path / "lexicon"
        )
    )
    assert spoken.speak("酒", "zh") == b" wine"


def test_a_name_is_never_an_option_of_the_engine() -> None:
    spoken = Synthesis(SpeechSettings(engine_en=FAKE, engine_zh="", convert="cp {in} {out}"))
    assert spoken.speak("--help; rm", "en") == b" --help; rm"
    with pytest.raises(SpeechUnavailable, match="no engine"):
        spoken.speak("酒", "zh")


def test_a_name_made_ahead_is_said_without_a_thread(tmp_path: Path) -> None:
    made = speech(tmp_path)
    made.prepare(Name("酒", "wine"))
    engine_gone = speech(tmp_path, engine="false")
    assert said(made.sentence("zh", NAMED)).missing == ()
    assert said(engine_gone.sentence("zh", NAMED)).missing == ("酒",)  # another voice does not find it
    spoken = sorted(path.read_text() for path in (tmp_path / "cache").glob("name-*.txt"))
    assert spoken == ["wine", "酒"]


def test_the_cache_keeps_to_its_megabytes(tmp_path: Path) -> None:
    settings = VoiceSettings(
        prompts_folder=ROOT / "templates" / "voice", cache_folder=tmp_path, speech=SpeechSettings(cache_megabytes=1)
    )
    made = Speech(settings, Clock(), lambda work: succeed(work()))
    for number in range(40):
        slots = (Slot("code", Digits(f"{number:020}")),)
        said(made.sentence("zh", (Line("read_back", slots), Line("read_back_choice"))))
    kept = list(tmp_path.glob("*.ulaw"))
    assert 5 < len(kept) < 20
    assert sum(path.stat().st_size for path in kept) <= 1_000_000


def test_a_full_disk_leaves_the_longest_recording_of_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> float:
        raise OSError(28, "No space left on device")

    made = speech(tmp_path)
    monkeypatch.setattr(SoundCache, "write", full)
    sentence = said(made.sentence("zh", (Line("cleared"), Line("menu"))))
    assert Path(sentence.path).name == "menu"
    assert sentence.plays_seconds > 1
    assert len(sentence.missing) == 1
