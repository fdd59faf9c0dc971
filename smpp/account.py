"""The links of one carrier account, used as one: who sends, in which order, and what happens when a link is down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, fail, inlineCallbacks
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.logger import Logger

from smpp.address import Address
from smpp.alarm import Alarm
from smpp.delivery import Delivery
from smpp.errors import NoLink
from smpp.link import Link
from smpp.link_status import LinkStatus
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.reconnection import Reconnection
from smpp.refusal import MessageRefusal, refusal_to
from smpp.reservation import Reservation
from smpp.routing import Routes, resend
from smpp.settings import AccountSettings, LinkSettings
from smpp.shipment import Claim, Shipment
from smpp.status import CommandStatus
from smpp.timers import NEVER
from smpp.transport import endpoint_for

_DRAIN_LOOK_SECONDS = 0.05
_log = Logger()


class AccountListener(Protocol):
    """Whom an account tells.  What these raise is logged and costs at most the one message."""

    def message_arrived(self, delivery: Delivery, /) -> None:
        """A person's message: answer it with `delivery.respond`."""

    def message_refused(self, refusal: MessageRefusal, /) -> None:
        """A person's message that was refused without asking: it is to be counted, no more."""

    def receipt_arrived(self, link: str, delivery: Delivery, /) -> None:
        """A receipt or another message that no person wrote: answer it too, never as a query."""

    def link_changed(self, status: LinkStatus, /) -> None:
        """A link was bound, was lost, or goes on to its next attempt."""

    def session_lost(self, link: str, session: int, /) -> None:
        """A bound session is gone: what it delivered and was not answered will be delivered again."""


