"""Commands for enterprises, keys and products, one at a time or from CSV."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import Any

from gateway.registry.codes.sealing import KEY_OCTETS, public_half
from gateway.registry.commands.progress import told
from gateway.registry.commands.words import add_command, add_step, private_file, rows_of, taking_step, vault_of
from gateway.registry.database.store import open_store
from gateway.registry.faults import RequestFault
from gateway.registry.life.access import Role, issue_token, revoke_tokens
from gateway.registry.life.enrolment import (
    Enterprise,
    EnterpriseClass,
    ProductWords,
    issue_operator_key,
    register_product,
    renew_check_key,
    revoke_operator_key,
    rewrap_keys,
    sign_up,
)

_ENTERPRISE_COLUMNS = ("name_zh", "name_en", "area", "in_catalogue", "classes")
_PRODUCT_COLUMNS = ("enterprise", "name_zh", "name_en", "specification", "category")


def add_arguments(commands: Any) -> None:
    """Add them to the commands of `registry`."""
    add_command(commands, "create", _create, "make an empty registry")
    add_command(commands, "migrate", _create, "bring a registry to the schema of this program")

    enterprises = add_step(commands, "sign-up", _sign_up, "take enterprises in; prints their numbers")
    enterprises.add_argument("--csv", required=True, help=f"columns {','.join(_ENTERPRISE_COLUMNS)}; classes by spaces")

    products = add_step(commands, "add-products", _add_products, "register products; prints their resource codes")
    products.add_argument("--csv", required=True, help=f"columns {','.join(_PRODUCT_COLUMNS)}")

    make_key = commands.add_parser("make-operator-key", help="at the enterprise: a private key, and its public half")
    make_key.add_argument("--output", required=True, metavar="FILE", help="the private key; keep it")
    make_key.set_defaults(registry_action=_make_operator_key)

    issue = add_step(commands, "issue-operator-key", _issue_operator_key, "register an enterprise's public key")
    issue.add_argument("--enterprise", type=int, required=True, metavar="N")
    issue.add_argument("--public-key", required=True, metavar="HEX", help="64 hexadecimal digits")

    revoke = add_step(commands, "revoke-operator-key", _revoke_operator_key, "encrypt nothing to a key any more")
    revoke.add_argument("--enterprise", type=int, required=True, metavar="N")
    revoke.add_argument("--version", type=int, required=True, metavar="V")

    renew = add_step(
        commands, "renew-check-key", _renew_check_key, "a new check digit key for codes issued from now on"
    )
    renew.add_argument("--product", required=True, metavar="RESOURCE_CODE")

    token = add_step(commands, "issue-token", _issue_token, "let someone in over HTTP; prints the token, this once")
    token.add_argument("--role", type=Role, choices=list(Role), required=True)
    token.add_argument("--holder", required=True, metavar="WHO")
    token.add_argument("--enterprise", type=int, metavar="N", help="for the role enterprise: which one")
    revocation = add_step(commands, "revoke-tokens", _revoke_tokens, "let no token of a holder in any more")
    revocation.add_argument("--holder", required=True, metavar="WHO")

    add_step(commands, "rewrap-keys", _rewrap_keys, "wrap all product keys under the newest master key")


def _create(args: argparse.Namespace) -> None:
    open_store(args.database, create=True).dispose()


def _sign_up(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        for where, row in told(rows_of(args.csv, _ENTERPRISE_COLUMNS), "enterprises"):
            try:
                classes = [EnterpriseClass(word) for word in row["classes"].split()]
            except ValueError as exc:
                raise RequestFault(f"{where}: {exc}; classes are {' '.join(EnterpriseClass)}") from exc
            if row["in_catalogue"] not in {"yes", "no"}:
                raise RequestFault(f"{where}: in_catalogue is yes or no, not {row['in_catalogue']!r}")
            enterprise = Enterprise(row["name_zh"], row["name_en"], row["area"], row["in_catalogue"] == "yes", classes)
            print(f"{sign_up(connection, enterprise, step)},{enterprise.name_zh}")


def _add_products(args: argparse.Namespace) -> None:
    vault = vault_of(args)
    with taking_step(args) as (connection, step):
        for where, row in told(rows_of(args.csv, _PRODUCT_COLUMNS), "products"):
            if not row["enterprise"].isdecimal():
                raise RequestFault(f"{where}: enterprise is the number that sign-up printed, not {row['enterprise']!r}")
            words = ProductWords(row["name_zh"], row["name_en"], row["specification"], row["category"])
            resource_code = register_product(connection, int(row["enterprise"]), words, vault, step)
            print(f"{resource_code},{words.name_zh}")


def _make_operator_key(args: argparse.Namespace) -> None:
    private_key = secrets.token_bytes(KEY_OCTETS)
    with private_file(args.output) as file:
        file.write(private_key.hex() + "\n")
    print(public_half(private_key).hex())


def _issue_operator_key(args: argparse.Namespace) -> None:
    try:
        public_key = bytes.fromhex(args.public_key)
    except ValueError as exc:
        raise RequestFault("--public-key: write 64 hexadecimal digits, as make-operator-key prints them") from exc
    with taking_step(args) as (connection, step):
        version = issue_operator_key(connection, args.enterprise, public_key, step)
    print(f"version {version}")


def _revoke_operator_key(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        revoke_operator_key(connection, args.enterprise, args.version, step)


def _renew_check_key(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        version = renew_check_key(connection, args.product, vault_of(args), step)
    print(f"version {version}")


def _rewrap_keys(args: argparse.Namespace) -> None:
    vault = vault_of(args)
    with taking_step(args) as (connection, step):
        count = rewrap_keys(connection, vault, step)
    print(f"{count} keys under master key {vault.current}", file=sys.stderr)


def _issue_token(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        token = issue_token(connection, args.role, args.holder, args.enterprise, step)
    print(token)


def _revoke_tokens(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        count = revoke_tokens(connection, args.holder, step)
    print(f"{count} tokens revoked")
