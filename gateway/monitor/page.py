"""What a section declares: its pages, and who may see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from gateway.monitor.roles import Role, User
from gateway.monitor.visit import Visit

HANDLER_SECONDS = 30.0
FORM_OCTETS = 65_536
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """One method of one path.  Raises ValueError for a declaration that cannot be right."""

    method: str
    path: str
    """As aiohttp writes it: "/carriers/{carrier}".  Under /api/ errors are problem+json."""
    handler: Handler
    roles: frozenset[Role]
    """Who may see it; everybody else who signed in gets 403."""
    audited: bool = False
    """Whether each request is in the audit log.  What is not GET always is."""
    entry: str = ""
    """The key of its text in the navigation; empty: it has no entry."""
    below: str = ""
    """The key of the entry that it is reached from, which the navigation then marks."""
    body_octets: int = FORM_OCTETS
    """A longer body is refused with 413."""
    streamed: bool = False
    """Whether the response goes on for as long as it likes."""
    prolongs: bool = True
    """Whether asking for it shows that somebody is there; a script that asks on its own shows nothing."""
    in_person: bool = False
    """Whether a program's token does not do: only somebody who signed in."""

    def __post_init__(self) -> None:
        if self.method not in _METHODS or not self.path.startswith("/"):
            raise ValueError(
                f"{self.method} {self.path}: the method must be one of {sorted(_METHODS)}, the path begin with /"
            )
        if not self.roles:
            raise ValueError(f"{self.method} {self.path}: say in `roles` who may see it")
        if self.entry and self.method != "GET":
            raise ValueError(f"{self.method} {self.path}: only a page that is got can be in the navigation")

    @property
    def is_audited(self) -> bool:
        return self.audited or self.method != "GET"

    def shows(self, user: User, named: dict[str, str]) -> bool:
        """Whether the path's own words (`match_info`) leave the page visible to `user`; if not, it is not there."""
        return ("carrier" not in named or user.may_see_carrier(named["carrier"])) and (
            "enterprise" not in named or user.may_see_enterprise(named["enterprise"])
        )

    def entry_path(self, user: User) -> str:
        """Where the navigation leads `user`; "" if it has no such entry for them."""
        if not self.entry or user.role not in self.roles:
            return ""
        path = self.path.replace("{carrier}", user.carrier or "{carrier}")
        path = path.replace("{enterprise}", "{enterprise}" if user.enterprise is None else str(user.enterprise))
        return "" if "{" in path else path


class Section(Protocol):
    """A part of the monitor.  Its constructor reads nothing: pages are declared before anything is there to show."""

    def pages(self) -> Sequence[Page]:
        """Its pages, in the order of the navigation; the same at every call."""
