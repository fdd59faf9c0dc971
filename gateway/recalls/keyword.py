"""Whether a text asks to be told of a recall.  Pure."""

from __future__ import annotations

import re

from gateway.core.inbound.scripts import folded, visible

_WORDS = frozenset(
    {
        "订阅", "訂閱", "召回通知", "召回提醒", "订阅召回", "订阅召回通知", "订阅通知", "召回订阅", "要召回通知",
        "要通知", "tellme", "tellmeplease", "pleasetellme", "subscribe", "notifyme", "recallnotice", "recallnotices",
    }
)  # fmt: skip
_MOST_CHARACTERS = 200  # five codes with their separators and a keyword
_OTHERS = re.compile(r"[\W\d_]+")


def asks_to_be_told(text: str) -> bool:
    """Whether `text` is one of the keywords, alone or with nothing but codes.

    Whoever says more says something else: 取消订阅 ends notices, and "tell me whether it is a fake" is a question.
    """
    if text.isdigit() or len(text) > _MOST_CHARACTERS:
        return False
    return _OTHERS.sub("", folded(visible(text)).lower()) in _WORDS
