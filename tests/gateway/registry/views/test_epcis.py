"""Life-cycle events in EPCIS 2.0: each step as the right kind of event, with its codes and nothing else."""

import json
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import Vault
from gateway.registry.database.schema import ranges
from gateway.registry.database.store import asking, writing
from gateway.registry.faults import NotRegistered, RequestFault
from gateway.registry.life.circulation import activate, confirm_printed, ship, withdraw, withdraw_code
from gateway.registry.life.delivery import mint_of
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.steps import Action, Step
from gateway.registry.views.epcis import CODES_PER_EVENT, LifeEvent, document
from gateway.registry.views.event_export import eventful_steps, life_events, put_on_record
from tests.gateway.registry.small_registry import BASE, SPIRIT, code_at

URL = "https://codes.example/zm"
STEP = Step("林科长", 1_700_000_000.5, "出厂")


def written(events: list[LifeEvent]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads("".join(document(events, URL + "/", 1_700_000_000.0)))
    return whole


def life_of_ten_codes(store: Engine) -> list[dict[str, Any]]:
    """Printed, packed into a case, activated with it, shipped, stolen, recalled; one of them cancelled."""
    case, ten = BASE + 4_100, Stretch(BASE + 1_000, BASE + 1_009)
    with writing(store) as connection:
        connection.execute(
            insert(ranges).values(first=case, last=case, level=3, check_version=2, state=CodeState.PRINTED, state_at=1)
        )
        confirm_printed(connection, ten, STEP)
        pack(connection, case, ten, STEP)
        activate(connection, ten, Lot("A1", "2026-11-01", "2028-11-01", "检1"), STEP)
        ship(connection, ten, "330000", STEP)
        withdraw(connection, ten, CodeState.STOLEN, STEP)
        withdraw(connection, ten, CodeState.RECALLED, STEP, "召回")
        withdraw_code(connection, ten.first, CodeState.CANCELLED, STEP)
        put_on_record(connection, SPIRIT, STEP)
    events: list[dict[str, Any]] = exported(store)["epcisBody"]["eventList"]
    return events


def exported(store: Engine, after: int = 0) -> dict[str, Any]:
    with store.connect() as connection:
        mint = mint_of(connection, SPIRIT, Vault())
        taken = eventful_steps(connection, SPIRIT, after)
    return written(list(life_events(partial(asking, store), taken, mint, Vault())))


def test_each_step_is_the_right_kind_of_event(store: Engine) -> None:
    events = life_of_ten_codes(store)
    assert [
        (event["type"], event["action"], event.get("bizStep"), event["disposition"]) for event in events
    ] == [
        ("AggregationEvent", "ADD", "packing", "in_progress"),
        ("ObjectEvent", "ADD", "commissioning", "active"),
        ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
        ("ObjectEvent", "OBSERVE", None, "stolen"),
        ("ObjectEvent", "OBSERVE", None, "recalled"),
        ("ObjectEvent", "DELETE", "decommissioning", "inactive"),
    ]  # fmt: skip
    ten = [f"{URL}/code/{code_at(position)}" for position in range(1_000, 1_010)]
    packing, commissioning, shipping, *_, decommissioning = events
    assert packing["childEPCs"] == commissioning["epcList"] == ten
    assert packing["parentID"] == f"{URL}/code/{code_at(4_100, version=2)}"
    assert commissioning["ilmd"] == {"cbvmda:lotNumber": "A1", "cbvmda:itemExpirationDate": "2028-11-01"}
    assert shipping["destinationList"] == [{"type": "location", "destination": f"{URL}/area/330000"}]
    assert decommissioning["epcList"] == ten[:1]
    assert {event["eventTime"] for event in events} == {"2023-11-14T22:13:20.500Z"}


def test_an_events_id_is_its_own_and_the_same_in_every_export(store: Engine) -> None:
    once = [event["eventID"] for event in life_of_ten_codes(store)]
    again = exported(store, after=2)["epcisBody"]["eventList"]
    assert len(set(once)) == len(once)
    assert [event["eventID"] for event in again] == once[1:]


def test_nobody_who_took_a_step_is_named(store: Engine) -> None:
    told = json.dumps(life_of_ten_codes(store), ensure_ascii=False)
    assert "林科长" not in told
    assert "出厂" not in told


def test_many_codes_make_several_events() -> None:
    codes = [[f"{number:020d}"] for number in range(CODES_PER_EVENT + 1)]
    events = written([LifeEvent(1, 0.0, Action.EXPIRED, codes)])["epcisBody"]["eventList"]
    assert [len(event["epcList"]) for event in events] == [CODES_PER_EVENT, 1]
    assert len({event["eventID"] for event in events}) == 2


def test_no_events_are_an_empty_document() -> None:
    assert written([])["epcisBody"] == {"eventList": []}


@pytest.mark.parametrize(
    "base", ["", "codes.example", "https://", "https:///x", "https://codes.example/a b", "https://监管码.example"]
)
def test_a_base_that_is_no_uri_is_refused(base: str) -> None:
    with pytest.raises(RequestFault, match="https://"):
        list(document([], base, 0.0))


def test_events_of_an_unknown_product_are_not_put_on_record(store: Engine) -> None:
    with pytest.raises(NotRegistered), writing(store) as connection:
        put_on_record(connection, "8999999", STEP)


def test_only_so_many_steps_are_read_as_are_wanted(store: Engine) -> None:
    life_of_ten_codes(store)
    with store.connect() as connection:
        numbers = [row.id for row in eventful_steps(connection, SPIRIT)]
        assert [row.id for row in eventful_steps(connection, SPIRIT, numbers[1], 2)] == numbers[2:4]
