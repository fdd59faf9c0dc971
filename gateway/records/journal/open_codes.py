"""The codes of this node's open queries, in memory: what the look-ups do not know yet."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.history import Asker
from gateway.core.query import Query


class OpenCodes:
    """Who asks for which code just now: entered when a query is accepted, left when it is finished."""

    def __init__(self) -> None:
        self._by_code: dict[str, dict[int, Asker]] = {}
        self._codes: dict[int, tuple[str, ...]] = {}

    def enter(self, query: Query, codes: Sequence[str] | None = None) -> None:
        """Note the query under its codes (or under `codes` as well: those joined of fragments), once."""
        codes = query.understanding.codes if codes is None else tuple(codes)
        if not codes:
            return
        asker = Asker(query.uid, query.caller.pseudonym, query.arrived_at, None)
        self._codes[query.uid] = (*self._codes.get(query.uid, ()), *codes)
        for code in codes:
            self._by_code.setdefault(code, {})[query.uid] = asker

    def leave(self, uid: int, codes: Sequence[str] | None = None) -> None:
        """Forget the query: under all its codes, or only under `codes`."""
        for code in self._codes.pop(uid, ()) if codes is None else codes:
            askers = self._by_code.get(code)
            if askers is not None and askers.pop(uid, None) is not None and not askers:
                del self._by_code[code]

    def askers(self, code: str) -> list[Asker]:
        """The open queries of `code`."""
        return list(self._by_code.get(code, {}).values())

    def __len__(self) -> int:
        """How many codes are asked for just now."""
        return len(self._by_code)
