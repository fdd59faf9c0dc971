"""The same request twice is one request: answers kept by Idempotency-Key.

As in the IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header): the same key
with the same request is given the first answer again, with another request it is refused.  The answer is written in
the transaction that takes the step, and all writers wait for each other (`store.writing`): of two that arrive at
once, one takes the step and the other finds its answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from gateway.registry.database.schema import answers
from gateway.registry.faults import RequestFault

MAX_KEY_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: an HTTP status, a JSON body, and the entity tag of what it shows."""

    status: int
    body: bytes
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may come again.  `principal`: whose key it is; `request`: what was asked, as a digest."""

    principal: str
    key: str
    request: bytes


def repeatable(principal: str, key: str, path: str, body: bytes) -> Repeatable:
    """`key` as the header gives it, with or without the quotes of a structured field.  Raises RequestFault."""
    bare = key.strip()
    if len(bare) > 1 and bare.startswith('"') and bare.endswith('"'):
        bare = bare[1:-1]
    if not (0 < len(bare) <= MAX_KEY_CHARACTERS and bare.isascii() and bare.isprintable()):
        raise RequestFault(f"Idempotency-Key: write 1 to {MAX_KEY_CHARACTERS} printable ASCII characters")
    return Repeatable(principal, bare, hashlib.sha256(path.encode() + b"\n" + body).digest())


def first_answer(connection: Connection, asked: Repeatable, oldest_at: float) -> Answer | None:
    """What was answered before, since `oldest_at` (Unix time, seconds).

    Raises RequestFault if the key came with another request.
    """
    row = connection.execute(
        select(answers).where(
            answers.c.principal == asked.principal, answers.c.key == asked.key, answers.c.answered_at >= oldest_at
        )
    ).first()
    if row is None:
        return None
    if row.request != asked.request:
        raise RequestFault("this Idempotency-Key came with another request: use a new key for each request")
    return Answer(row.status, row.body, row.etag)


def keep_answer(connection: Connection, asked: Repeatable, answer: Answer, *, now: float, oldest_at: float) -> None:
    """Keep it, and forget what is older than `oldest_at`."""
    connection.execute(delete(answers).where(answers.c.answered_at < oldest_at))
    connection.execute(
        insert(answers).values(
            principal=asked.principal,
            key=asked.key,
            request=asked.request,
            status=answer.status,
            body=answer.body,
            etag=answer.etag,
            answered_at=now,
        )
    )
