"""Who is told of new cases, as it stands in the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

_MIN_SECRET = 16


class Encryption(StrEnum):
    """How mail is encrypted on its way."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """[insight.mail] of gateway.toml: alerts by SMTP."""

    host: str
    """The mail server."""
    recipients: tuple[str, ...]
    """Who is told."""
    sender: str
    """The address that the mails come from."""
    port: int = 587
    encryption: Encryption = Encryption.STARTTLS
    """"starttls", "tls" (from the first octet) or "none" (for a server on this machine only)."""
    username: str = ""
    """Empty: without signing in."""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """The certificate authority of the server, where it is not one of the system's."""
    language: str = "zh"
    """The language that comes first: "zh" or "en"."""
    timeout_seconds: float = 20.0
    """How long any one step of the delivery may take."""

    def __post_init__(self) -> None:
        if not self.recipients or any("@" not in one or "\n" in one for one in (*self.recipients, self.sender)):
            raise ValueError("recipients and sender must be addresses, and there must be a recipient")
        if self.encryption is Encryption.NONE and self.username:
            raise ValueError('username: a password does not go over an unencrypted line: encryption = "starttls"')
        if self.language not in ("zh", "en"):
            raise ValueError('language must be "zh" or "en"')


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """[[insight.webhooks]] of gateway.toml: alerts as signed POSTs."""

    name: str
    """Under which the receiver's alerts are kept; do not change it."""
    url: str
    secret: str = field(default="", repr=False)
    """Signs each body with HMAC-SHA-256: X-Zhenma-Signature: t=TIME,v1=HEX of "TIME.BODY"."""
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("url must begin with https:// (or http://) and hold no password")
        if not self.name.isidentifier() or self.name == "mail" or len(self.name) > 50:
            raise ValueError('name must be letters, digits and "_", and not "mail"')
        if len(self.secret) < _MIN_SECRET:
            raise ValueError(f"secret needs {_MIN_SECRET} or more characters: name secret_file or secret_env")
