"""After a run with everything in it: no clear number, password or key is found where it may not be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, select

from tests.smpp.smsc import deliver_sm
from tests.system.gateway_process import PASSWORD, PSEUDONYM_KEY, TOKEN, Program, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.leaks import Search
from tests.system.loads import load, replies_in_words
from tests.system.postgresql_server import postgresql_server
from tests.system.pushing_smsc import pushing_smsc
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

_NODES = '[nodes]\nurl_file = "../nodes-url"\nship_seconds = 0.1\nopen_queries = "replicated"\n'
_SECOND_KEY = "a7" * 32


def redis_dump(folder: Path) -> bytes:
    """Every key and value, as Redis itself writes them to disk."""
    return (folder / "dump.rdb").read_bytes()


def found_in(octets: bytes, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret.encode() in octets]


def shared_tables(url: str) -> dict[str, list[bytes]]:
    """Each row of each table of the database, as octets."""
    engine, there = create_engine(url), MetaData()
    there.reflect(engine)
    with engine.connect() as connection:
        found = {name: connection.execute(select(table)).all() for name, table in there.tables.items()}
    engine.dispose()
    return {
        name: [b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in row) for row in rows]
        for name, rows in found.items()
    }


@in_reactor
async def test_no_number_password_or_key_is_left_anywhere(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path, "--save", "3600 1", "--rdbcompression", "no")
    redis.start()
    try:
        async with (
            pushing_smsc() as smsc,
            gateway(tmp_path, smsc.port, redis_url=redis.url, settings='[logging]\nlevel = "DEBUG"\n') as ours,
        ):
            secret_texts = ("call me at 13912345678", "my code is 110101199003070652", "")
            load(smsc, 60)
            for phone, text in zip(phones(500), secret_texts, strict=False):
                smsc.text(phone, text or samples().of_kind["unknown"])
            await smsc.until_answered()
            assert await ours.end("KILL") == -9
            await ours.start()
            await ours.kill_registry()
            load(smsc, 10, first=100)
            await smsc.until_taken(73)
            await smsc.until(lambda: replies_in_words(smsc, "您的查询已受理") == 10)
            await ours.start_registry()
            await smsc.until(lambda: replies_in_words(smsc, "首次查询") == 70)
            assert await ours.end("TERM") == 0
            redis.save()
            numbers = [phone.decode()[2:] for phone in smsc.texts]
            secrets = [*numbers, "13912345678", "110101199003070652", PASSWORD, PSEUDONYM_KEY, TOKEN]
            log = "\n".join(line for lines in ours.logs for line in lines).encode()
            assert found_in(log, secrets) == []
            assert found_in(redis_dump(tmp_path), secrets) == []
            for path in tmp_path.glob("journal.sqlite*"):
                assert found_in(path.read_bytes(), secrets) == [], path
            export = Program(
                "export", "journal", "export", "queries", "--journal", str(ours.journal), "--format", "json"
            )
            assert await export.exited == 0
            assert len(export.log) > 73
            assert found_in("\n".join(export.log).encode(), secrets) == []
    finally:
        redis.close()


def second_key(folder: Path) -> Path:
    """Beside the first one, its owner's alone."""
    path = folder / "second.key"
    path.touch(mode=0o600)
    path.write_text(_SECOND_KEY, encoding="ascii")
    return path


def looked_up(journal: Path) -> list[tuple[str, str]]:
    """Caller and verdict of each look-up in the log, the oldest first."""
    with closing(sqlite3.connect(journal)) as connection:
        return connection.execute("SELECT caller, verdict FROM lookups ORDER BY uid").fetchall()


