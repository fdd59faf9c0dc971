"""Whose request it is: nobody can write an address that is believed, nor post from elsewhere, nor send people away."""

from __future__ import annotations

import pytest

from gateway.monitor.client import Proxies, local_path, same_origin


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded_for", "client"),
    [
        ([], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["127.0.0.1"], "127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        (["127.0.0.1"], "127.0.0.1", "<script>", "127.0.0.1"),
        (["127.0.0.1"], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["2001:db8::/32"], "2001:db8::1", "203.0.113.9,", "203.0.113.9"),
        (["127.0.0.1"], "", "203.0.113.9", ""),
    ],
)
def test_the_address_is_the_last_that_no_trusted_proxy_has(
    trusted: list[str], peer: str, forwarded_for: str, client: str
) -> None:
    assert Proxies(trusted).client(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("origin", "fetch_site", "is_own"),
    [
        ("", "", True),
        ("https://monitor.example", "", True),
        ("https://MONITOR.example", "", True),
        ("https://evil.example", "", False),
        ("null", "", False),
        ("https://monitor.example:8443", "", False),
        ("https://evil.example", "cross-site", False),
        ("https://x.monitor.example", "same-site", False),
        ("https://proxied.example", "same-origin", True),
        ("", "none", True),
    ],
)
def test_a_form_from_elsewhere_is_known_by_what_the_browser_says(origin: str, fetch_site: str, is_own: bool) -> None:
    assert same_origin("monitor.example", origin, fetch_site) is is_own


@pytest.mark.parametrize("path", ["/", "/links?day=2026-05-01", "/a//b", "/%2F%2Fevil"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "links", "//evil.example", "https://evil.example/", "/\\evil.example", "/a\r\nSet-Cookie: x=y", "/\t/x"],
)
def test_nobody_is_sent_elsewhere_after_the_log_in(path: str) -> None:
    assert local_path(path) == "/"
