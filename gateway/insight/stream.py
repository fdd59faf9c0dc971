"""Look-ups in, signals out, with what is known of each subject shared between gateways.

It runs beside the gateway, over the query log, not in it: no query waits for it, an overload of it loses nothing,
and after an outage it takes up where it was.  What it says is seconds behind the answers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Look, LookedUp, Looks
from gateway.insight.centres import Centre
from gateway.insight.signals import Signal
from gateway.insight.stream_rules import MOST_LOOKS, look_of, more_subjects, signals, subjects
from gateway.insight.stream_settings import SignalSettings


class LocalLooks:
    """The port Looks for one gateway: the `capacity` subjects that were looked at last."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: OrderedDict[str, tuple[Look, ...]] = OrderedDict()

    async def enter(self, entries: Sequence[tuple[str, Look]], seconds: float, most: int) -> list[tuple[Look, ...]]:
        """See core.looks.Looks."""
        return [self._entered(subject, look, seconds, most) for subject, look in entries]

    def _entered(self, subject: str, look: Look, seconds: float, most: int) -> tuple[Look, ...]:
        looks = self._known.pop(subject, ())
        if not any((one.caller, one.area, one.code) == (look.caller, look.area, look.code) for one in looks):
            looks = tuple(sorted((*looks, look)))
        looks = self._known[subject] = tuple(one for one in looks if one.at >= look.at - seconds)[-most:]
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return looks


class Stream:
    """Makes signals of look-ups.  `shared` is None where no Redis is."""

    def __init__(
        self, settings: SignalSettings, centres: Mapping[str, Centre], local: Looks, shared: Looks | None = None
    ) -> None:
        self._settings, self._centres = settings, centres
        self._local, self._shared = local, shared
        self.is_whole = True
        """Whether what the last `take` said was worked out from what all gateways know."""

    async def take(self, asked: Sequence[LookedUp]) -> list[Signal]:
        """The signals of these look-ups, in their order; taking a look-up again gives the same ones."""
        self.is_whole = True
        known = await self._enter([(subject, one) for one in asked for subject in subjects(one)])
        known = {one: known.get(one, {}) for one in asked}
        wanted = [(subject, one) for one in asked for subject in more_subjects(one, known[one], self._settings)]
        for one, found in (await self._enter(wanted)).items():
            known[one] = {**known[one], **found}
        latest: dict[str, Signal] = {}
        for one in asked:
            for signal in signals(one, known[one], self._settings, self._centres):
                latest[signal.id] = signal
        return sorted(latest.values(), key=lambda signal: (signal.raised_at, signal.id))

    async def _enter(self, wanted: Sequence[tuple[str, LookedUp]]) -> dict[LookedUp, dict[str, tuple[Look, ...]]]:
        entries = [(subject, look_of(one)) for subject, one in wanted]
        span = (self._settings.days * 86_400, MOST_LOOKS)
        answers = await self._local.enter(entries, *span)
        if self._shared is not None:
            try:
                answers = await self._shared.enter(entries, *span)
            except StateUnavailable:
                self.is_whole = False
        known: dict[LookedUp, dict[str, tuple[Look, ...]]] = {one: {} for _, one in wanted}
        for (subject, one), looks in zip(wanted, answers, strict=True):
            known[one][subject] = looks
        return known
