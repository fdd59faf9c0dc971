"""A gateway with everything: SMS, hotline, monitor, /metrics, Redis with a password, receivers of alerts."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.gateway.monitor.served import TEMPLATES, add_users
from tests.system.gateway_process import CHECKOUT, Gateway, gateway, samples
from tests.system.hotline import free_port
from tests.system.pushing_smsc import PushingSmsc, pushing_smsc
from tests.system.redis_server import RedisServer

SECRETS = {"metrics-token": "m3trics-t0ken-of-ours", "hook": "wEbh00k-s3cret-of-ours", "mail": "m4il-p4ssw0rd-of-ours",
           "redis-password": "r3dis-p4ssw0rd-of-ours"}  # fmt: skip
KEYS = {"recalls.key": "9b3d71c4" * 8, "master.key": "c62f08da" * 8}


@dataclass
class Scene:
    """Everything that runs, and what each of its doors told."""

    smsc: PushingSmsc
    ours: Gateway
    ports: dict[str, int]
    told: list[tuple[str, bytes]]

    @property
    def monitor(self) -> str:
        return f"http://127.0.0.1:{self.ports['monitor']}"


def settings(ports: dict[str, int], redis_url: str) -> str:
    maps = CHECKOUT / "config" / "map"
    return f"""
[redis]
url = "{redis_url}"
password_file = "../redis-password"
probe_seconds = 0.05
[sms]
part_wait_seconds = 0.5
[logging]
level = "DEBUG"
queries = "all"
[health]
listen_port = {ports["health"]}
metrics_token_file = "../metrics-token"
[monitor]
listen_port = {ports["monitor"]}
users_path = "../users.json"
audit_path = "../audit.jsonl"
templates_path = "{TEMPLATES}"
registry_path = "{samples().database}"
registry_master_key_path = "../master.key"
[recalls]
key_file = "../recalls.key"
path = "../recalls.sqlite"
[voice]
listen_port = {ports["voice"]}
prompts_folder = "{CHECKOUT / "templates" / "voice"}"
override_folder = "../prompts"
cache_folder = "../voice"
recordings_folder = "../recordings"
recording_shortest_seconds = 0.5
[voice.speech]
engine_zh = ""
engine_en = ""
[insight]
scan_state_path = "../hotspots.state"
cases_path = "../cases.sqlite"
statistics_path = "../statistics.sqlite"
area_names_path = "{CHECKOUT / "config" / "area_names_en.csv"}"
centres_path = "{maps / "area_centres.csv"}"
map_path = "{maps / "china.geojson"}"
[[insight.webhooks]]
name = "desk"
url = "http://127.0.0.1:{ports["nobody"]}/"
secret_file = "../hook"
[insight.mail]
host = "127.0.0.1"
port = {ports["nobody"]}
sender = "zhenma@example.cn"
recipients = ["desk@example.cn"]
username = "us"
password_file = "../mail"
"""


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    ports = {name: free_port(socket.SOCK_STREAM) for name in ("health", "monitor", "voice", "nobody")}
    masters = {"master.key": f"1 {KEYS['master.key']}"}
    for name, text in (SECRETS | KEYS | masters).items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="ascii")
    add_users(folder / "users.json")
    server = RedisServer(folder)
    server.start()
    redis.Redis(unix_socket_path=str(server.socket)).config_set("requirepass", SECRETS["redis-password"])
    try:
        async with (
            pushing_smsc() as smsc,
            gateway(folder, smsc.port, settings=settings(ports, server.url)) as ours,
        ):
            await smsc.until(lambda: any(session.bound for session in smsc.sessions))
            yield Scene(smsc, ours, ports, [])
    finally:
        server.close()
