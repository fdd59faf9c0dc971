"""SIGHUP: the settings read anew, and all of what may change changed, or nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway import texts
from gateway.assembly.answers import Answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.recalls import Recalls
from gateway.assembly.sms import Sms, intake_of, outlet_of
from gateway.assembly.voice import Voice
from gateway.bridge import result_of
from gateway.channels.callers import Callers
from gateway.core.errors import SettingsFault, TemplateFault
from gateway.core.uid import UidSequence
from gateway.settings import Carrier, Settings
from gateway.settings_changes import Changes, changes
from gateway.texts import Texts
from smpp import Account
from smpp.errors import SettingsFault as AccountFault

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Parts:
    """What a reload touches."""

    grounds: Grounds
    answers: Answers
    sms: Sms
    callers: Callers
    uids: UidSequence
    voice: Voice | None
    recalls: Recalls | None


class Reloading:
    """`read` raises SettingsFault with a line for each fault.  `settings` are those in force."""

    def __init__(self, parts: Parts, read: Callable[[], Settings]) -> None:
        self._parts = parts
        self._read = read
        self._one_at_a_time = asyncio.Lock()
        self.settings = parts.grounds.settings

    async def reload(self) -> bool:
        """Whether the settings as they now stand in the files are in force.  Never raises."""
        async with self._one_at_a_time:
            try:
                new = self._read()
                replies = texts.load(new.gateway.templates_path, new.gateway.answering.default_language)
                found = changes(self.settings, new)
                if found.refused:
                    raise SettingsFault(f"{', '.join(found.refused)} cannot change while the gateway runs: restart it")
                accounts = {each.name: self._account(each) for each in (*found.added, *found.changed)}
            except (SettingsFault, TemplateFault, AccountFault, OSError) as exc:
                for line in str(exc).splitlines():
                    logger.error("not reloaded, nothing was changed: %s", line)
                return False
            self._renew(new, replies)
            await self._change_carriers(found, accounts)
            for exposed in new.exposed:
                logger.warning("%s", exposed)
            logger.info(
                "reloaded: %d carriers added, %d changed, %d removed, the links of the others stay",
                len(found.added), len(found.changed), len(found.removed),
            )  # fmt: skip
            return True

    def _account(self, carrier: Carrier) -> Account:
        return Account(carrier.account, self._parts.sms.channel, self._parts.grounds.reactor)

    def _renew(self, new: Settings, replies: Texts) -> None:
        """Everything but the carriers' links, in one turn of the loop."""
        parts, gateway = self._parts, new.gateway
        self.settings = new
        logging.getLogger().setLevel(gateway.logging.level)
        parts.answers.answerer.renew(replies, gateway.answering)
        if parts.recalls is not None:
            parts.recalls.renew(replies)
        parts.answers.fragments.hold_seconds = gateway.answering.hold_seconds
        parts.sms.channel.renew(intake_of(new, parts.callers, parts.uids, parts.answers.fragments))
        parts.sms.receipt_ids.update({each.name: each.account.links[0].receipt_ids for each in new.carriers})
        if parts.voice is not None and gateway.voice is not None:
            parts.voice.server.renew(gateway.voice)

    async def _change_carriers(self, found: Changes, accounts: dict[str, Account]) -> None:
        sms = self._parts.sms
        for carrier in found.added:
            sms.accounts[carrier.name] = account = accounts[carrier.name]
            sms.outlets[carrier.name] = outlet_of(carrier, account)
            account.startService()
        await asyncio.gather(
            *[self._replace(carrier, accounts[carrier.name]) for carrier in found.changed],
            *[self._remove(name) for name in found.removed],
        )

    async def _replace(self, carrier: Carrier, successor: Account) -> None:
        """End a carrier's sessions when all is answered; what waits longer leaves by the new ones."""
        sms, old = self._parts.sms, self._parts.sms.accounts[carrier.name]
        await self._drain(carrier.name, old)
        sms.outlets[carrier.name] = outlet_of(carrier, successor)
        await result_of(old.stopService())
        sms.accounts[carrier.name] = successor
        successor.startService()

    async def _remove(self, name: str) -> None:
        sms, old = self._parts.sms, self._parts.sms.accounts[name]
        await self._drain(name, old)
        await result_of(old.stopService())
        del sms.accounts[name], sms.outlets[name]

    async def _drain(self, name: str, account: Account) -> None:
        """Take nothing new, and wait for what is in hand: at most drain_seconds."""
        account.stop_receiving()
        in_hand, loop = self._parts.sms.channel.in_hand, asyncio.get_running_loop()
        until = loop.time() + self.settings.gateway.sms.drain_seconds
        while (in_hand[name] or any(link.unanswered for link in account.status())) and loop.time() < until:  # noqa: ASYNC110 - counts have no event
            await asyncio.sleep(_LOOK_SECONDS)
