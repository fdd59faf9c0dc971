"""An Asterisk for tests and trials without root: Debian's packages, unpacked into a folder and run by their own loader.

`python -m ivr.asterisk_tree FOLDER` fetches it once (20 MB, seconds).  An Asterisk on PATH is always preferred.
Debian 12 and 13 have no asterisk, so the packages come from a suite that has it, through the mirror that this
machine's apt is already configured with.  Nothing is installed and no maintainer script runs.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

SUITES = ("sid", "bullseye")  # Asterisk 22 and 16; the second if the first is in the middle of a transition
_DEADLINE_SECONDS = 240
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# what asterisk-modules depends on serves hardware and databases; the modules that we load need none of it
_LEAVES = ("asterisk-modules", "asterisk-config", "asterisk-core-sounds-en", "asterisk-core-sounds-en-gsm", "adduser")


class AsteriskUnavailable(Exception):
    """No Asterisk here and none to be had: install the package `asterisk`, or mend the machine's apt mirror."""


@dataclass(frozen=True, slots=True)
class AsteriskTree:
    """How to start Asterisk: the words before its own options, and where its modules and documentation are."""

    command: tuple[str, ...]
    modules: Path
    documentation: Path


def find(cache: Path) -> AsteriskTree:
    """The system's Asterisk, or the one in `cache`, fetched now if need be.  Raises AsteriskUnavailable."""
    installed = shutil.which("asterisk")
    if installed:
        modules = next(Path("/usr/lib").glob("**/asterisk/modules"), Path("/usr/lib/asterisk/modules"))
        return AsteriskTree((installed,), modules, Path("/usr/share/asterisk/documentation"))
    if not (cache / "usr/sbin/asterisk").exists():
        fetch(cache)
    return _in_tree(cache)


def fetch(cache: Path) -> None:
    """Download and unpack into `cache`, which appears whole or not at all.  Raises AsteriskUnavailable."""
    faults = []
    cache.parent.mkdir(parents=True, exist_ok=True)
    for suite in SUITES:
        with tempfile.TemporaryDirectory(dir=cache.parent, prefix="asterisk-") as work:
            try:
                tree = _unpack(Path(work), suite)
            except (OSError, subprocess.SubprocessError, AsteriskUnavailable) as exc:
                faults.append(f"{suite}: {getattr(exc, 'stderr', '') or exc}")
                continue
            if not cache.exists():
                tree.rename(cache)
            return
    raise AsteriskUnavailable("no Asterisk could be fetched; install the package asterisk. " + "; ".join(faults))


def _in_tree(cache: Path) -> AsteriskTree:
    loader = next(iter(sorted(cache.glob("**/ld-linux*.so.*"))), None)
    modules = next(iter(sorted(cache.glob("usr/lib/**/asterisk/modules"))), None)
    if loader is None or modules is None:
        raise AsteriskUnavailable(f"{cache} is no whole Asterisk: remove it and try again")
    libraries = {str(path.parent) for path in cache.glob("**/*.so.*") if "asterisk/modules" not in str(path)}
    command = (str(loader), "--library-path", ":".join(sorted(libraries)), str(cache / "usr/sbin/asterisk"))
    return AsteriskTree(command, modules, cache / "usr/share/asterisk/documentation")


def _unpack(work: Path, suite: str) -> Path:
    environment = _private_apt(work, suite)
    _run(["apt-get", "update"], environment, work)
    packages = _closure("asterisk", environment, work)
    downloads = work / "debs"
    downloads.mkdir()
    _run(["apt-get", "download", *packages], environment, downloads)
    tree = work / "tree"
    tree.mkdir()
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(tree)], environment, work)
    if not (tree / "usr/sbin/asterisk").exists():
        raise AsteriskUnavailable(f"the packages of {suite} hold no usr/sbin/asterisk")
    return tree


def _private_apt(work: Path, suite: str) -> dict[str, str]:
    """An apt of its own whose status file is empty, so that dependencies are resolved down to libc."""
    for folder in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "dpkg"):
        (work / folder).mkdir(parents=True)
    (work / "dpkg/status").write_text("")
    signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
    (work / "sources.list").write_text(f"deb {signed}{_mirror()} {suite} main\n")
    options = [
        f'Dir::State "{work}";',
        f'Dir::State::Lists "{work}/lists";',
        f'Dir::State::status "{work}/dpkg/status";',
        f'Dir::Cache "{work}/cache";',
        f'Dir::Etc::SourceList "{work}/sources.list";',
        'Dir::Etc::SourceParts "/dev/null";',
        f'Dir::Etc::Preferences "{work}/etc/preferences";',
        f'Dir::Etc::PreferencesParts "{work}/etc/preferences.d";',
        'APT::Sandbox::User "root";',
        'Acquire::Check-Valid-Until "false";',
        'Acquire::Languages "none";',
    ]
    (work / "apt.conf").write_text("\n".join(options) + "\n")
    return {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C"}


def _mirror() -> str:
    """The Debian mirror in this machine's own apt configuration."""
    wanted = ["Identifier: Packages", "Origin: Debian"]
    listed = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted], dict(os.environ), Path.cwd())
    mirrors = sorted({line.rstrip("/") for line in listed.split() if "security" not in line}, key=len)
    if not mirrors:
        raise AsteriskUnavailable("apt knows no Debian mirror here: run apt-get update, or install asterisk")
    return mirrors[0]


def _closure(package: str, environment: dict[str, str], work: Path) -> list[str]:
    """`package` and what it needs, breadth-first, without what the leaves need."""
    found: list[str] = []
    waiting = [package]
    while waiting:
        level = [name for name in dict.fromkeys(waiting) if name not in found]
        found.extend(level)
        asked = [name for name in level if name not in _LEAVES]
        waiting = _depends(asked, environment, work) if asked else []
    return found


def _depends(packages: list[str], environment: dict[str, str], work: Path) -> list[str]:
    """Direct dependencies, the first of alternatives, a virtual package by its first provider."""
    options = ["--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances"]
    listed = _run(["apt-cache", "depends", *options, *packages], environment, work)
    names: list[str] = []
    virtual = skip_next = False
    for line in listed.splitlines():
        alternative = re.match(r" ([ |])(?:Pre)?Depends: (<?)([^ <>]+)", line)
        provider = re.match(r" {4}([a-z0-9][^ ]*)$", line)
        if alternative:
            wanted = not skip_next
            skip_next = alternative[1] == "|"
            virtual = wanted and alternative[2] == "<"
            if wanted and not virtual:
                names.append(alternative[3].split(":")[0])
        elif provider and virtual:
            names.append(provider[1].split(":")[0])
            virtual = False
    return names


def _run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, check=True, capture_output=True, text=True, timeout=_DEADLINE_SECONDS
    )
    return done.stdout


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    tree_found = find(Path(sys.argv[1] if len(sys.argv) > 1 else ".cache/asterisk").resolve())
    _log.info("Asterisk starts with %s", " ".join(tree_found.command))
