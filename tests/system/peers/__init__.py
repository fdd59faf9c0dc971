"""SMPP implementations that share no code with ours, from npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


class PeersMissing(Exception):
    """The system lacks what the peers need; the text says what to install."""


def install() -> None:
    """Put the locked packages into node_modules, once.  Raises PeersMissing."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise PeersMissing("the system tests need Node.js 18 or later with npm (Debian: apt-get install nodejs npm)")
    if _versions(HERE / "node_modules" / ".package-lock.json") == _versions(HERE / "package-lock.json"):
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise PeersMissing(f"`npm ci` in {HERE} failed; run it by hand to see why:\n{done.stderr[-2000:]}")


def _versions(lock: Path) -> dict[str, str] | None:
    if not lock.exists():
        return None
    packages = json.loads(lock.read_text())["packages"]
    return {name: package["version"] for name, package in packages.items() if name}