@in_reactor
async def test_a_new_pseudonym_key_does_not_split_a_caller(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        (code, other) = samples().fresh(2)
        old, new = "8613811110000", "8613822220000"
        await smsc.exchange(old, code)
        assert await ours.end("TERM") == 0
        second_key(tmp_path)
        ours.configure(keys='{ k2 = "../second.key", k1 = "../pseudonyms.key" }')
        await ours.start()
        await smsc.exchange(old, f"{code} again")
        await smsc.exchange(new, code)
        await smsc.exchange(new, other)
        assert await ours.end("TERM") == 0
        found = looked_up(ours.journal)
        callers = [caller for caller, _ in found]
        assert [verdict for _, verdict in found[2:]] == ["repeated_other", "first"]
        assert found[1][1] in ("first", "repeated_same")  # whoever asked first asks again: a retry, or a repetition
        assert [caller.partition(":")[0] for caller in callers] == ["k1", "k1", "k2", "k2"]
        assert callers[0] == callers[1]
        assert len(set(callers)) == 2


@in_reactor
async def test_with_its_key_dropped_a_caller_counts_as_a_new_one_and_codes_asked_for_stay_so(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        (code, other) = samples().fresh(2)
        phone = "8613811110000"
        await smsc.exchange(phone, code)
        assert await ours.end("TERM") == 0
        second_key(tmp_path)
        (tmp_path / "pseudonyms.key").unlink()
        ours.configure(keys='{ k2 = "../second.key" }')
        await ours.start()
        await smsc.exchange(phone, code)
        await smsc.exchange(phone, other)
        await smsc.exchange(phone, f"{other} again")
        assert await ours.end("TERM") == 0
        ours.assert_sound(4)
        ours.assert_quiet_about(phone)
        found = looked_up(ours.journal)
        assert [caller.partition(":")[0] for caller, _ in found] == ["k1", "k2", "k2", "k2"]
        assert len({caller for caller, _ in found[1:]}) == 1
        assert [verdict for _, verdict in found[:3]] == ["first", "repeated_other", "first"]
        assert found[3][1] in ("first", "repeated_same")


@in_reactor
async def test_a_key_that_others_may_read_is_told_at_the_start_and_at_a_reload_and_serves(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        (code,) = samples().fresh(1)
        assert "others may read" not in "\n".join(ours.logs[0])
        assert await ours.end("TERM") == 0
        (tmp_path / "pseudonyms.key").chmod(0o644)
        await ours.start()
        (tmp_path / "secret").chmod(0o640)
        told = await ours.reload("password_file: others may read or write")
        assert "(mode 0640): chmod 600 it" in told
        assert await smsc.exchange("8613811110000", code) is not None
        assert await ours.end("TERM") == 0
        lines = [
            line for line in ours.logs[1] if "pseudonym_keys.k1: others may read" in line and "(mode 0644)" in line
        ]
        assert len(lines) == 2  # at the start, and at the reload
        assert all("WARNING" in line for line in lines)


@in_reactor
async def test_the_database_that_nodes_share_names_no_number_once_all_is_answered(tmp_path: Path) -> None:
    settings = f"{_NODES}[sms]\npart_wait_seconds = 0.5\n"
    with postgresql_server() as url:
        (tmp_path / "nodes-url").touch(mode=0o600)
        (tmp_path / "nodes-url").write_text(url, encoding="ascii")
        async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, top="node = 1", settings=settings) as ours:
            load(smsc, 20)
            smsc.text("8613812340000", "call me at 13912345678")
            await smsc.until_answered()
            whole = "8613812341111"
            session = smsc.sessions[0]
            smsc.texts[whole.encode()] = b"?"
            for number, half in ((1, b"my number is "), (2, b"13912345678")):
                session.in_flight[9_000_000 + number] = whole.encode()
                part = bytes((5, 0, 3, 7, 2, number)) + half
                session.transport.write(
                    deliver_sm(9_000_000 + number, source=whole.encode(), text=part, esm_class=0x40)
                )
            await smsc.until(lambda: whole.encode() in smsc.replies)
            assert await ours.end("TERM") == 0
            numbers = [phone.decode()[2:] for phone in smsc.texts]
            tables = shared_tables(url)
            assert len(tables["query_log"]) == len(numbers)
            assert tables["open_queries"] == tables["claims"] == []
            search = Search.of([*numbers, "13912345678"], [PASSWORD, TOKEN], [PSEUDONYM_KEY])
            for name, rows in tables.items():
                search.octets(b"\n".join(rows), name)
            assert search.leaks == []
