from __future__ import annotations

from typing import Any

import pytest

from gateway.verification.settings import BackendSettings, CacheSettings, VerificationSettings


def test_the_defaults_are_valid_and_the_token_is_not_shown() -> None:
    assert VerificationSettings().backend == BackendSettings()
    assert "hush" not in repr(BackendSettings(token="hush"))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"url": "127.0.0.1:8090"}, "url"),
        ({"url": "ftp://registry"}, "url"),
        ({"url": "http://"}, "url"),
        ({"batch_limit": 0}, "batch_limit"),
        ({"batch_limit": 1001}, "batch_limit"),
        ({"connection_limit": 0}, "connection_limit"),
        ({"failure_limit": 0}, "failure_limit"),
        ({"body_octets_limit": 10}, "body_octets_limit"),
        ({"attempt_seconds": 0.0}, "attempt_seconds"),
        ({"gather_seconds": -1.0}, "gather_seconds"),
        ({"pause_seconds": 9.0}, "pause_limit_seconds"),
    ],
)
def test_a_wrong_backend_setting_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        BackendSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"activated_seconds": 0.0}, {"unknown_seconds": -1.0}, {"stale_seconds": -1.0}])
def test_a_wrong_lifetime_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="seconds"):
        CacheSettings(**wrong)
