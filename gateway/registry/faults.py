"""What the registry refuses, by remedy."""

from __future__ import annotations

from gateway.core.errors import GatewayError, SettingsFault


class RegistryFault(GatewayError):
    """Root of the registry's own errors."""


class RequestFault(RegistryFault):
    """The request is not of the contract's form: mend the client."""


class Refused(RegistryFault):
    """The step is not allowed as things stand: the text says why, and what has to come first."""


class NotRegistered(RegistryFault):
    """What the step names is not in the registry: look up its name or number."""


class Outdated(RegistryFault):
    """What the request was decided on (If-Match) has changed since: read it again."""


class Crowded(RegistryFault):
    """Too many requests wait: come back in a moment."""


class StoreFault(RegistryFault):
    """The database did not do its work: look at it, then try again."""


class DatabaseFault(SettingsFault):
    """The database named in the settings cannot be used as it is: mend the path, URL or file."""
