"""The result of a call by SMS, to a mobile caller who asked for it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from gateway.bridge import result_of
from gateway.channels.replies import Outlet, outcome_of
from gateway.core.errors import NotDurable
from gateway.core.ports import Journal, OtherKind
from gateway.core.query import Query
from smpp import Address, OutgoingMessage
from smpp.errors import Expired, NoLink

logger = logging.getLogger(__name__)

_MOBILE = re.compile(r"861[3-9]\d{9}", re.ASCII)
_GIVE_UP_SECONDS = 5.0  # the caller is on the line, and told whether it was sent
_VALIDITY_SECONDS = 3600.0
_TON_INTERNATIONAL, _NPI_ISDN = 1, 1  # SMPP 3.4, 5.2.5, 5.2.6


class Texting:
    """Sends by the `outlet` of `carrier`, from its short number `source`."""

    def __init__(
        self, outlet: Outlet, source: str, *, carrier: str, journal: Journal, clock: Callable[[], float]
    ) -> None:
        self._outlet = outlet
        self._carrier = carrier
        self._journal = journal
        self._clock = clock
        self._source = Address(source, 0, _NPI_ISDN)

    def reaches(self, number: str) -> bool:
        """Whether a caller's normalised number is a mobile's."""
        return _MOBILE.fullmatch(number) is not None

    async def send(self, query: Query, text: str) -> bool:
        """Whether the SMSC took it.  Nothing is repeated: the caller has heard the result already."""
        if not self.reaches(query.caller.number):
            return False
        destination = Address(query.caller.number, _TON_INTERNATIONAL, _NPI_ISDN)
        segments = self._outlet.segments(text, query.uid)
        message = OutgoingMessage(self._source, destination, segments, _VALIDITY_SECONDS)
        try:
            reservation = await result_of(
                self._outlet.account.reserve(len(segments), destination, give_up_after_seconds=_GIVE_UP_SECONDS)
            )
        except (NoLink, Expired):
            return False
        result = await result_of(reservation.submit(message))
        try:
            await self._journal.sent_besides(
                query.uid, self._carrier, OtherKind.TEXT, outcome_of(result, self._clock())
            )
        except NotDurable as exc:
            logger.warning("a text after a call is missing in the accounts of %s: %s", self._carrier, exc)
        return result.ok
