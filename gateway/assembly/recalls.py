"""Recall notices, where they are configured."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.assembly.answers import Answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.sms import Sms
from gateway.recalls.answering import RecallAnswerer
from gateway.recalls.dispatch import Dispatch, Policy
from gateway.recalls.herald import Herald
from gateway.recalls.latest import LatestCodes
from gateway.recalls.pace import Pace
from gateway.recalls.sealing import Seal, read_key
from gateway.recalls.settings import RecallSettings
from gateway.recalls.subscription import CodeAsked
from gateway.recalls.subscriptions import Subscriptions
from gateway.records.journal.latest import latest_codes
from gateway.texts import Texts


@dataclass(slots=True)
class Recalls:
    """What callers said they want to know, and who answers them; `dispatch` once notices leave."""

    settings: RecallSettings
    subscriptions: Subscriptions
    answerer: RecallAnswerer
    dispatch: Dispatch | None = None

    def renew(self, texts: Texts) -> None:
        """Say it in these words from now on."""
        self.answerer.texts = texts
        if self.dispatch is not None:
            self.dispatch.texts = texts


def open_recalls(grounds: Grounds, answers: Answers, texts: Texts) -> Recalls | None:
    """Open the subscriptions; None where recall notices are not configured.  Raises SettingsFault."""
    settings = grounds.settings.gateway.recalls
    if settings is None:
        return None
    former = Seal(read_key("former_key", settings.former_key)) if settings.former_key else None
    subscriptions = Subscriptions(settings.path, Seal(read_key("key", settings.key)), former)
    grounds.ends.push_async_callback(subscriptions.close)

    async def logged(pseudonym: str, since: float) -> list[CodeAsked]:
        found = await grounds.journal.reader.ask(lambda connection: latest_codes(connection, pseudonym, since))
        return [CodeAsked(*each) for each in found]

    answerer = RecallAnswerer(
        answers.answerer,
        subscriptions=subscriptions,
        latest=LatestCodes(logged),
        texts=texts,
        days=settings.days,
        clock=grounds.machine.clock,
    )
    return Recalls(settings, subscriptions, answerer)


def start_herald(recalls: Recalls | None, grounds: Grounds, answers: Answers, sms: Sms, texts: Texts) -> None:
    """Begin to tell of recalls.  It ends before the carriers' links do."""
    if recalls is None:
        return
    settings, clock = recalls.settings, grounds.machine.clock
    resend_doubtful = grounds.settings.gateway.sms.on_doubt == "resend"
    dispatch = recalls.dispatch = Dispatch(
        outlets=sms.outlets,
        subscriptions=recalls.subscriptions,
        journal=grounds.queries,
        texts=texts,
        pace=Pace(settings.notices_per_second),
        policy=Policy(settings.quiet_hours, resend_doubtful),
        clock=clock,
    )
    herald = Herald(
        recalls.subscriptions,
        answers.backend,
        dispatch,
        sweep_seconds=settings.sweep_minutes * 60.0,
        resend_doubtful=resend_doubtful,
        clock=clock,
    )
    answers.changes.changed = herald.changed
    herald.start()
    grounds.ends.push_async_callback(herald.close)
