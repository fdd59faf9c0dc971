"""Redis under Sentinel: the master is found, and found again after a failover, without a hand."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.errors import StateUnavailable
from gateway.shared.connection import Reply
from gateway.shared.settings import RedisSettings
from gateway.shared.turn import RedisTurn

pytestmark = pytest.mark.system


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """A master, a replica and a Sentinel that fails over after half a second."""

    def __init__(self, folder: Path) -> None:
        self.master_port, self.replica_port, self.sentinel_port = free_ports(3)
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        assert program, "the tests need redis-server (Debian: apt-get install redis-server)"
        self._program = program
        self._folder = folder
        self.master = self._start("master", f"port {self.master_port}")
        self.replica = self._start("replica", f"port {self.replica_port}", f"replicaof 127.0.0.1 {self.master_port}")
        self.sentinel = self._start(
            "sentinel",
            f"port {self.sentinel_port}",
            f"sentinel monitor zhenma 127.0.0.1 {self.master_port} 1",
            "sentinel down-after-milliseconds zhenma 500",
            "sentinel failover-timeout zhenma 3000",
            extra=("--sentinel",),
        )

    def _start(self, name: str, *lines: str, extra: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        folder = self._folder / name
        folder.mkdir()
        path = folder / "redis.conf"
        path.write_text("\n".join(("bind 127.0.0.1", f"dir {folder}", 'save ""', *lines)) + "\n", encoding="ascii")
        if extra:
            path.write_text(path.read_text(encoding="ascii").replace('save ""\n', ""), encoding="ascii")
        command = ["setpriv", "--pdeathsig", "KILL", self._program, str(path), *extra]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        for process in (self.sentinel, self.replica, self.master):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


async def answered(redis: RedisTurn, *command: str) -> Reply:
    """The reply to a command, once Redis is there and takes it."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await redis.execute(*command)
            except StateUnavailable:
                await asyncio.sleep(0.02)


async def test_after_a_failover_the_new_master_is_used_without_a_hand(cluster: Cluster) -> None:
    settings = RedisSettings(
        "redis://unused:1", (f"127.0.0.1:{cluster.sentinel_port}",), connect_seconds=1.0, probe_seconds=0.05
    )
    redis = RedisTurn(settings)
    await redis.start()
    try:
        assert await answered(redis, "SET", "k", "v") == b"OK"
        async with asyncio.timeout(30):  # the Sentinel hears of the replica from the master, every second
            while b"state=online" not in bytes(await answered(redis, "INFO", "replication")):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
            while not await _sentinel_knows_replica(cluster.sentinel_port):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        cluster.master.kill()
        assert await answered(redis, "GET", "k") == b"v"
        assert await answered(redis, "SET", "k", "w") == b"OK"
    finally:
        await redis.close()


async def _sentinel_knows_replica(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"SENTINEL REPLICAS zhenma\r\n")
    reply = await reader.readline()
    writer.close()
    return reply.strip() not in (b"*0", b"")


async def test_sentinels_that_do_not_know_the_master_are_told_by_name() -> None:
    settings = RedisSettings("redis://unused:1", ("127.0.0.1:1",), connect_seconds=0.5)
    redis = RedisTurn(settings)
    await redis.start()
    try:
        with pytest.raises(StateUnavailable):
            await redis.execute("PING")
    finally:
        await redis.close()
