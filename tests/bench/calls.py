"""Real calls through a real Asterisk: how many a core carries.  `python -m tests.bench.calls --calls 100`.

SIPp (package sip-tester) places the calls: each keys a code in by SIP INFO, hears the verdict and the menu, asks for it
again, and hangs up.  Media go one way, from Asterisk.  CPU is that of Asterisk and of the gateway while all calls last.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.ivr.fake_desk import FIRST
from tests.system.hotline import Hotline, hotline_in

_TICKS = os.sysconf("SC_CLK_TCK")
_CALL_SECONDS = 12
_HEAD = """
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:13800001234@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Contact: <sip:13800001234@[local_ip]:[local_port]>
Max-Forwards: 70
"""
_SDP = """
v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


def _request(method: str, number: int, body: str = "", kind: str = "") -> str:
    content = f"Content-Type: {kind}\n" if kind else ""
    uri = "sip:[service]@[remote_ip]:[remote_port]"
    text = f"{method} {uri} SIP/2.0{_HEAD}CSeq: {number} {method}\n{content}Content-Length: [len]\n{body}"
    return f"<send><![CDATA[\n{text}\n]]></send>"


def _scenario() -> str:
    """SIPp's scenario: an INVITE, the code key by key, the menu's 1, and BYE."""
    steps = [
        _request("INVITE", 1, _SDP, "application/sdp"),
        '<recv response="100" optional="true"/><recv response="200"/>',
        _request("ACK", 1),
        '<pause milliseconds="500"/>',
    ]
    for number, key in enumerate(FIRST + "#", 2):
        steps += [
            _request("INFO", number, f"\nSignal={key}\nDuration=100\n", "application/dtmf-relay"),
            '<recv response="200"/><pause milliseconds="60"/>',
        ]
    steps += [
        '<pause milliseconds="4000"/>',
        _request("INFO", 90, "\nSignal=1\nDuration=100\n", "application/dtmf-relay"),
        f'<recv response="200"/><pause milliseconds="{(_CALL_SECONDS - 7) * 1000}"/>',
        _request("BYE", 91),
        '<recv response="200"/>',
    ]
    return '<?xml version="1.0"?><scenario name="hotline">' + "".join(steps) + "</scenario>"


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _measure(hotline: Hotline, folder: Path, calls: int) -> None:
    scenario = folder / "calls.xml"
    scenario.write_text(_scenario())
    rounds = 3
    words = ["-sf", str(scenario), "-s", "95001111", "-i", "127.0.0.1", "-nostdin", "-m", str(calls * rounds)]
    words += ["-r", str(max(1, calls // _CALL_SECONDS + 1)), "-l", str(calls), "-timeout", "120s"]
    pids = (hotline.asterisk.process.pid, hotline.gateways[hotline.ports[0]].pid)
    with subprocess.Popen(
        ["sipp", f"127.0.0.1:{hotline.asterisk.sip_port}", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as sipp:
        time.sleep(_CALL_SECONDS + 1)  # as many begin as end from now on
        before, since = [_cpu_seconds(pid) for pid in pids], time.perf_counter()
        time.sleep(_CALL_SECONDS)
        active = hotline.asterisk.cli("core show channels count").split()[0]
        elapsed = time.perf_counter() - since
        cores = [(_cpu_seconds(pid) - was) / elapsed for pid, was in zip(pids, before, strict=True)]
        fault = sipp.communicate()[1]
    heard = sum(event[0] == "look_up" for event in hotline.events())
    ended = sum(event[0] == "ended" for event in hotline.events())
    sys.stdout.write(
        f"{active} calls at a time: Asterisk {cores[0]:.2f} cores, gateway {cores[1]:.3f} cores; "
        f"{int(active) / cores[0]:.0f} calls a core of Asterisk's, {int(active) / cores[1]:,.0f} of the gateway's\n"
        f"{calls * rounds} calls placed, {heard} codes heard, {ended} calls ended; SIPp's status {sipp.returncode}\n"
        f"{fault if sipp.returncode else ''}"
    )


def main() -> int:
    """Print what was measured; 69 without SIPp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="calls at a time (default: %(default)s)")
    arguments = parser.parse_args()
    if shutil.which("sipp") is None:
        sys.stderr.write("sipp is not installed: install the package sip-tester\n")
        return 69
    with tempfile.TemporaryDirectory(prefix="zhenma-calls-") as place, hotline_in(Path(place)) as hotline:
        hotline.change_plan(calls_limit=arguments.calls + 10)
        for port in hotline.ports:
            hotline.kill_gateway(port)
            hotline.start_gateway(port, calls_limit=arguments.calls + 10)
        _measure(hotline, Path(place), arguments.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
