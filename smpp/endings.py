"""How a session ends that waited in vain."""

from __future__ import annotations

from smpp.events import SessionEnded, Why
from smpp.timers import Due

ENDINGS = {
    Due.BIND_OVERDUE: SessionEnded(Why.BIND_OVERDUE),
    Due.ENQUIRE_OVERDUE: SessionEnded(Why.ENQUIRE_OVERDUE, abort=True),
    Due.HALF_PDU_OVERDUE: SessionEnded(Why.HALF_PDU),
    Due.UNBIND_OVERDUE: SessionEnded(Why.UNBIND_OVERDUE),
}
