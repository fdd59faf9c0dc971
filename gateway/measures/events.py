"""The life of queries as lines of the log, callers by their pseudonyms and codes not at all.

A line for each step of each query costs more than all other measuring together, so that is for whoever asks for it
(`[logging] queries = "all"`).  A reply that did not leave is always told, and so many of them in a second at most.
"""

from __future__ import annotations

import logging

from gateway.core.answer import Answer, Ending, Outcome
from gateway.core.query import Query

logger = logging.getLogger("gateway.queries")

_FAILED = frozenset({Ending.REFUSED, Ending.EXPIRED, Ending.IN_DOUBT})
_FAILURES_A_SECOND = 5


class QueryEvents:
    """`each`: whether every step of every query is told."""

    def __init__(self, each: bool = False) -> None:
        self.each = each
        self._second = 0
        self._told = 0
        self._untold = 0

    def accepted(self, query: Query) -> None:
        """It is durable."""
        self._tell(query, "query_accepted", "accepted", "query %d was accepted", query.uid)

    def answered(self, query: Query, answer: Answer, link: str = "") -> None:
        """Its answer is fixed; with `link`, about to leave by it."""
        self._tell(query, "query_answered", "sending" if link else "answered",
                   "query %d: %s", query.uid, answer.verdict or answer.note or "no verdict")  # fmt: skip

    def sending(self, uid: int, link: str) -> None:
        """Its reply is about to leave."""
        facts = {"event": "query_sending", "uid": uid, "link": link, "state": "sending"}
        logger.info("query %d leaves by %s", uid, link, extra=facts)

    def finished(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """It is in the log for good."""
        failed = outcome.ending in _FAILED
        if not self.each and not (failed and self._may_tell(outcome.at)):
            return
        facts = _facts(query) | {
            "event": "query_failed" if failed else "query_finished",
            "state": str(outcome.ending),
            "verdict": str(answer.verdict or ""),
            "command_status": outcome.command_status,
            "seconds": round(outcome.at - query.arrived_at, 3),
        }
        more, self._untold = self._untold, 0
        logger.log(
            logging.WARNING if failed else logging.INFO,
            "query %d ended: %s%s",
            query.uid,
            outcome.ending,
            f" ({more} more like it were not told)" if more else "",
            extra=facts,
        )

    def _may_tell(self, at: float) -> bool:
        if int(at) != self._second:
            self._second, self._told = int(at), 0
        self._told += 1
        if self._told > _FAILURES_A_SECOND:
            self._untold += 1
            return False
        return True

    def _tell(self, query: Query, event: str, state: str, message: str, *words: object) -> None:
        logger.info(message, *words, extra=_facts(query) | {"event": event, "state": state})


def _facts(query: Query) -> dict[str, object]:
    route = query.route
    return {
        "uid": query.uid,
        "channel": str(query.channel),
        "carrier": route.carrier if route else "",
        "link": route.link if route else "",
        "caller": query.caller.pseudonym,
    }
