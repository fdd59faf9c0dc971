"""The hotline."""

from __future__ import annotations

import logging

from twisted.internet.defer import Deferred

from gateway.answering import Answerer
from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.bridge import result_of
from gateway.channels.callers import Callers
from gateway.channels.texting import Texting
from gateway.channels.voice import VoiceDesk
from gateway.core.uid import UidSequence
from ivr.server import VoiceServer

logger = logging.getLogger(__name__)


def open_voice(grounds: Grounds, answerer: Answerer, callers: Callers, uids: UidSequence, sms: Sms) -> None:
    """Serve the hotline, if it is configured.  It ends before the SMS channel does."""
    gateway = grounds.settings.gateway
    if gateway.voice is None:
        return
    desk = VoiceDesk(
        answerer=answerer,
        journal=grounds.journal,
        callers=callers,
        uids=uids,
        texting=_texting(grounds, sms),
        clock=grounds.machine.clock,
    )
    server = VoiceServer(gateway.voice, desk, grounds.reactor, grounds.reactor)
    logger.info("the hotline listens on port %d", server.start())
    grounds.ends.push_async_callback(_end_calls, server, gateway.sms.drain_seconds)


def _texting(grounds: Grounds, sms: Sms) -> Texting | None:
    chosen = grounds.settings.gateway.voice_texting_carrier
    for carrier in grounds.settings.carriers:
        if carrier.name == chosen:
            return Texting(sms.outlets[carrier.name], carrier.settings.numbers[0])
    return None


async def _end_calls(server: VoiceServer, drain_seconds: float) -> None:
    await result_of(Deferred.fromCoroutine(server.stop(drain_seconds)))
