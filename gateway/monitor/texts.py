"""The words of the pages: texts/<language>/<section>.toml.  A language is a folder; all have the same keys."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.core.errors import TemplateFault

LANGUAGE_NAME = "base.language"
"""The key under which a language says its own name."""


class Texts:
    """Every text in every language."""

    def __init__(self, languages: Mapping[str, Mapping[str, str]], default: str) -> None:
        self._languages = languages
        self.default = default

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._languages)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._languages[self.default])

    def text(self, language: str, key: str, /, **words: object) -> str:
        """The text `key` with its words filled in.  Raises KeyError for an unknown key or a missing word."""
        return self._languages.get(language, self._languages[self.default])[key].format_map(words)

    def choose(self, wanted: Sequence[str], accept_language: str) -> str:
        """The first of `wanted` that has texts, else what the browser accepts (RFC 9110, 12.5.4), else the default."""
        for language in (*wanted, *_accepted(accept_language)):
            if language in self._languages:
                return language
        return self.default


def _accepted(header: str) -> list[str]:
    """The primary subtags of an Accept-Language header, the most wanted first."""
    weighted = []
    for part in header[:256].split(","):
        tag, _, parameters = part.partition(";")
        name, _, weight = parameters.strip().partition("=")
        try:
            quality = float(weight) if name.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            weighted.append((-quality, tag.strip().split("-")[0].lower()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def load(folder: Path, default: str) -> Texts:
    """The texts below `folder`.  Raises TemplateFault with a line for each fault."""
    faults: list[str] = []
    languages = {path.name: _language(path, faults) for path in sorted(folder.glob("*")) if path.is_dir()}
    if default not in languages:
        raise TemplateFault("\n".join([*faults, f"{folder / default}: there are no texts in the default language"]))
    for name, texts in languages.items():
        for key in sorted(languages[default].keys() | texts.keys()):
            if key not in texts or key not in languages[default]:
                lacking = name if key not in texts else default
                faults.append(f"{folder / lacking}: the text {key} is missing")
            elif _words(texts[key]) != _words(languages[default][key]):
                faults.append(f"{folder / name}: the text {key} has other words in braces than in {default}")
    if faults:
        raise TemplateFault("\n".join(faults))
    return Texts(languages, default)


def _language(folder: Path, faults: list[str]) -> dict[str, str]:
    texts = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            faults.append(f"{path}: {exc}")
            continue
        for key, text in table.items():
            if isinstance(text, str) and text.strip() and _words(text) is not None:
                texts[f"{path.stem}.{key}"] = text
            else:
                faults.append(f"{path}: {key} must be a text, its braces around words")
    return texts


def _words(text: str) -> frozenset[str] | None:
    """The words in braces; None where the braces are wrong."""
    try:
        parts = [part[1] for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return None
    return frozenset(parts) if all(part.isidentifier() for part in parts) else None
