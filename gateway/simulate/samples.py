"""The sample registry of a simulation: made anew each day, for some of its products expire, and kept for that day."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.simulate.children import Children

PLAN = Path(__file__).with_name("plan.csv")
"""How many enterprises there are to sign up; made up, as they are."""
_ENTERPRISES = Path(__file__).with_name("enterprises.csv")
_CHECKOUT = Path(__file__).resolve().parents[2]
_FIRST_FURTHER = 7  # the number of the first enterprise that follows those of the samples
_WITH_KEYS = 3
_STEP = ("--by", "make run", "--why", "sample")


class Samples:
    """The registry in `folder`: its database, codes to try, master key; with at least `active_codes` for load."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self.folder = folder
        self.active_codes = 0
        self.database = folder / "registry.sqlite"
        self.codes = folder / "codes.json"
        self.master_key = folder / "master.key"
        self._logs = logs

    async def make(self, tell: Callable[[str], None]) -> None:
        """Make them unless today's are there.  Raises ChildFailed."""
        today = datetime.now(UTC).date().isoformat()
        mark = self.folder / f"made-{today}-{self.active_codes}-{_version()}"
        if mark.exists():
            return
        tell("a registry with sample products")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.master_key.touch(mode=0o600)
        self.master_key.write_text(f"1 {secrets.token_hex(32)}\n", encoding="ascii")
        makers = Children(self._logs)
        try:
            await self._fill(makers)
        finally:
            await makers.stop()
        mark.touch()

    async def _fill(self, makers: Children) -> None:
        codes, active = ("--codes", str(self.codes)), ("--active-codes", str(self.active_codes))
        await self._registry(makers, "make-samples", *codes, *active)
        if self.active_codes:
            output = str(self.folder / "active.txt")
            await self._registry(makers, "export-codes", "--count", str(self.active_codes), "--output", output)
            return
        await self._registry(makers, "sign-up", "--csv", str(_ENTERPRISES), *_STEP)
        for number in range(_FIRST_FURTHER, _FIRST_FURTHER + _WITH_KEYS):
            key = ("--enterprise", str(number), "--public-key", secrets.token_hex(32))
            await self._registry(makers, "issue-operator-key", *key, *_STEP)

    async def _registry(self, makers: Children, command: str, *options: str) -> None:
        """One command of the registry, to its end."""
        await makers.start(
            "samples",
            *(sys.executable, "-m", "gateway", "registry", command, "--database", str(self.database), *options),
            variables={"PYTHONPATH": str(_CHECKOUT)},
        )
        await makers.finished("samples")


def _version() -> str:
    """Changes when the registry's code does: samples of another version are made anew."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in (_CHECKOUT / "gateway" / "registry", _CHECKOUT / "gateway" / "simulate"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".csv"):
                digest.update(path.read_bytes())
    return digest.hexdigest()
