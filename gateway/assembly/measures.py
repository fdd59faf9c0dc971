"""What is measured of the daemon's parts."""

from __future__ import annotations

import asyncio
import contextlib

from gateway.assembly.answers import Answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.assembly.voice import Voice
from gateway.measures import Measures, SeriesStore, Sources
from gateway.measures.snapshot import (
    AsteriskReading,
    IntakeReading,
    ReceiptReading,
    RedisReading,
    TrunkReading,
    VoiceReading,
)

SERIES_SUFFIX = ".measures"
"""The series' file is beside the journal, by its name with this behind it."""


def open_measures(grounds: Grounds, answers: Answers, sms: Sms, voice: Voice | None) -> Measures:
    """Measure each second from now on, until the daemon ends."""
    path, machine = grounds.settings.gateway.records.path, grounds.machine
    sources = Sources(
        links=sms.link_states,
        journal=grounds.queries,
        journal_path=path,
        intake=lambda: _intake(sms),
        backend=answers.backend.reading,
        receipts=lambda: _receipts(sms),
        redis=lambda: _redis(grounds, answers),
        voice=lambda: _voice(voice),
        asterisk=lambda: _asterisk(voice),
    )
    store = SeriesStore(path.with_name(path.name + SERIES_SUFFIX))
    measures = Measures(sources, store, machine.clock, machine.steady)
    measuring = asyncio.ensure_future(measures.run())
    grounds.ends.push_async_callback(_end, measures, measuring)
    return measures


async def _end(measures: Measures, measuring: asyncio.Task[None]) -> None:
    measuring.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await measuring
    await measures.close()


def _intake(sms: Sms) -> IntakeReading:
    counts = sms.channel.statistics()
    return IntakeReading(**{name: counts[name] for name in IntakeReading.__slots__})


def _receipts(sms: Sms) -> list[ReceiptReading]:
    return [
        ReceiptReading(carrier, state.name.lower(), count) for (carrier, state), count in sms.receipts.by_state.items()
    ]


def _redis(grounds: Grounds, answers: Answers) -> RedisReading | None:
    if grounds.settings.gateway.redis is None:
        return None
    return RedisReading(answers.redis.available, answers.redis.losses)


def _voice(voice: Voice | None) -> VoiceReading | None:
    if voice is None:
        return None
    status = voice.server.status()
    return VoiceReading(
        calls=status.calls,
        calls_limit=status.calls_limit,
        begun_last_minute=status.begun_last_minute,
        begun=status.begun,
        finished=status.finished,
        hung_up=status.hung_up,
        silent=status.silent,
        drained=status.drained,
        failed=status.failed,
        timed_out=status.timed_out,
        refused=status.refused_busy,
    )


def _asterisk(voice: Voice | None) -> AsteriskReading | None:
    if voice is None or voice.asterisk is None:
        return None
    status = voice.asterisk.status()
    trunks = tuple(TrunkReading(trunk.name, trunk.state, trunk.active_channels) for trunk in status.trunks)
    return AsteriskReading(status.connected, status.version, status.calls, status.channels, trunks, status.fault)
