"""From a message on the wire to a query: who asks, what, and where the reply goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.channels.long_messages import Whole
from gateway.core.query import Caller, Channel, Place, Query, ReplyRoute, Understanding
from gateway.core.uid import UidSequence
from gateway.fragments import Fragments
from smpp import Address, Delivery

_TON_ALPHANUMERIC = 5  # SMPP 3.4, 5.2.5
_SIGNATURES = ("【", "[Zhenma]")  # how our own replies, and other systems' pushed messages, begin


@dataclass(frozen=True, slots=True)
class Intake:
    """Makes queries.  `identify`: caller and place of a number and its type; `own_numbers`: those that people text;
    `disguised`: a keyed hash."""

    understand: Callable[[str], Understanding]
    identify: Callable[[str, int], tuple[Caller, Place]]
    uids: UidSequence
    fragments: Fragments
    own_numbers: frozenset[str]
    disguised: Callable[[str], str]

    def fingerprint(self, delivery: Delivery) -> str:
        """What a redelivery is known by, for ever in the log: a bare hash of number and text would tell the number."""
        return self.disguised(delivery.fingerprint)

    def query(self, delivery: Delivery, text: str, now: float, fingerprint: str) -> Query:
        """The query that one whole message is."""
        return self._query(_route(delivery), text, now, fingerprint)

    def query_of_parts(self, whole: Whole, now: float) -> Query:
        """The query that a long message is, its parts acknowledged already."""
        return self._query(whole.route, whole.text, now, whole.fingerprint)

    def _query(self, route: ReplyRoute, text: str, now: float, fingerprint: str) -> Query:
        caller, place = self.identify(route.destination, route.destination_ton)
        query = Query(
            uid=self.uids.next(now),
            channel=Channel.SMS,
            arrived_at=now,
            caller=caller,
            text=text,
            understanding=self.fragments.completed(caller, self.understand(text)),
            place=place,
            route=route,
            fingerprint=fingerprint,
        )
        self.fragments.keep(query)
        return query

    def unanswerable(self, query: Query) -> str:
        """Why a query must not be replied to (a note for the log), or "" if it may."""
        route = query.route
        if route is None or not route.destination:
            return "no_return_address"
        if route.destination_ton == _TON_ALPHANUMERIC or not route.destination.lstrip("+").isdigit():
            return "alphanumeric_source"
        if route.destination in self.own_numbers or route.destination == route.source:
            return "own_number"
        if not query.understanding.codes and query.text.startswith(_SIGNATURES):
            return "echo"
        return ""


def _route(delivery: Delivery) -> ReplyRoute:
    return route_of(delivery.account, delivery.link, delivery.source, delivery.destination)


def route_of(account: str, link: str, sender: Address, called: Address) -> ReplyRoute:
    """The way back: from the number that was texted, to the sender exactly as received."""
    return ReplyRoute(
        carrier=account,
        link=link,
        source=called.number,
        source_ton=called.ton,
        source_npi=called.npi,
        destination=sender.number,
        destination_ton=sender.ton,
        destination_npi=sender.npi,
    )
