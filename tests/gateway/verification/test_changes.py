from __future__ import annotations

import pytest

from gateway.verification.changes import Changes, batch_scope
from tests.gateway.verification.samples import CODE, OTHER_CODE, registration, unknown


@pytest.mark.parametrize(
    "scope", [CODE, batch_scope("8123456"), batch_scope("8123456", "20080501A")], ids=["code", "product", "batch"]
)
def test_a_copy_from_before_a_change_is_outdated_and_one_from_after_it_is_not(scope: str) -> None:
    changes = Changes()
    changes.note(scope, 100.0)
    assert changes.outdates(registration(), 99.0)
    assert changes.outdates(registration(), 100.0)
    assert not changes.outdates(registration(), 100.1)


@pytest.mark.parametrize("scope", [OTHER_CODE, batch_scope("8123457"), batch_scope("8123456", "20080502A")])
def test_a_change_elsewhere_outdates_nothing(scope: str) -> None:
    changes = Changes()
    changes.note(scope, 100.0)
    assert not changes.outdates(registration(), 1.0)


def test_codes_not_yet_issued_belong_to_the_product_that_their_digits_name() -> None:
    changes = Changes()
    changes.note(batch_scope("8123456"), 100.0)
    assert changes.outdates(unknown(), 99.0)


def test_without_changes_nothing_is_outdated() -> None:
    assert not Changes().outdates(registration(), 0.0)


def test_a_change_noted_late_does_not_hide_a_later_one() -> None:
    changes = Changes()
    changes.note(CODE, 100.0)
    changes.note(CODE, 50.0)
    assert changes.outdates(registration(), 99.0)


def test_no_more_than_the_latest_changes_are_remembered() -> None:
    changes = Changes(capacity=2)
    for code in (CODE, OTHER_CODE, "8"):
        changes.note(code, 100.0)
    assert not changes.outdates(registration(), 1.0)
    assert changes.outdates(registration(OTHER_CODE), 1.0)
