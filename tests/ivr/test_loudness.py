"""Speech made even; the shipped prompts are whole, as loud as one another, and without silence around them."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.loudness import evened, level_db
from ivr.mu_law import decoded, encoded
from ivr.prompts import Clip
from ivr.settings import SpeechSettings
from ivr.speech import load_scripts
from ivr.synthesis import Synthesis

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "voice"
PROMPTS = [(language, clip) for language, script in load_scripts(FOLDER).items() for clip in script.clips()]
NAMES = [f"{language}/{clip.name}" for language, clip in PROMPTS]
FULL_SCALE = 32_768


def linear(octet: int) -> int:
    """ITU-T G.711 by the rule of its table 2a: sign, segment, step."""
    sign, segment, step = octet < 0x80, ~octet >> 4 & 7, ~octet & 15
    size = (2 * step + 33 << segment + 2) - 132
    return -size if sign else size


def sine(amplitude: float, seconds: float) -> bytes:
    samples = range(int(seconds * 8000))
    return encoded(amplitude * math.sin(2 * math.pi * 440 * sample / 8000) for sample in samples)


def db(factor: float) -> float:
    return 20 * math.log10(factor)


class Measured:
    """A prompt by an ear of the test's own."""

    def __init__(self, octets: bytes) -> None:
        samples = [linear(octet) for octet in octets]
        self.seconds = len(samples) / 8000
        self.peak_db = db(max(map(abs, samples)) / FULL_SCALE)
        frames = [samples[start : start + 80] for start in range(0, len(samples), 80)]  # 10 ms
        powers = [sum(sample * sample for sample in frame) / len(frame) for frame in frames]
        heard = [place for place, power in enumerate(powers) if power > (FULL_SCALE / 300) ** 2]
        self.speech_db = 10 * math.log10(sum(powers[place] for place in heard) / len(heard) / FULL_SCALE**2)
        self.silence_before = heard[0] / 100
        self.silence_after = (len(frames) - 1 - heard[-1]) / 100
        self.longest_pause = max(after - before for before, after in pairwise([*heard, heard[-1] + 1])) / 100


@pytest.mark.parametrize(("language", "clip"), PROMPTS, ids=NAMES)
def test_a_shipped_prompt_is_well_heard_and_nothing_of_it_is_cut(language: str, clip: Clip) -> None:
    heard = Measured((FOLDER / language / f"{clip.name}.ulaw").read_bytes())
    assert -12 < heard.peak_db < -0.5  # neither faint nor clipped
    assert -22 < heard.speech_db < -19  # one as loud as the other, for they are joined
    assert heard.silence_before <= 0.12
    assert 0.06 <= heard.silence_after <= 0.12
    assert heard.longest_pause <= 0.5
    letters = len(clip.text)
    assert 0.05 * letters < heard.seconds < 0.35 * letters + 0.4  # the text, all of it, and not twice


def test_loud_and_faint_speech_come_out_equal_and_without_silence_around_them() -> None:
    silence = encoded([0.0] * 4000)
    made = [Measured(evened(silence + sine(amplitude, 1.0) + silence)) for amplitude in (1_000, 30_000)]
    assert abs(made[0].speech_db - made[1].speech_db) < 0.2
    for each in made:
        assert each.seconds == pytest.approx(1.1, abs=0.01)


def test_speech_with_one_loud_peak_is_not_clipped_for_its_loudness() -> None:
    peaked = sine(800, 1.0) + sine(32_000, 0.01) + sine(800, 1.0)
    assert Measured(evened(peaked)).peak_db < -0.5


def test_what_holds_no_sound_stays_as_it_is() -> None:
    for nothing in (b"", encoded([0.0] * 80)):
        assert evened(nothing) == nothing
    assert level_db([0] * 160) == -math.inf


def test_names_are_made_even_as_prompts_are(tmp_path: Path) -> None:
    (tmp_path / "loud").write_bytes(encoded([0.0] * 4000) + sine(30_000, 1.0))
    spoken = Synthesis(SpeechSettings(engine_en="true", convert=f"cp {tmp_path / 'loud'} {{out}}"))
    assert Measured(spoken.speak("name", "en")).speech_db == pytest.approx(-20, abs=1)


def test_mu_law_is_read_by_the_rule_of_the_standard() -> None:
    octets = bytes(range(256))
    assert decoded(octets) == [linear(octet) for octet in octets]
    assert encoded(decoded(octets.replace(b"\x7f", b"\xff"))) == octets.replace(b"\x7f", b"\xff")  # zero has two


@given(st.integers(-40_000, 40_000))
def test_a_sample_becomes_the_octet_that_is_next_to_it(sample: int) -> None:
    (near,) = decoded(encoded([sample]))
    limited = max(-32_124, min(32_124, sample))
    assert abs(near - limited) <= max(12, abs(limited) / 16)
