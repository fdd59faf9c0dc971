"""All streams' boards, and the exposures that their counts are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.insight.board import Board, Surge
from gateway.insight.clusters import EVERY_PRODUCT, Cluster
from gateway.insight.exposures import DAYS, Exposures, WholeExposures
from gateway.insight.ledger import Ledger
from gateway.insight.query_log import Geography, Seen
from gateway.insight.routes import Routes
from gateway.insight.sightings import MANNERS, Sighting, Stream
from gateway.insight.terrain import Terrain
from gateway.insight.volume import Later, Volume

USUAL_SHARES = {
    Stream.REPEAT: 0.08,
    Stream.THIRD: 0.01,
    Stream.AWAY: 0.03,
    Stream.MISS: 0.05,
    Stream.RESENT: 0.01,
    Stream.SHARED: 0.001,
    Stream.AREA: 0.05,
    Stream.EARLY: 0.01,
    Stream.STRAYED: 0.05,
}
_COMPANIONS = {
    Stream.REPEAT: (Stream.THIRD, Stream.AWAY),
    Stream.THIRD: (Stream.REPEAT, Stream.AWAY),
    Stream.AWAY: (Stream.REPEAT, Stream.THIRD),
}
_LATER = {Stream.REPEAT: Later.SECOND, Stream.THIRD: Later.FURTHER, Stream.AWAY: Later.AWAY}
_NOTHING_KNOWN = 0  # the unit of codes whose product is not known
_LEAST_ROOM = 64
_LEAST_SHIFT = 2


class Boards:
    """Sightings and volume in, surges out.  Products are numbered as they come; 0 is the unknown one."""

    def __init__(self, geography: Geography, terrain: Terrain) -> None:
        self._terrain = terrain
        self._names = [""]
        self._number = {"": _NOTHING_KNOWN}
        room = len(geography.products) + 1
        self._volume = Volume(room, terrain.population, terrain.distances_km)
        areas = len(terrain)
        self._first_looks, self._area_looks = WholeExposures(room, areas), WholeExposures(1, areas)
        self._later = {stream: WholeExposures(room, areas) for stream in _LATER}
        sales = {one.name: one.sales_provinces for one in geography.products}
        self._routes = Routes(terrain, sales, self._number, self._first_looks)
        self._boards: dict[Stream, Board] = {}
        for stream, share in USUAL_SHARES.items():
            exposures, units = self._later.get(stream, self._first_looks), room
            if stream is Stream.AREA:
                ledger = Ledger(self._area_looks, 1, areas, share)
            elif stream is Stream.STRAYED:
                ledger = Ledger(self._routes.exposures, 0, areas, share)
            else:
                ledger = Ledger(exposures, units, areas, share)
            self._boards[stream] = Board(stream, terrain, ledger, compares_products=stream is not Stream.AREA)
        for product in geography.products:
            self.number(product.name)
        self._usual = self._volume.usual_cells()
        self._routes.spread(self._volume.part, self._usual)

    def number(self, product: str) -> int:
        """The number of a product; an unknown name gets one."""
        number = self._number.get(product)
        if number is None:
            number = self._number[product] = len(self._names)
            self._names.append(product)
            if number >= self._volume.recent.shape[1]:
                self._make_room(max(_LEAST_ROOM, number * 5 // 4))
        return number

    def _make_room(self, products: int) -> None:
        self._volume.grow(products)
        for exposures in (self._first_looks, *self._later.values()):
            exposures.grow(products)
        for stream, board in self._boards.items():
            if stream not in (Stream.AREA, Stream.STRAYED):
                board.ledger.grow(products)
        self._usual = self._volume.usual_cells()
        self._routes.spread(self._volume.part, self._usual)

    def tests(self) -> dict[Stream, float]:
        """As how many tests a day's looks at all units count, by stream."""
        return {stream: max(1.0, board.ledger.tests) for stream, board in self._boards.items()}

    def beside(self, surge: Surge, today: int) -> list[float]:
        """How surprising the streams of the same manner are in the same zone and days, by other codes."""
        return [self._boards[stream].beside(surge, today) for stream in _COMPANIONS.get(surge.stream, ())]

    def product(self, surge: Surge) -> str:
        """What a surge is about: a product, nothing known, or any."""
        if surge.stream is Stream.STRAYED:
            return self._routes.product(surge.unit)
        return EVERY_PRODUCT if surge.stream is Stream.AREA else self._names[surge.unit]

    def count(self, seen: Seen, area: int) -> None:
        """A consumer's first look at a pack, today."""
        self._volume.add(self.number(seen.product), area)
        if seen.verdict == "genuine_first":
            route = self._route(seen.product, seen.destination)
            if route is not None:
                self._routes.count(route)

    def is_away(self, seen: Seen) -> bool:
        """Is a pack asked outside the home of its route?"""
        area = self._terrain.number.get(seen.region, -1)
        route = self._route(seen.product, seen.destination) if area >= 0 else None
        return route is not None and self._routes.is_away(route, area)

    def place(self, sighting: Sighting, today: int) -> None:
        """Put a sighting on its board, or take it back."""
        area = self._terrain.number.get(sighting.region, -1)
        if area < 0:
            return
        stream, board = sighting.stream, self._boards[sighting.stream]
        unit: int | None = self.number(sighting.product)
        if stream is Stream.STRAYED:
            unit = self._route(sighting.product, sighting.destination)
        if unit is None:
            return
        targets = [(board, unit)]
        if stream is Stream.MISS:
            targets.append((self._boards[Stream.AREA], 0))
        if not sighting.taken_back and sighting.lag_days is not None:
            self._volume.add_lag(sighting.lag_days, _LATER[stream])
        for target, number in targets:
            if sighting.taken_back:
                target.take_back(number, area, sighting, today)
            else:
                target.add(number, area, sighting)

    def _route(self, product: str, destination: str) -> int | None:
        """The route of a pack; None if its home is not known."""
        self.number(product)
        known = len(self._routes)
        route = self._routes.number(product, destination)
        if route is not None and route >= known:
            ledger = self._boards[Stream.STRAYED].ledger
            ledger.grow(len(self._routes.exposures.packs))
            ledger.habits.groups[route] = self._routes.group(route)
        return route

    def drop_code(self, product: str, code: str, today: int) -> None:
        """A code whose copies were reported on their own explains its sightings."""
        for stream in (Stream.REPEAT, Stream.THIRD, Stream.AWAY, Stream.MISS, Stream.RESENT, Stream.SHARED):
            self._boards[stream].drop_code(self.number(product), code, today)

    def look(self, today: int, part_of_day: float) -> Iterator[Surge]:
        """The surges near what changed since the last look; `part_of_day` (0..1) of today's second looks have come."""
        self._set_exposures(part_of_day)
        for board in self._boards.values():
            yield from board.look(today)

    def _set_exposures(self, part_of_day: float) -> None:
        smoothed = self._volume.smoothed_today(self._usual)
        in_area = smoothed.sum(axis=0)
        smoothed[_NOTHING_KNOWN] = in_area  # a code without product may be of any
        self._first_looks.set_today(smoothed)
        self._area_looks.set_today(in_area[None, :])
        for stream, exposures in self._later.items():
            exposures.set_today(self._volume.later_looks(_LATER[stream], self._usual) * part_of_day)

    def close_day(self, closed: int, age: int, clusters: Iterable[Cluster]) -> None:
        """The day `closed` is over, the log's `age`-th: learn, except from known incidents, and open the next."""
        known = list(clusters)
        guard = min(DAYS - 1, max(1, age // _LEAST_SHIFT))
        for stream, board in self._boards.items():
            board.ledger.mask(self._cells_of(stream, known, closed))
            board.ledger.close_day(guard)
        tables: list[Exposures] = [self._first_looks, self._area_looks, *self._later.values(), self._routes.exposures]
        for exposures in tables:
            exposures.next_day()
        for board in self._boards.values():
            board.ledger.open_day()
            board.forget(closed + 1)
        self._volume.next_day()
        self._usual = self._volume.usual_cells()
        self._routes.spread(self._volume.part, self._usual)

    def _cells_of(self, stream: Stream, clusters: list[Cluster], closed: int) -> Iterator[tuple[int, int, int]]:
        for cluster in clusters:
            if MANNERS[stream] is cluster.manner:
                for unit in self._units_of(stream, cluster.product):
                    for area in sorted(cluster.areas):
                        yield unit, area, closed - cluster.first_day + 1

    def _units_of(self, stream: Stream, product: str) -> list[int]:
        if stream is Stream.STRAYED:
            return self._routes.of_product(product)
        if stream is Stream.AREA:
            return [0]
        if product == EVERY_PRODUCT:
            return list(range(len(self._names)))
        return [self.number(product)]
