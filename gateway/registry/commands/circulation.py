"""Commands from the application for codes to their recall."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from gateway.core.registration import CodeState
from gateway.registry.codes.sealing import CHUNK_OCTETS, KEY_OCTETS, unseal
from gateway.registry.commands.progress import told, told_octets
from gateway.registry.commands.words import (
    Words,
    add_codes,
    add_step,
    codes_meant,
    private_binary_file,
    private_file,
    selection_of,
    taking_step,
    vault_of,
)
from gateway.registry.database.store import asking, open_store
from gateway.registry.faults import RequestFault
from gateway.registry.life.applications import DEFAULT_TWO_PERSON_LIMIT, apply, approve, issue, refuse
from gateway.registry.life.circulation import activate, confirm_printed, ship
from gateway.registry.life.delivery import deliver, mint_of, place_of
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.selection import take_back
from gateway.registry.views.epcis import document
from gateway.registry.views.event_export import eventful_steps, life_events, put_on_record


def add_arguments(commands: Any) -> None:
    """Add them to the commands of `registry`."""
    _add_applications(commands)
    _add_circulation(commands)


def _add_applications(commands: Any) -> None:
    application = add_step(commands, "apply", _apply, "apply for codes; prints the application's number")
    application.add_argument("--product", required=True, metavar="RESOURCE_CODE")
    application.add_argument("--quantity", type=int, required=True, metavar="N")
    application.add_argument("--level", type=int, default=1, help="1 sales unit, 2 middle pack, 3 case (default: 1)")
    approval = _on_application(commands, "approve", _approve, "approve an application of someone else")
    approval.add_argument(
        "--two-person-limit",
        type=int,
        default=DEFAULT_TWO_PERSON_LIMIT,
        metavar="N",
        help="above it two persons approve (default: %(default)s)",
    )
    _on_application(commands, "refuse", _refuse, "turn an application down")
    _on_application(commands, "issue", _issue, "issue the codes of an approved application")
    delivery = _on_application(commands, "deliver", _deliver, "write the code file, encrypted to the enterprise's key")
    delivery.add_argument("--output", required=True, metavar="FILE")

    opening = commands.add_parser("open-code-file", help="at the enterprise: decrypt a code file")
    for option in ("--key", "--input", "--output"):
        opening.add_argument(option, required=True, metavar="FILE")
    opening.set_defaults(registry_action=_open_code_file)


def _add_circulation(commands: Any) -> None:
    add_codes(add_step(commands, "printed", _printed, "the labels are printed"))
    activation = add_step(commands, "activate", _activate, "the goods are made and inspected")
    add_codes(activation)
    for option, about in (("--batch", "the lot's name"), ("--inspection", "number of the inspection report")):
        activation.add_argument(option, required=True, help=about)
    for option in ("--produced-on", "--expires-on"):
        activation.add_argument(option, required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
    activation.add_argument("--region", default="", metavar="AREA", help="where it is to be sold (GB/T 2260)")
    shipment = add_step(commands, "ship", _ship, "goods go to a region")
    add_codes(shipment)
    shipment.add_argument("--region", required=True, metavar="AREA", help="GB/T 2260")
    packing = add_step(commands, "pack", _pack, "put codes into the pack that one code stands for")
    packing.add_argument("--parent", required=True, metavar="CODE", help="the case's or middle pack's code")
    add_codes(packing)
    events = add_step(commands, "export-events", _export_events, "a product's life-cycle events as EPCIS 2.0 JSON-LD")
    events.add_argument("--product", required=True, metavar="RESOURCE_CODE")
    events.add_argument("--uri-base", required=True, metavar="URL", help="codes are written as URL/code/DIGITS")
    events.add_argument("--output", required=True, metavar="FILE")
    events.add_argument("--after", type=int, default=0, metavar="ID", help="only of later steps")
    for name, state in (
        ("recall", CodeState.RECALLED),
        ("expire", CodeState.EXPIRED),
        ("cancel", CodeState.CANCELLED),
        ("report-stolen", CodeState.STOLEN),
    ):
        withdrawal = add_step(commands, name, partial(_withdraw, state=state), f"codes become {state}")
        add_codes(withdrawal, batches=True)
        withdrawal.add_argument("--tell", default="", metavar="WORDS", help="the reason, for consumers")


def _on_application(commands: Any, name: str, action: Any, about: str) -> Words:
    command = add_step(commands, name, action, about)
    command.add_argument("--application", type=int, required=True, metavar="N")
    return command


def _apply(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        number = apply(connection, args.product, args.quantity, args.level, step)
    print(number)


def _approve(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        approved = approve(connection, args.application, step, args.two_person_limit)
    print("approved" if approved else "one more person must approve")


def _refuse(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        refuse(connection, args.application, step)


def _issue(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        stretch = issue(connection, args.application, step)
    print(f"{stretch.count} codes issued")


def _deliver(args: argparse.Namespace) -> None:
    vault = vault_of(args)
    with taking_step(args) as (connection, step):
        code_file = deliver(connection, args.application, vault, step)
    with private_binary_file(args.output) as file:
        for piece in told_octets(code_file.sealed()):
            file.write(piece)


def _open_code_file(args: argparse.Namespace) -> None:
    try:
        private_key = bytes.fromhex(Path(args.key).read_text(encoding="ascii").strip())
    except ValueError:
        private_key = b""
    if len(private_key) != KEY_OCTETS:
        raise RequestFault(f"{args.key} holds no key as make-operator-key writes it")
    with private_binary_file(args.output) as file:
        for piece in told_octets(unseal(private_key, _pieces(args.input))):
            file.write(piece)


def _pieces(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while piece := file.read(CHUNK_OCTETS):
            yield piece


def _printed(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        confirm_printed(connection, codes_meant(connection, args), step)


def _activate(args: argparse.Namespace) -> None:
    lot = Lot(args.batch, args.produced_on.isoformat(), args.expires_on.isoformat(), args.inspection, args.region)
    with taking_step(args) as (connection, step):
        activate(connection, codes_meant(connection, args), lot, step)


def _ship(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        ship(connection, codes_meant(connection, args), args.region, step)


def _pack(args: argparse.Namespace) -> None:
    with taking_step(args) as (connection, step):
        parent = place_of(connection, args.parent, vault_of(args))
        pack(connection, parent, codes_meant(connection, args), step)


def _withdraw(args: argparse.Namespace, state: CodeState) -> None:
    with taking_step(args) as (connection, step):
        take_back(connection, selection_of(args, batches=True), state, step, told=args.tell, vault=vault_of(args))


def _export_events(args: argparse.Namespace) -> None:
    vault = vault_of(args)
    with taking_step(args) as (connection, step):
        put_on_record(connection, args.product, step)
    store = open_store(args.database)
    with asking(store) as connection:
        mint = mint_of(connection, args.product, vault)
        taken = eventful_steps(connection, args.product, args.after)
    events = life_events(partial(asking, store), taken, mint, vault)
    with private_file(args.output) as file:
        for piece in told(document(events, args.uri_base, step.at), "events"):
            file.write(piece)
    store.dispose()
