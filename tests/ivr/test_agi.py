"""The AGI language: quoting that nothing breaks out of, replies as Asterisk writes them."""

from __future__ import annotations

import contextlib
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import agi


@given(st.text(max_size=60))
def test_a_quoted_value_is_one_word_or_refused(value: str) -> None:
    try:
        octets = agi.set_variable("X", value).encode()
    except agi.AGIUsageError:
        return
    assert octets.count(b"\n") == 1
    assert shlex.split(octets.decode(), posix=True)[3] == value


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "\x7f"])
def test_control_characters_are_refused(value: str) -> None:
    with pytest.raises(agi.AGIUsageError):
        agi.quote(value)


@pytest.mark.parametrize("line", ["", " ", "é" * 751, "NOOP \ud800", "A\nB"])
def test_a_line_that_asterisk_would_misread_is_refused(line: str) -> None:
    with pytest.raises(agi.AGIUsageError):
        agi.Command(line).encode()


@pytest.mark.parametrize("argument", ["a,b", "${EVIL}", "a|b"])
def test_an_argument_that_an_application_would_split_or_expand_is_refused(argument: str) -> None:
    with pytest.raises(agi.AGIUsageError):
        agi.execute("Read", (argument,))


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("200 result=8123", agi.Reply(200, "8123")),
        ("200 result=8123 (timeout)", agi.Reply(200, "8123", "timeout")),
        ("200 result= (timeout)", agi.Reply(200, "", "timeout")),
        ("200 result=", agi.Reply(200)),
        ("200 result=-1 endpos=0", agi.Reply(200, "-1", end_position_samples=0)),
        ("200 result=1 (OK:8*1#)", agi.Reply(200, "1", "OK:8*1#")),
        ("510 Invalid or unknown command", agi.Reply(510)),
    ],
)
def test_replies_seen_on_the_wire_are_understood(line: str, reply: agi.Reply) -> None:
    assert agi.parse_reply(line) == reply


def test_minus_one_is_a_failure() -> None:
    assert agi.parse_reply("200 result=-1").failed
    assert not agi.parse_reply("200 result=1").failed


@given(st.text(max_size=80))
def test_any_line_is_a_reply_or_unknown(line: str) -> None:
    with contextlib.suppress(agi.AGIUnknownError):
        assert 0 <= agi.parse_reply(line).code <= 999


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (agi.Reply(200, "-1", "hangup"), agi.AGIResultHangup),
        (agi.Reply(511), agi.AGIHangup),
        (agi.Reply(510), agi.AGIInvalidCommand),
        (agi.Reply(520), agi.AGIUsageError),
        (agi.Reply(999), agi.AGIUnknownError),
    ],
)
def test_each_refusal_has_its_exception(reply: agi.Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        agi.raise_for(reply)


def test_commands_are_written_as_asterisk_documents_them() -> None:
    assert agi.stream_file('a"b\\c', "", 2.0).line == 'STREAM FILE "a\\"b\\\\c" ""'
    assert agi.record_file("/r/x", 120, 6).line == 'RECORD FILE "/r/x" "wav" "#" 120000 s=6'
    assert agi.execute("Read", ("K", "/p", "20")).line == 'EXEC "Read" "K,/p,20"'
    assert agi.channel_status().line == "CHANNEL STATUS"
    assert agi.get_full_variable("${A}").line == 'GET FULL VARIABLE "${A}"'
