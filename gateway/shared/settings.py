"""The settings of shared state."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway.core.allowance import Rate


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """[redis] of gateway.toml.  Redis 7.0 or Valkey; everything in it can be lost."""

    url: str = "unix:///run/zhenma/redis.sock"
    """unix:///path/to/socket, redis://host:port/database, or rediss:// for TLS."""
    sentinels: tuple[str, ...] = ()
    """host:port of the Sentinels that know the master; then the host in `url` is not used."""
    sentinel_master: str = "zhenma"
    """The name under which the Sentinels watch the master."""
    cluster: tuple[str, ...] = ()
    """host:port of some nodes of a Redis Cluster, which name the others; then the host in `url` is not used."""
    username: str = ""
    """The ACL user; empty for the default user."""
    password: str = field(default="", repr=False)
    """Its password; empty for none."""
    prefix: str = "zhenma:"
    """Before every key, so that one Redis can serve several systems."""
    deadline_seconds: float = 0.5
    """How long a command may take before Redis counts as away."""
    connect_seconds: float = 3.0
    """How long connecting and signing in may take."""
    probe_seconds: float = 0.5
    """How long to wait between attempts to reach a Redis that is away."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            if not parts.path:
                raise ValueError("url: unix:// needs the path of a socket, as in unix:///run/zhenma/redis.sock")
        elif parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise ValueError("url: must begin with unix:///, redis:// or rediss:// and name a socket or a host")
        if parts.username or parts.password:
            raise ValueError("url: must hold no password: use username, and password_file or password_env")
        _ = parts.port  # raises ValueError, saying so, for what is no port
        if parts.scheme != "unix" and parts.path.strip("/") and not parts.path.strip("/").isdigit():
            raise ValueError("url: after the host comes the number of the database, as in redis://127.0.0.1:6379/0")
        self._check_nodes("sentinels", self.sentinels, 26379)
        self._check_nodes("cluster", self.cluster, 6379)
        if self.cluster and self.sentinels:
            raise ValueError("cluster: a cluster sees to its failovers itself: leave out sentinels")
        if self.cluster and parts.path.strip("/") not in ("", "0"):
            raise ValueError("url: a cluster has database 0 only: leave out the number")
        if min(self.deadline_seconds, self.connect_seconds, self.probe_seconds) <= 0:
            raise ValueError("deadline_seconds, connect_seconds and probe_seconds must be more than 0")

    def _check_nodes(self, name: str, nodes: tuple[str, ...], port_for_example: int) -> None:
        for node in nodes:
            host, _, port = node.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"{name}: {node!r} must be host:port, as in 10.0.0.5:{port_for_example}")
        if nodes and urlsplit(self.url).scheme == "unix":
            raise ValueError(f"url: with {name} it must begin with redis:// or rediss://")

    @property
    def cluster_addresses(self) -> list[tuple[str, int]]:
        """`cluster` as host and port."""
        parted = (node.rpartition(":") for node in self.cluster)
        return [(host.strip("[]"), int(port)) for host, _, port in parted]


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """[history] of gateway.toml: how the queries of a code are remembered."""

    retry_seconds: float = 60.0
    """The same caller asking again within this time of an answer is retrying: what was first stays first."""
    lifetime_days: float = 400.0
    """How long Redis remembers a code after its last query; the query log remembers for ever."""

    def __post_init__(self) -> None:
        if self.retry_seconds < 0 or self.lifetime_days <= 0:
            raise ValueError("retry_seconds must be 0 or more, lifetime_days more than 0")


@dataclass(frozen=True, slots=True)
class AllowanceSettings:
    """[allowance] of gateway.toml: what one caller may have, over SMS and voice together."""

    queries: Rate = field(default=Rate(20, 60.0))
    """Queries of one caller; beyond it they are logged but not answered, with one notice per window."""
    anonymous_queries: Rate = field(default=Rate(600, 60.0))
    """Queries of all who withhold their number, together."""
    caller_misses: Rate = field(default=Rate(20, 86_400.0))
    """Unknown codes of one caller; beyond it the answers do not tell whether a code exists."""
    block_misses: Rate = field(default=Rate(300, 3600.0))
    """Unknown codes from numbers that differ only in the last four digits."""
    product_misses: Rate = field(default=Rate(2000, 3600.0))
    """Unknown codes under one product resource code."""
    capacity: int = 50_000
    """For how many callers, and as many budgets, this node keeps count by itself while Redis is away."""

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise ValueError("capacity must be at least 1")
