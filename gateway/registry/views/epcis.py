"""Life-cycle events in EPCIS 2.0 (GS1; ISO/IEC 19987), as JSON-LD.  Pure.

What happened to the goods becomes an event: activation is commissioning, packing an aggregation, shipping an
observation, cancellation decommissioning.  Bare words for business steps and dispositions are those of the Core
Business Vocabulary 2.0 (ISO/IEC 19988).  Codes are written as URIs under a base that the operator owns.  There is
nothing about callers in a registry, and so nothing here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.registry.faults import RequestFault
from gateway.registry.life.steps import Action

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
CODES_PER_EVENT = 1_000
_BASE = re.compile(r"https?://[!-.0-~][!-~]*")
_ZONE = "+08:00"  # China's; the times themselves are in UTC
_WHAT: dict[Action, dict[str, str]] = {
    Action.ACTIVATED: {"action": "ADD", "bizStep": "commissioning", "disposition": "active"},
    Action.PACKED: {"action": "ADD", "bizStep": "packing", "disposition": "in_progress"},
    Action.SHIPPED: {"action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit"},
    Action.RECALLED: {"action": "OBSERVE", "disposition": "recalled"},
    Action.EXPIRED: {"action": "OBSERVE", "disposition": "expired"},
    Action.STOLEN: {"action": "OBSERVE", "disposition": "stolen"},
    Action.CANCELLED: {"action": "DELETE", "bizStep": "decommissioning", "disposition": "inactive"},
}
EXPORTED = tuple(_WHAT)


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """A step as it concerns the goods.  `number`: the step's, `at`: Unix time in seconds, `codes`: in pieces of any
    size, `parent`: the code of the pack they went into, `region`: GB/T 2260, `expires_on`: an ISO 8601 day."""

    number: int
    at: float
    action: Action
    codes: Iterable[Sequence[str]] = field(repr=False)
    parent: str = field(default="", repr=False)
    batch: str = ""
    expires_on: str = ""
    region: str = ""


def base_of(uri_base: str) -> str:
    """The base of the codes' URIs, without a slash at its end.  Raises RequestFault if it is no http or https URI."""
    if not _BASE.fullmatch(uri_base):
        raise RequestFault("uri_base: the base of the codes' URIs begins with https:// or http://")
    return uri_base.rstrip("/")


def document(life_events: Iterable[LifeEvent], uri_base: str, created_at: float) -> Iterator[str]:
    """An EPCISDocument, piece by piece.  Raises RequestFault for a base that is no http or https URI."""
    base = base_of(uri_base)
    head = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _instant(created_at),
    }
    yield json.dumps(head)[:-1] + ', "epcisBody": {"eventList": ['
    separator = "\n"
    for life_event in life_events:
        for event in _events(life_event, base):
            yield separator + event
            separator = ",\n"
    yield "\n]}}\n"


def _events(life_event: LifeEvent, base: str) -> Iterator[str]:
    """One event, or several where one would list too many codes; each has an id that another export repeats."""
    for part, codes in enumerate(_parts(life_event.codes)):
        uris = [f"{base}/code/{code}" for code in codes]
        event: dict[str, object] = {
            "type": "AggregationEvent" if life_event.action is Action.PACKED else "ObjectEvent",
            "eventID": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{base}/step/{life_event.number}/{part}')}",
            "eventTime": _instant(life_event.at),
            "eventTimeZoneOffset": _ZONE,
            **_WHAT[life_event.action],
        }
        if life_event.action is Action.PACKED:
            event |= {"parentID": f"{base}/code/{life_event.parent}", "childEPCs": uris}
        else:
            event["epcList"] = uris
        if life_event.action is Action.SHIPPED:
            event["destinationList"] = [{"type": "location", "destination": f"{base}/area/{life_event.region}"}]
        if life_event.action is Action.ACTIVATED:
            event["ilmd"] = _master_data(life_event)
        yield json.dumps(event, ensure_ascii=False)


def _master_data(life_event: LifeEvent) -> dict[str, str]:
    """Lot and expiry, by the names that the Core Business Vocabulary gives them."""
    known = {"cbvmda:lotNumber": life_event.batch, "cbvmda:itemExpirationDate": life_event.expires_on}
    return {name: value for name, value in known.items() if value}


def _parts(pieces: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    waiting: list[str] = []
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CODES_PER_EVENT:
            yield waiting[:CODES_PER_EVENT]
            del waiting[:CODES_PER_EVENT]
    if waiting:
        yield waiting


def _instant(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
