from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.shared.slots import SLOTS, Redirection, Way, key_of, owners, redirection, slot_of

HERE = ("10.0.0.1", 7000)


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        ("123456789", 0x31C3),  # the specification's own example
        ("foo", 12182),  # the rest as CLUSTER KEYSLOT of Redis 7.0 says
        ("", 0),
        ("{}", 15257),
        ("foo{}{bar}", 8363),
        ("foo{{bar}}zap", 4015),
        ("zhenma:asked:{81234560000000011974}", 157),
    ],
)
def test_a_key_has_the_slot_that_redis_gives_it(key: str, slot: int) -> None:
    assert slot_of(key) == slot


@given(st.text(alphabet="ab{}", max_size=12), st.text(max_size=5))
def test_keys_with_one_hash_tag_share_a_slot(before: str, behind: str) -> None:
    assert slot_of(f"{before.replace('{', '')}{{tag}}{behind}") == slot_of("tag")


def test_a_script_goes_by_its_first_key_and_any_other_command_by_its_second_word() -> None:
    assert key_of(("EVALSHA", "e0e1", 2, "{k}1", "{k}2", 5)) == "{k}1"
    assert key_of(("GET", "k")) == "k"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MOVED 3999 127.0.0.1:6381", Redirection(Way.MOVED, ("127.0.0.1", 6381))),
        ("MOVED 3999 :6381", Redirection(Way.MOVED, ("10.0.0.1", 6381))),
        ("ASK 3999 ::1:6381", Redirection(Way.ASK, ("::1", 6381))),
        ("TRYAGAIN Multiple keys request during rehashing of slot", Redirection(Way.LATER)),
        ("CLUSTERDOWN The cluster is down", Redirection(Way.NONE)),
        ("MOVED", Redirection(Way.NONE)),
        ("ERR unknown command", Redirection(Way.NONE)),
    ],
)
def test_an_error_tells_where_the_command_goes(text: str, found: Redirection) -> None:
    assert redirection(text, HERE) == found


def test_the_reply_to_cluster_slots_names_each_slots_master() -> None:
    reply = [
        [0, 99, [b"10.0.0.2", 7001, b"id", []], [b"10.0.0.3", 7002, b"replica", []]],
        [200, 200, [b"", 7000, b"id", []]],
        [201, 201, [None, 7000, b"id", []]],
    ]
    found = owners(reply, HERE)
    assert len(found) == SLOTS
    assert set(found[:100]) == {("10.0.0.2", 7001)}
    assert found[100] is None
    assert found[200] == found[201] == HERE


@pytest.mark.parametrize(
    "reply", [b"OK", None, 5, [[0]], [[0, 5, 7]], [[0, 20_000, [b"h", 1]]], [["a", "b", [b"h", 1]]]]
)
def test_what_is_no_map_of_slots_is_refused(reply: Any) -> None:
    with pytest.raises(ValueError, match="slots"):
        owners(reply, HERE)
