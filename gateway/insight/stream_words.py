"""The reasons of signals, in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from gateway.insight.signals import Detector

_WORDS = {
    Detector.MANY_CALLERS: (
        "同一码在 {span}内被 {areas} 个地区的 {callers} 个不同号码查询",
        "one code asked by {callers} callers from {areas} areas within {span}",
    ),
    Detector.FAR_APART: (
        "同一码在 {span}内被相距 {reach} 公里的 {callers} 个号码查询",
        "one code asked by {callers} callers up to {reach} km apart within {span}",
    ),
    Detector.RECALLED: ("已召回的码仍在市场：{callers} 个号码查询", "a recalled code in the market: {callers} callers"),
    Detector.EXPIRED: ("已过期的码仍在市场：{callers} 个号码查询", "an expired code in the market: {callers} callers"),
    Detector.CANCELLED: (
        "已注销的码仍在市场：{callers} 个号码查询",
        "a cancelled code in the market: {callers} callers",
    ),
    Detector.NOT_ACTIVATED: (
        "未激活的码出现在市场：{callers} 个号码查询",
        "a code that is not activated in the market: {callers} callers",
    ),
    Detector.STRAYED: (
        "发往外省的货在本省被查询：{span}内 {codes} 件、{callers} 个号码",
        "packs shipped to another province asked about here: {codes} packs, {callers} callers within {span}",
    ),
    Detector.MISSES: (
        "同一无记录的码被 {callers} 个不同号码查询",
        "one code that is not on record asked by {callers} callers",
    ),
    Detector.PREFIX: (
        "同一号段出现 {codes} 个经确认的无记录码，来自 {callers} 个号码",
        "{codes} confirmed codes of one prefix that are not on record, from {callers} callers",
    ),
    Detector.GUESSING: (
        "同一号码一天内查询了 {codes} 个无记录的码",
        "one caller tried {codes} codes that are not on record within a day",
    ),
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a reason tells: how many codes, callers and areas, over how many days, and how far apart in kilometres."""

    codes: int
    callers: int
    areas: int
    days: float
    reach: int


def words(detector: Detector, numbers: Numbers) -> tuple[str, str]:
    """Why a detector of the stream found something, in Chinese and in English."""
    zh, en = _WORDS[detector]
    told = asdict(numbers)
    zh_span, en_span = _span(numbers.days)
    return zh.format(**told, span=zh_span), en.format(**told, span=en_span)


def _span(days: float) -> tuple[str, str]:
    if days >= 1:
        return f"{days:.1f} 天", f"{days:.1f} days"
    minutes = max(1, round(days * 1440))
    return f"{minutes // 60} 小时 {minutes % 60} 分", f"{minutes // 60} h {minutes % 60} min"
