"""Alerts by mail (SMTP, RFC 5321), each with a Message-ID of its own that a repetition bears again."""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.core.errors import StateUnavailable
from gateway.insight.outbox import Parcel
from gateway.insight.receivers import Encryption, MailSettings

_CHINA = timezone(timedelta(hours=8))


class Mail:
    """A receiver: hands alerts to a mail server, in a thread."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def deliver(self, parcel: Parcel) -> None:
        """Returns when the server has taken it for all recipients.  Raises StateUnavailable."""
        try:
            await asyncio.to_thread(self._send, mail_of(parcel, self._settings))
        except (OSError, smtplib.SMTPException) as exc:
            raise StateUnavailable(f"the mail server did not take it: {_reason(exc)}") from exc

    def _send(self, message: EmailMessage) -> None:
        wanted = self._settings
        place, seconds = (wanted.host, wanted.port), wanted.timeout_seconds
        context = ssl.create_default_context(cafile=wanted.ca_file or None)
        if wanted.encryption is Encryption.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(*place, timeout=seconds)
        with server:
            if wanted.encryption is Encryption.STARTTLS:
                server.starttls(context=context)
            if wanted.username:
                server.login(wanted.username, wanted.password)
            refused = server.send_message(message)
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)


def mail_of(parcel: Parcel, settings: MailSettings) -> EmailMessage:
    """An alert as a mail in both languages, with the alert itself as JSON beside it."""
    body = json.loads(parcel.body)
    reason = body["reason"]
    first, second = ("zh", "en") if settings.language == "zh" else ("en", "zh")
    number = body.get("case") or body.get("complaint")
    message = EmailMessage()
    message["From"], message["To"] = settings.sender, ", ".join(settings.recipients)
    message["Subject"] = f"[真码 Zhenma] {body['kind']} {number}: {reason[first]}"
    message["Date"] = format_datetime(datetime.fromtimestamp(parcel.made_at, UTC))
    message["Message-ID"] = f"<{parcel.id.replace(':', '.')}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    raised = datetime.fromtimestamp(body["raised_at"], _CHINA)
    lines = [reason[first], reason[second], "", f"{raised:%Y-%m-%d %H:%M} (UTC+8)"]
    for zh, en, key in (("产品", "product", "product"), ("码", "code", "code"), ("地区", "areas", "areas")):
        value = body.get(key)
        if value:
            lines.append(f"{zh} {en}: {', '.join(value) if isinstance(value, list) else value}")
    if counted := body.get("evidence"):
        lines.append("证据 evidence: {looks} 次 looks, {codes} 码 codes, {callers} 号码 callers".format(**counted))
    if known := body.get("precision"):
        words = "{right}/{closed} ({low:.0%}-{high:.0%})".format(**known) if known["closed"] else "尚无 none closed yet"
        lines.append(f"以往准确率 precision so far: {words}")
    message.set_content("\n".join(lines) + "\n")
    message.add_attachment(parcel.body.encode(), maintype="application", subtype="json", filename="alert.json")
    return message


def _reason(exc: Exception) -> str:
    return " ".join(str(exc).split())[:300] or type(exc).__name__
