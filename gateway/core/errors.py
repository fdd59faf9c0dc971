"""What can go wrong in the gateway.  The class is the remedy; the text is for the one who reads it."""

from __future__ import annotations


class GatewayError(Exception):
    """Root of the errors that the gateway raises itself."""


class SettingsFault(GatewayError):
    """A setting is wrong: mend the configuration and start again (exit status 78, EX_CONFIG)."""


class NotDurable(GatewayError):
    """The journal could not commit: refuse the message (ESME_RX_T_APPN), its sender tries again later."""


class VerificationUnavailable(GatewayError):
    """The backend gave no usable answer: keep the query open and ask again later."""


class StateUnavailable(GatewayError):
    """Shared state (Redis) did not answer in time: go on with what this node knows."""


class TemplateFault(GatewayError):
    """A template is missing or faulty: mend the file named in the text."""


class MalformedCode(GatewayError):
    """A string given as a supervision code is none: it needs 20 digits, or 16 for a legacy code."""