class Account(Service):
    """A carrier account as a service.

    `reserve` room, note the intent to send wherever it must be noted, then `submit`.  Messages to one
    destination leave one at a time, in the order of their reservations.
    """

    def __init__(
        self,
        settings: AccountSettings,
        listener: AccountListener,
        reactor: Any,
        connect_to: Callable[[LinkSettings, Any], IStreamClientEndpoint] = endpoint_for,
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self._listener = listener
        self._clock = reactor
        self._alarm = Alarm(reactor, self._tick)
        reconnection = Reconnection(
            settings.reconnect_least_seconds,
            settings.reconnect_most_seconds,
            settings.refused_least_seconds,
            settings.refused_most_seconds,
            settings.stable_seconds,
        )
        self._links = {
            each.name: Link(
                settings.name,
                each,
                self,
                endpoint=connect_to(each, reactor),
                clock=reactor,
                reconnection=reconnection,
            )
            for each in settings.links
        }
        self._routes = Routes(tuple(self._links.values()), settings.failover_seconds)
        self._transmits = any(each.transmits for each in settings.links)
        self._receiving = True

    # Service

    def startService(self) -> None:
        """Bind all links, and keep them bound."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        for link in self._links.values():
            link.start()

    @inlineCallbacks
    def stopService(self) -> Any:
        """Take nothing new, let end what is under way (drain_seconds at most), unbind, close.

        Finish your own queries first: after `stop_receiving`, replies still leave.
        """
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        self.stop_receiving()
        until = self._clock.seconds() + self.settings.drain_seconds
        while self._busy and self._clock.seconds() < until:
            yield deferLater(self._clock, _DRAIN_LOOK_SECONDS)
            self.stop_receiving()  # those receivers that had something in hand
        self._transmits = False
        self._routes.refuse_all(NoLink("the account is stopping"), self._clock.seconds())
        yield DeferredList([link.stop() for link in self._links.values()])
        self._alarm.stop()

    def stop_receiving(self) -> None:
        """Refuse new messages (ESME_RX_T_APPN: the SMSC keeps them) and unbind sessions that only receive."""
        self._receiving = False
        for link in self._links.values():
            link.stop_receiving()
            link.unbind_receiver()

    @property
    def _busy(self) -> bool:
        return self._routes.busy or any(link.unanswered or link.outstanding for link in self._links.values())

    # Sending

    def reserve(
        self,
        segments: int,
        destination: Address,
        prefer: str = "",
        give_up_after_seconds: float | None = None,
    ) -> Deferred[Reservation]:
        """Room for a message of so many segments to `destination`, on the link `prefer` if it can be.

        Fires at once if window, pace and order permit, else when they do; another link of the account stands in
        for one that is down for failover_seconds.  Fails with NoLink (no link was up) or Expired (they were, but
        full) after `give_up_after_seconds`, if that is given; with NoLink when the account stops or has no link
        that sends.  May be cancelled.
        """
        if not self._transmits:
            return fail(NoLink(f"account {self.name} has no link that sends, or is stopped"))
        now = self._clock.seconds()
        reserved: Deferred[Reservation] = Deferred(lambda _: self._withdraw(claim))
        claim = Claim(
            max(1, segments),
            prefer,
            destination,
            granted=lambda claim: reserved.callback(Reservation(self, claim)),
            refused=reserved.errback,
            give_up_at=NEVER if give_up_after_seconds is None else now + give_up_after_seconds,
        )
        self._routes.enter(claim, now)
        if not claim.link:
            self._alarm.no_later_than(self._routes.next_at)
        return reserved

    def submit(self, claim: Claim, message: OutgoingMessage) -> Deferred[SubmitResult]:
        """For Reservation alone."""
        result: Deferred[SubmitResult] = Deferred()
        shipment = Shipment(message, result.callback, self._clock.seconds())
        self._links[claim.link].ship(shipment, claim)
        return result

    def release(self, claim: Claim) -> None:
        """For Reservation alone."""
        now = self._clock.seconds()
        self._links[claim.link].outlet.release(claim.slots, now, unpaid=True)
        self._routes.leave(claim.destination.number, now)

    def status(self) -> tuple[LinkStatus, ...]:
        """Every link as it is now."""
        return tuple(link.status() for link in self._links.values())

    # As the owner of links

    def delivered(self, delivery: Delivery) -> None:
        """A message or receipt arrived."""
        try:
            if delivery.is_receipt:
                self._listener.receipt_arrived(delivery.link, delivery)
            else:
                self._listener.message_arrived(delivery)
        except Exception:  # noqa: BLE001  # one message's fault costs that message alone
            _log.failure("{account}: a message could not be taken", account=self.name)
            if delivery.respond(CommandStatus.ESME_RX_T_APPN) and not delivery.is_receipt:
                self.refused(refusal_to(delivery, CommandStatus.ESME_RX_T_APPN))

    def refused(self, refusal: MessageRefusal) -> None:
        """A message was refused that nobody will be told of as delivered."""
        self._tell(lambda: self._listener.message_refused(refusal))

    def settled(self, shipment: Shipment) -> None:
        """Nothing of this message is under way: send again what was refused for the time being, or tell the result."""
        now = self._clock.seconds()
        if shipment.wants_again and now < shipment.expires_at and self._transmits:
            claim = Claim(
                resend(shipment),
                shipment.link,
                shipment.message.destination,
                granted=lambda claim: self._links[claim.link].ship(shipment, claim),
                refused=lambda _: shipment.finish(),
                give_up_at=shipment.expires_at,
                shipment=shipment,
            )
            self._routes.again(claim, now)
            self._alarm.no_later_than(self._routes.next_at)
            return
        if shipment.complete:
            self._links[shipment.link].counters.sent += 1
        shipment.finish()
        self._routes.leave(shipment.message.destination.number, now)

    def wake_at(self, instant: float) -> None:
        """At `instant` something that waits for a link's pace may go."""
        self._alarm.no_later_than(instant)

    def link_changed(self, link: Link) -> None:
        """A link's state is another one."""
        if not self._receiving:
            link.stop_receiving()
        self._alarm.no_later_than(self._routes.next_at)
        self._tell(lambda: self._listener.link_changed(link.status()))

    def session_lost(self, link: Link, session: int) -> None:
        """A session that was bound is gone."""
        self._tell(lambda: self._listener.session_lost(link.name, session))

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            news()
        except Exception:  # noqa: BLE001  # the listener's fault must not cost the link
            _log.failure("{account}: the listener failed", account=self.name)

    def _withdraw(self, claim: Claim) -> None:
        self._routes.withdraw(claim, self._clock.seconds())

    def _tick(self) -> None:
        self._routes.tick(self._clock.seconds())
        self._alarm.no_later_than(self._routes.next_at)
