"""The language to answer in: English if the words of the text are English, Chinese otherwise."""

from __future__ import annotations

import re

_URL = re.compile(r"(?:https?://|www\.)[!-~]+")
_WORD = re.compile(r"[a-z]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KEYWORD_LETTERS = {"cx", "yz", "jb", "ts", "td", "bz", "qx", "tt", "hh", "oo", "ol", "lo", "ll", "xx"}
_PINYIN = {"chaxun", "yanzheng", "jubao", "tousu", "tuiding", "bangzhu", "nihao", "xiexie"}
_LABELS = {"ml", "kg", "mg", "cm", "mm", "rmb", "no", "lot", "exp", "mfg", "id", "sn", "qr"}
_NOT_ENGLISH = _KEYWORD_LETTERS | _PINYIN | _LABELS | {"com", "cn", "net", "org"}


def language_of(text: str) -> str:
    """ "en" or "zh" for a folded text in lower case."""
    if _HAN.search(text):
        return "zh"
    if "://" in text or "www." in text:
        text = _URL.sub(" ", text)
    return "en" if any(word not in _NOT_ENGLISH for word in _WORD.findall(text)) else "zh"


def without_addresses(text: str) -> str:
    """The text with web addresses blanked, so that code= in a scanner's address is no keyword."""
    return _URL.sub(lambda match: " " * len(match[0]), text) if "://" in text or "www." in text else text
