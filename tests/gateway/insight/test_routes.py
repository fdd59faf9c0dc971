"""The ways of packs: which have a home, where they are away from it, and where travellers take them."""

from __future__ import annotations

import numpy as np

from gateway.insight.exposures import WholeExposures
from gateway.insight.query_log import Region
from gateway.insight.routes import Routes
from gateway.insight.terrain import Terrain

_TERRAIN = Terrain(
    tuple(
        Region(f"R{area}", province, 30.0, 100.0 + area, 1.0)
        for area, province in enumerate(("East", "East", "West", "North"))
    )
)
_PART, _USUAL = np.full(4, 0.25), np.array([[0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]])


def _routes() -> Routes:
    looks = WholeExposures(2, 4)
    looks.set_today(np.array([[8.0, 0.0, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0]]))
    routes = Routes(_TERRAIN, {"wine": frozenset({"West"}), "oil": frozenset()}, {"wine": 0, "oil": 1}, looks)
    routes.spread(_PART, _USUAL)
    return routes


def test_a_pack_without_a_known_home_has_no_route() -> None:
    routes = _routes()
    assert routes.number("oil", "") is None
    assert routes.number("oil", "Atlantis") is None
    assert len(routes) == 0


def test_a_pack_without_a_destination_is_at_home_where_its_product_is_sold() -> None:
    routes = _routes()
    route = routes.number("wine", "")
    assert route == 0 == routes.number("wine", "")
    assert [routes.is_away(0, area) for area in range(4)] == [True, True, False, True]
    assert (routes.group(0), routes.product(0), routes.of_product("wine")) == (0, "wine", [0])


def test_travellers_take_packs_near_home_more_often_and_never_stray_at_home() -> None:
    routes = _routes()
    assert routes.number("oil", "East") == 0
    (spread,) = routes.exposures.spread(np.array([0]))
    assert spread[0] == spread[1] == 0
    assert spread[2] > spread[3] > 0
    assert routes.group(0) == 1 + _TERRAIN.provinces.index("East")


def test_a_pack_whose_destination_does_not_sell_it_was_bought_where_it_is_sold() -> None:
    routes = _routes()
    assert routes.number("wine", "North") == 0
    (spread,) = routes.exposures.spread(np.array([0]))
    assert np.allclose(spread, [0.7, 0.1, 0.1, 0])


def test_where_a_product_is_asked_about_more_more_strayed_packs_of_it_are_to_be_expected() -> None:
    routes = _routes()
    assert routes.number("wine", "West") == 0
    today = routes.exposures.day(13)[0]
    assert today[0] > 3 * max(today[1], today[3])
    assert today[2] == 0
    assert routes.exposures.day(12)[0].sum() == 0


def test_exposures_in_blocks_are_those_of_each_route() -> None:
    routes = _routes()
    for number in range(2_000):
        routes.exposures.add(number, number % 2, 0, True) if number else routes.number("oil", "West")
        for _ in range(number % 3):
            routes.count(number)
    exposures, units = routes.exposures, np.arange(2_000)
    whole = exposures.rows(units)
    assert np.allclose(exposures.day(13)[:2_000], whole[:, :, 13])
    assert np.allclose(exposures.recent()[:2_000], whole.sum(axis=2))
    cell = np.full((len(exposures.packs), 4), 0.5, np.float32)
    assert np.allclose(exposures.expected(cell, 12), 0.5 * whole[:, :, 12:].sum(axis=0), rtol=1e-4)
    exposures.next_day()
    assert exposures.packs[:, 13].sum() == 0
