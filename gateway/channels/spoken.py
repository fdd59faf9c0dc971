"""A verdict as the hotline says it: the sentence's name and the values that it speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.core.registration import Product
from gateway.core.wording import Judged, in_language
from ivr.desk import Count, Digits, Moment, Name, Slot, SpokenAnswer, Value

_CHINA = timedelta(hours=8)
_TAIL_DIGITS = 4


def spoken(
    verdict: str, code: str, judged: Judged | None, *, read_back: bool = False, texting: bool = False
) -> SpokenAnswer:
    """What is said of `code`; `judged` gives the facts, None where there are none."""
    values: dict[str, Value] = {"ending": Digits(code[-_TAIL_DIGITS:]), "code": Digits(code)}
    if judged is not None:
        values |= _facts(judged)
    slots = tuple(Slot(name, value) for name, value in values.items())
    return SpokenAnswer(verdict, slots, read_back=read_back, final=not read_back, texting=texting)


def spoken_names(product: Product) -> tuple[Name, Name]:
    """The product's name and its enterprise's, in each language that has them."""
    return (
        Name(in_language(product.name, "zh"), product.name.get("en", "")),
        Name(in_language(product.enterprise, "zh"), product.enterprise.get("en", "")),
    )


def _facts(judged: Judged) -> dict[str, Value]:
    values: dict[str, Value] = {}
    registration, history = judged.registration, judged.history
    if registration is not None and registration.product is not None:
        values["product"], values["enterprise"] = spoken_names(registration.product)
    if registration is not None and registration.produced_on:
        year, month, day = map(int, registration.produced_on.split("-"))
        values["produced_on"] = Moment(year, month, day)
    if history is not None:
        first = datetime.fromtimestamp(history.first_at, UTC) + _CHINA
        values["first_at"] = Moment(first.year, first.month, first.day, first.hour, first.minute)
        values["count"] = Count(min(history.queries - 1, 99_999))
    return values
