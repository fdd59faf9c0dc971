"""Which delivery is a redelivery.

SMPP gives a message no identity, and an SMSC that did not see our deliver_sm_resp may send it again (SMPP 3.4, 2.9).
So a delivery whose fingerprint matches a query that is still open, or one that was acknowledged on a session that
died soon after, is the same query.  The same text on a healthy session after its answer is a new query.
"""

from __future__ import annotations

from collections import deque


class Duplicates:
    """Fingerprints of open queries and of acknowledgements in doubt.

    `window_seconds`: how long after a session's end its last acknowledgements stay in doubt; `doubt_seconds`: how long
    an acknowledgement may be unread while later messages arrive; `silence_seconds`: how long a peer that reads nothing
    any more goes unnoticed where nothing arrives (enquire_link after 30 s, 10 s for its answer, and some to spare).
    """

    def __init__(
        self, window_seconds: float = 60.0, doubt_seconds: float = 10.0, silence_seconds: float = 45.0
    ) -> None:
        self._window_seconds = window_seconds
        self._doubt_seconds = doubt_seconds
        self._silence_seconds = silence_seconds
        self._open: dict[str, int] = {}
        self._acknowledged: dict[int, deque[tuple[float, str, int]]] = {}
        self._in_doubt: dict[str, tuple[float, int]] = {}

    def match(self, fingerprint: str, now: float) -> int | None:
        """The uid of the query that a delivery repeats, or None if it is new."""
        uid = self._open.get(fingerprint)
        if uid is None and (doubtful := self._in_doubt.get(fingerprint)) is not None:
            until, uid = doubtful
            if now > until:
                del self._in_doubt[fingerprint]
                uid = None
        return uid

    def opened(self, fingerprint: str, uid: int) -> None:
        """A query is being accepted, its answer is not out yet."""
        self._open[fingerprint] = uid

    def closed(self, fingerprint: str) -> None:
        """A query has ended, whichever way."""
        self._open.pop(fingerprint, None)

    def acknowledged(self, session: int, fingerprint: str, uid: int, now: float) -> None:
        """A deliver_sm_resp was written to `session`."""
        written = self._acknowledged.setdefault(session, deque())
        written.append((now, fingerprint, uid))
        while written[0][0] < now - self._doubt_seconds:
            written.popleft()

    def session_lost(self, session: int, now: float) -> None:
        """`session` has ended: what it acknowledged lately may come again."""
        for at, fingerprint, uid in self._acknowledged.pop(session, ()):
            if at >= now - self._silence_seconds:
                self.doubt(fingerprint, uid, now)
        self._forget_old(now)

    def doubt(self, fingerprint: str, uid: int, now: float) -> None:
        """Take an acknowledgement for doubtful, as all recent ones are after a restart."""
        self._in_doubt[fingerprint] = (now + self._window_seconds, uid)

    def _forget_old(self, now: float) -> None:
        self._in_doubt = {key: value for key, value in self._in_doubt.items() if value[0] >= now}
