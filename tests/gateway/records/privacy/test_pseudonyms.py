from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import SettingsFault
from gateway.records.privacy import pseudonyms
from gateway.records.privacy.pseudonyms import PseudonymKey, Pseudonyms, read_key

OLD = PseudonymKey("a1", b"o" * 32)
NEW = PseudonymKey("b2", b"n" * 32)


@given(st.text(max_size=30))
def test_a_pseudonym_names_its_key_and_hides_the_number(number: str) -> None:
    pseudonym = Pseudonyms([NEW]).of(number)
    assert re.fullmatch("b2:[a-z2-7]{26}", pseudonym)
    assert pseudonym != Pseudonyms([OLD]).of(number)


def test_a_new_key_does_not_split_a_caller_who_is_on_record() -> None:
    old = Pseudonyms([OLD]).of("8613812345678")
    rotated = Pseudonyms([NEW, OLD], {old}.__contains__)
    assert rotated.of("8613812345678") == old
    assert rotated.of("8613900000000").startswith("b2:")


def test_a_caller_first_seen_under_the_new_key_keeps_its_pseudonym_when_the_old_one_is_retired() -> None:
    both = Pseudonyms([NEW, OLD])
    assert both.of("8613900000000") == Pseudonyms([NEW]).of("8613900000000")


@given(st.text(max_size=30))
def test_a_disguise_is_no_pseudonym_hangs_on_the_key_and_stays_while_the_oldest_key_is_kept(text: str) -> None:
    disguise = Pseudonyms([OLD]).disguised(text)
    assert re.fullmatch("[0-9a-f]{32}", disguise)
    assert Pseudonyms([NEW, OLD]).disguised(text) == disguise != Pseudonyms([NEW]).disguised(text)
    assert (
        bytes.fromhex(disguise)
        != hashlib.blake2b(text.encode(errors="replace"), key=b"o" * 32, digest_size=16).digest()
    )


def test_a_number_is_asked_for_on_record_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudonyms, "MAX_CACHED", 4)
    asked: list[str] = []
    cached = Pseudonyms([NEW, OLD], lambda pseudonym: bool(asked.append(pseudonym)))
    for number in ("1", "1", "2", "1", "3", "1"):
        cached.of(number)
    assert len(asked) == 3
    for number in ("4", "5", "6", "7", "1"):
        cached.of(number)
    assert len(asked) == 8


def test_a_secret_is_not_shown() -> None:
    assert "ooo" not in repr(OLD)


def test_a_key_file_is_hexadecimal(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("00" * 32 + "\n")
    assert read_key("k1", path) == PseudonymKey("k1", bytes(32))


@pytest.mark.parametrize("contents", ["", "00" * 15, "00" * 65, "secret!", "é"])
def test_a_faulty_key_file_is_refused_without_showing_it(tmp_path: Path, contents: str) -> None:
    path = tmp_path / "key"
    path.write_text(contents, encoding="utf-8")
    with pytest.raises(SettingsFault) as raised:
        read_key("k1", path)
    assert "secret!" not in str(raised.value)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="openssl rand"):
        read_key("k1", tmp_path / "missing")


@pytest.mark.parametrize("key_id", ["", "K1", "k:1", "k" * 9])
def test_a_key_id_that_would_blur_the_pseudonym_is_refused(tmp_path: Path, key_id: str) -> None:
    with pytest.raises(SettingsFault, match="key id"):
        read_key(key_id, tmp_path / "key")


def test_keys_are_needed_and_differ() -> None:
    with pytest.raises(SettingsFault, match="no pseudonym key"):
        Pseudonyms([])
    with pytest.raises(SettingsFault, match="same id"):
        Pseudonyms([NEW, PseudonymKey("b2", b"x" * 32)])
