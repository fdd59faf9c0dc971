"""The settings of recall notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.recalls.quiet_hours import QuietHours
from gateway.recalls.sealing import read_key

_LEAST_FREE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class RecallSettings:
    """[recalls] of gateway.toml."""

    key: str = field(repr=False)
    """64 hexadecimal digits: under it callers' numbers are sealed."""
    former_key: str = field(default="", repr=False)
    """The key before this one; what it sealed is sealed anew at the start."""
    path: Path = Path("../var/recalls.sqlite")
    """The subscriptions: one SQLite file."""
    days: int = 365
    """A subscription ends so long after its caller asked for it."""
    quiet_from: str = "21:00"
    """From this time of the day in China no notice is sent."""
    quiet_until: str = "08:00"
    """Until this one; the same as quiet_from: notices are sent at any time."""
    notices_per_second: float = 20.0
    """At most so many leave, whole process."""
    sweep_minutes: float = 15.0
    """How often all subscriptions are looked up, for recalls that were not heard of."""

    def __post_init__(self) -> None:
        for name in ("key", "former_key"):
            if getattr(self, name) or name == "key":
                read_key(name, getattr(self, name))
        if self.days < 1:
            raise ValueError(f"days must be at least 1, not {self.days}")
        if min(self.notices_per_second, self.sweep_minutes) <= 0:
            raise ValueError("notices_per_second and sweep_minutes must be more than 0")
        if self.quiet_hours.free_seconds_a_day < _LEAST_FREE_SECONDS:
            raise ValueError("quiet_from and quiet_until leave less than an hour of the day: no notice would be sent")

    @property
    def quiet_hours(self) -> QuietHours:
        """The hours that they name.  Raises ValueError."""
        return QuietHours.between(self.quiet_from, self.quiet_until)
