"""[recalls]: what is refused, and that the key is never shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.recalls.settings import RecallSettings

KEY = "7a" * 32
SETTINGS = RecallSettings(KEY)


def test_by_default_nobody_is_told_at_night() -> None:
    assert (SETTINGS.quiet_hours.from_second, SETTINGS.quiet_hours.until_second) == (21 * 3600, 8 * 3600)
    assert KEY not in repr(SETTINGS)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"key": "7a" * 16}, "key must be 64 hexadecimal digits"),
        ({"key": "x" * 64}, "key must be 64 hexadecimal digits"),
        ({"former_key": "77"}, "former_key must be 64 hexadecimal digits"),
        ({"days": 0}, "days must be at least 1"),
        ({"notices_per_second": 0.0}, "must be more than 0"),
        ({"sweep_minutes": -1.0}, "must be more than 0"),
        ({"quiet_from": "9"}, "no time of the day"),
        ({"quiet_from": "00:00", "quiet_until": "23:30"}, "less than an hour"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(changed: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        replace(SETTINGS, **changed)  # type: ignore[arg-type]  # the table's values are of several types
    assert "7a7a" not in str(caught.value)
