"""A transmitter and a receiver as one link, and how links stop."""

from __future__ import annotations

from smpp.link_status import LinkState
from smpp.settings import Bind
from tests.smpp.smsc import deliver_sm, pdu, submit_resp
from tests.smpp.world import World, phone


def test_a_pair_binds_a_transmitter_and_a_receiver_and_is_one_link() -> None:
    world = World(bind=Bind.PAIR)
    sending, receiving = world.endpoints["l0"].connections
    sending.accept_bind()
    assert world.account.status()[0].state is LinkState.HALF_BOUND
    receiving.accept_bind()
    assert world.account.status()[0].state is LinkState.BOUND
    receiving.send(deliver_sm(3))
    (delivery,) = world.listener.messages
    assert delivery.link == "l0"
    delivery.respond()
    results = world.send(prefer="l0")
    world.clock.advance(0)
    assert [reply.command_id for reply in receiving.sent()] == [0x80000005]
    (submit,) = sending.sent()
    sending.send(submit_resp(submit.sequence_number))
    assert results[0].ok
    world.stop()


def test_a_pair_without_its_transmitter_is_down_for_sending() -> None:
    world = World(bind=Bind.PAIR).bound()
    sending, receiving = world.endpoints["l0"].connections
    sending.close()
    results = world.send()
    receiving.send(deliver_sm(3))
    assert len(world.listener.messages) == 1
    world.clock.advance(1)
    world.smsc().accept_bind()
    (submit,) = world.submits()
    world.smsc().send(submit_resp(submit.sequence_number))
    assert results[0].ok
    assert world.account.status()[0].state is LinkState.BOUND
    world.stop()


def test_stopping_refuses_new_messages_ends_receivers_waits_for_what_is_under_way_and_unbinds() -> None:
    world = World(bind=Bind.PAIR).bound()
    sending, receiving = world.endpoints["l0"].connections
    results = world.send()
    receiving.send(deliver_sm(1))
    stopped = world.account.stopService()
    receiving.send(deliver_sm(2))
    assert [(reply.sequence_number, reply.command_status) for reply in receiving.sent()] == [(2, 0x64)]
    world.listener.messages[0].respond()
    world.clock.advance(0.05)
    first, second = receiving.sent()
    assert (first.sequence_number, second.command_id) == (1, 6)
    receiving.send(pdu(0x80000006, second.sequence_number))
    receiving.close()
    (submit,) = sending.sent()
    world.clock.advance(1)
    assert sending.sent() == []
    sending.send(submit_resp(submit.sequence_number))
    assert results[0].ok
    world.clock.advance(0.05)
    (unbind,) = sending.sent()
    assert (unbind.command_id, stopped.called) == (6, False)
    sending.send(pdu(0x80000006, unbind.sequence_number))
    sending.close()
    assert stopped.called
    assert world.clock.getDelayedCalls() == []


def test_stopping_does_not_wait_for_ever() -> None:
    world = World().bound()
    world.send()
    waiting: list[object] = []
    world.account.reserve(1, phone()).addErrback(waiting.append)
    world.stop()
    assert len(waiting) == 1
    world.account.reserve(1, phone()).addErrback(waiting.append)
    assert len(waiting) == 2


def test_stopping_between_attempts_leaves_nothing_behind() -> None:
    world = World()
    world.endpoints["l0"].away = True
    world.smsc().close()
    world.stop()
