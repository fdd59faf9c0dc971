"""The settings of the way to the verification backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.core.registration import CodeState


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """[verification.backend]: where the registry is and how patient we are with it."""

    url: str = "http://127.0.0.1:8600"
    """http:// or https:// (its certificate is verified); /v1/lookups is added."""
    socket: Path | None = None
    """The path of a unix socket to go through, or none for TCP."""
    token: str = field(default="", repr=False)
    """Sent as Authorization: Bearer; empty for none."""
    attempt_seconds: float = 1.5
    """How long one request may take, its answer included; it is tried at most twice."""
    gather_seconds: float = 0.002
    """How long a look-up waits for others to share its request."""
    batch_limit: int = 500
    """Codes in one request, 1 to 1000."""
    connection_limit: int = 8
    """Connections, and so requests, at a time."""
    body_octets_limit: int = 4_194_304
    """A longer answer is refused."""
    failure_limit: int = 5
    """Failed requests in a row after which the backend is left alone for a while."""
    pause_seconds: float = 1.0
    """How long it is left alone first; doubled with every failed trial."""
    pause_limit_seconds: float = 5.0
    """The longest pause between trials."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url: must begin with http:// or https:// and name a host")
        if "@" in parts.netloc:
            raise ValueError("url: must hold no user and no password: what admits us is the token")
        if not 1 <= self.batch_limit <= 1000:
            raise ValueError("batch_limit: must be 1 to 1000")
        if self.connection_limit < 1 or self.failure_limit < 1 or self.body_octets_limit < 1024:
            raise ValueError("connection_limit and failure_limit must be at least 1, body_octets_limit 1024")
        if min(self.attempt_seconds, self.pause_seconds) <= 0 or self.gather_seconds < 0:
            raise ValueError("attempt_seconds and pause_seconds must be more than 0, gather_seconds 0 or more")
        if self.pause_limit_seconds < self.pause_seconds:
            raise ValueError("pause_limit_seconds must be at least pause_seconds")


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """[verification.cache]: how long a registration is believed without asking again, in seconds per state."""

    activated_seconds: float = 300.0
    """Active, recalled, expired and cancelled codes have no need to be asked for often: changes are told."""
    inactive_seconds: float = 5.0
    """Issued and printed codes: a late activation shows after this time at the latest."""
    unknown_seconds: float = 5.0
    """Codes that were never issued."""
    stale_seconds: float = 604_800.0
    """How long a copy of an active or withdrawn code is kept beyond that, for when the backend is away (7 days)."""

    def __post_init__(self) -> None:
        if min(self.activated_seconds, self.inactive_seconds, self.unknown_seconds) <= 0 or self.stale_seconds < 0:
            raise ValueError("lifetimes must be more than 0 seconds, stale_seconds 0 or more")

    def fresh_seconds(self, state: CodeState) -> float:
        """How long a registration in this state is believed."""
        if state is CodeState.UNKNOWN:
            return self.unknown_seconds
        if state in (CodeState.ISSUED, CodeState.PRINTED):
            return self.inactive_seconds
        return self.activated_seconds

    def kept_seconds(self, state: CodeState) -> float:
        """How long its copy is kept.  "Not found" and "not activated" are never said from a stale copy."""
        if state in (CodeState.UNKNOWN, CodeState.ISSUED, CodeState.PRINTED):
            return self.fresh_seconds(state)
        return self.fresh_seconds(state) + self.stale_seconds


@dataclass(frozen=True, slots=True)
class VerificationSettings:
    """[verification] of gateway.toml."""

    backend: BackendSettings = BackendSettings()
    cache: CacheSettings = CacheSettings()
