"""`python -m gateway users ...`: who may sign in to the monitor.

A running gateway reads the file again by itself; a user who was changed or removed is signed out with the next request.
Passwords come from the terminal or from standard input, never from the command line, which others on the machine can
read.
"""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.monitor.accounts import Account, AccountFault
from gateway.monitor.audit import AuditLog, Entry
from gateway.monitor.configured import configured
from gateway.monitor.passwords import PasswordRefused, hash_password
from gateway.monitor.roles import Role, User
from gateway.monitor.users import Users

EX_OK, EX_DATA = 0, 65


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `users` command with its own commands."""
    about = "who may sign in to the monitor: add, list, password, token, revoke, remove"
    commands = subparsers.add_parser("users", help=about, description=__doc__).add_subparsers(
        dest="users_command", required=True, metavar="COMMAND"
    )

    def add(name: str, action: Callable[[Desk, argparse.Namespace], None], about: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
        command.add_argument(
            "--config", type=Path, default=Path("config"), help="the folder of gateway.toml (default: %(default)s)"
        )
        command.set_defaults(users_action=action)
        return command

    adding = add("add", Desk.add, "add a user; the password is asked for, or read from standard input")
    adding.add_argument("name")
    adding.add_argument("--role", type=Role, choices=list(Role), required=True)
    adding.add_argument("--carrier", default="", help="for the role carrier: the name of its file of settings")
    adding.add_argument("--enterprise", type=int, help="for the role enterprise: its number in the registry")
    adding.add_argument("--language", default="", help="zh or en; left out: as the browser asks")
    add("list", Desk.list, "every user with role and tokens")
    add("password", Desk.password, "give a user another password").add_argument("name")
    for name, action, about in (
        ("token", Desk.token, "make a token for a program, shown this once"),
        ("revoke", Desk.revoke, "let a token in no more"),
    ):
        command = add(name, action, about)
        command.add_argument("name")
        command.add_argument("label", help="the token's name")
    add("remove", Desk.remove, "take a user out, with all tokens").add_argument("name")


def run(args: argparse.Namespace) -> int:
    """Do it; the exit status.  Raises SettingsFault, AuditUnavailable."""
    settings = configured(args.config)
    users = Users(settings.users_path)
    users.load()
    try:
        args.users_action(Desk(users, AuditLog(settings.audit_path)), args)
    except (AccountFault, PasswordRefused) as exc:
        print(f"users: {exc}", file=sys.stderr)
        return EX_DATA
    return EX_OK


class Desk:
    """The commands, each over the same file and audit log."""

    def __init__(self, users: Users, log: AuditLog) -> None:
        self._users = users
        self._log = log

    def add(self, args: argparse.Namespace) -> None:
        try:
            user = User(args.name, args.role, args.carrier, args.enterprise, args.language)
        except ValueError as exc:
            raise AccountFault(str(exc)) from None
        if self._users.find(user.name) is not None:  # before a password is asked for in vain
            raise AccountFault(f"there is a user {user.name} already")
        hashed = hash_password(_password())
        self._note("user_added", f"{user.name} {user.role} {user.carrier or user.enterprise or ''}".rstrip())
        self._users.add(Account(user, hashed))

    def list(self, _: argparse.Namespace) -> None:
        for account in self._users.all():
            user = account.user
            bound = user.carrier or ("" if user.enterprise is None else f"enterprise {user.enterprise}")
            tokens = ", ".join(token.label for token in account.tokens)
            print(f"{user.name:<20} {user.role:<11} {bound:<20} {tokens}".rstrip())

    def password(self, args: argparse.Namespace) -> None:
        self._require(args.name)
        hashed = hash_password(_password())
        self._note("password_set", args.name)
        self._users.change(args.name, lambda account: replace(account, password_hash=hashed))

    def token(self, args: argparse.Namespace) -> None:
        secrets = []

        def with_token(account: Account) -> Account:
            changed, secret = account.with_token(args.label, time.time())
            secrets.append(secret)
            self._note("token_made", f"{args.name} {args.label}")
            return changed

        self._users.change(args.name, with_token)
        print(secrets[-1])

    def revoke(self, args: argparse.Namespace) -> None:
        self._require(args.name).without_token(args.label)
        self._note("token_revoked", f"{args.name} {args.label}")
        self._users.change(args.name, lambda account: account.without_token(args.label))

    def remove(self, args: argparse.Namespace) -> None:
        self._require(args.name)
        self._note("user_removed", args.name)
        self._users.remove(args.name)

    def _require(self, name: str) -> Account:
        account = self._users.find(name)
        if account is None:
            raise AccountFault(f"there is no user {name}")
        return account

    def _note(self, action: str, subject: str) -> None:
        """In the audit log, before it is done; who it is, the system knows."""
        self._log.append(Entry(time.time(), getpass.getuser(), "", "terminal", action, subject))


def _password() -> str:
    """From the terminal, twice; from a pipe, its first line.  Raises AccountFault."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise AccountFault("the two passwords differ")
    return password
