"""Who is signed in: server-side sessions, bounded, with an idle and an absolute end.  Pure but for chance."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace

_TOKEN_OCTETS = 32
MAX_SESSIONS = 2_000
MAX_SESSIONS_PER_USER = 20


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in in one browser."""

    user: str
    stamp: str
    """What the user was at the log-in: a session of a user who was changed since does not hold."""
    form_token: str = field(repr=False)
    began_at: float
    seen_at: float


@dataclass(frozen=True, slots=True)
class Term:
    """What is left of a session, and of how much: until it ends for want of use, and until it ends in any case."""

    idle_left_seconds: float
    idle_seconds: float
    left_seconds: float
    seconds: float


class Sessions:
    """All sessions by the digest of their token, the one seen longest ago first; the tokens are in browsers only."""

    def __init__(self, idle_seconds: float, session_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._session_seconds = session_seconds
        self._sessions: dict[bytes, Session] = {}

    def begin(self, user: str, stamp: str, now: float) -> str:
        """A new session's token.  Beyond the bounds, of one user or in all, the one seen longest ago ends."""
        own = [key for key, session in self._sessions.items() if session.user == user]
        for key in own[: max(0, len(own) - MAX_SESSIONS_PER_USER + 1)]:
            del self._sessions[key]
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(_TOKEN_OCTETS)
        self._sessions[_key(token)] = Session(user, stamp, secrets.token_urlsafe(_TOKEN_OCTETS), now, now)
        return token

    def find(self, token: str, now: float) -> Session | None:
        """The session, if it has not come to its end; asking does not prolong it."""
        session = self._sessions.get(_key(token))
        if session is None:
            return None
        idle_until = session.seen_at + self._idle_seconds
        if not session.began_at <= now < session.began_at + self._session_seconds or now >= idle_until:
            self.end(token)
            return None
        return session

    def term(self, token: str, now: float) -> Term | None:
        """How long the session still holds; None if it has ended.  Asking does not prolong it."""
        session = self.find(token, now)
        if session is None:
            return None
        idle_left = session.seen_at + self._idle_seconds - now
        left = session.began_at + self._session_seconds - now
        return Term(idle_left, self._idle_seconds, left, self._session_seconds)

    def touch(self, token: str, now: float) -> None:
        """It was used: its idle time begins anew."""
        session = self._sessions.pop(_key(token), None)
        if session is not None:
            self._sessions[_key(token)] = replace(session, seen_at=max(now, session.seen_at))

    def end(self, token: str) -> None:
        """Sign out; nothing happens if it has ended."""
        self._sessions.pop(_key(token), None)

    def __len__(self) -> int:
        return len(self._sessions)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
