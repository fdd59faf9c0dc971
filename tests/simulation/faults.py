"""What goes wrong, and when: drawn from the seed, all of it over by the end so that everything can recover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.backend import MOODS, Backend
from tests.simulation.machine import Disk
from tests.simulation.redis import Redis
from tests.simulation.smsc import Mood, Smsc
from tests.simulation.world import World

FAULTS_UNTIL = 480.0


@dataclass(slots=True)
class Faults:
    """The faults of one seed, over its neighbours.  `stop` asks the gateway to end in order, as SIGTERM does."""

    world: World
    smscs: list[Smsc]
    redis: Redis
    backend: Backend
    disk: Disk
    stop: Callable[[], None]

    def plan(self) -> None:
        """Draw them all."""
        chance = self.world.chance
        kinds: list[Callable[[], None]] = [
            self._mood, self._mood, self._mood, self._cut, self._cut, self._stall, self._freeze, self._smsc_away,
            self._kill, self._kill_at_commit, self._kill_at_commit, self._terminate, self._backend, self._redis,
            self._disk_full, self._jump,
        ]  # fmt: skip
        for kind in chance.sample(kinds, chance.randint(3, 9)):
            self.world.after(chance.uniform(8.0, FAULTS_UNTIL - 60.0), kind)
        self.world.after(FAULTS_UNTIL, self._heal)

    def _heal(self) -> None:
        for smsc in self.smscs:
            smsc.mood = Mood()
            smsc.down = False
        self.redis.down = self.redis.silent = self.disk.full = False
        self.backend.mood = ""
        self.disk.before_commit = self.disk.after_commit = lambda number: None
        self.world.note("healed")

    def _smsc(self) -> Smsc:
        return self.world.chance.choice(self.smscs)

    def _mood(self) -> None:
        """A carrier's SMSC answers badly, or ends sessions at the worst moments, for a while."""
        chance, smsc = self.world.chance, self._smsc()
        mood = Mood()
        for trait, worst in chance.sample(list(_TRAITS.items()), chance.randint(1, 4)):
            setattr(mood, trait, chance.uniform(0.0, worst))
        smsc.mood = mood
        self.world.note(smsc.name, mood)

        def calm() -> None:
            smsc.mood = Mood()

        self.world.after(chance.uniform(5.0, 90.0), calm)

    def _cut(self) -> None:
        """Sessions break."""
        for line in list(self._smsc().lines):
            if self.world.chance.random() < 0.7:
                line.wire.cut()

    def _stall(self) -> None:
        """A cable is cut: nobody is told, and the SMSC gives up long after the gateway."""
        smsc = self._smsc()
        for line in list(smsc.lines):
            if self.world.chance.random() < 0.7:
                smsc.stalls += 1
                line.wire.stalled = True
                self.world.note("stalled", line.role)
                self.world.after(90.0, line.wire.cut)

    def _freeze(self) -> None:
        """A session's far end stops reading with its next message: the acknowledgement of that one is lost."""
        self._smsc().freezes = True

    def _smsc_away(self) -> None:
        """An SMSC is gone for a while."""
        smsc = self._smsc()
        smsc.down = True
        for line in list(smsc.lines):
            line.wire.cut()

        def back() -> None:
            smsc.down = False

        self.world.after(self.world.chance.uniform(1.0, 40.0), back)

    def _kill(self) -> None:
        """The gateway is killed at any moment."""
        self.world.kill()

    def _kill_at_commit(self) -> None:
        """The gateway is killed at a commit to come: just before it, or after it and before anybody knows."""
        number = self.disk.commits + self.world.chance.randint(1, 12)

        def at(commit: int) -> None:
            if commit == number:
                self.world.kill()

        if self.world.chance.random() < 0.5:
            self.disk.before_commit = at
        else:
            self.disk.after_commit = at

    def _terminate(self) -> None:
        self.world.note("SIGTERM")
        self.stop()

    def _backend(self) -> None:
        chance, backend = self.world.chance, self.backend
        backend.mood = chance.choice(MOODS)

        def back() -> None:
            backend.mood = ""

        self.world.after(chance.uniform(2.0, 90.0), back)

    def _redis(self) -> None:
        """Redis goes, or goes silent, and comes back with or without its memory."""
        chance, redis = self.world.chance, self.redis
        redis.silent, redis.down = chance.choice(((True, False), (False, True), (False, False)))

        def back() -> None:
            redis.silent = redis.down = False

        if not redis.silent:
            redis.crash(forgets=chance.random() < 0.6)
        self.world.after(chance.uniform(0.5, 60.0), back)

    def _disk_full(self) -> None:
        self.disk.full = True

        def room() -> None:
            self.disk.full = False

        self.world.after(self.world.chance.uniform(0.5, 20.0), room)

    def _jump(self) -> None:
        """The wall clock is set, forwards or back."""
        self.world.jump(self.world.chance.choice((-3600.0, -5.0, 5.0, 3600.0)))


_TRAITS = {
    "lost": 0.4, "late": 0.5, "twice": 0.5, "disorder": 1.0, "throttled": 0.5, "cut_before": 0.15, "cut_after": 0.15,
    "cut_at_ack": 0.15, "garbled": 0.3,
}  # fmt: skip
