"""What the registry's server needs to know, and how the operator writes it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.registry.service.desk import DeskRules

DEFAULT_LISTEN = "127.0.0.1:8600"
TOKEN_VARIABLE = "ZHENMA_REGISTRY_TOKEN"  # noqa: S105 - the name of a variable
_MIN_TOKEN_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen: a Unix socket at `path`, or TCP at `host` and `port` (0 for any free one)."""

    path: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """`database` is a path (SQLite) or a URL, which may hold a password; `token` lets the gateway in; `desk`:
    how steps are taken."""

    database: str = field(repr=False)
    listen: Listen
    token: str = field(repr=False)
    desk: DeskRules = field(default_factory=DeskRules)


def parse_listen(text: str) -> Listen:
    """`HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.  Raises SettingsFault."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Listen(path=text.removeprefix("unix:"))
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        raise SettingsFault(f"--listen {text}: write HOST:PORT (such as {DEFAULT_LISTEN}) or unix:PATH")
    return Listen(host=host.removeprefix("[").removesuffix("]"), port=int(port))


def read_token(token_file: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The token from a file, or else from the environment.  Raises SettingsFault, which never quotes it."""
    if token_file is None:
        token, source = environment.get(TOKEN_VARIABLE, ""), f"the environment variable {TOKEN_VARIABLE}"
    else:
        try:
            token, source = Path(token_file).read_text(encoding="utf-8"), token_file
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsFault(f"the token file {token_file} cannot be read: {exc}") from exc
    token = token.strip()
    if len(token) < _MIN_TOKEN_CHARACTERS or not (token.isascii() and token.isprintable() and " " not in token):
        raise SettingsFault(
            f"{source} holds no token: write {_MIN_TOKEN_CHARACTERS} or more printable ASCII characters without spaces"
        )
    return token
