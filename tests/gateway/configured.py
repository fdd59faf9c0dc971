"""A folder of settings that would start, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG = _CHECKOUT / "config"
TEMPLATES = _CHECKOUT / "templates" / "sms"

GATEWAY = f"""
templates_path = "{TEMPLATES}"
areas_path = "{CONFIG / "areas.csv"}"
area_aliases_path = "{CONFIG / "area_aliases.csv"}"
[records]
path = "journal.sqlite"
pseudonym_keys = {{ k1 = "k1.key" }}
"""
CARRIER = """
numbers = ["95001111"]
[[links]]
name = "one"
host = "smsc.example.net"
port = 2775
system_id = "zhenma"
password_env = "CARRIER_PASSWORD"
"""
PASSWORD = "s3cret"


def configured(folder: Path, gateway: str = GATEWAY, **carriers: str) -> Path:
    """The folder, with gateway.toml, a carrier each of `carriers` (or one), and a pseudonym key."""
    (folder / "carriers").mkdir()
    (folder / "gateway.toml").write_text(gateway, encoding="utf-8")
    (folder / "k1.key").touch(mode=0o600)
    (folder / "k1.key").write_text("ab" * 32, encoding="utf-8")
    for name, text in (carriers or {"mobile": CARRIER}).items():
        (folder / "carriers" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder
