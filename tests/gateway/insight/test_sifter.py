"""From queries to sightings: what counts once, and what does not count."""

from __future__ import annotations

from gateway.insight.query_log import Seen
from gateway.insight.sifter import Sifter
from gateway.insight.sightings import DAY_SECONDS, Sighting, Stream


def _seen(at: float, code: str, caller: str, verdict: str = "genuine_repeat", region: str = "R1") -> Seen:
    return Seen(at, region, "wine", code, caller, verdict, "Fujian")


def _streams(sightings: list[Sighting]) -> list[Stream]:
    return [one.stream for one in sightings]


def test_a_retransmission_is_seen_once() -> None:
    sifter = Sifter()
    assert sifter.sift(_seen(0, "a", "c1", "genuine_first"))[1]
    assert sifter.sift(_seen(5, "a", "c1")) == ([], False)


def test_the_second_caller_is_a_repeat_and_further_ones_are_thirds() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "a", "c1", "genuine_first"))
    second, volume = sifter.sift(_seen(DAY_SECONDS, "a", "c2"))
    assert _streams(second) == [Stream.REPEAT]
    assert second[0].lag_days == 1
    assert not volume
    assert _streams(sifter.sift(_seen(DAY_SECONDS, "a", "c3"))[0]) == [Stream.THIRD]


def test_a_repeat_of_a_first_before_the_log_has_no_lag() -> None:
    (repeat,), _ = Sifter().sift(_seen(0, "a", "c1"))
    assert repeat.lag_days is None


def test_what_many_ask_of_a_code_in_one_place_and_day_is_one_event_of_each_kind() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "a", "first", "genuine_first"))
    found = [one for number in range(20) for one in sifter.sift(_seen(number, "a", f"c{number}"))[0]]
    assert _streams(found) == [Stream.REPEAT, Stream.THIRD]
    other, _ = sifter.sift(_seen(50, "a", "far", region="R2"))
    assert _streams(other) == [Stream.THIRD, Stream.AWAY]


def test_a_display_item_is_few_events_however_many_days_it_is_asked() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "a", "first", "genuine_first"))
    found = [one for day in range(20) for one in sifter.sift(_seen(day * DAY_SECONDS, "a", f"c{day}"))[0]]
    assert _streams(found) == [Stream.REPEAT, Stream.THIRD, Stream.THIRD]


def test_a_repeat_in_another_area_than_the_first_look_is_away() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "a", "c1", "genuine_first"))
    sifter.sift(_seen(0, "b", "c2", "genuine_first", region=""))
    assert _streams(sifter.sift(_seen(9, "a", "c3", region="R2"))[0]) == [Stream.AWAY]
    assert _streams(sifter.sift(_seen(9, "a", "c4", region=""))[0]) == [Stream.THIRD]


def test_a_repeat_of_a_first_look_of_an_unknown_area_may_be_away_and_is_none() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "b", "c2", "genuine_first", region=""))
    assert _streams(sifter.sift(_seen(9, "b", "c5", region="R2"))[0]) == []
    assert _streams(sifter.sift(_seen(9, "b", "c6", region="R2"))[0]) == [Stream.THIRD]


def test_what_a_scanner_asked_first_tells_nothing_of_those_who_ask_it_next_however_late_it_shows_itself() -> None:
    sifter = Sifter()
    for number in range(12):
        sifter.sift(_seen(number, f"s{number}", "staff", "genuine_first"))
    assert _streams(sifter.sift(_seen(99, "s0", "customer"))[0]) == []


def test_a_lag_is_of_the_calendar_so_that_what_goes_on_after_midnight_is_of_the_next_day() -> None:
    sifter = Sifter()
    sifter.sift(_seen(DAY_SECONDS - 60, "a", "c1", "genuine_first"))
    (repeat,), _ = sifter.sift(_seen(DAY_SECONDS + 60, "a", "c2"))
    assert repeat.lag_days == 1


def test_one_caller_counts_once_in_a_fortnight() -> None:
    sifter = Sifter()
    found = [one for number in range(5) for one in sifter.sift(_seen(number, f"m{number}", "c", "unknown"))[0]]
    assert _streams(found) == [Stream.MISS]
    later, _ = sifter.sift(_seen(15 * DAY_SECONDS, "m9", "c", "unknown"))
    assert _streams(later) == [Stream.MISS]


