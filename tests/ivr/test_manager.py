"""The AMI client: answers by ActionID, no injected action, and a watch that says what it does not know."""

from __future__ import annotations

import re

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from ivr.manager import AmiConnection, AmiMessage, ManagerAuthException, ManagerException, ManagerSocketException


def connected(clock: Clock) -> tuple[AmiConnection, StringTransport]:
    connection, transport = AmiConnection(clock), StringTransport()
    connection.makeConnection(transport)
    connection.dataReceived(b"Asterisk Call Manager/9.0.0\r\n")
    return connection, transport


def identities(transport: StringTransport) -> list[str]:
    return re.findall(r"ActionID: (\w+)", transport.value().decode())


def test_answers_out_of_order_reach_the_one_who_asked() -> None:
    clock = Clock()
    connection, transport = connected(clock)
    results: dict[str, list[AmiMessage]] = {}
    for name in ("Ping", "CoreStatus"):
        connection.action(name).addCallback(lambda messages, name=name: results.update({name: messages}))
    ping, status = identities(transport)
    for identity in (status, ping):
        connection.dataReceived(f"Response: Success\r\nActionID: {identity}\r\nMine: {identity}\r\n\r\n".encode())
    assert results["Ping"][0].get("mine") == ping
    assert results["CoreStatus"][0].get("Mine") == status
    assert clock.getDelayedCalls() == []


def test_a_list_is_collected_until_it_is_complete_and_other_events_are_ignored() -> None:
    clock = Clock()
    connection, transport = connected(clock)
    done = connection.action("CoreShowChannels")
    (identity,) = identities(transport)
    for lines in ("Response: Success|EventList: start", "Event: CoreShowChannel", "Event: C|EventList: Complete"):
        rows = "\r\n".join([*lines.split("|"), f"ActionID: {identity}"])
        connection.dataReceived(f"{rows}\r\n\r\nEvent: Newchannel\r\n\r\n".encode())
    assert len(done.result) == 3
    assert clock.getDelayedCalls() == []


def test_a_refused_login_and_a_lost_connection_are_told_apart() -> None:
    clock = Clock()
    connection, transport = connected(clock)
    failures: list[type[BaseException]] = []
    for name in ("Login", "Ping"):
        connection.action(name).addErrback(lambda failure: failures.append(failure.type))
    (login, _) = identities(transport)
    refused = f"Response: Error\r\nActionID: {login}\r\nMessage: Authentication failed\r\n\r\n"
    connection.dataReceived(refused.encode())
    connection.connectionLost()
    assert failures == [ManagerAuthException, ManagerSocketException]
    assert clock.getDelayedCalls() == []


def test_a_line_break_in_a_header_is_no_second_action() -> None:
    connection, transport = connected(Clock())
    failures: list[type[BaseException]] = []
    connection.action("Ping", Extra="x\r\n\r\nAction: Logoff").addErrback(lambda failure: failures.append(failure.type))
    assert (failures, transport.value()) == ([ManagerException], b"")


def test_silence_fails_in_time() -> None:
    clock = Clock()
    connection, _ = connected(clock)
    failures: list[object] = []
    connection.action("Ping").addErrback(failures.append)
    clock.advance(5)
    assert len(failures) == 1
    assert clock.getDelayedCalls() == []


def test_a_peer_that_is_no_asterisk_is_left() -> None:
    connection, transport = AmiConnection(Clock()), StringTransport()
    connection.makeConnection(transport)
    connection.dataReceived(b"SSH-2.0\r\n")
    assert transport.disconnecting
