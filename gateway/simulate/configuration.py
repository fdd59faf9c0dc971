"""The configuration of a simulation's gateway, written anew for each run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from gateway.simulate.exchange import Exchange
from gateway.simulate.samples import PLAN, Samples

SHORT_NUMBER = "95001111"
CREDENTIALS = ("zhenma", "trial")
_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is written into `place`/config, beside which the run's other files are."""

    place: Path
    samples: Samples
    monitor_port: int
    hotline_port: int

    def write_gateway(self, redis: Path | None, exchange: Exchange | None, *, with_figures: bool) -> None:
        """gateway.toml; `redis` is a server's socket, `with_figures` says that the products' figures were written."""
        secret_file(self.place / "pseudonyms.key", secrets.token_hex(32))
        folder = self.place / "config"
        folder.mkdir()
        redis_table = f'[redis]\nurl = "unix://{redis}"\n' if redis else ""
        tables = (self._top(), redis_table, self._voice(exchange), self._monitor(), self._insight(with_figures))
        (folder / "gateway.toml").write_text("".join(tables), encoding="utf-8")

    def write_carrier(self, port: int, links: int, window: int) -> None:
        """The simulated SMSC, bound by so many links."""
        secret_file(self.place / "smsc-password", CREDENTIALS[1])
        carriers = self.place / "config" / "carriers"
        carriers.mkdir()
        named = "".join(f'[[links]]\nname = "simulator-{n}"\n' for n in range(1, links + 1))
        (carriers / "simulator.toml").write_text(
            f'numbers = ["{SHORT_NUMBER}"]\nreceipts = {str(links == 1).lower()}\n'
            f'[defaults]\nhost = "127.0.0.1"\nport = {port}\nwindow = {window}\n'
            f'system_id = "{CREDENTIALS[0]}"\npassword_file = "../../smsc-password"\n{named}',
            encoding="utf-8",
        )

    def _top(self) -> str:
        return (
            f'templates_path = "{_CHECKOUT / "templates" / "sms"}"\n'
            f'areas_path = "{_CHECKOUT / "config" / "areas.csv"}"\n'
            f'area_aliases_path = "{_CHECKOUT / "config" / "area_aliases.csv"}"\n'
            '[records]\npath = "../journal.sqlite"\npseudonym_keys = { k1 = "../pseudonyms.key" }\n'
            '[verification.backend]\nurl = "http://registry"\nsocket = "../registry.sock"\ntoken_file = "../token"\n'
        )

    def _voice(self, exchange: Exchange | None) -> str:
        folders = (
            f'[voice]\nlisten_port = {self.hotline_port}\nprompts_folder = "{_CHECKOUT / "templates" / "voice"}"\n'
            'cache_folder = "../voice"\nrecordings_folder = "../recordings"\n'
        )
        if exchange is None:
            return folders
        asterisk = exchange.asterisk
        secret_file(self.place / "asterisk-manager", asterisk.ami_secret)
        account = f'user = "{asterisk.ami_user}"\nsecret_file = "../asterisk-manager"\n'
        return f"{folders}[voice.manager]\nport = {asterisk.ami_port}\n{account}"

    def _monitor(self) -> str:
        return (
            f'[monitor]\nlisten_port = {self.monitor_port}\nusers_path = "../users.json"\n'
            f'audit_path = "../audit.jsonl"\ntemplates_path = "{_CHECKOUT / "templates" / "monitor"}"\n'
            f'registry_path = "{self.samples.database}"\nregistry_master_key_path = "{self.samples.master_key}"\n'
            f'registry_targets_path = "{PLAN}"\n'
        )

    def _insight(self, with_figures: bool) -> str:
        map_folder = _CHECKOUT / "config" / "map"
        return (
            '[insight]\ncases_path = "../cases.sqlite"\nstatistics_path = "../statistics.sqlite"\n'
            'scan_state_path = "../hotspots.state"\n'
            f'area_names_path = "{_CHECKOUT / "config" / "area_names_en.csv"}"\n'
            f'centres_path = "{map_folder / "area_centres.csv"}"\nmap_path = "{map_folder / "china.geojson"}"\n'
            + ('figures_path = "../products.csv"\n' if with_figures else "")
        )


def secret_file(path: Path, value: str) -> Path:
    """A file that only its owner can read, with this line."""
    path.touch(mode=0o600)
    path.write_text(value + "\n", encoding="utf-8")
    return path