def test_a_miss_sent_again_after_a_minute_is_confirmed_once() -> None:
    sifter = Sifter()
    assert _streams(sifter.sift(_seen(0, "m", "c", "unknown"))[0]) == [Stream.MISS]
    assert sifter.sift(_seen(20, "m", "c", "unknown"))[0] == []
    assert _streams(sifter.sift(_seen(90, "m", "c", "unknown"))[0]) == [Stream.RESENT]
    assert sifter.sift(_seen(200, "m", "c", "unknown"))[0] == []


def test_a_second_caller_confirms_a_miss_and_shares_it() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "m", "c1", "unknown"))
    assert _streams(sifter.sift(_seen(9, "m", "c2", "unknown"))[0]) == [Stream.MISS, Stream.RESENT, Stream.SHARED]


def test_a_corrected_typing_error_is_taken_back() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "m", "c1", "unknown"))
    found, volume = sifter.sift(_seen(120, "a", "c1", "genuine_first"))
    assert volume
    assert [(one.stream, one.code) for one in found if one.taken_back] == [(Stream.MISS, "m")]


def test_a_correction_hours_later_takes_nothing_back() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "m", "c1", "unknown"))
    found, _ = sifter.sift(_seen(7200, "a", "c1", "genuine_first"))
    assert not any(one.taken_back for one in found)


def test_a_scanner_is_neither_volume_nor_sighting_nor_a_first() -> None:
    sifter = Sifter()
    for number in range(12):
        sifter.sift(_seen(number, f"s{number}", "shop", "genuine_first"))
    assert sifter.is_scanner("shop", 20)
    assert sifter.sift(_seen(20, "x", "shop", "genuine_first")) == ([], False)
    assert sifter.sift(_seen(30, "x", "customer"))[0] == []
    assert not sifter.is_scanner("shop", 8 * DAY_SECONDS)


def test_what_a_caller_showed_before_it_proved_a_scanner_is_taken_back() -> None:
    sifter = Sifter()
    verdicts = ("not_activated", "genuine_first")
    found = [
        one for number in range(15) for one in sifter.sift(_seen(number, f"s{number}", "qc", verdicts[number % 2]))[0]
    ]
    shown = [one.stream for one in found if not one.taken_back]
    assert shown == [Stream.EARLY, Stream.STRAYED]
    assert [one.stream for one in found if one.taken_back] == shown


def test_codes_not_activated_and_packs_with_a_destination_are_seen() -> None:
    sifter = Sifter()
    assert _streams(sifter.sift(_seen(0, "n", "c1", "not_activated"))[0]) == [Stream.EARLY]
    (pack,), _ = sifter.sift(_seen(1, "a", "c2", "genuine_first"))
    assert (pack.stream, pack.destination) == (Stream.STRAYED, "Fujian")
    assert sifter.sift(_seen(2, "e", "c3", "expired")) == ([], False)


def test_old_codes_and_idle_callers_are_forgotten() -> None:
    sifter = Sifter()
    sifter.sift(_seen(0, "a", "c1", "genuine_first"))
    sifter.sift(_seen(0, "b", "c2"))
    sifter.forget(500 * DAY_SECONDS)
    (repeat,), _ = sifter.sift(_seen(500 * DAY_SECONDS, "a", "c3"))
    assert repeat.lag_days is None


def test_packs_at_home_are_not_seen_where_home_is_known() -> None:
    sifter = Sifter(lambda seen: seen.region == "R9")
    assert sifter.sift(_seen(0, "a", "c1", "genuine_first")) == ([], True)
    assert _streams(sifter.sift(_seen(0, "b", "c2", "genuine_first", region="R9"))[0]) == [Stream.STRAYED]


def test_where_callers_usually_ask_many_codes_a_scanner_asks_many_more() -> None:
    sifter = Sifter()
    for number in range(70):
        sifter.sift(_seen(number, f"a{number}", f"c{number % 10}", "genuine_first"))
    sifter.forget(100)
    for number in range(20):
        sifter.sift(_seen(100 + number, f"b{number}", "busy", "genuine_first"))
    assert not sifter.is_scanner("busy", 130)
