"""The settings of what nodes share."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodesSettings:
    """[nodes] of gateway.toml: the SQL database that several gateways share.  Each has a `node` of its own."""

    url: str = field(repr=False)
    """The database as SQLAlchemy writes it, as in postgresql+psycopg://user:password@host/zhenma: a secret."""
    open_queries: str = "local"
    """`local`: open queries are in the node's own journal only.  `replicated`: in the shared database too before they
    are acknowledged, and another node answers them if this one is gone for lease_seconds."""
    lease_seconds: float = 30.0
    """A node that gave no sign of life in the shared database for so long counts as dead."""
    ship_seconds: float = 0.5
    """How often finished queries are copied to the shared query log."""

    def __post_init__(self) -> None:
        if "://" not in self.url:
            raise ValueError("url: name the shared database, as in postgresql+psycopg://user:password@host/zhenma")
        if self.open_queries not in ("local", "replicated"):
            raise ValueError("open_queries must be local or replicated")
        if self.lease_seconds < 1.0 or self.ship_seconds <= 0:
            raise ValueError("lease_seconds must be at least 1, ship_seconds more than 0")
