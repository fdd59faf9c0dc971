"""After a run with everything in it: no clear number, password or key is found where it may not be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.system.gateway_process import PASSWORD, PSEUDONYM_KEY, TOKEN, Program, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.loads import load, replies_in_words
from tests.system.pushing_smsc import pushing_smsc
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

_SECOND_KEY = "a7" * 32


def redis_dump(folder: Path) -> bytes:
    """Every key and value, as Redis itself writes them to disk."""
    return (folder / "dump.rdb").read_bytes()


def found_in(octets: bytes, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret.encode() in octets]


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


@in_reactor
async def test_a_new_pseudonym_key_does_not_split_a_caller(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        (code, other) = samples().fresh(2)
        old, new = "8613811110000", "8613822220000"
        await smsc.exchange(old, code)
        assert await ours.end("TERM") == 0
        (tmp_path / "second.key").write_text(_SECOND_KEY)
        ours.configure(keys='{ k2 = "../second.key", k1 = "../pseudonyms.key" }')
        await ours.start()
        await smsc.exchange(old, f"{code} again")
        await smsc.exchange(new, code)
        await smsc.exchange(new, other)
        assert await ours.end("TERM") == 0
        with closing(sqlite3.connect(ours.journal)) as journal:
            found = journal.execute("SELECT caller, verdict FROM lookups ORDER BY uid").fetchall()
        callers = [caller for caller, _ in found]
        assert [verdict for _, verdict in found[2:]] == ["repeated_other", "first"]
        assert found[1][1] in ("first", "repeated_same")  # whoever asked first asks again: a retry, or a repetition
        assert [caller.partition(":")[0] for caller in callers] == ["k1", "k1", "k2", "k2"]
        assert callers[0] == callers[1]
        assert len(set(callers)) == 2
