"""The telephone in the terminal as a command: what it types, shows and plays, and how it ends."""

from __future__ import annotations

import argparse
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr import telephone

PROMPTS = Path(__file__).resolve().parents[2] / "templates" / "voice"
READ = f'EXEC "Read" "K,{PROMPTS}/zh/ask_code,20,,,"'


@contextmanager
def server(*commands: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Sends these commands one after the other and hangs up: its port, the header, and the replies."""
    header: list[str] = []
    replies: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rw", encoding="utf-8", newline="\n") as stream:
                while line := stream.readline().strip():
                    header.append(line)
                for command in commands:
                    stream.write(f"{command}\n")
                    stream.flush()
                    replies.append(stream.readline().strip())

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], header, replies
        thread.join()


def run(port: int, *words: str) -> int:
    parser = argparse.ArgumentParser()
    telephone.add_arguments(parser)
    return telephone.run(parser.parse_args(["--port", str(port), "--prompts", str(PROMPTS), *words]))


def test_a_call_that_is_finished_prints_what_was_said_and_typed(capsys: pytest.CaptureFixture[str]) -> None:
    done = 'SET VARIABLE "HOTLINE_DONE" "1"'
    with server("ANSWER", READ, 'GET FULL VARIABLE "${READSTATUS}:${K}"', done) as (port, header, replies):
        assert run(port, "--mute", "--language", "en", "--agents", "closed", "--keys", "8123#") == 0
    assert {"agi_callerid: 13800001234", "agi_dnid: 95001111"} <= set(header)
    assert {"agi_arg_1: language=en", "agi_arg_2: agents=closed"} <= set(header)
    assert replies == ["200 result=0", "200 result=0", "200 result=1 (OK:8123)", "200 result=1"]
    assert capsys.readouterr().out == "请输入监管码，按井号键结束\n> 8123#\n(call over)\n"


def test_a_call_that_is_handed_on_says_to_whom(capsys: pytest.CaptureFixture[str]) -> None:
    with server('SET VARIABLE "HOTLINE_NEXT" "agent"', 'SET VARIABLE "HOTLINE_DONE" "1"') as (port, _, _):
        assert run(port, "--mute", "--keys") == 0
    assert capsys.readouterr().out == "(call over: handed on to a person)\n"


def test_a_server_that_ends_a_call_without_a_last_word_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with server("ANSWER") as (port, _, _):
        assert run(port, "--mute", "--keys") == 1
    assert "the server ended the call" in capsys.readouterr().out


def test_who_types_no_more_hangs_up(capsys: pytest.CaptureFixture[str]) -> None:
    with server(READ) as (port, _, replies):
        assert run(port, "--mute", "--keys") == 0
    assert replies == ["HANGUP"]


@pytest.mark.parametrize(("typed", "reply"), [("812#\n", "200 result=0"), ("h\n", "HANGUP"), ("", "HANGUP")])
def test_keys_come_from_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, reply: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with server(READ) as (port, _, replies):
        run(port, "--mute")
    assert replies == [reply]
    assert "> " in capsys.readouterr().out


def test_without_a_server_the_word_is_clear(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert run(port, "--mute", "--keys") == 1
    assert f"no voice server at 127.0.0.1:{port}" in capsys.readouterr().err


def test_a_broken_script_leaves_the_path_to_be_shown(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "script.toml").write_text("= broken")
    assert telephone.text_of("/p/zh/menu", tmp_path) == "(/p/zh/menu)"


def test_what_is_no_key_is_told_and_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n8#\n"))
    with server(READ, 'GET FULL VARIABLE "${K}"') as (port, _, replies):
        run(port, "--mute", "--language", "en")
    assert replies[1] == "200 result=1 (8)"
    shown = capsys.readouterr().out
    assert shown.startswith("(type keys and Enter")
    assert "a telephone has the keys 0 to 9, * and #" in shown


def test_what_is_spoken_into_the_recorder_may_be_any_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("福清某店\n"))
    with server(f'RECORD FILE "{tmp_path}/r" "wav" "#" 1000 s=6') as (port, _, replies):
        run(port, "--mute")
    assert replies == ["200 result=0 (timeout) endpos=24000"]
    assert "录音中" in capsys.readouterr().out


def test_a_sound_is_shown_by_its_text(tmp_path: Path) -> None:
    (tmp_path / "made.txt").write_text("joined", "utf-8")
    assert telephone.text_of(str(tmp_path / "made"), PROMPTS) == "joined"
    assert telephone.text_of(str(PROMPTS / "zh" / "goodbye"), PROMPTS) == "感谢您的来电，再见"
    assert telephone.text_of("/nowhere/xx/x", PROMPTS) == "(/nowhere/xx/x)"
