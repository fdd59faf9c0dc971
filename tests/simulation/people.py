"""Who texts what, and when: the load of one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from smpp.simulator import texts
from smpp.simulator.codec import Outgoing
from tests.simulation.wire import Wire

SHORT_NUMBER = "95001111"
PRODUCT = "8123456"
_UNKNOWN_FROM = 900_000
_REMARK = " bought this morning in the shop beside the station, the seal was whole and the label was dry"


@dataclass(slots=True)
class Attempt:
    """One delivery of one PDU: when and over what, its answer, and when its session ended without one."""

    at: float
    life: int
    wire: Wire
    answered_at: float | None = None
    command_status: int | None = None
    ended_at: float | None = None


@dataclass(slots=True)
class Mo:
    """One deliver_sm, until the gateway has taken it."""

    person: Person
    pdu: Outgoing
    attempts: list[Attempt] = field(default_factory=list)
    taken: bool = False


@dataclass(slots=True)
class Person:
    """A caller.  `rows`: queries that the log must hold of them; `kind` is what they try."""

    number: str
    kind: str
    carrier: str
    codes: tuple[str, ...]
    texts: list[tuple[float, str]]
    rows: int
    mos: list[Mo] = field(default_factory=list)

    def pdus(self, text: str, reference: int) -> list[Mo]:
        """A text as its PDUs."""
        data_coding, parts = texts.parts(text, reference)
        made = [Mo(self, Outgoing(self.number, SHORT_NUMBER, esm, data_coding, octets)) for esm, octets in parts]
        self.mos += made
        return made


def code(number: int) -> str:
    """The code number so and so; those from 900,000 on were never issued."""
    return f"{PRODUCT}{number:09d}1974"


def is_registered(code: str) -> bool:
    return code.startswith(PRODUCT) and int(code[7:16]) < _UNKNOWN_FROM


def populate(chance: random.Random, carriers: list[str], how_many: int, until: float) -> list[Person]:
    """The people of one seed: most check one code of their own, some share one, repeat, cut it, or ramble."""
    people = []
    for index in range(how_many):
        at = chance.uniform(5.0, until)
        kind = chance.choices(
            ("single", "shared", "unknown", "long", "split", "again", "help", "several"), (44, 20, 6, 8, 5, 7, 3, 7)
        )[0]
        people.append(_person(chance, kind, index, at, chance.choice(carriers)))
    return people


def _person(chance: random.Random, kind: str, index: int, at: float, carrier: str) -> Person:
    number = f"86138{59_000_000 + index:08d}"
    own = code(index)
    if kind == "shared":
        group = chance.randrange(3)
        own = code(800_000 + group)
        at = 60.0 + 150.0 * group + chance.choice((0.0, chance.uniform(0.0, 30.0)))
    elif kind == "unknown":
        own = code(_UNKNOWN_FROM + index)
    said: list[tuple[float, str]] = [(at, own)]
    codes: tuple[str, ...] = (own,)
    if kind == "long":
        said = [(at, own + _REMARK * 2)]
    elif kind == "split":
        said = [(at, own[:11]), (at + chance.uniform(0.2, 2.0), own[11:])]
    elif kind == "again":
        said.append((at + chance.choice((chance.uniform(4.0, 20.0), chance.uniform(90.0, 120.0))), own))
    elif kind == "help":
        said, codes = [(at, "?")], ()
    elif kind == "several":
        codes = (own, code(400_000 + index))
        said = [(at, " ".join(codes))]
    return Person(number, kind, carrier, codes, said, len(said))
