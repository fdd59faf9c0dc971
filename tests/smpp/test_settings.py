"""Settings that cannot work are refused with what they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor

from smpp.errors import SettingsFault
from smpp.settings import AccountSettings, Bind, LinkSettings, TlsSettings
from smpp.transport import endpoint_for


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ({"system_id": "x" * 16}, "system_id"),
        ({"password": "x" * 9}, "password"),
        ({"password": "密码"}, "password"),
        ({"password": "a\0b"}, "password"),
        ({"system_type": "x" * 13}, "system_type"),
        ({"address_range": "x" * 41}, "address_range"),
        ({"service_type": "x" * 6}, "service_type"),
        ({"port": 0}, "port"),
        ({"port": 65_536}, "port"),
        ({"window": 0}, "window"),
        ({"unanswered_limit": 0}, "unanswered_limit"),
        ({"segments_per_second": -1.0}, "segments_per_second"),
        ({"segments_per_second": float("nan")}, "segments_per_second"),
        ({"default_alphabet": "klingon"}, "default_alphabet"),
        ({"bind_timeout_seconds": 0.0}, "bind_timeout_seconds"),
        ({"answer_timeout_seconds": -1.0}, "answer_timeout_seconds"),
        ({"enquire_idle_seconds": 0.0}, "enquire_idle_seconds"),
        ({"enquire_idle_seconds": float("inf")}, "enquire_idle_seconds"),
        ({"enquire_timeout_seconds": float("inf")}, "enquire_timeout_seconds"),
    ],
)
def test_a_link_setting_that_cannot_work_is_named(fault: dict[str, Any], names: str) -> None:
    with pytest.raises(SettingsFault, match=names):
        LinkSettings(**{"name": "l0", "host": "h", "port": 2775, "system_id": "us", **fault})


def test_an_account_needs_links_with_names_of_their_own() -> None:
    link = LinkSettings("l0", "h", 2775, "us")
    with pytest.raises(SettingsFault, match="at least one"):
        AccountSettings("carrier", ())
    with pytest.raises(SettingsFault, match="differ"):
        AccountSettings("carrier", (link, link))


def test_only_a_receiver_sends_nothing() -> None:
    assert [bind for bind in Bind if not LinkSettings("l0", "h", 1, "us", bind=bind).transmits] == [Bind.RECEIVER]


def test_a_client_certificate_needs_its_key() -> None:
    with pytest.raises(SettingsFault, match="both"):
        TlsSettings(certificate_path="c.pem")


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_text(content)
    tls = TlsSettings(authorities_path=str(path))
    with pytest.raises(SettingsFault, match=r"authorities\.pem"):
        endpoint_for(LinkSettings("l0", "h", 2775, "us", tls=tls), reactor)
