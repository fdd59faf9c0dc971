"""Those who look at the daemon from outside: load balancers, operators, carriers."""

from __future__ import annotations

from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.health import Health


async def open_health(grounds: Grounds, sms: Sms) -> None:
    """Serve /healthz and /readyz, if a port is configured."""
    settings = grounds.settings.gateway.health
    if settings.listen_port:
        health = Health(sms.link_states, sms.channel)
        await health.start(settings.listen_host, settings.listen_port)
        grounds.ends.push_async_callback(health.close)
