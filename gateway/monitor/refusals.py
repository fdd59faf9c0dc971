"""What the registry refuses, said in the user's language: its key is a text, its words are filled in.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.monitor.texts import Texts

_STATES = frozenset({"state", "target", "before"})


def refusal_text(texts: Texts, language: str, key: str, words: Mapping[str, object], sentence: str) -> str:
    """The text refusals.`key`; the registry's own English `sentence` where the refusal has no key.  Raises KeyError
    for a word that the text needs and the registry did not give."""
    if f"refusals.{key}" not in texts.keys:
        return sentence
    filled = {name: _said(texts, language, name, word) for name, word in words.items()}
    return texts.text(language, f"refusals.{key}", **filled)


def _said(texts: Texts, language: str, name: str, word: object) -> object:
    """States and fields, which are words of the program, as the pages call them; all else stays as it is."""
    if isinstance(word, list | tuple):
        return texts.text(language, "refusals.or").join(str(_said(texts, language, name, each)) for each in word)
    for key in _called(name, str(word)):
        if key in texts.keys:
            return texts.text(language, key)
    return word


def _called(name: str, word: str) -> tuple[str, ...]:
    """Under which keys the pages may have a name for a word."""
    if name in _STATES:
        return (f"registry.state_{word}",)
    if name == "application_state":
        return (f"registry.application_{word}",)
    if name == "field":  # `codes.first` is the field `first` of the object `codes`
        last = word.rpartition(".")[2]
        return (f"registry.field_{last}", f"registry.{last}")
    return ()
