"""An Asterisk of our own on loopback, for trials with a softphone and for tests: no root, all in one folder."""

from __future__ import annotations

import ctypes
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.asterisk_tree import AsteriskTree, AsteriskUnavailable
from ivr.dialplan import DialplanSettings, render

# fmt: off
_MODULES = (
    "res_timing_timerfd", "res_timing_pthread", "format_pcm", "format_wav", "codec_ulaw",
    "codec_alaw", "pbx_config", "app_playback", "app_read", "app_dial", "app_verbose", "app_echo",
    "bridge_simple", "res_speech", "res_agi", "func_callerid", "func_groupcount", "func_timeout",
    "func_channel", "func_logic", "func_strings", "func_global", "res_sorcery_config",
    "res_sorcery_memory", "res_sorcery_astdb", "res_pjproject", "res_pjsip", "res_pjsip_session",
    "res_pjsip_sdp_rtp", "res_rtp_asterisk", "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_anonymous", "res_pjsip_pubsub", "res_pjsip_dtmf_info",
    "res_pjsip_caller_id", "res_pjsip_rfc3326", "res_pjsip_outbound_registration",
    "res_pjsip_outbound_authenticator_digest", "res_pjsip_authenticator_digest", "res_pjsip_registrar",
    "res_pjsip_endpoint_identifier_user", "chan_pjsip",
)
# fmt: on
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class LocalPorts:
    """Where SIP is taken (UDP) and AMI is served (TCP, on loopback)."""

    sip: int
    ami: int
    sip_address: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Softphone:
    """An account for a SIP telephone."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalAsterisk:
    """A running Asterisk: its process, its folder, its SIP port and the AMI account that was made for it."""

    process: subprocess.Popen[bytes]
    folder: Path
    sip_port: int
    ami_port: int
    ami_user: str
    ami_secret: str = field(repr=False)
    command: tuple[str, ...]

    def wait_until_up(self, seconds: float = 15.0) -> None:
        """Until it takes calls.  Raises AsteriskUnavailable."""
        deadline = time.monotonic() + seconds
        while "fully booted" not in self.cli("core waitfullybooted"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AsteriskUnavailable(f"Asterisk did not start: see {self.folder}/console.log")
            time.sleep(0.05)

    def restarted(self) -> LocalAsterisk:
        """End it, if it still runs, and start it again with the same configuration."""
        self.stop()
        return replace(self, process=_spawn(self.command, self.folder))

    def cli(self, words: str) -> str:
        """One command on Asterisk's console."""
        done = subprocess.run(
            [*self.command, "-C", str(self.folder / "asterisk.conf"), "-rx", words],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return done.stdout

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()  # nothing happens to one that has ended
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(
    tree: AsteriskTree, folder: Path, settings: DialplanSettings, ports: LocalPorts, softphone: Softphone | None = None
) -> LocalAsterisk:
    """Write the configuration into `folder` and start; see `LocalAsterisk.wait_until_up`.

    Calls come from anybody on loopback, or only from `softphone`.
    """
    secret = secrets.token_hex(16)
    sounds = folder / "data" / "sounds"
    for path in (sounds, folder / "run", folder / "log", folder / "spool", folder / "db", folder / "keys"):
        path.mkdir(parents=True, exist_ok=True)
    documentation = folder / "data" / "documentation"
    if tree.documentation.exists() and not documentation.exists():
        documentation.symlink_to(tree.documentation)
    spoken = tree.documentation.parent / "sounds" / "en_US_f_Allison"
    if spoken.exists() and not (sounds / "en").exists():
        (sounds / "en").symlink_to(spoken)
    settings = replace(settings, sip_bind=f"{ports.sip_address}:{ports.sip}")
    peers = _PJSIP_SOFTPHONE.format(user=softphone.user, password=softphone.password) if softphone else _PJSIP_ANYBODY
    for name, text in _configuration(tree, folder, ports.ami, secret, peers).items():
        (folder / name).write_text(text, "utf-8")
    for file in render(settings):
        (folder / file.name).write_text(file.text, "utf-8")
    (folder / "pjsip_secrets.conf").write_text("")
    (folder / "manager.conf").chmod(0o600)
    process = _spawn(tree.command, folder)
    return LocalAsterisk(process, folder, ports.sip, ports.ami, "zhenma", secret, tree.command)


def _spawn(command: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "console.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "-f", "-C", str(folder / "asterisk.conf")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the one who started it
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl, no locks
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _configuration(tree: AsteriskTree, folder: Path, ami_port: int, secret: str, peers: str) -> dict[str, str]:
    directories = {
        "astetcdir": folder,
        "astmoddir": tree.modules,
        "astvarlibdir": folder / "data",
        "astdbdir": folder / "db",
        "astkeydir": folder / "keys",
        "astdatadir": folder / "data",
        "astagidir": folder / "data",
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
    }
    listed = "\n".join(f"{name} => {path}" for name, path in directories.items())
    loaded = "\n".join(f"load => {name}.so" for name in _MODULES if (tree.modules / f"{name}.so").exists())
    return {
        "asterisk.conf": f"[directories]\n{listed}\n\n[options]\nverbose = 3\nnocolor = yes\n",
        "modules.conf": f"[modules]\nautoload=no\n{loaded}\n",
        "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error,verbose(3)\n",
        "rtp.conf": "[general]\nrtpstart=20000\nrtpend=29999\nstrictrtp=no\n",
        "pjsip.conf": f"[global]\ntype=global\n\n#include pjsip_trunks.conf\n\n{peers}",
        "extensions.conf": "[general]\nstatic=yes\nwriteprotect=yes\n\n#include extensions_hotline.conf\n",
        "manager.conf": (
            f"[general]\nenabled=yes\nport={ami_port}\nbindaddr=127.0.0.1\n\n[zhenma]\nsecret={secret}\n"
            "deny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\nread=system,call,reporting\n"
            "write=system,reporting\n"
        ),
    }


_PJSIP_ANYBODY = """[anonymous]
type=endpoint
transport=hotline-udp
context=hotline-in
disallow=all
allow=ulaw
dtmf_mode=auto
direct_media=no
trust_id_inbound=yes

[loopback]
type=identify
endpoint=anonymous
match=127.0.0.1
"""
_PJSIP_SOFTPHONE = """[{user}]
type=endpoint
transport=hotline-udp
context=hotline-in
disallow=all
allow=ulaw,alaw
dtmf_mode=auto
direct_media=no
rtp_symmetric=yes
force_rport=yes
rewrite_contact=yes
auth={user}
aors={user}

[{user}]
type=auth
auth_type=userpass
username={user}
password={password}

[{user}]
type=aor
max_contacts=4
remove_existing=yes
"""
