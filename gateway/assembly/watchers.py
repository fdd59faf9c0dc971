"""Those who look at the daemon from outside: load balancers, operators, carriers; and what looks after the journal."""

from __future__ import annotations

import asyncio

from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.assembly.voice import Voice
from gateway.health import Health
from gateway.measures import Measures
from gateway.records.reconciliation.closing import Upkeep


async def open_health(grounds: Grounds, sms: Sms, measures: Measures) -> None:
    """Serve /healthz, /readyz and /metrics, if a port is configured."""
    settings = grounds.settings.gateway.health
    if settings.listen_port:
        health = Health(sms.link_states, sms.channel, measures.snapshot, settings.metrics_token)
        await health.start(settings.listen_host, settings.listen_port)
        grounds.ends.push_async_callback(health.close)


async def open_monitor(grounds: Grounds, measures: Measures, voice: Voice | None) -> None:
    """Serve the monitor's pages, if a port is configured.  Raises SettingsFault, TemplateFault."""
    if grounds.settings.gateway.monitor.listen_port:
        # Pages, insight and SQLAlchemy take 25 MiB: a gateway without a monitor does not load them.
        from gateway.assembly.monitor import open_pages  # noqa: PLC0415  # as above

        await open_pages(grounds, measures, voice)


def start_upkeep(grounds: Grounds) -> None:
    """Close the accounts of days and forget old receipts, minute by minute."""
    upkeep = Upkeep(grounds.journal, grounds.settings.gateway.records, grounds.machine.clock)
    keeping = asyncio.ensure_future(upkeep.run())
    grounds.ends.callback(keeping.cancel)
