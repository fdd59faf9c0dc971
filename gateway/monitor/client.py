"""Whose request it is: the address behind trusted proxies, and whether a form comes from a page of ours.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

_MAX_HOPS = 16


class Proxies:
    """The reverse proxies whose X-Forwarded-For is believed."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(network) for network in trusted]

    def client(self, peer: str, forwarded_for: str) -> str:
        """The last address that no trusted proxy has; what stands before it anybody could have written."""
        hops = [hop.strip() for hop in forwarded_for.split(",")[-_MAX_HOPS:] if hop.strip()]
        address = peer
        while hops and self._trusts(address):
            address = hops.pop()
        return address if _is_address(address) else peer

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def same_origin(host: str, origin: str, fetch_site: str) -> bool:
    """Whether the browser, as far as it says so, posts from a page of ours.

    Sec-Fetch-Site says it best (Fetch Metadata, 2.3; "none" is a reload by hand).  Browsers send it only over TLS and
    on loopback; without it the Origin decides.
    """
    if fetch_site:
        return fetch_site in ("same-origin", "none")
    return not origin or urlsplit(origin).netloc.lower() == host.lower()


def local_path(path: str) -> str:
    """`path` if it leads to a page of ours, else "/": nobody is sent elsewhere after the log-in."""
    if not path.startswith("/") or path.startswith("//") or not path.isprintable() or "\\" in path:
        return "/"
    return path
