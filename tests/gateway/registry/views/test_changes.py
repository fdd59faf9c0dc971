"""What readers of the feed are told, and what they are not."""

import math

import pytest
from sqlalchemy import Engine, text

from gateway.core.registration import CodeState
from gateway.registry.database.store import writing
from gateway.registry.faults import StoreFault
from gateway.registry.life.circulation import confirm_printed, withdraw
from gateway.registry.life.enrolment import Enterprise, sign_up
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Step
from gateway.registry.views.changes import Feed
from tests.gateway.registry.small_registry import BASE, SPIRIT

STEP = Step("林科长", 1_700_000_000.0, "试点")


def test_only_steps_that_show_in_look_ups_are_told_in_order_and_in_pages(store: Engine) -> None:
    with writing(store) as connection:
        sign_up(connection, Enterprise("茶", "", "350181"), STEP)
        confirm_printed(connection, Stretch(BASE + 1000, BASE + 1099), STEP)
        withdraw(connection, Stretch(BASE, BASE), CodeState.RECALLED, STEP)
    feed = Feed(store)
    told = feed.after(0)
    assert [(change.action, change.resource_code) for change in told] == [("printed", SPIRIT), ("recalled", SPIRIT)]
    assert feed.after(0, limit=1) == told[:1]
    assert feed.after(told[0].number) == told[1:]
    assert feed.last_before(math.inf) == told[-1].number == 3
    assert feed.last_before(STEP.at) == 0


def test_a_broken_database_is_a_fault(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE steps RENAME TO elsewhere"))
    for read in (lambda: Feed(store).last_before(0.0), lambda: Feed(store).after(0)):
        with pytest.raises(StoreFault):
            read()
