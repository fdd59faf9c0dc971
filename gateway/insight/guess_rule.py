"""One caller who tries very many codes that are not on record."""

from __future__ import annotations

from collections import Counter, defaultdict

from gateway.insight.alerts import Alert, Kind
from gateway.insight.query_log import Seen
from gateway.insight.rules import GUESS_SECONDS, GUESSED_CODES, is_guessing
from gateway.insight.sightings import DAY_SECONDS

_SAME_GUESSER_SECONDS = 14 * DAY_SECONDS


class GuessRule:
    """Watches callers whose many different codes are mostly not on record."""

    def __init__(self) -> None:
        self._tries: dict[str, list[tuple[float, str, bool, str]]] = defaultdict(list)
        self._known: list[tuple[float, str, str, str]] = []

    def look(self, seen: Seen) -> Alert | None:
        """Takes one query; an alert when its caller, or others like it just before, was not reported yet."""
        tries = self._tries[seen.caller]
        while tries and tries[0][0] < seen.at - GUESS_SECONDS:
            tries.pop(0)
        tries.append((seen.at, seen.code, seen.verdict == "unknown", seen.product))
        if len(tries) < GUESSED_CODES:
            return None
        missed = {code for _, code, miss, _ in tries if miss}
        if not is_guessing(missed, {code for _, code, _, _ in tries}):
            return None
        products = tuple(
            name for name, _ in Counter(product for _, _, miss, product in tries if miss and product).most_common(12)
        )
        main = products[0] if products else ""
        new = not self._is_known(seen, main)
        self._known = [known for known in self._known if known[0] >= seen.at - _SAME_GUESSER_SECONDS]
        self._known = [known for known in self._known if known[1] != seen.caller]
        self._known.append((seen.at, seen.caller, seen.region, main))
        if not new:
            return None
        return Alert(
            Kind.GUESSING, (seen.region,) if seen.region else (), products, tries[0][0], seen.at, seen.at,
            float(len(missed)), 1e-9, 3652.5, len(missed), 0.1, "",
            f"one caller tried {len(missed)} codes that are not on record within a day",
        )  # fmt: skip

    def forget(self, at: float) -> None:
        """Lets go of callers that were quiet for a day."""
        for caller in [caller for caller, tries in self._tries.items() if tries[-1][0] < at - GUESS_SECONDS]:
            del self._tries[caller]

    def _is_known(self, seen: Seen, main: str) -> bool:
        """The same caller, or another one at the same product or place in the last days, is one case."""
        return any(
            seen.at - at <= _SAME_GUESSER_SECONDS
            and (caller == seen.caller or (main != "" and product == main) or (region != "" and region == seen.region))
            for at, caller, region, product in self._known
        )
