"""Rates out of cumulative counts: right for links, carriers and the whole, and never negative."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.measures.sample import GATEWAY, Sample, Subject, decoded, encoded
from gateway.measures.sampling import samples
from gateway.measures.snapshot import (
    BackendReading,
    IntakeReading,
    LinkReading,
    QueryReading,
    ReceiptReading,
    VoiceReading,
)
from smpp import LinkState
from tests.gateway.measures.readings import link, recorded, snapshot

M1, MOBILE = Subject("mobile", "m1"), Subject("mobile")


def test_a_rate_is_what_was_counted_over_the_time_that_was_watched() -> None:
    found = samples(snapshot(link(messages=100)), snapshot(link(messages=130), after=2.0))
    assert found[M1].value("mo") == 15.0
    assert found[M1].value("mt") == 0.0


def test_a_carrier_and_the_gateway_are_the_sum_of_their_links() -> None:
    before = snapshot(link(), link(name="m2"), link("unicom", "u1"))
    now = snapshot(
        link(messages=1, window_in_use=3, oldest_unanswered_seconds=2.0),
        link(name="m2", messages=2, window_in_use=4, oldest_unanswered_seconds=5.0),
        link("unicom", "u1", messages=4),
        after=1.0,
    )
    found = samples(before, now)
    assert [found[s].value("mo") for s in (MOBILE, Subject("unicom"), GATEWAY)] == [3.0, 4.0, 7.0]
    assert found[MOBILE].value("window_in_use") == 7
    assert found[MOBILE].value("unanswered_seconds") == 5.0
    assert found[GATEWAY].value("bound") == 3.0


def test_refusals_of_messages_are_those_of_their_link_by_status() -> None:
    def refusing(*refusals: tuple[int, int]) -> LinkReading:
        return link(queries=QueryReading("sms", "mobile", "m1", refusals=refusals))

    found = samples(snapshot(refusing((0x64, 1))), snapshot(refusing((0x02, 2), (0x64, 4)), after=1.0))
    names = ("mo_refused", "mo_refused.ESME_RINVCMDLEN", "mo_refused.ESME_RX_T_APPN")
    assert [found[M1].value(name) for name in names] == [5.0, 2.0, 3.0]
    assert found[GATEWAY].value("mo_refused") == 5.0


def test_a_link_that_was_made_anew_counts_from_nothing() -> None:
    before = snapshot(link(messages=100), link(name="m2", messages=50))
    found = samples(before, snapshot(link(messages=3), link(name="m2", messages=51), after=1.0))
    assert found[M1].value("mo") == 3.0
    assert found[MOBILE].value("mo") == 4.0


def test_a_link_that_was_not_there_before_has_its_first_second() -> None:
    found = samples(snapshot(), snapshot(link(messages=2), after=1.0))
    assert found[M1].value("mo") == 2.0


_counts = st.tuples(*[st.integers(0, 50)] * 4)


@given(_counts, _counts)
def test_no_rate_is_ever_negative(before: tuple[int, ...], now: tuple[int, ...]) -> None:
    names = ("messages", "sent", "segments", "throttles")
    found = samples(
        snapshot(link(**dict(zip(names, before, strict=True)), errors=((0x58, before[0]),))),
        snapshot(link(**dict(zip(names, now, strict=True)), errors=((0x58, now[3]),)), after=1.0),
    )
    assert all(count >= 0 for sample in found.values() for count in sample.counts.values())


def test_a_latency_is_that_of_the_second_alone() -> None:
    slow, fast = recorded(*[9.0] * 100), recorded(*[9.0] * 100, *[0.01] * 50)
    before = snapshot(link(queries=QueryReading("sms", "mobile", "m1", latency=slow)))
    now = snapshot(link(queries=QueryReading("sms", "mobile", "m1", latency=fast)), after=1.0)
    quantile = samples(before, now)[GATEWAY].value("latency.p99")
    assert quantile is not None
    assert quantile < 0.011
    assert samples(now, now)[M1].value("latency.p99") is None


def test_half_the_time_bound_is_half() -> None:
    up = samples(snapshot(link()), snapshot(link(), after=1.0))[M1]
    down = samples(snapshot(link()), snapshot(link(state=LinkState.WAITING), after=1.0))[M1]
    assert up.merged(down).value("bound") == 0.5


def test_refusals_are_told_by_name_and_what_no_specification_names_together() -> None:
    found = samples(snapshot(link()), snapshot(link(errors=((0x58, 2), (0x400, 3), (0x401, 4))), after=1.0))
    assert found[M1].value("errors.ESME_RTHROTTLED") == 2.0
    assert found[M1].value("errors.other") == 7.0
    assert found[M1].value("errors") == 9.0


def test_what_has_no_link_belongs_to_the_gateway_alone() -> None:
    spoken = QueryReading("voice", accepted=3, verdicts=(("first", 3),))
    now = snapshot(
        link(queries=QueryReading("sms", "mobile", "m1", accepted=1, verdicts=(("first", 1),))),
        after=1.0,
        queries=(spoken,),
        receipts=(ReceiptReading("mobile", "delivered", 5),),
        intake=IntakeReading(refused=1),
        backend=BackendReading(False, requests=2, latency=recorded(0.1)),
        voice=VoiceReading(calls=4, begun=6, hung_up=1),
    )
    found = samples(snapshot(link()), now)
    whole = found[GATEWAY]
    assert [whole.value(name) for name in ("accepted", "verdicts.first", "refused")] == [4.0, 4.0, 1.0]
    assert [whole.value(name) for name in ("calls", "calls_begun", "calls_hung_up", "backend_up")] == [4, 6.0, 1.0, 0.0]
    assert whole.value("backend.max") == 0.1
    assert found[MOBILE].value("receipt_states.delivered") == 5.0
    assert found[MOBILE].value("verdicts.first") == 1.0


_samples = st.builds(
    Sample,
    st.floats(0.5, 3.0),
    st.dictionaries(st.sampled_from(["mo", "mt"]), st.integers(1, 9)),
    st.dictionaries(st.sampled_from(["window_in_use", "calls"]), st.integers(1, 9)),
    st.dictionaries(
        st.just("latency"), st.lists(st.floats(0.0, 10.0), min_size=1, max_size=5).map(lambda v: recorded(*v))
    ),
)


@given(_samples, _samples, _samples)
def test_the_order_of_merging_does_not_matter(a: Sample, b: Sample, c: Sample) -> None:
    left, right = a.merged(b).merged(c), a.merged(b.merged(c))
    assert left.counts == right.counts
    assert left.peaks == right.peaks
    assert {k: v.counts for k, v in left.latencies.items()} == {k: v.counts for k, v in right.latencies.items()}


@given(_samples)
def test_a_sample_survives_being_written_down(sample: Sample) -> None:
    assert decoded(encoded(sample)) == sample
