"""The hotline."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint

from gateway.assembly.answers import Answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.bridge import result_of
from gateway.channels.callers import Callers
from gateway.channels.spoken import spoken_names
from gateway.channels.texting import Texting
from gateway.channels.voice import VoiceDesk
from gateway.core.uid import UidSequence
from ivr.manager import AsteriskWatch
from ivr.server import VoiceServer
from ivr.settings import ManagerSettings
from ivr.workers import Workers

logger = logging.getLogger(__name__)

_DESK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Voice:
    """The hotline for those who look at it: its server, and the watch over its Asterisk if there is one."""

    server: VoiceServer
    asterisk: AsteriskWatch | None


def open_voice(grounds: Grounds, answers: Answers, callers: Callers, uids: UidSequence, sms: Sms) -> Voice | None:
    """Serve the hotline, if it is configured.  It ends before the SMS channel does."""
    gateway = grounds.settings.gateway
    if gateway.voice is None:
        return None
    desk = VoiceDesk(
        answerer=answers.answerer,
        journal=grounds.queries,
        callers=callers,
        uids=uids,
        texting=_texting(grounds, sms),
        clock=grounds.machine.clock,
    )
    workers = Workers(grounds.reactor, gateway.voice.speech.workers)
    server = VoiceServer(gateway.voice, desk, grounds.reactor, grounds.reactor, workers)
    answers.products.met = lambda product: server.speech.prepare(*spoken_names(product))
    logger.info("the hotline listens on port %d", server.start())
    grounds.ends.push_async_callback(_end_calls, server, desk, gateway.sms.drain_seconds)
    return Voice(server, _open_watch(grounds, gateway.voice.manager) if gateway.voice.manager else None)


def _open_watch(grounds: Grounds, manager: ManagerSettings) -> AsteriskWatch:
    endpoint = TCP4ClientEndpoint(grounds.reactor, manager.host, manager.port)
    watch = AsteriskWatch(endpoint, manager.user, manager.secret, grounds.reactor)
    watch.start()
    grounds.ends.push_async_callback(_end_watch, watch)
    return watch


def _texting(grounds: Grounds, sms: Sms) -> Texting | None:
    chosen = grounds.settings.gateway.voice_texting_carrier
    for carrier in grounds.settings.carriers:
        if carrier.name == chosen:
            return Texting(
                sms.outlets[carrier.name],
                carrier.settings.numbers[0],
                carrier=carrier.name,
                journal=grounds.queries,
                clock=grounds.machine.clock,
            )
    return None


async def _end_calls(server: VoiceServer, desk: VoiceDesk, drain_seconds: float) -> None:
    """Callers may go on for `drain_seconds`; what was asked is recorded, whether they are there or not."""
    await result_of(Deferred.fromCoroutine(server.stop(drain_seconds)))
    await desk.drain(_DESK_SECONDS)


async def _end_watch(watch: AsteriskWatch) -> None:
    await result_of(Deferred.fromCoroutine(watch.stop()))
