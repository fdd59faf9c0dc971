"""A day's account beside what the SMSC itself counted, refusals of every kind and a restart among it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread

from tests.smpp.smsc import data_sm, deliver_sm, pdu, submit_resp
from tests.system.gateway_process import CHECKOUT, Gateway, gateway, samples
from tests.system.in_reactor import in_reactor
from tests.system.raw_smsc import DELIVER_RESP, SUBMIT, Wire, raw_smsc

pytestmark = pytest.mark.system

_CUT_SHORT = b"\0\x01\x0186138"
_RECEIPT = b"id:a1 sub:001 dlvrd:001 submit date:2611230400 done date:2611230401 stat:DELIVRD err:000 text:"
_DATA_RESP = 0x80000103
_MOST_TEXTS = 50


async def account_of_this_month(ours: Gateway) -> dict[str, int | dict[str, int]]:
    """The sum of what `reconcile` says: every day of this month, by China's clock."""
    month = f"{datetime.now(timezone(timedelta(hours=8))):%Y-%m}"
    command = (sys.executable, "-m", "gateway", "reconcile", "--config", str(ours.config), "--month", month)
    done = await deferToThread(
        subprocess.run,
        [*command, "--carrier", "mobile", "--format", "json"],
        check=True,
        cwd=CHECKOUT,
        capture_output=True,
    )
    total: dict[str, int | dict[str, int]] = json.loads(done.stdout)["total"]
    return total


async def told(wire: Wire, octets: bytes, response: int = DELIVER_RESP) -> int:
    """The command_status of the answer to a message."""
    wire.send(octets)
    return (await wire.answer(response)).command_status


@in_reactor
async def test_what_the_smsc_delivered_is_what_was_acknowledged_and_refused_over_a_restart(tmp_path: Path) -> None:
    codes = iter(samples().fresh(_MOST_TEXTS))
    async with raw_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        wire = await smsc.bound()
        assert await told(wire, deliver_sm(1, text=next(codes).encode())) == 0
        assert await told(wire, pdu(0x05, 2, _CUT_SHORT)) == 0x02
        assert await told(wire, pdu(0x103, 3, _CUT_SHORT), _DATA_RESP) == 0x02
        assert await told(wire, data_sm(4, text=b""), _DATA_RESP) == 0
        assert await told(wire, deliver_sm(5, text=_RECEIPT, esm_class=0x04)) == 0
        ending = ensureDeferred(ours.end("TERM"))
        taken = 2
        while (status := await told(wire, deliver_sm(6, text=next(codes).encode()))) == 0:
            taken += 1  # it has not come to its links yet
        assert status == 0x64
        assert await told(wire, deliver_sm(7, text=_RECEIPT, esm_class=0x04)) == 0x64
        for _ in range(taken):
            wire.send(submit_resp((await wire.answer(SUBMIT)).sequence_number))
        assert await ending == 0
        await ours.start()
        wire = await smsc.bound()
        assert await told(wire, deliver_sm(1, text=next(codes).encode())) == 0
        assert await told(wire, pdu(0x05, 2, _CUT_SHORT)) == 0x02
        wire.send(submit_resp((await wire.answer(SUBMIT)).sequence_number))
        await ours.end("TERM")
        account = await account_of_this_month(ours)
    assert account["mo_received"] == taken + 1 + 4
    assert (account["mo_acknowledged"], account["mo_refused"], account["mo_unacknowledged"]) == (taken + 1, 4, 0)
    assert account["mo_refused_by_status"] == {"0x00000002": 3, "0x00000064": 1}
