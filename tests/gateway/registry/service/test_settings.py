"""What the operator writes, and what is said when it is wrong."""

from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.registry.service.settings import TOKEN_VARIABLE, Listen, RegistrySettings, parse_listen, read_token

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("127.0.0.1:8600", Listen(host="127.0.0.1", port=8600)),
        ("[::1]:0", Listen(host="::1", port=0)),
        ("unix:/run/registry.sock", Listen(path="/run/registry.sock")),
    ],
)
def test_an_address_is_tcp_or_a_unix_socket(text: str, listen: Listen) -> None:
    assert parse_listen(text) == listen


@pytest.mark.parametrize("text", ["", "8600", ":8600", "host:", "host:http", "host:70000", "unix:", "host:８６"])
def test_an_unreadable_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsFault, match=r"127\.0\.0\.1:8600"):
        parse_listen(text)


def test_the_token_comes_from_the_file_or_else_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert read_token(str(file), {}) == TOKEN
    assert read_token(None, {TOKEN_VARIABLE: TOKEN}) == TOKEN


@pytest.mark.parametrize("content", ["", "short", "0123456789 abcdef", "0123456789abcdé"])
def test_a_poor_token_is_refused_without_being_quoted(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(SettingsFault, match="16 or more") as caught:
        read_token(str(file), {})
    assert not content or content not in str(caught.value)


def test_a_missing_token_names_the_file_or_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_token(str(tmp_path / "missing"), {})
    with pytest.raises(SettingsFault, match=TOKEN_VARIABLE):
        read_token(None, {})


def test_settings_show_neither_token_nor_database_password() -> None:
    shown = repr(RegistrySettings("postgresql://u:secret@h/d", Listen(path="/s"), TOKEN))
    assert TOKEN not in shown
    assert "secret" not in shown
