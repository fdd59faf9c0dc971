"""How one carrier account and its links are set up.  Every duration is in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from smpp.alphabets import DEFAULT_ALPHABETS
from smpp.errors import SettingsFault
from smpp.segments import Mode


class Bind(StrEnum):
    """How a link binds.  A pair is a transmitter and a receiver session that count as one link."""

    TRANSCEIVER = "transceiver"
    PAIR = "pair"
    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"


ReceiptIds = Literal["same", "hex", "decimal"]


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """TLS towards the SMSC, its certificate always verified.  Files are PEM, given as paths.

    `server_name` is what the certificate must name; empty: the link's host.  `authorities_path` holds the
    authorities to trust; empty: the system's.  `certificate_path` and `key_path` are our client certificate
    (chain allowed) and its key; empty: none is shown.
    """

    server_name: str = ""
    authorities_path: str = ""
    certificate_path: str = ""
    key_path: str = ""

    def __post_init__(self) -> None:
        if bool(self.certificate_path) != bool(self.key_path):
            raise SettingsFault("a client certificate needs both certificate_path and key_path: give both or neither")


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """One link: where it binds, as whom, and at which pace."""

    name: str
    host: str
    port: int
    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    bind: Bind = Bind.TRANSCEIVER
    interface_version: int = 0x34  # SMPP 3.4, 5.2.4
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    tls: TlsSettings | None = None
    window: int = 10  # submit_sm without their responses, at most
    segments_per_second: float = 0.0  # 0: no limit of ours
    service_type: str = ""
    default_alphabet: str = "gsm"  # what data_coding 0 means here
    long_messages: Mode = "udh"
    receipt_ids: ReceiptIds = "same"  # how a receipt writes the id that submit_sm_resp gave
    unanswered_limit: int = 1_000  # deliver_sm in hand; above it nothing more is read
    connect_timeout_seconds: float = 10.0
    bind_timeout_seconds: float = 10.0
    enquire_idle_seconds: float = 30.0  # silence before enquire_link
    enquire_timeout_seconds: float = 10.0
    response_timeout_seconds: float = 30.0  # for submit_sm_resp; then the peer must show that it lives
    answer_timeout_seconds: float = 9.0  # for our own deliver_sm_resp; then ESME_RX_T_APPN
    half_pdu_timeout_seconds: float = 10.0
    unbind_timeout_seconds: float = 5.0

    def __post_init__(self) -> None:
        for setting, limit in (("system_id", 15), ("password", 8), ("system_type", 12), ("address_range", 40)):
            value = getattr(self, setting)  # SMPP 3.4, 4.1.1: sizes with their NUL: 16, 9, 13, 41
            if len(value) > limit or not value.isascii() or "\0" in value:
                raise SettingsFault(f"link {self.name}: {setting} must be at most {limit} ASCII characters")
        if not 1 <= self.port <= 0xFFFF:
            raise SettingsFault(f"link {self.name}: port must be 1 to 65535, not {self.port}")
        if len(self.service_type) > 5 or not self.service_type.isascii():  # 5.2.11
            raise SettingsFault(f"link {self.name}: service_type must be at most 5 ASCII characters")
        if self.window < 1 or self.unanswered_limit < 1:
            raise SettingsFault(f"link {self.name}: window and unanswered_limit must be at least 1")
        if not 0 <= self.segments_per_second < float("inf"):
            raise SettingsFault(f"link {self.name}: segments_per_second must be 0 (no limit) or more")
        if self.default_alphabet not in DEFAULT_ALPHABETS:
            choice = ", ".join(sorted(DEFAULT_ALPHABETS))
            raise SettingsFault(f"link {self.name}: default_alphabet must be one of {choice}")
        self._check_durations()

    def _check_durations(self) -> None:
        for setting in self.__dataclass_fields__:
            limited = setting.endswith("_timeout_seconds") or setting == "enquire_idle_seconds"
            if limited and not 0 < getattr(self, setting) < float("inf"):  # without end, a dead peer is never noticed
                raise SettingsFault(f"link {self.name}: {setting} must be more than 0, and finite")

    @property
    def transmits(self) -> bool:
        """Whether submit_sm may leave by this link."""
        return self.bind is not Bind.RECEIVER


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One carrier account: its links, and how they stand in for each other."""

    name: str
    links: tuple[LinkSettings, ...]
    failover_seconds: float = 3.0  # down for longer: its messages leave by another link
    drain_seconds: float = 20.0  # at stop, for what is outstanding
    reconnect_least_seconds: float = 1.0
    reconnect_most_seconds: float = 60.0
    refused_least_seconds: float = 60.0  # after refused credentials
    refused_most_seconds: float = 600.0
    stable_seconds: float = 60.0  # bound for so long, or of use, and the next loss starts at the least delay again

    def __post_init__(self) -> None:
        names = [link.name for link in self.links]
        if not names:
            raise SettingsFault(f"account {self.name}: at least one link is needed")
        if len(set(names)) != len(names):
            raise SettingsFault(f"account {self.name}: link names must differ from each other")
