"""Names made ahead: one at a time, after the calls that wait, and never without bound."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from ivr.preparation import Preparation
from ivr.prompts import Spoken


class Engine:
    """Speaks when the test says so."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way: list[Deferred[object]] = []

    def speak(self, name: Spoken) -> Deferred[object]:
        self.asked.append(name.text)
        self.under_way.append(Deferred())
        return self.under_way[-1]


def name(text: object) -> Spoken:
    return Spoken(str(text), "zh")


def test_one_name_is_made_at_a_time_and_each_once() -> None:
    engine = Engine()
    preparation = Preparation(engine.speak)
    for text in "abab":
        preparation.add(name(text))
    assert engine.asked == ["a"]
    engine.under_way[0].callback(None)
    assert engine.asked == ["a", "b"]
    engine.under_way[1].errback(RuntimeError("no engine"))
    assert engine.asked == ["a", "b"]


def test_nothing_is_begun_while_a_call_waits_for_speech() -> None:
    engine = Engine()
    preparation = Preparation(engine.speak)
    preparation.hold()
    preparation.hold()
    preparation.add(name("a"))
    preparation.release()
    assert engine.asked == []
    preparation.release()
    assert engine.asked == ["a"]


def test_no_more_than_a_thousand_names_wait() -> None:
    engine = Engine()
    preparation = Preparation(engine.speak)
    for number in range(5000):
        preparation.add(name(number))
    made = 0
    while made < len(engine.under_way):
        engine.under_way[made].callback(None)
        made += 1
    assert made == 1001


def test_names_that_are_there_already_or_fail_at_once_do_not_pile_up() -> None:
    made: list[str] = []

    def speak(wanted: Spoken) -> Deferred[object]:
        made.append(wanted.text)
        return succeed(None) if len(made) % 2 else fail(RuntimeError("no engine"))

    preparation = Preparation(speak)
    preparation.hold()
    for number in range(1000):
        preparation.add(name(number))
    preparation.release()
    assert len(made) == 1000
