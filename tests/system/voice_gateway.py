"""A process with a voice server and a desk that knows everything by heart: `voice_gateway.py PORT FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from twisted.internet import reactor

from ivr.server import VoiceServer
from ivr.settings import SpeechSettings, VoiceSettings
from ivr.workers import Workers
from tests.ivr.fake_desk import FakeDesk


def main(port: int, folder: Path) -> None:
    settings = VoiceSettings(
        listen_port=port,
        prompts_folder=Path("templates/voice"),
        override_folder=folder / "override",
        cache_folder=folder / "cache",
        recordings_folder=folder / "recordings",
        first_key_seconds=1.2,
        next_key_seconds=0.7,
        tail_key_seconds=0.4,
        recording_seconds=5,
        recording_shortest_seconds=0.5,
        speech=SpeechSettings(engine_zh="", engine_en=""),
    )
    events = (folder / f"events-{port}.jsonl").open("a")

    def tell(what: str, about: str) -> None:
        events.write(json.dumps([what, about]) + "\n")
        events.flush()

    VoiceServer(settings, FakeDesk(told=tell), reactor, reactor, Workers(reactor, 2)).start()
    tell("listening", str(port))
    reactor.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
