"""No repr of any dataclass shows a secret: a repr ends in a log sooner or later."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator

import gateway
import ivr
import smpp
from gateway.core.query import Caller
from smpp import Address

_SECRET = re.compile(
    r"password|secret|token|digest|(?<!re)(?:^|_)pin$|^number$|caller_number|^destination$|master_keys?$"
)
_PUBLIC = {
    "accounts.Closing.digest",  # of an account, which anybody may check
    "accounts.Account.tokens",  # whose digests are not shown
    "joining.Recorded.digest",  # of a recording's words
    "segments.Part.number", "reassembly.Piece.number", "ports.MessagePart.number",  # of a part of a long message
    "desk.Count.number", "audit.Sealed.number", "audit.Broken.number", "applications.Application.number",
    "operations.Taken.number", "changes.Change.number", "epcis.LifeEvent.number", "rows.StepRow.number",
    "rows.EnterpriseRow.number", "rows.ApplicationRow.number",  # these count
    "dialplan.HotlineNumber.number",  # the hotline's own
    "address.Address.number",  # masks itself
    "outgoing.OutgoingMessage.destination", "reassembly.MessageKey.destination",  # an Address, which masks itself
    "query_log.Seen.destination", "sightings.Sighting.destination", "queries.Asked.destination",
    "month.PastQuery.destination",  # where goods were sent
}  # fmt: skip


def dataclasses_of_all() -> Iterator[type]:
    for package in (gateway, ivr, smpp):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" in found.name or found.name.endswith("__main__"):
                continue
            for value in vars(importlib.import_module(found.name)).values():
                if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == found.name:
                    yield value


ALL = sorted(set(dataclasses_of_all()), key=lambda cls: (cls.__module__, cls.__qualname__))


def shown(cls: type) -> list[str]:
    """The fields that the generated repr shows, as "module.Class.field"."""
    place = f"{cls.__module__.rpartition('.')[2]}.{cls.__qualname__}"
    return [f"{place}.{declared.name}" for declared in dataclasses.fields(cls) if declared.repr]


def test_no_field_that_sounds_like_a_secret_or_a_number_is_shown() -> None:
    sounding = {name for cls in ALL for name in shown(cls) if _SECRET.search(name.rpartition(".")[2])}
    assert sounding - _PUBLIC == set()


def test_what_hides_a_secret_by_itself_does() -> None:
    address = Address("8613912345678", 1, 1)
    shown_texts = [repr(address), str(address), repr(Caller("8613912345678", "k1:a"))]
    assert not [text for text in shown_texts if "12345678" in text or "139123" in text]
