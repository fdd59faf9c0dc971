"""One link of an account: a transceiver session, or a transmitter and a receiver that count as one."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger

from smpp import pdu
from smpp.binding import Binding, BindingState
from smpp.delivery import Delivery
from smpp.errors import NotNow
from smpp.events import Bound, Event, MessageArrived, MessageRefused, Oddity, SubmitAnswered, SubmitUnanswered
from smpp.link_status import Counters, LinkState, LinkStatus
from smpp.loss import latest
from smpp.outlet import Context, Outlet
from smpp.pdu import Envelope
from smpp.plain import takes_tlvs, without_tlvs
from smpp.protocol import EsmeProtocol
from smpp.reconnection import Reconnection
from smpp.refusal import MessageRefusal, refusal_of
from smpp.segments import Segment
from smpp.settings import Bind, LinkSettings
from smpp.shipment import Claim, Shipment
from smpp.states import Role
from smpp.status import Meaning, meaning
from smpp.timers import NEVER

_ROLES = {
    Bind.TRANSCEIVER: (Role.TRANSCEIVER,),
    Bind.PAIR: (Role.TRANSMITTER, Role.RECEIVER),
    Bind.TRANSMITTER: (Role.TRANSMITTER,),
    Bind.RECEIVER: (Role.RECEIVER,),
}
_log = Logger()


class LinkOwner(Protocol):
    """The account that a link belongs to."""

    def delivered(self, delivery: Delivery) -> None:
        """A message or receipt arrived."""

    def refused(self, refusal: MessageRefusal) -> None:
        """A message was refused that nobody will be told of as delivered."""

    def settled(self, shipment: Shipment) -> None:
        """Nothing of this message is under way any more."""

    def wake_at(self, instant: float) -> None:
        """At `instant` something that waits for the link's pace may go."""

    def link_changed(self, link: Link) -> None:
        """The link's state is another one, or it can or cannot send now."""

    def session_lost(self, link: Link, session: int) -> None:
        """A session that was bound is gone."""


