"""A product's life-cycle events over HTTP: what is asked for, and a page of them as an EPCIS 2.0 document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, urlencode

from sqlalchemy import Engine

from gateway.registry.codes.vault import Vault
from gateway.registry.database.store import asking, writing
from gateway.registry.faults import no_product
from gateway.registry.life.access import Access
from gateway.registry.life.delivery import mint_of
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.steps import Step
from gateway.registry.service.fields import Fields
from gateway.registry.service.operations import MAX_REASON_CHARACTERS
from gateway.registry.service.wire import MAX_NUMBER, whole_number
from gateway.registry.views.epcis import base_of, document
from gateway.registry.views.event_export import eventful_steps, life_events, put_on_record
from gateway.registry.views.listings import MAX_ROWS


@dataclass(frozen=True, slots=True)
class EventsWanted:
    """`after`: a step's number; `most`: how many steps; `why`: goes on record, because events name codes."""

    resource_code: str
    uri_base: str
    why: str
    after: int
    most: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """`pieces`: the document; `next_link`: a Link header (RFC 8288) to the next page, "" after the last one."""

    pieces: Iterator[str] = field(repr=False)
    next_link: str

    def octets(self) -> Iterator[bytes]:
        """The document as it is sent.  Raises StoreFault."""
        return (piece.encode() for piece in self.pieces)


def events_wanted(resource_code: str, query: Mapping[str, str]) -> EventsWanted:
    """What the path and the query string ask for.  Raises RequestFault."""
    fields = Fields(query, ("uri_base", "why", "after", "limit"))
    return EventsWanted(
        resource_code=resource_code,
        uri_base=base_of(fields.words("uri_base")),
        why=fields.words("why", MAX_REASON_CHARACTERS),
        after=whole_number("after", query.get("after", "0"), 0, MAX_NUMBER),
        most=whole_number("limit", query.get("limit", str(MAX_ROWS)), 1, MAX_ROWS),
    )


def event_page(store: Engine, vault: Vault, access: Access, wanted: EventsWanted, at: float) -> EventPage:
    """Put the reading on record, then read.  `at`: Unix time in seconds.

    Raises NotRegistered, for another enterprise's product too, and StoreFault.
    """
    code = wanted.resource_code
    with writing(store) as connection:
        if access.enterprise_id not in {None, require_product(connection, code)}:
            raise no_product(code)
        mint = mint_of(connection, code, vault)
        put_on_record(connection, code, Step(access.holder, at, wanted.why))
        taken = eventful_steps(connection, code, wanted.after, wanted.most)
    events = life_events(partial(asking, store), taken, mint, vault)
    link = _next_link(wanted, taken[-1].id) if len(taken) == wanted.most else ""
    return EventPage(document(events, wanted.uri_base, at), link)


def _next_link(wanted: EventsWanted, last: int) -> str:
    query = {"uri_base": wanted.uri_base, "why": wanted.why, "after": last, "limit": wanted.most}
    return f'</v1/products/{wanted.resource_code}/events?{urlencode(query, quote_via=quote)}>; rel="next"'
