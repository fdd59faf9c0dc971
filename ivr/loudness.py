"""Speech made alike: no silence around it, which joining would add up, and one loudness, whatever was said.  Pure.

Levels are in dB against the amplitude of the loudest sample that there can be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ivr.mu_law import LOUDEST, SILENCE, decoded, encoded

SPEECH_DB = -20.0
_PEAK_DB = -1.0
_HEARD = LOUDEST / 200  # -46 dB: less is silence
_FRAME = 160  # 20 ms
_BEFORE, _AFTER = 160, 640  # samples of silence that stay: 20 and 80 ms


def evened(octets: bytes) -> bytes:
    """8 kHz mu-law speech, cut to where it is heard and brought to SPEECH_DB.  What holds no sound stays as it is."""
    samples = decoded(octets)
    first = next((place for place, sample in enumerate(samples) if abs(sample) > _HEARD), None)
    if first is None:
        return octets
    last = next(place for place in range(len(samples) - 1, -1, -1) if abs(samples[place]) > _HEARD)
    spoken = samples[first : last + 1]
    loudest = max(map(abs, spoken))
    gain = min(_factor(SPEECH_DB - level_db(spoken)), _factor(_PEAK_DB) * LOUDEST / loudest)
    silence = bytes([SILENCE])
    return silence * _BEFORE + encoded(sample * gain for sample in spoken) + silence * _AFTER


def level_db(samples: Sequence[int]) -> float:
    """How loud the speech is (root mean square), its pauses left out; -inf for silence."""
    frames = [samples[place : place + _FRAME] for place in range(0, len(samples), _FRAME)]
    powers = [sum(sample * sample for sample in frame) / len(frame) for frame in frames]
    heard = [power for power in powers if power > _HEARD * _HEARD]
    return 10 * math.log10(sum(heard) / len(heard) / LOUDEST**2) if heard else -math.inf


def _factor(db: float) -> float:
    return float(10 ** (db / 20))
