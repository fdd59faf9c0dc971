"""People who text a code each, and the ledger at the end: what every test of faults does."""

from __future__ import annotations

from tests.system.gateway_process import Gateway, phones, samples
from tests.system.pushing_smsc import PushingSmsc


def load(smsc: PushingSmsc, count: int, first: int = 0) -> None:
    """So many people text a code each, all at once."""
    for phone, code in zip(phones(first), samples().fresh(count), strict=False):
        smsc.text(phone, code)


def replies_in_words(smsc: PushingSmsc, words: str) -> int:
    """How many phones have a reply with these words."""
    octets = words.encode("utf-16-be")
    return sum(any(octets in body for body in bodies) for bodies in smsc.replies.values())


async def ended(ours: Gateway, smsc: PushingSmsc) -> None:
    """End it, and check the ledger: each message logged once, none open, no clear number and no traceback told."""
    assert await ours.end("TERM") == 0
    ours.assert_sound(len(smsc.texts))
    ours.assert_quiet_about(*(phone.decode()[2:] for phone in smsc.texts))
