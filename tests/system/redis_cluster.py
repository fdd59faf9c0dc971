"""A real Redis Cluster on loopback: three masters, and a replica if wanted, to be changed while it is asked."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

SLOTS = 16_384
_BUS_OFFSET = 10_000  # a node's second port, as Redis counts it


def _free_ports(count: int) -> list[int]:
    """Ports whose neighbours for the cluster's bus are free as well."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port + _BUS_OFFSET > 0xFFFF:
                port -= 2 * _BUS_OFFSET
        if port not in found and all(_is_free(each) for each in (port, port + _BUS_OFFSET)):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Node:
    """One redis-server of the cluster."""

    def __init__(self, folder: Path, port: int) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        assert program, "the tests need redis-server (Debian: apt-get install redis-server)"
        folder.mkdir()
        words = ["setpriv", "--pdeathsig", "KILL", program, "--port", str(port), "--bind", "127.0.0.1"]
        words += ["--dir", str(folder), "--save", "", "--cluster-enabled", "yes", "--cluster-node-timeout", "500"]
        words += ["--repl-diskless-sync-delay", "0"]  # else a replica waits 5 s for others to join it
        self.port = port
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        self.client = redis.Redis(port=port, decode_responses=True)

    def says(self, *words: str | int) -> Any:
        return self.client.execute_command(*words)

    def identity(self) -> str:
        return str(self.says("CLUSTER", "MYID"))


class RealCluster:
    """`nodes`: the masters first, each with a third of the slots; the replica, if there is one, is of the first."""

    def __init__(self, folder: Path, replicas: int = 0) -> None:
        self.nodes = [Node(folder / str(port), port) for port in _free_ports(3 + replicas)]
        _until(lambda: all(map(_answers, self.nodes)), "redis-server does not answer")
        for number, master in enumerate(self.nodes[:3]):
            master.says("CLUSTER", "SET-CONFIG-EPOCH", number + 1)  # else the nodes find out that theirs are the same
            master.says("CLUSTER", "ADDSLOTSRANGE", SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1)
        for other in self.nodes[1:]:
            self.nodes[0].says("CLUSTER", "MEET", "127.0.0.1", other.port)
        _until(lambda: all(map(self._is_whole, self.nodes)), "the cluster does not come about")
        for replica in self.nodes[3:]:
            replica.says("CLUSTER", "REPLICATE", self.nodes[0].identity())
            _until(lambda node=replica: node.client.info("replication")["master_link_status"] == "up", "no replica")

    def _is_whole(self, node: Node) -> bool:
        told = node.says("CLUSTER", "INFO")
        state = told if isinstance(told, dict) else dict(line.split(":") for line in told.split())
        return state["cluster_state"] == "ok" and int(state["cluster_known_nodes"]) == len(self.nodes)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(f"127.0.0.1:{node.port}" for node in self.nodes)

    def begin_to_move(self, slot: int, source: Node, target: Node) -> None:
        """From now on both answer for the slot: the source for the keys that it has, the target for the others."""
        target.says("CLUSTER", "SETSLOT", slot, "IMPORTING", source.identity())
        source.says("CLUSTER", "SETSLOT", slot, "MIGRATING", target.identity())

    def move_keys(self, slot: int, source: Node, target: Node) -> None:
        """Key by key, until the source has none."""
        while keys := source.says("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            for key in keys:
                source.says("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)

    def end_move(self, slot: int, source: Node, target: Node) -> None:
        """The slot is the target's."""
        for node in (target, source):
            node.says("CLUSTER", "SETSLOT", slot, "NODE", target.identity())

    def close(self) -> None:
        for node in self.nodes:
            node.client.close()
            node.process.kill()
            node.process.wait()


def _answers(node: Node) -> bool:
    assert node.process.poll() is None, "redis-server ended at once: see its options"
    try:
        return bool(node.client.ping())
    except redis.RedisError:
        return False


def _until(holds: Any, else_: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, else_
        time.sleep(0.02)
