"""The monitor's pages and what they read."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from gateway.assembly.grounds import Grounds
from gateway.assembly.voice import Voice
from gateway.measures import Measures
from gateway.monitor.case_pages import CaseRoom
from gateway.monitor.recordings import Recordings
from gateway.monitor.sections import Sources, sections
from gateway.monitor.server import Monitor
from gateway.registry.board import Board, BoardSettings
from ivr.server import VoiceServer

logger = logging.getLogger(__name__)


async def open_pages(grounds: Grounds, measures: Measures, voice: Voice | None) -> None:
    """Serve the monitor's pages on the port that is configured.  Raises SettingsFault, TemplateFault."""
    gateway = grounds.settings.gateway
    settings = gateway.monitor
    sources = Sources(
        measures=measures,
        journal_path=gateway.records.path,
        registry=_open_board(grounds),
        cases=CaseRoom(
            gateway.insight,
            gateway.records.path,
            gateway.areas_path,
            gateway.area_aliases_path,
            _recordings(voice.server) if voice else None,
        ),
    )
    build = partial(Monitor, settings, sections(sources), grounds.machine.clock)
    monitor = await asyncio.to_thread(build)  # templates take a while to compile, and links are up by now
    grounds.ends.push_async_callback(monitor.close)
    host, port = await monitor.start(settings.listen_host, settings.listen_port)
    logger.info("the monitor listens on %s, port %d", host, port)


def _recordings(server: VoiceServer) -> Recordings:
    """Where they are stays as it is; how long they are kept may change while the gateway runs."""
    return Recordings(server.settings.recordings_folder, lambda: server.settings.recording_retention_days)


def _open_board(grounds: Grounds) -> Board | None:
    """The registry for the monitor's pages, if it is named; opened when a page first asks for it."""
    settings = grounds.settings.gateway.monitor
    database = settings.registry_url or (str(settings.registry_path) if settings.registry_path else "")
    if not database:
        return None
    key_path = settings.registry_master_key_path
    board = Board(
        BoardSettings(database, str(key_path) if key_path else None, settings.registry_targets_path),
        grounds.machine.clock,
    )
    grounds.ends.callback(board.close)
    return board
