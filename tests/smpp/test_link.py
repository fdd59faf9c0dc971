"""A link's life: binding again, pairs, stopping, reading no more, and how octets leave."""

from __future__ import annotations

import pytest

from smpp.link_status import LinkState
from smpp.settings import AccountSettings, LinkSettings
from tests.smpp.smsc import Pdu, deliver_sm, pdu, submit_resp
from tests.smpp.world import World


def test_nagles_algorithm_is_off() -> None:
    world = World()
    assert world.smsc().transport.no_delay
    world.stop()


def test_what_is_written_in_one_turn_of_the_loop_leaves_in_one_write() -> None:
    world = World().bound()
    world.smsc().send(*(deliver_sm(number) for number in range(5)))
    for delivery in world.listener.messages:
        delivery.respond()
    world.send()
    assert world.smsc().transport.written == []
    world.clock.advance(0)
    (written,) = world.smsc().transport.written
    assert written.count(b"\x80\0\0\x05") == 5
    for sent in world.submits():
        world.smsc().send(submit_resp(sent.sequence_number))
    world.stop()


def test_a_lost_link_binds_again_with_sequence_1_and_another_session_number() -> None:
    world = World().bound()
    world.smsc().send(deliver_sm(1))
    world.smsc().close()
    assert world.listener.states[-1] == ("l0", LinkState.WAITING)
    world.clock.advance(1)
    bind = world.smsc().accept_bind()
    assert bind.sequence_number == 1
    world.smsc().send(deliver_sm(1))
    first, second = world.listener.messages
    assert first.session != second.session
    assert world.listener.lost == [("l0", first.session)]
    assert not first.respond()
    assert second.respond()
    world.stop()


def test_an_smsc_that_hangs_up_after_every_ten_messages_is_bound_again_within_a_second_each_time() -> None:
    world = World().bound()
    for turn in range(8):
        world.smsc().send(*(deliver_sm(number) for number in range(7)))
        results = [world.send(number=number) for number in range(3)]
        world.smsc().send(*(submit_resp(sent.sequence_number) for sent in world.submits()))
        assert all(results)
        world.smsc().close()
        world.clock.advance(1)
        world.smsc().accept_bind()
        assert world.listener.states[-1] == ("l0", LinkState.BOUND), turn
    world.stop()


def test_messages_that_the_smsc_refuses_make_no_session_useful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smpp.binding.random.random", lambda: 1.0)
    world, delays = World().bound(), []
    for _ in range(4):
        results = [world.send(number=number) for number in range(10)]
        refused = [pdu(0x80000004, sent.sequence_number, command_status=0x45) for sent in world.submits()]
        assert refused
        world.smsc().send(*refused)
        assert all(results)
        world.smsc().close()
        attempts, at = world.endpoints["l0"].attempts, world.clock.seconds()
        while world.endpoints["l0"].attempts == attempts:
            world.clock.advance(0.5)
        delays.append(world.clock.seconds() - at)
        world.smsc().accept_bind()
    assert delays == [1, 2, 4, 8]
    world.stop()


def test_attempts_are_never_more_than_a_minute_apart_and_never_a_tight_loop() -> None:
    world = World()
    world.endpoints["l0"].away = True
    world.smsc().close()
    for _ in range(600):
        world.clock.advance(1)
    assert 9 < world.endpoints["l0"].attempts < 60
    (status,) = world.account.status()
    assert status.why_lost.startswith("no connection")
    assert status.state is LinkState.WAITING
    world.stop()


def test_an_accepted_connection_without_bind_resp_is_given_up_after_10_s() -> None:
    world = World()
    world.clock.advance(10)
    assert world.smsc().transport.closing
    world.smsc().close()
    assert world.account.status()[0].why_lost == "no bind response"
    world.stop()


@pytest.mark.parametrize("status", [0x0D, 0x0E, 0x0F])
def test_refused_credentials_raise_an_alarm_and_are_tried_again_after_a_minute(status: int) -> None:
    world = World()
    world.smsc().send(pdu(0x80000009, 1, b"", status))
    world.smsc().close()
    assert world.account.status()[0].alarm
    world.clock.advance(59.9)
    assert world.endpoints["l0"].attempts == 1
    world.clock.advance(6.2)
    assert world.endpoints["l0"].attempts == 2
    world.smsc().accept_bind()
    assert not world.account.status()[0].alarm
    world.stop()


def test_a_bind_refused_for_another_reason_is_tried_again_soon() -> None:
    world = World()
    world.smsc().send(pdu(0x80000009, 1, b"", 0x05))
    world.smsc().close()
    world.clock.advance(1)
    assert world.endpoints["l0"].attempts == 2
    assert world.account.status()[0].why_lost == "bind refused: ESME_RALYBND"
    world.stop()


def test_unbind_from_the_smsc_closes_and_binds_again() -> None:
    world = World().bound()
    world.smsc().send(pdu(0x06, 9))
    assert world.smsc().sent() == [Pdu(0x80000006, 0, 9, b"")]
    assert world.smsc().transport.closing
    world.smsc().close()
    world.clock.advance(1)
    assert world.smsc().accept_bind().command_id == 9
    world.stop()


