"""A process with a voice server and a desk that knows everything by heart: `voice_gateway.py PORT FOLDER CALLS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypeVar

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from ivr.desk import CallFacts, Recording, Settlement, SpokenAnswer
from ivr.server import VoiceServer
from ivr.settings import SpeechSettings, VoiceSettings
from ivr.workers import Workers
from tests.ivr.fake_desk import SLOW, FakeDesk

T = TypeVar("T")


class SlowDesk(FakeDesk):
    """Takes half a second for what comes after a look-up, and for a look-up of SLOW, so that callers can hang up."""

    def look_up(self, call: CallFacts, code: str, asked_at: float) -> Deferred[SpokenAnswer]:
        looked_up = super().look_up(call, code, asked_at)
        return looked_up.addCallback(later) if code == SLOW else looked_up

    def settle_miss(
        self, call: CallFacts, code: str, asked_at: float, settlement: Settlement
    ) -> Deferred[SpokenAnswer]:
        return super().settle_miss(call, code, asked_at, settlement).addCallback(later)

    def report(self, call: CallFacts, recording: Recording) -> Deferred[None]:
        return super().report(call, recording).addCallback(later)

    def text_result(self, call: CallFacts, code: str) -> Deferred[bool]:
        return super().text_result(call, code).addCallback(later)


def later(value: T) -> Deferred[T]:
    return deferLater(reactor, 0.5, lambda: value)


def main(port: int, folder: Path, calls_limit: int) -> None:
    settings = VoiceSettings(
        listen_port=port,
        calls_limit=calls_limit,
        prompts_folder=Path("templates/voice"),
        override_folder=folder / "override",
        cache_folder=folder / "cache",
        recordings_folder=folder / "recordings",
        first_key_seconds=1.2,
        next_key_seconds=0.7,
        tail_key_seconds=0.4,
        recording_seconds=5,
        recording_silence_seconds=2,
        recording_shortest_seconds=0.5,
        speech=SpeechSettings(engine_zh="", engine_en=""),
    )
    events = (folder / f"events-{port}.jsonl").open("a")

    def tell(what: str, about: str) -> None:
        events.write(json.dumps([what, about]) + "\n")
        events.flush()

    VoiceServer(settings, SlowDesk(told=tell), reactor, reactor, Workers(reactor, 2)).start()
    tell("listening", str(port))
    reactor.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
