"""The thresholds of the signals per code."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """[insight.signals] of gateway.toml: from which numbers on a finding is a signal.  Callers are distinct ones."""

    days: float = 14.0
    """How far back looks at a code count."""
    many_callers: int = 6
    """Callers of one code, wherever they are."""
    far_callers: int = 3
    """Callers of one code who are too far apart ..."""
    far_km: float = 800.0
    """... by this distance between their numbers' homes, in kilometres ..."""
    far_hours: float = 24.0
    """... within this time."""
    withdrawn_callers: dict[str, int] = field(
        default_factory=lambda: {"recalled": 1, "cancelled": 1, "expired": 2, "not_activated": 2}
    )
    """Callers of one code that is recalled, cancelled, expired or not activated."""
    strayed_packs: int = 6
    """Packs of one product, shipped to one province, that were asked about in another ..."""
    strayed_part: float = 0.3
    """... and their part of all that were shipped there and asked about: travellers make up less."""
    miss_callers: int = 3
    """Callers of one code that is not on record."""
    prefix_codes: int = 8
    """Codes with one resource code (or the same first seven digits) that are not on record, each confirmed ..."""
    prefix_callers: int = 3
    """... from this many callers."""
    resend_seconds: float = 60.0
    """A caller who sends a missed code again after this time has confirmed it."""

    def __post_init__(self) -> None:
        counts = (self.many_callers, self.far_callers, self.strayed_packs, self.miss_callers, self.prefix_codes)
        if min(*counts, self.prefix_callers, *self.withdrawn_callers.values()) < 1:
            raise ValueError("callers, packs and codes must be at least 1")
        known = {"recalled", "cancelled", "expired", "not_activated"}
        if self.withdrawn_callers.keys() != known:
            raise ValueError(f"withdrawn_callers must have the keys {', '.join(sorted(known))}")
        if min(self.days, self.far_km, self.far_hours) <= 0 or not 0 < self.strayed_part <= 1:
            raise ValueError("days, far_km and far_hours must be more than 0, strayed_part more than 0 and at most 1")
