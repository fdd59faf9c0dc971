"""A folder of settings for the monitor's commands."""

from __future__ import annotations

from pathlib import Path


def configured(folder: Path) -> list[str]:
    """The arguments that name it."""
    text = '[monitor]\nusers_path = "users.json"\naudit_path = "audit.jsonl"\n'
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    return ["--config", str(folder)]
