"""Queries, answers and outcomes as rows of the journal's intake, and back.

A row is a tuple that json encodes: step, uid, fields.  The rows of an accepted query and of its answer are kept whole
in the journal and read back by `query_of` and `answer_of`; their order of fields is part of the file's version.
"""

from __future__ import annotations

import json
from typing import Any

from gateway.core.answer import Answer, Finding, Outcome, Report
from gateway.core.ports import MessagePart
from gateway.core.query import Caller, Certainty, Channel, Intent, Place, Query, ReplyRoute, TextError, Understanding
from gateway.core.verdicts import Verdict
from gateway.records.journal.intake import Step

Row = tuple[Any, ...]

_UNSUSPICIOUS = (Verdict.FIRST, Verdict.REPEATED_SAME)


def accepted(query: Query) -> Row:
    """The row that keeps a query, clear number included."""
    said = query.understanding
    route = query.route
    return (
        Step.ACCEPT,
        query.uid,
        query.channel,
        query.arrived_at,
        query.caller.number,
        query.caller.pseudonym,
        query.text,
        (said.intent, said.codes, said.error, said.language, said.fragment, said.remark),
        query.place.area,
        query.place.certainty,
        query.fingerprint,
        None
        if route is None
        else (
            route.carrier,
            route.link,
            route.source,
            route.source_ton,
            route.source_npi,
            route.destination,
            route.destination_ton,
            route.destination_npi,
        ),
    )


def query_of(text: str) -> Query:
    """The query that `accepted` made this row of, as JSON."""
    _, uid, channel, arrived_at, number, pseudonym, body, said, area, certainty, fingerprint, route = json.loads(text)
    intent, codes, error, language, fragment, remark = said
    return Query(
        uid=uid,
        channel=Channel(channel),
        arrived_at=arrived_at,
        caller=Caller(number, pseudonym),
        text=body,
        understanding=Understanding(
            Intent(intent), tuple(codes), None if error is None else TextError(error), language, fragment, remark
        ),
        place=Place(area, Certainty(certainty)),
        route=None if route is None else ReplyRoute(*route),
        fingerprint=fingerprint,
    )


def answered(uid: int, answer: Answer, sending_link: str) -> Row:
    """The row that fixes an answer."""
    report = answer.report
    return (
        Step.ANSWER,
        uid,
        sending_link,
        answer.verdict,
        answer.reply,
        answer.language,
        answer.note,
        answer.opens_context,
        [
            (f.code, f.verdict, f.resource_code, f.batch, f.region, f.category, f.stale, f.counted)
            for f in answer.findings
        ],
        None if report is None else (report.kind, report.code, report.text, report.about_uid),
    )


def answer_of(text: str) -> Answer:
    """The answer that `answered` made this row of, as JSON."""
    _, _, _, verdict, reply, language, note, opens_context, findings, report = json.loads(text)
    return Answer(
        verdict=None if verdict is None else Verdict(verdict),
        reply=reply,
        language=language,
        findings=tuple(Finding(code, Verdict(judged), *rest) for code, judged, *rest in findings),
        report=None if report is None else Report(Intent(report[0]), *report[1:]),
        opens_context=opens_context,
        note=note,
    )


def context(query: Query, answer: Answer) -> Row:
    """The row that opens the caller's context: about the first code that gave cause for it, or that is reported."""
    codes = [finding.code for finding in answer.findings if finding.verdict not in _UNSUSPICIOUS]
    reported_code = answer.report.code if answer.report else ""
    code = (codes or [finding.code for finding in answer.findings] or [reported_code])[0]
    return (Step.CONTEXT, query.uid, query.caller.pseudonym, code, query.arrived_at)


def finished(query: Query, answer: Answer, outcome: Outcome, body: str) -> Row:
    """The query log's row; `body` is the scrubbed text.  The fields are query_log's columns."""
    route = query.route
    return (
        Step.FINISH,
        query.uid,
        query.channel,
        query.arrived_at,
        query.caller.pseudonym,
        query.place.area,
        query.place.certainty,
        body,
        query.understanding.intent,
        query.understanding.error,
        answer.language,
        answer.verdict,
        answer.note,
        outcome.ending,
        outcome.at,
        outcome.command_status,
        " ".join(outcome.message_ids),
        outcome.segments,
        outcome.resent,
        any(finding.stale for finding in answer.findings),
        "" if route is None else route.carrier,
        "" if route is None else route.link,
        outcome.link,
        query.fingerprint,
    )


def looked_up(query: Query, finding: Finding, answered_at: float) -> Row:
    """The look-up's row of one code.  The fields are the columns of lookups."""
    return (
        Step.LOOKUP,
        query.uid,
        finding.code,
        query.caller.pseudonym,
        query.arrived_at,
        answered_at,
        finding.verdict,
        finding.resource_code,
        finding.batch,
        finding.region,
        finding.category,
        query.place.area,
        finding.stale,
        finding.counted,
    )


def reported(query: Query, report: Report, text: str) -> Row:
    """The row of a report or complaint; `text` is scrubbed.  The fields are the columns of reports."""
    return (
        Step.REPORT,
        query.uid,
        report.kind,
        report.code,
        text,
        report.about_uid,
        query.caller.pseudonym,
        query.place.area,
        query.arrived_at,
    )


def kept_part(part: MessagePart) -> Row:
    """The row of one part of a long message."""
    return (
        Step.PART,
        0,
        part.key,
        part.number,
        part.total,
        part.content.hex(),
        part.envelope,
        part.arrived_at,
        part.fingerprint,
    )
