"""SMPP 3.4 as an ESME speaks it.  Knows no product; speaks Deferred.

    account = Account(AccountSettings(...), listener, reactor)      # settings: smpp.settings
    account.startService()                                          # binds its links and keeps them bound

The listener (`AccountListener`) is told:

* `message_arrived(delivery)`: a person's message.  Answer it with `delivery.respond()` once it is durable, or
  `delivery.respond(0x64)`; after 9 s, or if the listener raises, the link answers 0x64 by itself.  `respond` returns
  False if it came too late (`delivery.response` tells in which way): the SMSC will deliver the message again.  With
  1,000 in hand, nothing more is read.
* `message_refused(refusal)`: a person's message that was refused without asking the listener: because it could not be
  read, came while the account was stopping, or met a fault of the listener's.  For counting.
* `receipt_arrived(link, delivery)`: esm_class & 0x3C is not 0.  Answer it too; it is never a query.
* `link_changed(status)`, `session_lost(link, session)`: for the latter, `Delivery.session` tells what it concerns.

Sending takes two steps, so that the intent can be made durable in between:

    reservation = yield account.reserve(len(segments), destination, prefer=delivery.link, give_up_after_seconds=60)
    ... note that the message is about to leave by reservation.link ...
    result = yield reservation.submit(OutgoingMessage(source, destination, segments, validity_seconds=300))

* Messages to one destination leave one at a time, in the order of their `reserve` calls: the next is granted when
  the one before has its result, or was released.  Use every reservation at once, or `release` it.
* Throttled (0x14, 0x58) and temporary (0x08, 0x64) refusals are sent again within the validity, by the link's or
  the message's own pause.  What was sent and lost its session, or had no response in 30 s from an SMSC that was
  heard of after that, is `in_doubt` and never sent again from here (`overdue` tells the latter from the former).
* `account.status()` gives one LinkStatus a link; `account.stop_receiving()` refuses new messages and ends sessions
  that only receive; `account.stopService()` does that, lets what is under way end, unbinds and closes.

Layers, each knowing only those before it: address, alphabets, segments, receipts; commands, status, settings;
framing, pdu; states, timers, window, events, unanswered, session (no I/O, time is an argument); protocol, binding,
shipment, throttle, outlet, link, routing, refusal, account.  `simulator` is an SMSC and shares none of it.
"""

from smpp.account import Account, AccountListener
from smpp.address import Address
from smpp.delivery import Delivery
from smpp.link_status import LinkState, LinkStatus
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.refusal import MessageRefusal
from smpp.reservation import Reservation
from smpp.segments import Segment

__all__ = [
    "Account",
    "AccountListener",
    "Address",
    "Delivery",
    "LinkState",
    "LinkStatus",
    "MessageRefusal",
    "OutgoingMessage",
    "Reservation",
    "Segment",
    "SubmitResult",
]
