"""A code cut in two messages: the first piece waits a moment for the second before it is answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from gateway.core.query import Caller, Intent, Query, Understanding
from gateway.core.split_codes import join_code

_CAPACITY = 10_000
KEPT_SECONDS = 60.0
_LOOKS_LIKE_A_HEAD = 16  # the first 16 digits of a 20-digit code look like a legacy code


@dataclass(slots=True)
class _Piece:
    digits: str
    at: float
    joined: asyncio.Future[None]


class Fragments:
    """The latest piece of a code of each caller, on this node, for a minute.

    `hold_seconds`: how long the answer to a piece waits for the other piece.  Times are the loop's, monotonic.
    """

    def __init__(self, hold_seconds: float = 3.0) -> None:
        self.hold_seconds = hold_seconds
        self._pieces: OrderedDict[str, _Piece] = OrderedDict()

    def completed(self, caller: Caller, said: Understanding) -> Understanding:
        """`said`, or the query for the whole code that it completes; the earlier piece is then not answered."""
        digits = fragment_of(said)
        piece = self._pieces.get(caller.pseudonym) if digits else None
        if piece is None:
            return said
        now = asyncio.get_running_loop().time()
        whole = join_code(piece.digits, digits) if now - piece.at <= KEPT_SECONDS else None
        if whole is None:
            return said
        del self._pieces[caller.pseudonym]
        if not piece.joined.done():
            piece.joined.set_result(None)
        return Understanding(Intent.VERIFY, (whole,), language=said.language)

    def keep(self, query: Query) -> None:
        """Remember a piece at once when it arrives, so that the next message can complete it."""
        if digits := fragment_of(query.understanding):
            loop = asyncio.get_running_loop()
            self._pieces[query.caller.pseudonym] = _Piece(digits, loop.time(), loop.create_future())
            self._pieces.move_to_end(query.caller.pseudonym)
            if len(self._pieces) > _CAPACITY:
                self._pieces.popitem(last=False)

    async def rest_came(self, query: Query) -> bool:
        """Wait a moment for the rest of the code.  True: another message completed it and is answered instead."""
        piece = self._pieces.get(query.caller.pseudonym)
        if piece is None or piece.digits != fragment_of(query.understanding):
            return piece is None and bool(fragment_of(query.understanding))
        await asyncio.wait((piece.joined,), timeout=self.hold_seconds)
        return piece.joined.done()


def fragment_of(said: Understanding) -> str:
    """The digits that may be a piece of a code: a fragment, or 16 digits that may be the head of 20."""
    if said.fragment:
        return said.fragment
    if len(said.codes) == 1 and len(said.codes[0]) == _LOOKS_LIKE_A_HEAD and said.intent is Intent.VERIFY:
        return said.codes[0]
    return ""
