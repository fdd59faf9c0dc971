"""Why there is no session: a stable code for programs, words for logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error
from twisted.python.failure import Failure

from smpp import status as statuses
from smpp.events import SessionEnded, Why
from smpp.link_status import LossSeen


@dataclass(frozen=True, slots=True)
class Loss:
    """`detail` is a command_status by its name, or what TLS or the system said; `at` is by the reactor's clock."""

    why: Why
    detail: str
    at: float

    @property
    def code(self) -> str:
        """One word for each Why, which does not change."""
        return self.why.name.lower()

    def __str__(self) -> str:
        return f"{self.why}: {self.detail}" if self.detail else str(self.why)


def of_session(end: SessionEnded, now: float) -> Loss:
    """A session that ended."""
    return Loss(end.why, statuses.name(end.command_status) if end.command_status else end.detail, now)


def of_attempt(failure: Failure, now: float) -> Loss:
    """A connection that did not come about."""
    cause = failure.value
    if isinstance(cause, error.ConnectionRefusedError):
        return Loss(Why.CONNECTION_REFUSED, "", now)
    if isinstance(cause, error.TimeoutError):
        return Loss(Why.CONNECTION_OVERDUE, "", now)
    if isinstance(cause, error.DNSLookupError):
        return Loss(Why.HOST_UNKNOWN, "", now)
    return Loss(Why.UNREACHABLE, failure.getErrorMessage(), now)


def end_of_connection(reason: Failure | None) -> SessionEnded:
    """A connection that was closed, reset or refused by TLS, and not by our session."""
    if reason is None or isinstance(reason.value, error.ConnectionDone):
        return SessionEnded(Why.DISCONNECTED)
    if isinstance(reason.value, VerificationError):  # the certificate is another's
        return SessionEnded(Why.TLS_FAILED, detail=", ".join(type(each).__name__ for each in reason.value.errors))
    if isinstance(reason.value, SSL.Error) and not isinstance(reason.value, SSL.SysCallError):
        return SessionEnded(Why.TLS_FAILED, detail=_words_of(reason.value))
    return SessionEnded(Why.CONNECTION_LOST, detail=reason.getErrorMessage())


def latest(losses: Iterable[Loss | None], now: float) -> LossSeen | None:
    """The last of them, as a link's status has it."""
    found = [loss for loss in losses if loss is not None]
    if not found:
        return None
    last = max(found, key=lambda loss: loss.at)
    return LossSeen(last.code, last.detail, str(last), now - last.at)


def _words_of(fault: SSL.Error) -> str:
    """OpenSSL's own: it gives a list of (library, function, reason)."""
    queue = fault.args[0] if fault.args else ()
    return ", ".join(entry[-1] for entry in queue) if isinstance(queue, list) else str(fault)
