"""Which looks stand behind a finding of the scan."""

from __future__ import annotations

import pytest

from gateway.core.looks import Look
from gateway.core.verdicts import Verdict
from gateway.insight.case_evidence import LoggedLook, looks_of, product_of, search_of
from gateway.insight.signals import Detector
from tests.gateway.insight.findings import BEIJING, CODE, FUZHOU, NOON, OTHER_CODE, XIAMEN

PRODUCT, HERE = "8000001", (FUZHOU,)


def logged(
    verdict: Verdict, area: str = FUZHOU, code: str = CODE, region: str = "", caller: str = "k1:a"
) -> LoggedLook:
    return LoggedLook(Look(NOON, caller, area, code), verdict, code[:7], region)


@pytest.mark.parametrize(
    ("stream", "wanted"),
    [("repeat", {Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT}), ("third", {Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT}),
     ("miss", {Verdict.UNKNOWN}), ("resent", {Verdict.UNKNOWN}), ("area", {Verdict.UNKNOWN}),
     ("early", {Verdict.NOT_ACTIVATED})],
)  # fmt: skip
def test_a_hot_spots_looks_are_those_that_its_stream_counts(stream: str, wanted: set[Verdict]) -> None:
    search = search_of(Detector.HOTSPOT, PRODUCT, HERE, "", f"{stream}: 5 where 0.1 are expected")
    assert {verdict for verdict in Verdict if search.wants(logged(verdict))} == wanted


def test_a_reason_of_no_stream_takes_every_suspicious_look_and_no_first_one() -> None:
    search = search_of(Detector.HOTSPOT, PRODUCT, HERE, "", "the code 1 asked by 9 callers")
    assert search.wants(logged(Verdict.REPEATED_OTHER))
    assert search.wants(logged(Verdict.RECALLED))
    assert not search.wants(logged(Verdict.FIRST))


def test_looks_of_other_products_and_areas_are_left_out_but_a_county_is_in_its_prefecture() -> None:
    search = search_of(Detector.HOTSPOT, PRODUCT, HERE, "", "miss: 5")
    assert search.wants(logged(Verdict.UNKNOWN, area="350181"))
    assert not search.wants(logged(Verdict.UNKNOWN, area=XIAMEN))
    assert not search.wants(logged(Verdict.UNKNOWN, area=""))
    assert not search.wants(logged(Verdict.UNKNOWN, code="9" * 20))


def test_misses_of_a_whole_area_are_of_any_product() -> None:
    assert search_of(Detector.HOTSPOT, PRODUCT, HERE, "", "area: 9").wants(logged(Verdict.UNKNOWN, code="9" * 20))


def test_a_copied_codes_looks_are_all_of_that_code_and_nothing_else() -> None:
    search = search_of(Detector.CLONE, PRODUCT, HERE, CODE, "the code")
    assert search.wants(logged(Verdict.FIRST, area=BEIJING))
    assert not search.wants(logged(Verdict.FIRST, code=OTHER_CODE))


def test_packs_on_the_wrong_way_are_those_shipped_to_another_province() -> None:
    search = search_of(Detector.DIVERSION, PRODUCT, HERE, "", "strayed: 9")
    assert search.wants(logged(Verdict.FIRST, region=BEIJING))
    assert not search.wants(logged(Verdict.FIRST, region="350000"))
    assert not search.wants(logged(Verdict.FIRST))


def test_of_guesses_only_those_of_the_one_who_tried_most_are_kept() -> None:
    found = [logged(Verdict.UNKNOWN, caller=caller, code=str(number) * 20) for number, caller in
             enumerate(["k1:a", "k1:b", "k1:b"])]  # fmt: skip
    search = search_of(Detector.GUESSING, "", HERE, "", "one caller")
    assert [look.caller for look in looks_of(search, found)] == ["k1:b", "k1:b"]
    assert looks_of(search, []) == ()


def test_a_code_that_is_not_on_record_is_of_the_product_that_it_begins_with() -> None:
    assert product_of(CODE, "") == PRODUCT
    assert product_of(CODE, "8000009") == "8000009"
