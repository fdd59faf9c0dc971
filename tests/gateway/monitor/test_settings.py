"""[monitor]: what types cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.monitor.settings import MonitorSettings

PEM = Path("x.pem")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"listen_port": 70_000}, "listen_port must be 0"),
        ({"idle_minutes": 0.0}, "must be more than 0"),
        ({"session_hours": -1.0}, "must be more than 0"),
        ({"certificate_path": PEM}, "give both or neither"),
        ({"key_path": PEM}, "give both or neither"),
        ({"trusted_proxies": ("proxy.example",)}, "trusted_proxies: 'proxy.example'"),
        ({"listen_host": "0.0.0.0", "listen_port": 8443}, "is beyond loopback: set certificate_path and key_path"),
        ({"listen_host": "monitor.example", "listen_port": 8443}, "is beyond loopback"),
    ],
)
def test_a_fault_is_told(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        MonitorSettings(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"listen_host": "0.0.0.0"},
        {"listen_host": "::1", "listen_port": 8443},
        {"listen_host": "localhost", "listen_port": 8443},
        {"listen_host": "0.0.0.0", "listen_port": 8443, "certificate_path": PEM, "key_path": PEM},
        {"listen_host": "0.0.0.0", "listen_port": 8443, "trusted_proxies": ("10.0.0.1", "10.1.0.0/16")},
    ],
)
def test_beyond_loopback_there_is_tls_or_a_proxy_that_ends_it(settings: dict[str, Any]) -> None:
    MonitorSettings(**settings)


def test_cookies_are_for_tls_alone_where_browsers_speak_it() -> None:
    assert not MonitorSettings().is_encrypted
    assert MonitorSettings(certificate_path=PEM, key_path=PEM).is_encrypted
    assert MonitorSettings(trusted_proxies=("127.0.0.1",)).is_encrypted
