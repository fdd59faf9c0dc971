from __future__ import annotations

from typing import Any

import pytest

from gateway.shared.settings import AllowanceSettings, HistorySettings, RedisSettings


@pytest.mark.parametrize(
    "url", ["unix:///run/redis.sock", "redis://localhost", "redis://10.0.0.1:6380/2", "rediss://redis.example/"]
)
def test_an_address_of_redis_is_taken(url: str) -> None:
    assert RedisSettings(url=url).url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("localhost:6379", "must begin"),
        ("http://localhost", "must begin"),
        ("redis://", "name a socket or a host"),
        ("unix://", "path of a socket"),
        ("redis://:hush@localhost", "password"),
        ("redis://localhost/main", "number of the database"),
        ("redis://localhost:redis", "Port"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_one(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RedisSettings(url=url)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sentinels": ("10.0.0.5",)}, "sentinels: '10.0.0.5' must be host:port"),
        ({"cluster": ("10.0.0.5:",)}, "cluster: '10.0.0.5:' must be host:port"),
        ({"cluster": ("10.0.0.5:1",), "url": "unix:///run/redis.sock"}, "with cluster it must begin"),
        ({"sentinels": ("10.0.0.5:1",), "url": "unix:///run/redis.sock"}, "with sentinels it must begin"),
        ({"cluster": ("10.0.0.5:1",), "sentinels": ("10.0.0.5:2",)}, "leave out sentinels"),
        ({"cluster": ("10.0.0.5:1",), "url": "redis://cluster/1"}, "database 0 only"),
    ],
)
def test_nodes_that_cannot_be_reached_so_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RedisSettings(**{"url": "redis://unused", **wrong})


def test_a_clusters_nodes_are_hosts_and_ports() -> None:
    settings = RedisSettings(url="redis://unused", cluster=("one:6379", "[::1]:6380"))
    assert settings.cluster_addresses == [("one", 6379), ("::1", 6380)]


def test_the_password_is_not_shown() -> None:
    assert "hush" not in repr(RedisSettings(password="hush"))


@pytest.mark.parametrize("wrong", [{"deadline_seconds": 0.0}, {"connect_seconds": -1.0}, {"probe_seconds": 0.0}])
def test_a_time_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        RedisSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"retry_seconds": -1.0}, {"lifetime_days": 0.0}])
def test_a_history_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="retry_seconds"):
        HistorySettings(**wrong)


def test_a_memory_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        AllowanceSettings(capacity=0)
