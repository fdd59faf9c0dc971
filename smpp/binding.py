"""One bind as a service: connect, bind, and do it again whenever it is lost, until told to stop."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from smpp import status as statuses
from smpp.events import Bound, Event, MessageArrived, SessionEnded, SubmitAnswered, Why
from smpp.loss import Loss, of_attempt, of_session
from smpp.protocol import EsmeProtocol
from smpp.reconnection import Reconnection
from smpp.settings import LinkSettings
from smpp.states import Role

_log = Logger()


class BindingState(StrEnum):
    """What a bind is at."""

    STOPPED = "stopped"
    CONNECTING = "connecting"  # TCP, TLS, or the bind response
    BOUND = "bound"
    WAITING = "waiting"  # for the next attempt
    REFUSED = "refused"  # credentials refused: someone must look; attempts go on, minutes apart


class BindingOwner(Protocol):
    """Who is told what happens on a bind, over all its sessions."""

    account: str

    def happened(self, protocol: EsmeProtocol, event: Event) -> None:
        """An event of the session at present."""

    def changed(self, binding: Binding) -> None:
        """The state is another one."""

    def lost(self, protocol: EsmeProtocol) -> None:
        """A session's connection is gone; what it left is in `protocol.session`."""


class _EsmeFactory(Factory):
    noisy = False

    def __init__(self, build: Callable[[], EsmeProtocol]) -> None:
        self._build = build

    def buildProtocol(self, addr: object) -> EsmeProtocol:
        return self._build()


class Binding:
    """`protocol` is the session at present, bound or not; None between sessions."""

    def __init__(
        self,
        settings: LinkSettings,
        role: Role,
        owner: BindingOwner,
        *,
        endpoint: IStreamClientEndpoint,
        clock: IReactorTime,
        reconnection: Reconnection,
    ) -> None:
        self.role = role
        self.state = BindingState.STOPPED
        self.since_at = clock.seconds()
        self.lost: Loss | None = None
        """The end of the last session that was bound."""
        self.failed: Loss | None = None
        """The last attempt, if it failed."""
        self.protocol: EsmeProtocol | None = None
        self._settings = settings
        self._owner = owner
        self._endpoint = endpoint
        self._clock = clock
        self._reconnection = reconnection
        self._bound_at: float | None = None
        self._messages = 0  # that the session carried
        self._attempt: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._running = False
        self._stopped: list[Deferred[None]] = []

    @property
    def bound(self) -> bool:
        """Whether its session is bound and neither side has asked for its end."""
        return self.protocol is not None and self.protocol.bound

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if not self._running:
            self._running = True
            self._connect()

    @property
    def retry_at(self) -> float | None:
        """When the next attempt begins, if one waits."""
        return None if self._retry is None else self._retry.getTime()

    def stop(self) -> Deferred[None]:
        """Unbind and stay away.  Fires when the connection is closed."""
        self._running = False
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self.protocol is not None:
            stopped: Deferred[None] = Deferred()
            self._stopped.append(stopped)
            self.protocol.unbind()
            return stopped
        if self._attempt is not None:
            self._attempt.cancel()
        self._enter(BindingState.STOPPED)
        return succeed(None)

    # As the owner of protocols

    def happened(self, protocol: EsmeProtocol, event: Event) -> None:
        """An event of the session."""
        self._owner.happened(protocol, event)
        if type(event) is MessageArrived or (type(event) is SubmitAnswered and event.command_status == 0):
            self._messages += 1
        elif type(event) is Bound:
            self._bound_at = self._clock.seconds()
            self.failed = None
            version = "none" if event.interface_version is None else f"0x{event.interface_version:02X}"
            _log.info("{link}: bound, interface version {version}", version=version, **self._facts("link_bound"))
            self._enter(BindingState.BOUND)

    def ended(self, protocol: EsmeProtocol, end: SessionEnded) -> None:
        """The session's connection is gone."""
        if protocol is not self.protocol:
            return  # the loser of two attempts that raced for one session
        now = self._clock.seconds()
        bound_seconds = 0.0 if self._bound_at is None else now - self._bound_at
        loss = of_session(end, now)
        if self._bound_at is None:
            self.failed = loss
        else:
            self.lost = loss
        self.protocol = None
        self._bound_at = None
        refused = end.why is Why.REFUSED and statuses.refuses_credentials(end.command_status)
        self._reconnection = (
            self._reconnection.refused() if refused else self._reconnection.lost(bound_seconds, self._messages)
        )
        self._messages = 0
        self._owner.lost(protocol)
        self._again(BindingState.REFUSED if refused else BindingState.WAITING, loss)

    def _connect(self) -> None:
        self._retry = None
        self._enter(BindingState.CONNECTING)
        factory = _EsmeFactory(lambda: EsmeProtocol(self._settings, self.role, self, self._clock))
        attempt = self._attempt = self._endpoint.connect(factory)
        attempt.addCallbacks(self._connected, self._unreachable)
        attempt.addErrback(lambda failure: _log.failure("a fault in the SMPP link", failure=failure))

    def _connected(self, protocol: EsmeProtocol) -> None:
        self._attempt = None
        self.protocol = protocol
        if not self._running:
            protocol.unbind()

    def _unreachable(self, failure: Failure) -> None:
        self._attempt = None
        if not self._running:
            self._enter(BindingState.STOPPED)
            return
        self._reconnection = self._reconnection.lost(0.0, 0)
        self.failed = of_attempt(failure, self._clock.seconds())
        self._again(BindingState.WAITING, self.failed)

    def _again(self, state: BindingState, loss: Loss) -> None:
        if not self._running:
            self._enter(BindingState.STOPPED)
            stopped, self._stopped = self._stopped, []
            for deferred in stopped:
                deferred.callback(None)
            return
        delay = self._reconnection.delay_seconds(random.random())
        self._retry = self._clock.callLater(delay, self._connect)
        report = _log.critical if state is BindingState.REFUSED else _log.warn
        report(
            "{link}: {reason}; the next attempt is in {delay:.1f} s",
            reason=str(loss),
            code=loss.code,
            delay=delay,
            state=state.value,
            **self._facts("link_down"),
        )
        self._enter(state)

    def _facts(self, event: str) -> dict[str, str]:
        """What a line of the log is found by."""
        return {"event": event, "carrier": self._owner.account, "link": self._settings.name}

    def _enter(self, state: BindingState) -> None:
        if state is not self.state:
            self.state = state
            self.since_at = self._clock.seconds()
            self._owner.changed(self)
