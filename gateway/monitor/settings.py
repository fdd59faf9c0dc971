"""The settings of the monitor."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """[monitor] of gateway.toml: web pages for carriers, operators and regulators."""

    listen_host: str = "127.0.0.1"
    """Loopback by default.  Beyond it users, and TLS or a trusted proxy, are required."""
    listen_port: int = 0
    """0: not served."""
    users_path: Path = Path("../var/users.json")
    """Users with their hashed passwords and tokens; made by `python -m gateway users add`, mode 0600."""
    audit_path: Path = Path("../var/audit.jsonl")
    """The audit log; it only grows."""
    templates_path: Path = Path("../templates/monitor")
    """The folder of the pages' templates, texts and static files."""
    default_language: str = "zh"
    """For browsers that ask for none that has texts."""
    idle_minutes: float = 60.0
    """A session ends after so long without a request."""
    session_hours: float = 12.0
    """A session ends so long after the log-in, whatever was done in it."""
    certificate_path: Path | None = None
    """A PEM file with the certificate and its chain; with `key_path` the monitor speaks TLS."""
    key_path: Path | None = None
    """The certificate's private key."""
    trusted_proxies: tuple[str, ...] = ()
    """Reverse proxies that end TLS in front of the monitor: their X-Forwarded-For is believed."""

    registry_path: Path | None = None
    """The bundled registry's SQLite file: with it enterprises and supervisors have their pages."""
    registry_url: str = ""
    """Instead of a path, another database by its SQLAlchemy URL; a password belongs in its own password file."""
    registry_master_key_path: Path | None = None
    """What unwraps the products' keys, as `registry serve` is given it; without it no step can be taken by code."""
    registry_targets_path: Path | None = None
    """The plan: a CSV with the columns group (a class or an area) and suitable (how many enterprises)."""

    def __post_init__(self) -> None:
        if self.registry_path is not None and self.registry_url:
            raise ValueError("registry_path and registry_url: give one of them")
        if urlsplit(self.registry_url).password is not None:
            raise ValueError("registry_url: must hold no password: it belongs in the database's own password file")
        if not 0 <= self.listen_port <= 0xFFFF:
            raise ValueError(f"listen_port must be 0 (not served) to 65535, not {self.listen_port}")
        if min(self.idle_minutes, self.session_hours) <= 0:
            raise ValueError("idle_minutes and session_hours must be more than 0")
        if (self.certificate_path is None) != (self.key_path is None):
            raise ValueError("certificate_path and key_path: give both or neither")
        for proxy in self.trusted_proxies:
            try:
                ip_network(proxy)
            except ValueError as exc:
                raise ValueError(f"trusted_proxies: {exc}") from None
        if self.listen_port and not self.is_loopback and not self.is_encrypted:
            raise ValueError(
                f"listen_host {self.listen_host} is beyond loopback: set certificate_path and key_path, or name in"
                " trusted_proxies the proxy that ends TLS"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ip_address(self.listen_host).is_loopback
        except ValueError:
            return self.listen_host == "localhost"

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers speak TLS, with the monitor or with a proxy in front of it."""
        return self.certificate_path is not None or bool(self.trusted_proxies)
