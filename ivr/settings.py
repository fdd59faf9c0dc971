"""Settings of the voice channel, with their units and defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ivr.talk import LANGUAGES, Rules


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How names are spoken.

    A command is split at spaces; `{text}`, `{rate}` (words a minute) and `{out}` (a file to write) are filled in
    without a shell.  Its output must be a WAV file, which `convert` turns into 8 kHz mu-law.  An empty command
    for a language means that names are left out in it.
    """

    engine_zh: str = "espeak-ng -v cmn-latn-pinyin -s {rate} -w {out} {text}"
    engine_en: str = "espeak-ng -v en-us -s {rate} -w {out} {text}"
    pinyin: bool = True  # feed engine_zh with pinyin and tone numbers instead of characters
    convert: str = "sox {in} -t raw -r 8000 -c 1 -e mu-law {out} norm -3"
    rate_zh: int = 220
    rate_en: int = 160
    deadline_seconds: float = 1.0
    workers: int = 2
    cache_megabytes: int = 200
    lexicon: Path | None = None  # lines "word<TAB>how to say it"

    def __post_init__(self) -> None:
        if self.workers < 1 or self.cache_megabytes < 1 or self.deadline_seconds <= 0:
            raise ValueError("workers and cache_megabytes must be at least 1, deadline_seconds more than 0")


@dataclass(frozen=True, slots=True)
class ManagerSettings:
    """Asterisk's manager interface (AMI), asked for channels, calls and trunks."""

    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038
    user: str = "zhenma"


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """The voice channel.  Folders are relative to the folder of settings.

    Asterisk must see `prompts_folder`, `override_folder`, `cache_folder` and `recordings_folder` under the same
    paths: run it on the same host or share the folders.
    """

    listen_host: str = "127.0.0.1"
    listen_port: int = 4573
    allowed_peers: tuple[str, ...] = ("127.0.0.1", "::1")  # addresses or networks (10.1.2.0/24)
    calls_limit: int = 5_000
    calls_per_peer_limit: int = 5_000  # from one Asterisk
    header_seconds: float = 2.0
    reply_seconds: float = 10.0  # beyond the time that a command takes by design
    first_key_seconds: float = 7.0
    next_key_seconds: float = 4.5
    tail_key_seconds: float = 1.2  # after as many keys as a code has, wait this long for `#` or one key too many
    look_up_seconds: float = 8.0
    wait_notice_seconds: float = 1.5
    recording_seconds: int = 120
    recording_silence_seconds: int = 6
    recording_shortest_seconds: float = 1.0
    recording_retention_days: int = 90  # 0: for ever
    language: str = "zh"
    prompts_folder: Path = Path("../templates/voice")
    override_folder: Path | None = None
    cache_folder: Path = Path("../var/voice/cache")
    recordings_folder: Path = Path("../var/voice/recordings")
    rules: Rules = field(default_factory=Rules)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    manager: ManagerSettings | None = None

    def __post_init__(self) -> None:
        for name in ("calls_limit", "calls_per_peer_limit", "recording_seconds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.recording_retention_days < 0:
            raise ValueError("recording_retention_days must be 0 (for ever) or more")
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {self.language!r}")
