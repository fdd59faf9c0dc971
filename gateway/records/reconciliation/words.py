"""The words of accounts and comparisons, in Chinese and English."""

from __future__ import annotations

LANGUAGES = ("zh", "en")

_WORDS: dict[str, tuple[str, str]] = {
    "day": ("日期", "Day"),
    "late_for": ("补记所属日期", "Booked late for"),
    "carrier": ("运营商", "Carrier"),
    "link": ("链路", "Link"),
    "mo_received": ("上行收到", "MO received"),
    "mo_acknowledged": ("上行确认", "MO acknowledged"),
    "mo_refused": ("上行拒收", "MO refused"),
    "mo_refused_by_status": ("上行拒收按状态码", "MO refused by status"),
    "mo_unacknowledged": ("上行确认未送达", "MO unacknowledged"),
    "mo_redelivered": ("其中重复投递", "of these redelivered"),
    "mo_parts": ("其中长短信后续分段", "of these further segments"),
    "queries": ("查询数", "Queries"),
    "mt_submitted": ("下行提交", "MT submitted"),
    "mt_accepted": ("下行受理", "MT accepted"),
    "mt_refused": ("下行拒绝", "MT refused"),
    "mt_refused_by_status": ("下行拒绝按状态码", "MT refused by status"),
    "mt_in_doubt": ("下行存疑", "MT in doubt"),
    "mt_resent": ("其中补发", "of these sent again"),
    "mt_besides": ("其中通知", "of these notices"),
    "segments": ("下行受理分段", "MT segments accepted"),
    "mt_expired": ("过期未发", "MT expired here"),
    "mt_withheld": ("不予回复", "Not replied to"),
    "receipts_unmatched": ("无主状态报告", "Unmatched receipts"),
    "replies_delivered": ("送达回复数", "Replies delivered"),
    "total": ("合计", "Total"),
    "no_link": ("（无链路）", "(none)"),
    "open": ("未结账", "open"),
    "closed": ("{day} 已于 {at} 结账，摘要 {digest}", "{day} closed at {at}, digest {digest}"),
    "closed_with_open": ("，其中 {count} 条查询未完成", ", with {count} queries open"),
    "nothing": ("没有记录", "Nothing on record"),
    "message": ("短信", "Messages"),
    "only_ours": ("仅我方有的短信", "Messages that only we have"),
    "only_theirs": ("仅运营商有的短信", "Messages that only the carrier has"),
    "state_differs": (
        "状态不同：我方 {ours}，运营商 {theirs}",
        "States that differ: ours {ours}, the carrier's {theirs}",
    ),
    "repeated": ("运营商文件中重复的短信", "Messages that the carrier's file has more than once"),
    "what": ("项目", "What"),
    "ours": ("我方", "Ours"),
    "theirs": ("运营商", "Theirs"),
    "difference": ("差异", "Difference"),
    "examples": ("例", "For example"),
    "agree": ("与运营商一致：比对 {count} 项", "The carrier agrees: {count} figures compared"),
    "differ": ("与运营商不一致：{count} 处", "Differences from the carrier: {count}"),
}


def word(key: str, language: str, **values: object) -> str:
    """The text of `key`; one that has none (a receipt's state) is its own.  `values` are put into it."""
    texts = _WORDS.get(key)
    text = key if texts is None else texts[LANGUAGES.index(language)]
    return text.format(**values) if values else text
