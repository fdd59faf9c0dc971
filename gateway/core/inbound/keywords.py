"""Keywords: what the words of a text want.  Texts come here folded, lower-cased and without their codes."""

from __future__ import annotations

import re

from gateway.core.query import Intent

_REPORT = (
    r"举报(?!电话|热线)|舉報|打假|制假|售假|造假|假冒|冒牌|卖假|贩假|买到假|假货|假貨|假酒|假药|假烟|假种子|假化肥|假化妆品|假的"
    r"|\b(?:jb|jubao|fake|fakes|counterfeit|counterfeits|report|reporting|forgery)(?![a-z])"
)
_COMPLAINT = r"投诉(?!电话|热线)|投訴|维权|\b(?:ts|tousu|complain|complaint|complaints|complaining)(?![a-z])"
_HELP = (
    r"帮助(?!我?查|我验)|幫助|(?:怎么|怎样|怎麼|如何|咋|哪里|哪儿)(?:样)?(?:去|来|才能|可以|能)?"
    r"(?:查(?!不)|验|用|操作|使用|辨|识别|鉴别|举报|投诉|发|短信查|输入|核|弄)|使用说明|使用方法|查询方法|什么格式|说明书?$"
    r"|\b(?:help|bz|bangzhu|how (?:to|do|can|does)|instructions?|usage|info)(?![a-z])"
)
_STOP = (
    r"退订|退訂|取消订阅|取消订购|停止(?:发|推|接收|短信|通知)|拒收|(?:别|不要|勿)再?(?:给我)?(?:再)?(?:发|推)"
    r"|\b(?:td|tuiding|stop|unsubscribe|optout|opt out|opt-out)(?![a-z])"
)
_VERIFY = (
    r"查|验证|驗證|验真|核实|核验|真伪|真偽|真假|辨真|鉴别|鉴定|防伪|防偽|监管码|監管碼|追溯码|电子监管|是真的|真的吗|正品|扫码|识别"
    r"|\b(?:cx|yz|chaxun|yanzheng|check|verify|verification|query|genuine|authentic|real|validate|lookup|code)(?![a-z])"
)
_WEAKER = (Intent.STOP, Intent.VERIFY)
_DOUBT = re.compile(
    r"是不是|是否|会不会|真假|真的还是|真还是|真伪|假吗|假的吗|货吗|酒吗|药吗|(?:假|货)[的]?[?么嘛]|\bis (?:it|this)\b"
)
_FIRM_REPORT = re.compile(r"举报(?!电话|热线)|舉報|\b(?:jb|jubao|report|reporting)(?![a-z])")

_KEYWORDS = re.compile(
    f"(?P<help>{_HELP})|(?P<report>{_REPORT})|(?P<complaint>{_COMPLAINT})|(?P<stop>{_STOP})|(?P<verify>{_VERIFY})",
)
_WHOLE = {
    Intent.HELP: {"?", "??", "???", "h", "h?", "bz", "说明", "怎么办", "怎么弄", "怎么做", "菜单", "menu", "info", "0"},
    Intent.STOP: {"t", "n", "取消", "停止", "0000", "00000", "qx", "end", "quit", "cancel", "不要", "stopall"},
}  # fmt: skip
_EDGES = " \t\r\n.,;:!#。！~+-\"'()[]【】“”"


def whole_intent(text: str) -> Intent | None:
    """The intent of a text that is nothing but one short word."""
    word = text.strip(_EDGES)
    return next((intent for intent, words in _WHOLE.items() if word in words), None)


def spoken_intent(text: str, *, with_code: bool) -> tuple[Intent | None, int, int]:
    """The intent that the words name, with the place of its keyword; (None, 0, 0) without any.

    Report, complaint and help go by which comes first, before stop and verify; beside a code help and stop count for
    nothing.  A doubt (是不是假的) is a wish to verify.
    """
    first: dict[Intent, tuple[int, int]] = {}
    for match in _KEYWORDS.finditer(text):
        first.setdefault(Intent(match.lastgroup or ""), match.span())
    if Intent.REPORT in first and _DOUBT.search(text) and not _FIRM_REPORT.search(text):
        first.setdefault(Intent.VERIFY, first.pop(Intent.REPORT))
    if with_code:
        first.pop(Intent.HELP, None)
        first.pop(Intent.STOP, None)
    if not first:
        return None, 0, 0
    intent = min(first, key=lambda each: (each in _WEAKER, each is Intent.VERIFY, first[each]))
    return intent, *first[intent]
