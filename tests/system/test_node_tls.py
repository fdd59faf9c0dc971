"""Our ESME against node-smpp over TLS: both certificates are verified, and nothing is said to the wrong peer."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from smpp.link_status import LinkState
from smpp.settings import TlsSettings
from tests.system.certificates import Authority
from tests.system.esme import esme
from tests.system.in_reactor import in_reactor
from tests.system.node_smsc import NodeSmsc, node_smsc

pytestmark = pytest.mark.system


def secure_smsc(authority: Authority, name: str = "smsc.test") -> AbstractAsyncContextManager[NodeSmsc]:
    """An SMSC that shows a certificate of this authority for `name`, and asks for one of the same."""
    shown = authority.issue(name)
    return node_smsc(tls={"key": shown.key, "cert": shown.certificate, "ca": authority.own.certificate})


def trusting(folder: Path, trusted: Authority, client: Authority | None) -> TlsSettings:
    """Settings of a link to smsc.test that trusts one authority and shows a certificate of the other, or none."""
    authorities, _ = trusted.own.write(folder, "authority")
    certificate, key = client.issue("zhenma.test").write(folder, "client") if client else ("", "")
    return TlsSettings("smsc.test", authorities, certificate, key)


@in_reactor
async def test_both_sides_show_their_certificates_and_messages_go_both_ways(tmp_path: Path) -> None:
    ours = Authority("carrier")
    async with secure_smsc(ours) as smsc, esme(smsc.port, tls=trusting(tmp_path, ours, ours)) as link:
        assert (await smsc.event("bound"))["certificate"] == "zhenma.test"
        assert await smsc.deliver(short_message="查8123", data_coding=8) == 0
        assert (await link.messages.wait()).text == "查8123"
        assert (await link.send("首查有效" * 40)).ok
        assert (await smsc.event("message"))["text"] == "首查有效" * 40


@in_reactor
async def test_a_certificate_of_an_unknown_authority_is_not_spoken_to(tmp_path: Path) -> None:
    theirs, ours = Authority("someone"), Authority("carrier")
    async with secure_smsc(theirs) as smsc, esme(smsc.port, tls=trusting(tmp_path, ours, theirs)) as link:
        await link.state(LinkState.WAITING)
        assert "certificate verify failed" in link.status.why_lost
        await smsc.event("fault")
        assert not [event for event in smsc.events.items if event["event"] == "bound"]


@in_reactor
async def test_a_certificate_for_another_name_is_not_spoken_to(tmp_path: Path) -> None:
    ours = Authority("carrier")
    async with secure_smsc(ours, "other.test") as smsc, esme(smsc.port, tls=trusting(tmp_path, ours, ours)) as link:
        await link.state(LinkState.WAITING)
        assert "Mismatch" in link.status.why_lost
        assert not [event for event in smsc.events.items if event["event"] == "bound"]


@in_reactor
async def test_without_our_certificate_the_smsc_refuses_and_the_reason_is_told(tmp_path: Path) -> None:
    ours = Authority("carrier")
    async with secure_smsc(ours) as smsc, esme(smsc.port, tls=trusting(tmp_path, ours, None)) as link:
        await smsc.event("fault")
        await link.state(LinkState.WAITING)
        assert "certificate required" in link.status.why_lost
