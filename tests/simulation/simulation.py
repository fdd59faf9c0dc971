"""One seed from its beginning to its end: ten minutes of a gateway's life, however many processes that takes."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from gateway import daemon as composition
from gateway import texts
from gateway.channels.sms import SmsSettings
from gateway.core.places import Places
from gateway.daemon import Daemon
from gateway.machine import Machine
from gateway.records.place_tables import read_areas, read_places
from gateway.records.settings import RecordsSettings
from gateway.settings import Carrier, CarrierSettings, GatewaySettings, LoggingSettings, Settings
from gateway.shared.settings import RedisSettings
from gateway.verification.settings import BackendSettings, VerificationSettings
from smpp.settings import AccountSettings, Bind, LinkSettings
from tests.simulation.backend import Backend
from tests.simulation.faults import FAULTS_UNTIL, Faults
from tests.simulation.ledger import Ledger
from tests.simulation.machine import Disk, VirtualLoop, VirtualReactor
from tests.simulation.people import SHORT_NUMBER, Mo, populate
from tests.simulation.redis import Redis
from tests.simulation.smsc import Smsc
from tests.simulation.wire import Wire
from tests.simulation.world import Killed, World

ROOT = Path(__file__).parents[2]
END = 600.0
_PEOPLE = 30
_load_texts = functools.cache(texts.load)


@functools.cache
def _places() -> Places:
    return read_places(read_areas(ROOT / "config" / "areas.csv", ROOT / "config" / "area_aliases.csv"))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a seed."""

    seed: int
    trace: str
    happenings: int
    kills: int
    lives: int
    extra_replies: int
    breaches: tuple[str, ...]


def simulate(seed: int, folder: Path) -> Result:
    """Run a seed in an empty folder.  What the gateway draws by `random` is the seed's too."""
    state = random.getstate()
    random.seed(seed)
    logging.disable(logging.CRITICAL)
    try:
        return _Simulation(seed, folder).run()
    finally:
        logging.disable(logging.NOTSET)
        random.setstate(state)


class _Simulation:
    """The world of one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.world = World(seed)
        self.settings = _settings(folder)
        self.smscs = {carrier.name: Smsc(self.world, carrier.name) for carrier in self.settings.carriers}
        self.redis = Redis(self.world)
        self.backend = Backend(self.world)
        self.disk = Disk(self.world, self.settings.gateway.records.path)
        self.reactor: VirtualReactor | None = None
        self.wires: list[Wire] = []
        self.left_behind: list[str] = []
        chance = self.world.chance
        self.people = populate(chance, list(self.smscs), _PEOPLE, FAULTS_UNTIL - 20.0)
        with _furnished():
            callers = composition.callers_of(self.settings.gateway)
        self.ledger = Ledger(
            self.world,
            self.people,
            list(self.smscs.values()),
            self.disk.path,
            lambda number: callers.identify(number, 1)[0].pseudonym,
            _load_texts(self.settings.gateway.templates_path).reply("zh", "unavailable", {}),
        )

    def run(self) -> Result:
        world = self.world
        world.at_kill = self.ledger.note_kill
        self._schedule_texts()
        faults = Faults(world, list(self.smscs.values()), self.redis, self.backend, self.disk, self._terminate)
        faults.plan()
        world.after(END - world.now, self._terminate)
        while world.now < END:
            self._live()
            try:
                world.pass_time(world.chance.uniform(0.5, 8.0))  # until somebody starts it again
            except Killed:
                continue
        self.ledger.check()
        breaches = (*self.ledger.breaches, *self.left_behind)
        kills = len(world.kills)
        return Result(
            world.seed, world.trace, world.happenings, kills, len(world.starts), self.ledger.extra_replies, breaches
        )

    def _schedule_texts(self) -> None:
        for reference, person in enumerate(self.people):
            smsc = self.smscs[person.carrier]
            for at, text in person.texts:
                for mo in person.pdus(text, reference):
                    self.world.after(at + self.world.chance.uniform(0.0, 0.2), _deliver, smsc, mo)

    def _dial(self, address: str) -> Wire | None:
        wire = self._listener(address)
        if wire is not None:
            self.wires.append(wire)
        return wire

    def _listener(self, address: str) -> Wire | None:
        if address.endswith("redis"):
            return self.redis.listen()
        if address.endswith("backend"):
            return self.backend.listen()
        return self.smscs[address.partition(":")[0]].listen()

    def _terminate(self) -> None:
        if self.reactor is not None and self.reactor.running:
            self.reactor.stop()  # type: ignore[no-untyped-call]

    def _live(self) -> None:
        """One process, from its start to its end, in order or not."""
        world = self.world
        world.starts.append(world.now)
        loop = VirtualLoop(world, self._dial)
        asyncio.set_event_loop(loop)
        reactor = self.reactor = VirtualReactor(loop, world, self._dial)
        machine = Machine(world.wall, lambda: world.now, self.disk.open_journal)
        try:
            with _furnished():
                status = Daemon(self.settings, reactor, machine).run()
            world.note("ended", status)
            self._look_for_leftovers(loop, reactor)
            if status:
                self.left_behind.append(f"the gateway ended with {status}")
        except Killed:
            _bury(loop)
        finally:
            world.life += 1
            self.reactor = None
            self.disk.let_go()
            for wire in self.wires:
                wire.orphan()
            self.wires.clear()
            reactor.forget()
            loop.close()
            asyncio.set_event_loop(None)

    def _look_for_leftovers(self, loop: VirtualLoop, reactor: VirtualReactor) -> None:
        tasks = [task.get_name() for task in asyncio.all_tasks(loop)]
        calls = [str(call) for call in reactor.getDelayedCalls() if call.active()]
        self.left_behind += [f"left behind: {each}" for each in (*tasks, *calls)]


def _deliver(smsc: Smsc, mo: Mo) -> None:
    smsc.send(mo)


def _bury(loop: VirtualLoop) -> None:
    """What a killed process had under way must not speak up when its memory is freed."""
    loop.set_exception_handler(lambda *_: None)
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def _furnished() -> AbstractContextManager[object]:
    """The slow parts of a start, read once for all processes of all seeds."""
    return patch.multiple(
        composition,
        begin_logging=lambda _: None,
        read_areas=lambda *_: None,
        read_places=lambda _: _places(),
        texts=_CachedTexts,
    )


class _CachedTexts:
    load = staticmethod(_load_texts)


def _settings(folder: Path) -> Settings:
    (folder / "k1.key").write_text("ab" * 32)
    gateway = GatewaySettings(
        templates_path=ROOT / "templates" / "sms",
        records=RecordsSettings(folder / "journal.sqlite", {"k1": folder / "k1.key"}),
        redis=RedisSettings(url="unix:///redis"),
        verification=VerificationSettings(BackendSettings(url="http://backend", socket=Path("/backend"))),
        sms=SmsSettings(),
        logging=LoggingSettings(),
    )
    pair = _link("south-1", "south", bind=Bind.PAIR, window=3)
    accounts = (
        AccountSettings("north", (_link("north-1", "north"), _link("north-2", "north")), drain_seconds=5.0),
        AccountSettings("south", (pair,), reconnect_most_seconds=20.0, drain_seconds=5.0),
    )
    numbers = CarrierSettings((SHORT_NUMBER,))
    return Settings(gateway, tuple(Carrier(account.name, numbers, account) for account in accounts))


def _link(name: str, host: str, **rest: object) -> LinkSettings:
    return LinkSettings(name, host, 2775, "zhenma", "secret", **rest)  # type: ignore[arg-type]
