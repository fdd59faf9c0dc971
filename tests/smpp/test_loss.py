"""Each way to lose a session, or to have none, has a code of its own."""

from __future__ import annotations

import pytest
from OpenSSL import SSL
from twisted.internet import error
from twisted.python.failure import Failure

from smpp.events import SessionEnded, Why
from smpp.loss import end_of_connection, latest, of_attempt, of_session
from tests.smpp.smsc import pdu
from tests.smpp.world import World


@pytest.mark.parametrize(
    ("cause", "code", "text"),
    [
        (error.ConnectionRefusedError(), "connection_refused", "no connection: refused"),
        (error.TimeoutError(), "connection_overdue", "no connection: no answer"),
        (error.DNSLookupError(), "host_unknown", "no connection: the host's name is unknown"),
        (error.ConnectError(113, "No route to host"), "unreachable", "no connection: An error occurred"),
    ],
)
def test_an_attempt_fails_with_the_code_of_its_cause(cause: Exception, code: str, text: str) -> None:
    loss = of_attempt(Failure(cause), 5.0)
    assert (loss.code, loss.at) == (code, 5.0)
    assert str(loss).startswith(text)


@pytest.mark.parametrize(
    ("cause", "why", "detail"),
    [
        (error.ConnectionDone(), Why.DISCONNECTED, ""),
        (error.ConnectionLost("reset"), Why.CONNECTION_LOST, "reset"),
        (SSL.SysCallError(104, "ECONNRESET"), Why.CONNECTION_LOST, "ECONNRESET"),
        (SSL.Error([("SSL routines", "", "certificate verify failed")]), Why.TLS_FAILED, "certificate verify failed"),
        (SSL.Error("shut down"), Why.TLS_FAILED, "shut down"),
    ],
)
def test_a_connection_ends_with_the_code_of_its_cause(cause: Exception, why: Why, detail: str) -> None:
    end = end_of_connection(Failure(cause))
    assert end.why is why
    assert detail in end.detail
    assert "(" not in end.detail or why is Why.CONNECTION_LOST


def test_a_refused_bind_names_its_status() -> None:
    loss = of_session(SessionEnded(Why.REFUSED, 0x0E), 1.0)
    assert (loss.code, loss.detail, str(loss)) == ("refused", "ESME_RINVPASWD", "bind refused: ESME_RINVPASWD")


def test_of_two_binds_the_later_loss_is_told() -> None:
    first, second = (of_session(SessionEnded(why), at) for why, at in ((Why.HALF_PDU, 1.0), (Why.BROKEN_FRAME, 2.0)))
    seen = latest([first, None, second], 10.0)
    assert seen is not None
    assert (seen.code, seen.seconds_ago) == ("broken_frame", 8.0)
    assert latest([None], 10.0) is None


def test_why_a_session_was_lost_is_not_forgotten_for_the_attempts_that_fail_after_it() -> None:
    world = World().bound()
    world.endpoints["l0"].away = True
    world.smsc().send(pdu(0x06, 9))
    world.smsc().close()
    world.clock.advance(10)
    (status,) = world.account.status()
    assert status.lost is not None
    assert status.failed is not None
    assert (status.lost.code, status.lost.seconds_ago) == ("unbound_by_smsc", 10.0)
    assert status.failed.code == "unreachable"
    assert status.unbound_seconds == 10.0
    assert 0.0 < status.retry_seconds <= 60.0
    assert status.why_lost.startswith("no connection: ")
    world.stop()


def test_what_was_lost_is_remembered_and_what_failed_forgotten_once_it_is_bound_again() -> None:
    world = World().bound()
    world.smsc().close()
    world.clock.advance(5)
    world.smsc().accept_bind()
    (status,) = world.account.status()
    assert status.lost is not None
    assert (status.lost.code, status.failed, status.unbound_seconds) == ("disconnected", None, 0.0)
    world.stop()
