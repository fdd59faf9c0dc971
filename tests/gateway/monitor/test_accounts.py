"""What is kept of users: tokens by digest, a stamp that changes with what a user may, and the file's form."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.monitor.accounts import MAX_TOKENS, Account, AccountFault, from_json, to_json, token_digest
from gateway.monitor.roles import Role
from tests.gateway.monitor.served import USERS

OTTO = Account(USERS[Role.OPERATOR], "hash")
CARLA = Account(USERS[Role.CARRIER], "hash")


def test_a_token_is_told_once_and_kept_as_its_digest() -> None:
    account, secret = OTTO.with_token("grafana", 5.0)
    (token,) = account.tokens
    assert (token.label, token.digest, token.made_at) == ("grafana", token_digest(secret), 5.0)
    assert secret.startswith("zm_")
    assert secret not in json.dumps(to_json([account]))
    assert token.digest not in repr(account)
    assert "hash" not in repr(account)


@pytest.mark.parametrize("label", ["", "x" * 65, "a\nb", "twice"])
def test_a_label_that_does_not_serve_is_refused(label: str) -> None:
    account, _ = OTTO.with_token("twice", 5.0)
    with pytest.raises(AccountFault):
        account.with_token(label, 6.0)


def test_tokens_are_bounded() -> None:
    account = OTTO
    for number in range(MAX_TOKENS):
        account, _ = account.with_token(str(number), 5.0)
    with pytest.raises(AccountFault, match="revoke one first"):
        account.with_token("more", 5.0)


def test_a_revoked_token_is_gone_and_the_others_stay() -> None:
    account, _ = OTTO.with_token("a", 5.0)
    account, _ = account.with_token("b", 5.0)
    assert [token.label for token in account.without_token("a").tokens] == ["b"]
    with pytest.raises(AccountFault, match="there is no token 'c'"):
        account.without_token("c")


def test_the_stamp_changes_with_the_password_and_with_what_the_user_may() -> None:
    changed = [
        replace(CARLA, password_hash="other"),
        replace(CARLA, user=replace(CARLA.user, carrier="telecom")),
        replace(CARLA, user=replace(CARLA.user, role=Role.OPERATOR, carrier="")),
        replace(CARLA, user=replace(CARLA.user, role=Role.ENTERPRISE, carrier="", enterprise=7)),
    ]
    assert len({account.stamp for account in [CARLA, *changed]}) == 5


def test_the_stamp_stays_for_another_language_or_token() -> None:
    assert replace(OTTO, user=replace(OTTO.user, language="en")).stamp == OTTO.stamp
    assert OTTO.with_token("a", 5.0)[0].stamp == OTTO.stamp


def test_accounts_come_back_from_their_file() -> None:
    accounts = [Account(user, f"hash of {user.name}").with_token("a", 5.5)[0] for user in USERS.values()]
    accounts[0] = replace(accounts[0], user=replace(accounts[0].user, language="en"))
    table = json.loads(json.dumps(to_json(accounts)))
    assert from_json(table) == {account.user.name: account for account in accounts}


ROW = {"name": "x", "role": "operator", "password_hash": "h"}


@pytest.mark.parametrize(
    "table",
    [
        [],
        {},
        None,
        {"version": 2, "users": []},
        {"version": 1},
        {"version": 1, "users": [{}]},
        {"version": 1, "users": [5]},
        {"version": 1, "users": [ROW | {"role": "god"}]},
        {"version": 1, "users": [ROW | {"name": "X"}]},
        {"version": 1, "users": [ROW | {"carrier": "mobile"}]},
        {"version": 1, "users": [ROW | {"tokens": [{}]}]},
        {"version": 1, "users": [ROW, ROW]},
    ],
)
def test_a_faulty_file_is_refused(table: Any) -> None:
    with pytest.raises(AccountFault):
        from_json(table)
