"""Keys at rest: nothing readable, nothing exchangeable, and a clear word when a master key is missing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import SettingsFault
from gateway.registry.codes.vault import Vault, read_vault

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
SECRET = b"a secret of thirty-two octets.. "


@given(st.binary(min_size=1, max_size=64), st.text(max_size=40))
def test_what_is_wrapped_opens_under_its_name(secret: bytes, name: str) -> None:
    vault = Vault({1: ONE})
    assert vault.unwrap(vault.wrap(secret, name), name) == secret


def test_a_wrapped_secret_is_not_readable() -> None:
    assert SECRET not in Vault({1: ONE}).wrap(SECRET, "serial key 1")


def test_a_wrapped_secret_under_another_name_does_not_open() -> None:
    vault = Vault({1: ONE})
    with pytest.raises(SettingsFault, match="other does not open"):
        vault.unwrap(vault.wrap(SECRET, "one"), "other")


def test_an_old_master_key_still_opens_and_the_newest_wraps() -> None:
    old = Vault({1: ONE}).wrap(SECRET, "key")
    both = Vault({1: ONE, 2: TWO})
    assert both.unwrap(old, "key") == SECRET
    assert Vault({2: TWO}).unwrap(both.wrap(SECRET, "key"), "key") == SECRET
    with pytest.raises(SettingsFault, match="master key 1: add it"):
        Vault({2: TWO}).unwrap(old, "key")


def test_another_master_key_of_the_same_number_is_noticed() -> None:
    with pytest.raises(SettingsFault, match="does not open"):
        Vault({1: TWO}).unwrap(Vault({1: ONE}).wrap(SECRET, "key"), "key")


def test_without_a_master_key_secrets_stay_in_the_clear() -> None:
    assert Vault().unwrap(Vault().wrap(SECRET, "key"), "key") == SECRET
    assert Vault({1: ONE}).unwrap(Vault().wrap(SECRET, "key"), "key") == SECRET


def test_master_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "master"
    file.write_text(f"# made by hand\n1 {ONE.hex()}\n\n2 {TWO.hex()}\n")
    assert read_vault(str(file)).current == 2
    assert read_vault(None).current == 0


@pytest.mark.parametrize("line", ["", "1", f"0 {ONE.hex()}", f"256 {ONE.hex()}", f"one {ONE.hex()}", "1 abcd", "1 zz"])
def test_a_faulty_master_key_file_is_refused_without_being_quoted(tmp_path: Path, line: str) -> None:
    file = tmp_path / "master"
    file.write_text(line + "\n")
    with pytest.raises(SettingsFault, match="64 hexadecimal digits") as caught:
        read_vault(str(file))
    assert ONE.hex() not in str(caught.value)


def test_a_missing_master_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_vault(str(tmp_path / "missing"))
