"""Codes to try on a sample registry, one or more for each thing that can be answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

from sqlalchemy import Connection, select

from gateway.core.registration import CodeState
from gateway.registry.codes.export import good_codes
from gateway.registry.codes.minting import RESOURCE_CODE_DIGITS, first_place
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import batches, opaque_codes, ranges
from gateway.registry.life.delivery import mint_of


@dataclass(frozen=True, slots=True)
class CodeToTry:
    """`text` is what to send, `code` the code in it; `expect` says what should come back."""

    kind: str
    text: str
    code: str
    expect: str


def codes_to_try(connection: Connection, today: str) -> list[CodeToTry]:
    """One code or more of each kind, in the order in which they are fun to try.  `today`: an ISO 8601 day."""
    first, other, again, english, reported, spoilt = islice(good_codes(connection, today), 6)
    legacy = connection.execute(select(opaque_codes.c.code).order_by(opaque_codes.c.code).limit(1)).scalar_one()
    unissued = spoilt[:-1] + str((int(spoilt[-1]) + 1) % 10)
    return [
        CodeToTry("first", first, first, "on record, asked for the first time"),
        CodeToTry("first", other, other, "another one, on record, asked for the first time"),
        CodeToTry("repeated", again, again, "send it twice, the second time from another number: a warning"),
        *(CodeToTry(kind, code, code, expect) for kind, expect, code in _in_other_states(connection, today)),
        CodeToTry("unknown", unissued, unissued, "never issued: not found"),
        CodeToTry("malformed", first[:13], "", "a piece of a code: what a code looks like"),
        CodeToTry("legacy", legacy, legacy, "16 digits, on record"),
        CodeToTry("english", f"check {english}", english, "an answer in English"),
        CodeToTry("report", f"JB {reported} 福清宏路某超市", reported, "a report of a fake, taken down"),
    ]


def _in_other_states(connection: Connection, today: str) -> Iterator[tuple[str, str, str]]:
    wanted = (
        ("not_activated", "issued, not yet activated", ranges.c.state == CodeState.ISSUED),
        ("recalled", "recalled, with the reason", ranges.c.state == CodeState.RECALLED),
        ("expired", "past its last day", (ranges.c.state == CodeState.ACTIVATED) & (batches.c.expires_on < today)),
        ("cancelled", "no longer valid, with the reason", ranges.c.state == CodeState.CANCELLED),
    )
    for kind, expect, condition in wanted:
        place, version = connection.execute(
            select(ranges.c.first, ranges.c.check_version)
            .outerjoin(batches, batches.c.id == ranges.c.batch_id)
            .where(condition, ranges.c.level == 1)
            .order_by(ranges.c.first)
            .limit(1)
        ).one()
        yield kind, expect, _code_at(connection, place, version)


def _code_at(connection: Connection, place: int, check_version: int) -> str:
    resource_code = str(place)[:RESOURCE_CODE_DIGITS]
    mint = mint_of(connection, resource_code, Vault())
    return mint.codes([place - first_place(resource_code)], check_version)[0]


def as_json(codes: Sequence[CodeToTry]) -> str:
    """For programs: a list of objects with kind, text, code and expect."""
    return json.dumps([asdict(code) for code in codes], ensure_ascii=False, indent=2) + "\n"


def as_text(codes: Sequence[CodeToTry]) -> str:
    """For people: one line each, the text to send last so that it is easily copied."""
    width = max(len(code.kind) for code in codes)
    told = max(len(code.expect) for code in codes)
    return "".join(f"{code.kind:<{width}}  {code.expect:<{told}}  {code.text}\n" for code in codes)
