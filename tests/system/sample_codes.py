"""A registry with the sample products, and codes of it that nobody has asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.registry.codes.export import good_codes
from gateway.registry.database.store import open_store
from gateway.registry.samples.codes_to_try import codes_to_try
from gateway.registry.samples.making import make_samples

_CODES = 40_000  # more than all tests of a run ask for


class Samples:
    """A registry's file with the sample products: `active` codes that nobody has asked for, and others by kind."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="zhenma-samples-")  # goes with the tests
        self.database = Path(self._folder.name) / "registry.sqlite"
        today = datetime.now(UTC).date()
        store = open_store(str(self.database), create=True)
        make_samples(store, seed=1, today=today)
        with store.connect() as connection:
            to_try = codes_to_try(connection, today.isoformat())
            good = good_codes(connection, today.isoformat())
            self._active = iter(list(islice(good, _CODES)))
        store.dispose()
        self.of_kind = {each.kind: each.code for each in reversed(to_try)}

    def fresh(self, count: int) -> list[str]:
        """Active codes, others at each call."""
        codes = list(islice(self._active, count))
        assert len(codes) == count, "the tests have asked for all codes: raise _CODES"
        return codes


@cache
def samples() -> Samples:
    """Made once for all tests."""
    return Samples()
