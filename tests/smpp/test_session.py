"""The life of one session, without a connection: bind, enquire, messages, unbind, in octets and instants."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import states
from smpp.commands import CommandId
from smpp.errors import NotNow
from smpp.events import (
    Bound,
    MessageArrived,
    MessageRefused,
    Oddity,
    SessionEnded,
    SubmitAnswered,
    SubmitUnanswered,
    Why,
)
from smpp.session import Session
from smpp.settings import LinkSettings
from smpp.states import Role, SessionState
from smpp.unanswered import Response
from tests.smpp.smsc import Pdu, cut, deliver_sm, pdu, submit_resp, tlv
from tests.smpp.test_bad_pdus import ENVELOPE, SEGMENT, bound


def fresh(role: Role = Role.TRANSCEIVER) -> Session:
    session = Session(LinkSettings("l", "h", 2775, "us", "pw"), role)
    session.bind(0.0)
    return session


def sent(session: Session) -> list[Pdu]:
    return cut(session.take())


def arrive(session: Session, now: float = 1.0, sequence: int = 7) -> MessageArrived:
    (event,) = session.receive(deliver_sm(sequence), now)
    assert isinstance(event, MessageArrived)
    return event


@pytest.mark.parametrize("role", list(Role))
def test_a_session_begins_with_a_bind_of_its_role_and_sequence_1(role: Role) -> None:
    session = fresh(role)
    (bind,) = sent(session)
    assert bind == Pdu(role.value, 0, 1, b"us\0pw\0\0\x34\0\0\0")
    with pytest.raises(NotNow):
        session.bind(0.0)


def test_enquire_link_is_answered_in_every_state_and_does_not_stop_the_bind_timer() -> None:
    session = fresh()
    sent(session)
    for second in range(1, 10):
        assert session.receive(pdu(0x15, second), float(second)) == []
        assert sent(session) == [Pdu(0x80000015, 0, second, b"")]
    assert session.tick(10.0) == [SessionEnded(Why.BIND_OVERDUE)]


@pytest.mark.parametrize("status", [0x05, 0x0D, 0x0E, 0x0F, 0xFFFF])
def test_a_refused_bind_ends_the_session_with_its_status(status: int) -> None:
    events = fresh().receive(pdu(0x80000009, 1, b"", status), 1.0)
    assert events == [SessionEnded(Why.REFUSED, status)]


def test_a_generic_nack_refuses_a_bind_too() -> None:
    assert fresh().receive(pdu(0x80000000, 1, b"", 3), 1.0) == [SessionEnded(Why.REFUSED, 3)]


def test_messages_before_the_bind_response_are_refused_and_those_behind_it_taken() -> None:
    session = fresh()
    events = session.receive(deliver_sm(3) + pdu(0x80000009, 1, b"s\0" + tlv(0x0210, b"\x34")) + deliver_sm(4), 1.0)
    assert [type(event) for event in events] == [Oddity, MessageRefused, Bound, MessageArrived]
    assert [(reply.command_status, reply.sequence_number) for reply in sent(session)[1:]] == [(0x04, 3)]


def test_a_transmitter_takes_no_messages() -> None:
    session = bound(Role.TRANSMITTER)
    session.receive(deliver_sm(3), 1.0)
    assert sent(session) == [Pdu(0x80000005, 0x04, 3, b"\0")]


def test_a_receiver_sends_none() -> None:
    with pytest.raises(NotNow):
        bound(Role.RECEIVER).submit(ENVELOPE, SEGMENT, None, 1.0)


def test_silence_brings_an_enquire_link_and_no_answer_the_end() -> None:
    session = bound()
    assert session.tick(session.next_at) == []
    (enquire,) = sent(session)
    assert (enquire.command_id, session.next_at) == (0x15, 40.0)
    assert session.tick(40.0) == [SessionEnded(Why.ENQUIRE_OVERDUE, abort=True)]


def test_any_traffic_is_the_life_that_an_enquire_link_asks_for() -> None:
    session = bound()
    session.tick(30.0)
    session.receive(pdu(0x80000015, 99), 39.0)
    assert session.next_at == 69.0
    arrive(session, 60.0)
    assert session.tick(69.0)[0] == Oddity("answer_overdue")
    assert session.next_at == 90.0


def test_half_a_pdu_for_10_s_ends_the_session() -> None:
    session = bound()
    session.receive(deliver_sm(1)[:20], 5.0)
    assert session.tick(14.9) == []
    assert session.tick(15.0) == [SessionEnded(Why.HALF_PDU)]


def test_a_message_not_answered_in_9_s_is_refused_for_the_caller() -> None:
    session = bound()
    ticket = arrive(session, 1.0).ticket
    assert session.tick(9.9) == []
    assert session.tick(10.0) == [Oddity("answer_overdue")]
    assert sent(session) == [Pdu(0x80000005, 0x64, 7, b"\0")]
    assert [session.respond(ticket, 0) for _ in range(2)] == [Response.REFUSED, Response.LOST]
    assert sent(session) == []


def test_messages_with_one_sequence_number_are_each_answered() -> None:
    session = bound()
    first, second = arrive(session, sequence=7), arrive(session, sequence=7)
    assert session.respond(second.ticket, 0) is Response.SENT
    assert session.respond(first.ticket, 0x64) is Response.SENT
    assert session.respond(first.ticket, 0) is Response.LOST
    assert [reply.command_status for reply in sent(session)] == [0, 0x64]


def test_a_missing_submit_sm_resp_fails_that_operation_once_the_session_is_known_to_live() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "lost", 1.0)
    session.receive(pdu(0x15, 1), 20.0)
    assert session.tick(31.0) == []
    (submit, _, enquire) = sent(session)
    assert enquire.command_id == 0x15
    assert session.receive(pdu(0x80000015, enquire.sequence_number), 31.2) == [SubmitUnanswered("lost")]
    assert session.state is SessionState.BOUND
    (late,) = session.receive(submit_resp(submit.sequence_number), 32.0)
    assert isinstance(late, Oddity)


def test_a_missing_submit_sm_resp_of_a_session_that_turns_out_dead_stays_with_what_it_leaves_in_doubt() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "into the void", 1.0)
    session.receive(pdu(0x15, 1), 20.0)
    assert session.tick(31.0) == []
    session.submit(ENVELOPE, SEGMENT, "after it", 32.0)
    assert session.next_at == 41.0
    assert session.tick(41.0) == [SessionEnded(Why.ENQUIRE_OVERDUE, abort=True)]
    assert session.outstanding.drain() == ["into the void", "after it"]


def test_a_response_that_answers_the_question_whether_the_session_lives_is_not_too_late() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "late", 1.0)
    session.receive(pdu(0x15, 1), 20.0)
    session.tick(31.0)
    submit = sent(session)[0]
    (answered,) = session.receive(submit_resp(submit.sequence_number), 31.5)
    assert answered == SubmitAnswered("late", 1.0, 0, "a1")


def test_one_question_is_asked_for_many_responses_overdue() -> None:
    session = bound()
    for number in range(5):
        session.submit(ENVELOPE, SEGMENT, number, 1.0 + number)
    session.receive(pdu(0x15, 1), 20.0)
    while session.next_at < 41.0:
        assert session.tick(session.next_at) == []
    assert [pdu_sent.command_id for pdu_sent in sent(session)].count(0x15) == 1
    assert session.receive(pdu(0x15, 2), 40.0) == [SubmitUnanswered(number) for number in range(5)]


def test_a_response_overdue_while_nothing_is_read_is_asked_for_once_reading_goes_on() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "lost", 1.0)
    session.receive(pdu(0x15, 1), 25.0)
    session.stop_listening(26.0)
    assert session.next_at == float("inf")
    assert session.tick(32.0) == []
    assert 0x15 not in [reply.command_id for reply in sent(session)]
    session.listen_again(33.0)
    assert session.next_at <= 33.0
    assert session.tick(33.0) == []
    (enquire,) = sent(session)
    assert enquire.command_id == 0x15
    assert session.next_at == 43.0
    assert session.receive(pdu(0x80000015, enquire.sequence_number), 33.1) == [SubmitUnanswered("lost")]


@pytest.mark.parametrize("asked_by", ["us", "the SMSC"])
def test_a_response_overdue_while_the_session_ends_waits_no_longer_than_the_session(asked_by: str) -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "lost", 1.0)
    session.receive(pdu(0x15, 1), 29.0)
    if asked_by == "us":
        session.unbind(29.0)
    else:
        session.receive(pdu(0x06, 2), 29.0)
    assert session.next_at == 34.0
    assert session.tick(31.0) == []
    assert session.next_at == 34.0
    (ended,) = session.tick(34.0)
    assert isinstance(ended, SessionEnded)
    assert session.outstanding.drain() == ["lost"]


def test_unbind_from_the_smsc_is_answered_at_once_when_nothing_is_in_hand() -> None:
    session = bound()
    assert session.receive(pdu(0x06, 5), 1.0) == [SessionEnded(Why.UNBOUND_BY_SMSC)]
    assert sent(session) == [Pdu(0x80000006, 0, 5, b"")]


def test_unbind_from_the_smsc_waits_for_what_is_in_hand() -> None:
    session = bound()
    ticket = arrive(session).ticket
    session.submit(ENVELOPE, SEGMENT, "it", 1.0)
    (submit,) = sent(session)
    assert session.receive(pdu(0x06, 5), 2.0) == []
    with pytest.raises(NotNow):
        session.submit(ENVELOPE, SEGMENT, "more", 2.0)
    session.receive(deliver_sm(8), 2.0)
    session.receive(submit_resp(submit.sequence_number), 2.5)
    session.respond(ticket, 0)
    assert session.next_at == 0.0
    assert session.tick(3.0) == [SessionEnded(Why.UNBOUND_BY_SMSC)]
    assert [(reply.command_id & 0xFF, reply.command_status, reply.sequence_number) for reply in sent(session)] == [
        (5, 0x64, 8), (5, 0, 7), (6, 0, 5),
    ]  # fmt: skip


def test_unbind_from_the_smsc_waits_5_s_at_most() -> None:
    session = bound()
    ticket = arrive(session, 1.0).ticket
    session.receive(pdu(0x06, 5), 2.0)
    assert session.tick(7.0) == [SessionEnded(Why.UNBOUND_BY_SMSC)]
    assert [reply.command_status for reply in sent(session)] == [0x64, 0]
    assert session.respond(ticket, 0) is Response.REFUSED


def test_our_unbind_waits_5_s_for_its_answer() -> None:
    session = bound()
    session.unbind(1.0)
    (unbind,) = sent(session)
    assert unbind.command_id == 6
    late = bound()
    late.unbind(1.0)
    assert session.receive(pdu(0x80000006, unbind.sequence_number), 2.0) == [SessionEnded(Why.UNBOUND)]
    assert late.tick(6.0) == [SessionEnded(Why.UNBIND_OVERDUE)]


def test_both_sides_may_unbind_at_once() -> None:
    session = bound()
    session.unbind(1.0)
    assert session.receive(pdu(0x06, 5), 1.5) == [SessionEnded(Why.UNBOUND_BY_SMSC)]
    assert sent(session)[1] == Pdu(0x80000006, 0, 5, b"")


def test_who_accepts_no_more_refuses_for_the_time_being() -> None:
    session = bound()
    session.accepting = False
    assert session.receive(deliver_sm(3), 1.0) == [MessageRefused(0x64, deliver_sm(3))]
    assert sent(session) == [Pdu(0x80000005, 0x64, 3, b"\0")]


def test_after_the_end_nothing_happens() -> None:
    session = bound()
    ticket = arrive(session).ticket
    session.close()
    assert session.respond(ticket, 0) is Response.LOST
    assert session.tick(1_000.0) == []
    assert session.receive(deliver_sm(1), 2.0) == []
    assert session.take() == b""


@given(st.binary(max_size=400), st.sampled_from(list(Role)))
def test_any_octets_leave_a_session_that_lives_or_has_ended_for_a_reason(octets: bytes, role: Role) -> None:
    session = bound(role)
    events = session.receive(octets, 1.0)
    assert session.ended == any(isinstance(event, SessionEnded) for event in events)
    session.tick(100.0)


requests = st.builds(
    pdu,
    st.sampled_from([*CommandId, 0x0FFF, 0x0201]),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=80),
)


@given(st.lists(requests, max_size=5))
def test_every_request_that_has_a_response_gets_one_with_its_sequence(pdus: list[bytes]) -> None:
    session = bound()
    for event in session.receive(b"".join(pdus), 1.0):
        if isinstance(event, MessageArrived):
            session.respond(event.ticket, 0)
    answered = [reply.sequence_number for reply in sent(session)]
    owed = []
    for request in cut(b"".join(pdus)):
        if request.command_id not in (CommandId.OUTBIND, CommandId.ALERT_NOTIFICATION):
            owed.append(request.sequence_number)
        if request.command_id == CommandId.UNBIND:
            break
    if session.ended:
        assert set(answered) <= set(owed)
    else:
        session.tick(6.0)
        assert sorted(answered + [reply.sequence_number for reply in sent(session)]) == sorted(owed)


def test_the_transition_table_has_no_way_for_what_only_an_smsc_receives() -> None:
    for state, role in itertools.product(SessionState, Role):
        for command in (CommandId.SUBMIT_SM, CommandId.BIND_TRANSCEIVER, CommandId.QUERY_SM, CommandId.SUBMIT_MULTI):
            assert not states.they_may_send(state, role, command)
        assert states.they_may_send(state, role, CommandId.ENQUIRE_LINK) == (state is not SessionState.CLOSED)
        assert states.we_may_send(state, role, CommandId.SUBMIT_SM) == (
            state is SessionState.BOUND and role is not Role.RECEIVER
        )
