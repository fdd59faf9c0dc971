"""One SMPP session without I/O: octets and instants in, events and octets out."""

from __future__ import annotations

from typing import Any

from smpp import commands, pdu
from smpp import status as statuses
from smpp.commands import GENERIC_NACK, RESPONSE, RESPONSES, UNANSWERED, CommandId
from smpp.errors import NotNow, UnreadablePdu
from smpp.events import (
    OVERDUE,
    Bound,
    Event,
    MessageArrived,
    MessageRefused,
    Oddity,
    SessionEnded,
    SubmitAnswered,
    SubmitUnanswered,
    Why,
)
from smpp.framing import Framer
from smpp.pdu import Envelope
from smpp.segments import Segment
from smpp.settings import LinkSettings
from smpp.states import Role, SessionState, message_refusal, request_refusal, we_may_send
from smpp.status import CommandStatus
from smpp.timers import NEVER, Due, Timers, periods
from smpp.unanswered import Response, Unanswered
from smpp.window import Sequences, Window

_SUBMIT_RESP = CommandId.SUBMIT_SM | RESPONSE
_ENQUIRE_RESP = CommandId.ENQUIRE_LINK | RESPONSE
_UNBIND_RESP = CommandId.UNBIND | RESPONSE


class Session:
    """From bind to unbind.  After each call, write what `take` returns; call `tick` when `next_at` has come.

    `outstanding` holds the submit_sm without response, with the caller's contexts; `unanswered` the messages
    that the caller has not answered, by ticket.
    """

    def __init__(self, settings: LinkSettings, role: Role) -> None:
        self.state = SessionState.OPEN
        self.role = role
        self.was_bound = False
        self.interface_version: int | None = None
        self.accepting = True  # False: every new message is refused with ESME_RX_T_APPN
        self.outstanding: Window[Any] = Window(settings.response_timeout_seconds)
        self.unanswered = Unanswered(settings.answer_timeout_seconds)
        self._settings = settings
        self._framer = Framer()
        self._sequences = Sequences()
        self._bind_sequence = -1  # no bind_resp is awaited
        self._unbind_sequence = 0
        self._now = 0.0  # of the octets being read
        self._out: list[bytes] = []
        self._timers = Timers(periods(settings))

    # What we do

    def bind(self, now: float) -> None:
        """Send the bind request, first of all.  Raises NotNow if it was sent before."""
        self._check(self.role.value)
        self._bind_sequence = self._sequences.next(self.outstanding)
        self._out.append(pdu.build_bind(self.role.value, self._bind_sequence, self._settings))
        self.state = SessionState.BINDING
        self._timers = self._timers.connected(now)

    def submit(self, envelope: Envelope, segment: Segment, context: Any, now: float) -> None:
        """Send a submit_sm; `context` comes back with its SubmitAnswered or SubmitUnanswered.

        Raises NotNow unless bound to send, ValueError if the segment is too long for a PDU.
        """
        if self.state is not SessionState.BOUND or self.role is Role.RECEIVER:
            self._check(CommandId.SUBMIT_SM)
        sequence = self._sequences.next(self.outstanding)
        self._out.append(pdu.build_submit(sequence, envelope, segment))
        self.outstanding.open(sequence, context, now)

    def respond(self, ticket: int, command_status: int) -> Response:
        """Answer a message, if that was not done before or for the caller, and the session has not ended."""
        request = self.unanswered.close(ticket)
        if isinstance(request, Response):
            return request
        if self.ended:
            return Response.LOST
        self._answer_message(*request, command_status)
        return Response.SENT

    def unbind(self, now: float) -> None:
        """Ask for the end.  Raises NotNow unless bound."""
        self._check(CommandId.UNBIND)
        self._request(CommandId.UNBIND)
        self.state = SessionState.UNBINDING
        self._timers = self._timers.unbinding(now)

    def take(self) -> bytes:
        """The octets to write now; each is given once."""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def stop_listening(self, now: float) -> None:
        """Nothing will be read for a while: the peer's silence is our doing."""
        self.unanswered.stop_listening(now)
        self._timers = self._timers.deaf()

    def listen_again(self, now: float) -> None:
        """Reading goes on."""
        self.unanswered.listen_again(now)
        self._timers = self._timers.heard(now, self._framer.partial)

    def close(self) -> None:
        """The connection is gone."""
        self.state = SessionState.CLOSED
        self._out.clear()

    # Time

    @property
    def next_at(self) -> float:
        """When `tick` has something to do."""
        if self.state is SessionState.LEAVING and self._finished:
            return 0.0
        overdue_at = self.outstanding.overdue_at if self._timers.may_ask else NEVER
        return min(self._timers.next_at, overdue_at, self.unanswered.overdue_at)

    @property
    def ended(self) -> bool:
        """Whether nothing more is sent or read."""
        return self.state is SessionState.CLOSED

    @property
    def _finished(self) -> bool:
        return not self.unanswered and not self.outstanding

    def tick(self, now: float) -> list[Event]:
        """Do what is due."""
        events: list[Event] = []
        if self.ended:
            return events
        for request in self.unanswered.take_overdue(now):
            self._answer_message(*request, CommandStatus.ESME_RX_T_APPN)
            events.append(Oddity("answer_overdue"))
        if self.outstanding.overdue_at <= now:
            self._timers = self._timers.asking(now)  # dead or alive?  See `receive`
        self._timers, due = self._timers.tick(now)
        for what in due:
            if what is Due.ENQUIRE:
                self._request(CommandId.ENQUIRE_LINK)
            elif self.state is SessionState.LEAVING:
                self._leave(events)
            elif not self.ended:
                self._end(OVERDUE[what], events)
        if self.state is SessionState.LEAVING and self._finished:
            self._leave(events)
        return events

    # What arrives

    def receive(self, octets: bytes, now: float) -> list[Event]:
        """Take what was read.  Whatever the peer sends, this does not raise."""
        self._now = now
        frames = self._framer.feed(octets)
        self._timers = self._timers.heard(now, self._framer.partial, bool(frames))
        events: list[Event] = []
        for frame in frames:
            if self.ended:
                return events
            command_id, command_status, sequence = pdu.header(frame)
            if command_id & RESPONSE:
                self._response(frame, command_id, command_status, sequence, events)
            else:
                self._peer_request(frame, command_id, sequence, events)
        if not self.ended:  # so it lives, and left these unanswered; what a dead peer left is all in doubt
            events.extend(SubmitUnanswered(context) for context in self.outstanding.overdue(now))
        if self._framer.broken and not self.ended:
            self._send(GENERIC_NACK, CommandStatus.ESME_RINVCMDLEN, self._framer.broken_sequence)
            self._end(SessionEnded(Why.BROKEN_FRAME), events)
        return events

    def _peer_request(self, frame: bytes, command_id: int, sequence: int, events: list[Event]) -> None:
        command = commands.BY_ID.get(command_id)
        if command is None:
            self._send(GENERIC_NACK, CommandStatus.ESME_RINVCMDID, sequence)
            events.append(Oddity("unknown_command", commands.name(command_id)))
        elif command in (CommandId.DELIVER_SM, CommandId.DATA_SM):
            self._message(frame, command, sequence, events)
        elif command is CommandId.ENQUIRE_LINK:
            self._send(_ENQUIRE_RESP, 0, sequence)
        elif command in UNANSWERED:
            events.append(Oddity("ignored_request", commands.name(command_id)))
        elif refusal := request_refusal(self.state, self.role, command):
            self._send(command_id | RESPONSE, refusal, sequence)
            events.append(Oddity("refused_request", commands.name(command_id)))
        else:
            self._peer_unbinds(sequence, events)

    def _message(self, frame: bytes, command: CommandId, sequence: int, events: list[Event]) -> None:
        refusal = message_refusal(self.state, self.role)
        if refusal:
            events.append(Oddity("message_out_of_state", self.state.value))
        elif not self.accepting:
            refusal = CommandStatus.ESME_RX_T_APPN
        else:
            try:
                message = pdu.parse_message(frame)
            except UnreadablePdu as unreadable:
                refusal = unreadable.command_status
                events.append(Oddity("unreadable", str(unreadable)))
        if refusal:
            self._answer_message(command, sequence, refusal)
            events.append(MessageRefused(refusal, frame))
            return
        if message.damaged:
            events.append(Oddity("damaged_tlvs"))
        events.append(MessageArrived(self.unanswered.open(command, sequence, self._now), message))

    def _response(self, frame: bytes, command_id: int, command_status: int, sequence: int, events: list[Event]) -> None:
        if command_id in (_SUBMIT_RESP, GENERIC_NACK) and (entry := self.outstanding.close(sequence)) is not None:
            nacked = command_id == GENERIC_NACK  # one that says ESME_ROK is no acceptance
            verdict = (command_status or CommandStatus.ESME_RUNKNOWNERR) if nacked else command_status
            message_id = "" if nacked else pdu.parse_message_id(frame)
            events.append(SubmitAnswered(entry[1], entry[0], verdict, message_id))
        elif command_id in (self.role.value | RESPONSE, GENERIC_NACK) and sequence == self._bind_sequence:
            refusal = command_status if command_id != GENERIC_NACK else command_status or CommandStatus.ESME_RBINDFAIL
            self._bind_answered(frame, refusal, events)
        elif command_id == _UNBIND_RESP and self.state is SessionState.UNBINDING:
            self._end(SessionEnded(Why.UNBOUND), events)
        elif command_id != _ENQUIRE_RESP:
            kind = "unknown_sequence" if command_id in RESPONSES else "unknown_response"
            events.append(Oddity(kind, f"{commands.name(command_id)} {statuses.name(command_status)} {sequence}"))

    def _bind_answered(self, frame: bytes, command_status: int, events: list[Event]) -> None:
        if command_status:
            self._end(SessionEnded(Why.REFUSED, command_status), events)
            return
        self._bind_sequence = -1
        system_id, self.interface_version = pdu.parse_bind_response(frame)
        self.state = SessionState.BOUND
        self.was_bound = True
        self._timers = self._timers.bound(self._now)
        events.append(Bound(system_id, self.interface_version))

    def _peer_unbinds(self, sequence: int, events: list[Event]) -> None:
        self._unbind_sequence = sequence
        if self.state is SessionState.UNBINDING or self._finished:
            self._leave(events)
        else:
            self.state = SessionState.LEAVING
            self._timers = self._timers.unbinding(self._now)

    def _leave(self, events: list[Event]) -> None:
        for request in self.unanswered.take_all():
            self._answer_message(*request, CommandStatus.ESME_RX_T_APPN)
        self._send(_UNBIND_RESP, 0, self._unbind_sequence)
        self._end(SessionEnded(Why.UNBOUND_BY_SMSC), events)

    # What leaves

    def _check(self, command: CommandId) -> None:
        if not we_may_send(self.state, self.role, command):
            raise NotNow(f"{command.name.lower()} cannot be sent while {self.state.value} as {self.role.name.lower()}")

    def _request(self, command: CommandId) -> None:
        self._send(command, 0, self._sequences.next(self.outstanding))

    def _send(self, command_id: int, command_status: int, sequence: int) -> None:
        self._out.append(pdu.build_header_only(command_id, command_status, sequence))

    def _answer_message(self, command_id: int, sequence: int, command_status: int) -> None:
        self._out.append(pdu.build_message_response(command_id | RESPONSE, command_status, sequence))

    def _end(self, event: SessionEnded, events: list[Event]) -> None:
        self.state = SessionState.CLOSED
        events.append(event)
