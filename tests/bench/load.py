"""The load generator: where it is, how it is run, what it found."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.simulate.children import ChildFailed


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of the generator found.  CPU and memory are the client's (the gateway's) own."""

    mt_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_seconds_per_10k: float
    mt_per_cpu_second: float
    memory_mib: float
    lost: int
    duplicates: int
    nacked: int


def generator(path: Path, build: Path) -> Path:
    """The smscload program at `path`, built into `build` if `path` is the folder of its source."""
    if path.is_file():
        return path.resolve()
    binary = build / "smscload"
    build.mkdir(parents=True, exist_ok=True)
    if not binary.exists():
        compiler = shutil.which("cc") or "gcc"
        source = path / "smscload.c"
        if not source.is_file():
            raise ChildFailed(f"{path} is neither the smscload program nor the folder of its source")
        subprocess.run([compiler, "-O2", "-std=gnu11", "-o", str(binary), str(source), "-lm"], check=True)
    return binary.resolve()


class Load:
    """Runs the generator on one port; `watched` names the processes whose CPU and memory it reports."""

    def __init__(self, program: Path, place: Path, port: int = 28_775) -> None:
        self.port = port
        self._program = program
        self._place = place

    async def run(self, watched: Mapping[str, int], *options: str) -> Summary:
        """One run, to its end.  Raises ChildFailed."""
        watch = self._place / "watch"
        watch.write_text("".join(f"{name} {pid}\n" for name, pid in watched.items()), encoding="ascii")
        process = await asyncio.create_subprocess_exec(
            str(self._program),
            *("--port", str(self.port), "--watch", str(watch), "--dest", "95001111", *options),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        if not output.strip():
            raise ChildFailed(f"smscload ended with status {process.returncode} and said nothing")
        return _summary(json.loads(output.splitlines()[-1]), next(iter(watched)))


def _summary(found: dict[str, Any], client: str) -> Summary:
    used = found["watched"][client]
    cpu_seconds = used["user_s"] + used["sys_s"]
    answered = max(1, found["mt"])
    return Summary(
        mt_per_s=found["mt_per_s"],
        p50_ms=found["mt_latency_ms"]["p50"],
        p99_ms=found["mt_latency_ms"]["p99"],
        cpu_seconds_per_10k=cpu_seconds * 10_000 / answered,
        mt_per_cpu_second=answered / max(cpu_seconds, 0.01),
        memory_mib=used["rss_kb"] / 1024,
        lost=found["lost"],
        duplicates=found["duplicates"],
        nacked=found["mo_nacked"],
    )