def test_a_message_in_hand_is_answered_before_unbind_resp() -> None:
    world = World().bound()
    world.smsc().send(deliver_sm(3), pdu(0x06, 9))
    assert not world.smsc().transport.closing
    world.listener.messages[0].respond()
    world.clock.advance(0)
    world.clock.advance(0)
    assert [(reply.command_id, reply.sequence_number) for reply in world.smsc().sent()] == [
        (0x80000005, 3), (0x80000006, 9),
    ]  # fmt: skip
    assert world.smsc().transport.closing
    world.stop()


def test_a_lost_pdu_boundary_closes_and_binds_again() -> None:
    world = World().bound()
    world.smsc().send(b"\x7f\xff\xff\xff" + b"\0" * 12)
    assert world.smsc().sent() == [Pdu(0x80000000, 0x02, 0, b"")]
    assert world.smsc().transport.closing
    world.smsc().close()
    world.clock.advance(1)
    assert len(world.endpoints["l0"].connections) == 2
    world.stop()


def test_a_peer_that_answers_no_enquire_link_is_dropped_without_ceremony() -> None:
    world = World().bound()
    world.clock.advance(30)
    assert [sent.command_id for sent in world.smsc().sent()] == [0x15]
    world.clock.advance(10)
    assert world.smsc().transport.aborted
    world.smsc().close()
    world.stop()


def test_a_peer_that_does_not_read_is_given_5_s_to_close() -> None:
    world = World().bound()
    world.smsc().send(pdu(0x06, 9))
    assert not world.smsc().transport.aborted
    world.clock.advance(5)
    assert world.smsc().transport.aborted
    world.stop()


def test_with_too_many_messages_in_hand_nothing_is_read_until_some_are_answered() -> None:
    world = World(unanswered_limit=10).bound()
    transport = world.smsc().transport
    world.smsc().send(*(deliver_sm(number) for number in range(12)))
    assert transport.paused
    for delivery in world.listener.messages[:2]:
        delivery.respond()
    world.clock.advance(0)
    assert transport.paused
    world.listener.messages[2].respond()
    world.clock.advance(0)
    assert not transport.paused
    world.stop()


def test_reading_goes_on_after_9_s_at_the_latest_and_silence_meanwhile_is_ours() -> None:
    world = World(unanswered_limit=2, enquire_idle_seconds=3.0, enquire_timeout_seconds=1.0).bound()
    world.smsc().send(deliver_sm(1), deliver_sm(2))
    world.clock.pump([1.0] * 8)
    assert world.smsc().transport.paused
    world.clock.pump([1.0] * 2)
    assert not world.smsc().transport.paused
    assert [reply.command_status for reply in world.smsc().sent()] == [0x64, 0x64]
    assert world.account.status()[0].oddities == (("answer_overdue", 2),)
    world.stop()


def test_what_was_left_unread_for_long_waits_no_second_9_s() -> None:
    world = World(unanswered_limit=2).bound()
    smsc = world.smsc()
    for batch in range(5):  # ten messages written at once, of which the link reads two at a time
        smsc.send(*(deliver_sm(2 * batch + number) for number in range(2)))
        assert smsc.transport.paused
        world.clock.advance(0 if batch else 9)
        assert not smsc.transport.paused
    refused = [reply.command_status for reply in smsc.sent() if reply.command_id == 0x80000005]
    assert refused == [0x64] * 10
    world.clock.advance(2)
    smsc.send(deliver_sm(99))  # a later one has all its time again
    world.clock.advance(8.9)
    assert smsc.sent() == []
    world.listener.messages[-1].respond()
    world.stop()


def test_short_stretches_of_not_reading_take_no_time_from_the_messages_behind_them() -> None:
    world = World(unanswered_limit=2).bound()
    for turn in range(40):
        world.smsc().send(deliver_sm(2 * turn), deliver_sm(2 * turn + 1))
        world.clock.advance(0.5)
        for delivery in world.listener.messages[-2:]:
            assert delivery.respond()
        world.clock.advance(0)
    assert {reply.command_status for reply in world.smsc().sent()} == {0}
    world.stop()


def test_a_message_unanswered_for_long_shows_its_age() -> None:
    world = World().bound()
    world.smsc().send(deliver_sm(1))
    world.clock.advance(4)
    (status,) = world.account.status()
    assert (status.unanswered, status.oldest_unanswered_seconds) == (1, 4.0)
    assert status.in_state_seconds == 4.0
    world.stop()


def test_a_listener_at_fault_costs_no_link() -> None:
    world = World()
    world.listener.link_changed = lambda status: 1 / 0  # type: ignore[assignment, method-assign]
    world.bound()
    assert world.account.status()[0].state is LinkState.BOUND
    world.stop()


def test_no_password_and_no_number_shows_in_a_repr() -> None:
    link = LinkSettings("l0", "h", 2775, "us", "secret")
    assert "secret" not in repr(AccountSettings("carrier", (link,)))
    world = World().bound()
    world.smsc().send(deliver_sm(1))
    (delivery,) = world.listener.messages
    assert "13800138000" not in repr(delivery)
    assert "8123" not in repr(delivery)
    world.stop()


def test_a_day_on_a_silent_link_is_one_session() -> None:
    world = World().bound()
    for _ in range(2_880):
        world.clock.advance(30)
        for sent in world.smsc().sent():
            world.smsc().send(pdu(sent.command_id | 0x80000000, sent.sequence_number))
    assert world.account.status()[0].sessions == 1
    assert world.listener.lost == []
    world.stop()
