"""SMS, hotline, monitor, /metrics, cases and faults in one run: nothing of it tells a number, a password or a key."""

from __future__ import annotations

import http.client
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from twisted.internet.threads import deferToThread

from gateway.monitor import Role
from gateway.monitor.accounts import Account
from gateway.monitor.users import Users
from ivr.simulator import SimulatedPhone, converse
from tests.gateway.monitor.served import PASSWORD as MONITOR_PASSWORD
from tests.gateway.monitor.served import USERS
from tests.smpp.smsc import deliver_sm, pdu
from tests.system.everything import KEYS, SECRETS, Scene, scene
from tests.system.gateway_process import PASSWORD, PSEUDONYM_KEY, SHORT_NUMBER, TOKEN, Program, samples
from tests.system.in_reactor import in_reactor
from tests.system.leaks import Search
from tests.system.monitor_visitor import Visitor

pytestmark = pytest.mark.system

PHONES = [f"1391234{number:04d}" for number in range(5670, 5680)]
CALLER = "13787654321"
MENTIONED = "15998765432"  # in the texts of others, and in what is no message at all
MUST_BE_SEEN = {
    "/account", "/alerts", "/api/cases", "/api/cases/1", "/api/statistics", "/api/status", "/audit", "/carriers/mobile",
    "/carriers/mobile/reconciliation.csv", "/cases", "/cases/1", "/cases.csv", "/china.svg", "/complaints", "/coverage",
    "/enterprises/1", "/hotline", "/overview", "/reconciliation", "/statistics", "/statistics.csv", "/api/series",
}  # fmt: skip
WRONG = ("a-wr0ng-pa55word", "a-wr0ng-t0ken-altogether")
_HELD_BY_DESIGN = (*SECRETS, *KEYS, "token", "secret", "pseudonyms.key")


async def people_text(found: Scene) -> None:
    """However a carrier writes numbers; about one code, so that it becomes a case; with numbers in the texts."""
    (code,) = samples().fresh(1)
    for number, phone in enumerate(PHONES[:7]):
        await found.smsc.exchange(("86", "+86", "")[number % 3] + phone, code)
    await found.smsc.exchange(f"86{PHONES[0]}", f"JB {code} call me at {MENTIONED}")
    await found.smsc.exchange(f"86{PHONES[7]}", f"my number is +86 {MENTIONED[:3]} {MENTIONED[3:7]} {MENTIONED[7:]}")
    await found.smsc.exchange(f"86{PHONES[8]}", samples().of_kind["unknown"])
    noted = await found.smsc.exchange(f"+86{PHONES[1]}", "tell me")
    assert noted is not None
    assert b"Noted: if" in noted


async def a_caller_calls(found: Scene) -> None:
    """And asks, and reports."""
    (code,) = samples().fresh(1)
    keys = iter([f"{code}#", "9", "#"])
    phone = SimulatedPhone(lambda: next(keys, ""), lambda path: None)

    def call() -> None:
        with socket.create_connection(("127.0.0.1", found.ports["voice"]), timeout=20) as server:
            converse(server, phone, CALLER, SHORT_NUMBER, ("language=zh",))

    await deferToThread(call)


async def a_peer_sends_nonsense(found: Scene) -> None:
    """With a number in it: cut short, of an unknown command, half of a long message, a receipt of nobody's."""
    number = b"86" + MENTIONED.encode()
    address = b"\0\x01\x01" + number
    session = found.smsc.sessions[0]
    text = b"id:77 sub:001 dlvrd:001 stat:DELIVRD err:000 text:" + number
    tail = b"\0\x00\x0195001111\0\x04\0\0\0\0\0\0\0\0" + bytes((len(text),)) + text
    data = b"\0\x01\x01" + number + b"\0\0\x0195001111\0\x04\0\0"
    for sequence_number, (command_id, body) in enumerate(
        [(0x103, address), (0x42, address + tail), (0x103, data + b"\x04\x24\xff\xff" + number), (0x103, data)],
        9_000_001,
    ):
        session.transport.write(pdu(command_id, sequence_number, body))
    half = b"\x05\0\x03\x07\x02\x01" + MENTIONED.encode()
    session.in_flight[9_000_009] = PHONES[9].encode()
    found.smsc.texts[PHONES[9].encode()] = b"?"
    session.transport.write(deliver_sm(9_000_009, source=PHONES[9].encode(), text=half, esm_class=0x40))
    await found.smsc.until(lambda: PHONES[9].encode() in found.smsc.replies)
    session.transport.write(b"\xff\xff\xff\xff\0\0\0\x05" + number * 20)
    await found.smsc.until(lambda: session not in found.smsc.sessions)
    await found.smsc.until(lambda: any(each.bound for each in found.smsc.sessions))