class Link:
    """Messages in, segments out, whichever sessions it takes."""

    def __init__(
        self,
        account: str,
        settings: LinkSettings,
        owner: LinkOwner,
        *,
        endpoint: IStreamClientEndpoint,
        clock: IReactorTime,
        reconnection: Reconnection,
    ) -> None:
        self.account = account
        self.name = settings.name
        self.settings = settings
        self.counters = Counters()
        self.outlet = Outlet(
            self, settings.window, settings.segments_per_second, settled=owner.settled, wake=owner.wake_at
        )
        self.interface_version: int | None = None
        self.down_since_at = clock.seconds()
        self._unbound_at = clock.seconds()
        self._owner = owner
        self._clock = clock
        self._bindings = tuple(
            Binding(settings, role, self, endpoint=endpoint, clock=clock, reconnection=reconnection)
            for role in _ROLES[settings.bind]
        )
        self._sender = self._bindings[0]  # of a pair, the transmitter
        self._receiver = self._bindings[-1]

    # Service

    def start(self) -> None:
        """Bind, and stay bound."""
        for binding in self._bindings:
            binding.start()

    def stop_receiving(self) -> None:
        """Take no new messages: they are refused with ESME_RX_T_APPN, here and after a reconnection too."""
        for binding in self._bindings:
            if binding.protocol is not None:
                binding.protocol.stop_receiving()

    def unbind_receiver(self) -> None:
        """End a session that only receives, once everything on it is answered."""
        if self._receiver.role is Role.RECEIVER and self._receiver.bound and not self.unanswered:
            self._receiver.stop()

    def stop(self) -> Deferred[Any]:
        """Unbind all sessions."""
        return DeferredList([binding.stop() for binding in self._bindings])

    # Sending

    @property
    def usable(self) -> bool:
        """Whether submit_sm can leave now."""
        return self._sender.role is not Role.RECEIVER and self._sender.bound

    def send(self, envelope: Envelope, segment: Segment, context: Context) -> None:
        """Send one submit_sm.  Raises NotNow if there is no session for it."""
        protocol = self._sender.protocol
        if protocol is None:
            raise NotNow(f"link {self.name} is not bound")
        protocol.submit(envelope, segment, context)
        self.counters.segments += 1

    def ship(self, shipment: Shipment, claim: Claim) -> None:
        """Send a message in the room that its claim was granted."""
        now = self._clock.seconds()
        message = shipment.message
        segments = message.segments
        if not takes_tlvs(self.interface_version):
            segments = without_tlvs(segments, self.settings.default_alphabet)
        left_seconds = max(1.0, shipment.expires_at - now) if message.validity_seconds else 0.0
        envelope = pdu.envelope(
            self.settings.service_type,
            message.source,
            message.destination,
            validity_seconds=left_seconds,
            registered_delivery=message.registered_delivery,
        )
        shipment.depart(self.name, segments, envelope)
        self.outlet.ship(shipment, claim.slots, now)

    # As the owner of bindings

    def happened(self, protocol: EsmeProtocol, event: Event) -> None:
        """An event of one of the sessions."""
        kind = type(event)
        if kind is MessageArrived:
            self._message(protocol, event)  # type: ignore[arg-type]  # mypy does not follow `kind`; isinstance costs more
        elif kind is SubmitAnswered:
            self._submit_answered(event)  # type: ignore[arg-type]  # as above
        elif isinstance(event, SubmitUnanswered):
            self.counters.in_doubt += 1
            self.outlet.doubted(event.context, self._clock.seconds(), overdue=True)
        elif isinstance(event, MessageRefused):
            if (refusal := refusal_of(self.account, self.name, event)) is not None:
                self.counters.messages += 1
                self._owner.refused(refusal)
        elif isinstance(event, Oddity):
            self.counters.oddities[event.kind] += 1
            _log.info("{link}: {kind} {detail}", link=self.name, kind=event.kind, detail=event.detail)
        elif isinstance(event, Bound):
            self.counters.sessions += 1
            if protocol is self._sender.protocol:
                self.interface_version = event.interface_version

    def changed(self, binding: Binding) -> None:
        """A bind's state is another one."""
        now = self._clock.seconds()
        if self.state is LinkState.BOUND:
            self._unbound_at = NEVER
        elif self._unbound_at == NEVER:
            self._unbound_at = now
        if binding is self._sender:
            if not self.usable and self.down_since_at == NEVER:
                self.down_since_at = now
            elif self.usable:
                self.down_since_at = NEVER
                self.outlet.pump(now)
        self._owner.link_changed(self)

    def lost(self, protocol: EsmeProtocol) -> None:
        """A session's connection is gone."""
        contexts = protocol.session.outstanding.drain()
        self.counters.in_doubt += len(contexts)
        if protocol.session.was_bound:
            self._owner.session_lost(self, protocol.number)
        if protocol.session.role is not Role.RECEIVER:
            if self.down_since_at == NEVER:
                self.down_since_at = self._clock.seconds()
            self.outlet.lost(contexts, self._clock.seconds())

    def _message(self, protocol: EsmeProtocol, event: MessageArrived) -> None:
        delivery = Delivery(
            event.message,
            protocol.answer(event.ticket),
            account=self.account,
            link=self.name,
            session=protocol.number,
            default_alphabet=self.settings.default_alphabet,
        )
        if delivery.is_receipt:
            self.counters.receipts += 1
        else:
            self.counters.messages += 1
        self._owner.delivered(delivery)

    def _submit_answered(self, event: SubmitAnswered) -> None:
        status = event.command_status
        if status:
            self.counters.errors[status] += 1
            if meaning(status) is Meaning.THROTTLED:
                self.counters.throttles += 1
        self.outlet.answered(event.context, event.sent_at, status, event.message_id, now=self._clock.seconds())

    # Status

    @property
    def unanswered(self) -> int:
        """Messages received and not answered."""
        return sum(len(b.protocol.session.unanswered) for b in self._bindings if b.protocol is not None)

    @property
    def outstanding(self) -> int:
        """submit_sm sent and not answered."""
        return sum(len(b.protocol.session.outstanding) for b in self._bindings if b.protocol is not None)

    @property
    def state(self) -> LinkState:
        """The state of its one session, or of its two taken together."""
        states = {binding.state for binding in self._bindings}
        if len(states) == 1:
            return LinkState(states.pop().value)
        if BindingState.REFUSED in states:
            return LinkState.REFUSED
        return LinkState.HALF_BOUND if BindingState.BOUND in states else LinkState.WAITING

    def status(self) -> LinkStatus:
        """The link as it is now."""
        now = self._clock.seconds()
        counters, throttle = self.counters, self.outlet.throttle
        oldest_at = min((b.protocol.session.unanswered.oldest_at for b in self._bindings if b.protocol), default=NEVER)
        return LinkStatus(
            account=self.account,
            name=self.name,
            state=self.state,
            in_state_seconds=now - max(binding.since_at for binding in self._bindings),
            unbound_seconds=0.0 if self._unbound_at == NEVER else now - self._unbound_at,
            retry_seconds=max(0.0, min((b.retry_at for b in self._bindings if b.retry_at), default=now) - now),
            lost=latest([b.lost for b in self._bindings], now),
            failed=latest([b.failed for b in self._bindings], now),
            interface_version=self.interface_version,
            messages=counters.messages,
            receipts=counters.receipts,
            sent=counters.sent,
            segments=counters.segments,
            throttles=counters.throttles,
            in_doubt=counters.in_doubt,
            sessions=counters.sessions,
            errors=tuple(sorted(counters.errors.items())),
            oddities=tuple(sorted(counters.oddities.items())),
            window=self.outlet.window,
            window_in_use=self.outlet.used,
            outstanding=self.outstanding,
            waiting=len(self.outlet.waiting),
            unanswered=self.unanswered,
            oldest_unanswered_seconds=0.0 if oldest_at == NEVER else now - oldest_at,
            segments_per_second=throttle.rate(now),
            paused_seconds=max(0.0, throttle.paused_until - now),
        )