def ask_registry(path: Path, method: str, address: str, token: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("registry")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request(method, address, body, {"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    told = answer.read() + str(answer.headers).encode()
    connection.close()
    return answer.status, told


async def every_door_is_tried(found: Scene, folder: Path) -> None:
    """With right and with wrong words; `told` gathers the answers."""

    def knock() -> None:
        health = Visitor(f"http://127.0.0.1:{found.ports['health']}")
        statuses = [health.ask("/metrics", token=token)[0] for token in (SECRETS["metrics-token"], WRONG[1])]
        assert (*statuses, health.ask("/nope")[0], health.ask("/healthz")[0]) == (200, 401, 404, 200)
        assert health.ask("/readyz")[0] == 200
        found.told += health.told
        for method, address, token, body, status in (
            ("GET", "/v1/nope", TOKEN, None, 404),
            ("GET", "/v1/products", WRONG[1], None, 401),
            ("POST", "/v1/codes/lookup", TOKEN, f'{{"codes": "{MENTIONED}"', 400),
        ):
            got, told = ask_registry(folder / "registry.sock", method, address, token, body)
            found.told.append((f"registry {address} ({got})", told.replace(MENTIONED.encode(), b"")))
            assert got in (status, 404, 405, 422), (address, got)

    await deferToThread(knock)


def pages_of(found: Scene, role: Role) -> dict[str, int]:
    visitor = Visitor(found.monitor)
    status = visitor.sign_in(USERS[role].name, MONITOR_PASSWORD)
    assert status == (404 if role is Role.ENTERPRISE else 200)  # theirs is not in the registry
    statuses = visitor.go_everywhere("/", "/account", "/api/status", "/api/series?measures=mo", "/api/statistics",
                                 "/statistics.csv", "/api/cases", "/cases.csv", "/nope", "/api/nope")  # fmt: skip
    found.told += [(f"{role} {where}", body) for where, body in visitor.told]
    return statuses


def doors_of_the_monitor(found: Scene, tokens: list[str]) -> None:
    visitor = Visitor(found.monitor)
    assert visitor.sign_in(USERS[Role.OPERATOR].name, WRONG[0]) == 403
    assert visitor.sign_in(WRONG[0], WRONG[0]) == 403
    assert visitor.ask("/api/status", token=WRONG[1])[0] == 401
    assert visitor.ask("/api/status", token=tokens[0])[0] == 200
    assert visitor.ask("/account/tokens", {"label": "x"})[0] in (400, 401, 403)
    found.told += visitor.told


async def commands_tell(found: Scene, folder: Path) -> None:
    """What each command writes for others."""
    config, journal = ("--config", str(found.ours.config)), ("--journal", str(found.ours.journal))
    for words in (
        ("insight", *config, "--once"),
        ("journal", "export", "queries", *journal, "--format", "json"),
        ("journal", "export", "lookups", *journal, "--format", "csv"),
        ("journal", "verify", *journal),
        ("statistics", *config, "--by", "channel,county", "--format", "json"),
        ("cases", *config, "--format", "json", "show", "1"),
        ("cases", *config, "--format", "json", "complaints"),
        ("reconcile", *config, "--month", f"{datetime.now(UTC):%Y-%m}", "--format", "csv"),
        ("users", "list", *config),
        ("audit", "list", *config),
        ("check", *config),
    ):
        program = Program(" ".join(words[:2]), *words)
        status = await program.exited
        told = "\n".join(program.log)
        assert status == 0, (words, told)
        found.told.append((f"command {' '.join(words)}", told.encode()))


def redis_values(folder: Path) -> bytes:
    """Every key with its value, of whatever type."""
    client: Any = redis.Redis(unix_socket_path=str(folder / "redis.sock"), password=SECRETS["redis-password"])
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }
    found = [(key, readers[client.type(key)](key)) for key in client.scan_iter()]
    assert found
    flat = [key + b"\n" + (value if isinstance(value, bytes) else repr(value).encode()) for key, value in found]
    client.close()
    return b"\n".join(flat)


@in_reactor
async def test_nothing_that_is_kept_or_told_names_a_number_a_password_or_a_key(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:
        await people_text(found)
        await a_caller_calls(found)
        await a_peer_sends_nonsense(found)
        await found.ours.kill_registry()
        (late,) = samples().fresh(1)
        assert await found.smsc.exchange(f"86{PHONES[9]}", late) is not None  # the promise
        opened = Search.of([PHONES[9]])
        opened.files(tmp_path)
        assert {Path(leak.where).name.partition("-")[0] for leak in opened.leaks} == {"journal.sqlite"}
        assert await found.ours.end("KILL") == -9
        await found.ours.start_registry()
        await found.ours.start()
        said = "首次查询".encode("utf-16-be")
        await found.smsc.until(lambda: any(said in body for body in found.smsc.replies[b"86" + PHONES[9].encode()]))
        await commands_tell(found, tmp_path)
        tokens: list[str] = []

        def with_token(account: Account) -> Account:
            changed, token = account.with_token("for tests", 1.0)
            tokens.append(token)
            return changed

        Users(tmp_path / "users.json").change(USERS[Role.OPERATOR].name, with_token)
        await every_door_is_tried(found, tmp_path)
        await deferToThread(doors_of_the_monitor, found, tokens)
        seen = {role: await deferToThread(pages_of, found, role) for role in USERS}
        good = {page for statuses in seen.values() for page, status in statuses.items() if status == 200}
        assert good >= MUST_BE_SEEN, (MUST_BE_SEEN - good, seen)
        heard = {page: seen[Role.REGULATOR][page] for page in seen[Role.REGULATOR] if page.endswith("/recording")}
        assert list(heard.values()) == [200], seen[Role.REGULATOR]  # what the caller reported on the telephone
        (tmp_path / "cases.sqlite").write_bytes(b"no database at all" * 400)
        await deferToThread(pages_of, found, Role.REGULATOR)
        assert any("/cases (50" in where for where, _ in found.told)
        secrets = [PASSWORD, TOKEN, MONITOR_PASSWORD, *SECRETS.values(), *WRONG, *tokens]
        search = Search.of([*PHONES, CALLER, MENTIONED], secrets, [PSEUDONYM_KEY, *KEYS.values()])
        search.octets(redis_values(tmp_path), "Redis")
        assert await found.ours.end("TERM") == 0
        for log in (*found.ours.logs, *found.ours.registry_logs):
            search.text("\n".join(log), "a log")
        for where, told in found.told:
            search.octets(told, where)
        search.files(tmp_path, but=_HELD_BY_DESIGN)
        search.files(samples().database.parent)
        assert search.leaks == []
        assert search.searched_octets > 1_000_000
