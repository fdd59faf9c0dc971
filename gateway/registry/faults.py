"""What the registry refuses, by remedy."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.errors import GatewayError, SettingsFault

Word = str | int | Sequence[str]


class RegistryFault(GatewayError):
    """Root of the registry's own errors, said in English by `sentence`.

    What a page may have to say in another language has a `key`, and `words` that fill the braces of the sentence; of a
    list of words any would do.
    """

    def __init__(self, sentence: str, key: str = "", /, **words: Word) -> None:
        self.key = key
        self.words = words
        super().__init__(sentence.format_map({name: _said(word) for name, word in words.items()}) if key else sentence)


class RequestFault(RegistryFault):
    """The request is not of the contract's form: mend the client."""


class Refused(RegistryFault):
    """The step is not allowed as things stand: the text says why, and what has to come first."""


class NotRegistered(RegistryFault):
    """What the step names is not in the registry: look up its name or number."""


class Outdated(RegistryFault):
    """What the request was decided on (If-Match) has changed since: read it again."""


class Crowded(RegistryFault):
    """Too many requests wait: come back in a moment."""


class StoreFault(RegistryFault):
    """The database did not do its work: look at it, then try again."""


def no_enterprise(number: int) -> NotRegistered:
    """Said of another enterprise's too, to one who sees only its own; and so the three below."""
    return NotRegistered("there is no enterprise {number}", "no_enterprise", number=number)


def no_product(resource_code: str) -> NotRegistered:
    """`resource_code`: as it was asked for."""
    return NotRegistered("there is no product {product}", "no_product", product=resource_code)


def no_application(number: int) -> NotRegistered:
    """An application for codes."""
    return NotRegistered("there is no application {number}", "no_application", number=number)


def no_code(code: str) -> NotRegistered:
    """A code that is not on record, whatever the reason; the code itself is not quoted."""
    return NotRegistered("the code ending in {tail} is not on record", "no_code", tail=code[-4:])


def _said(word: Word) -> str | int:
    return word if isinstance(word, str | int) else " or ".join(word)


class DatabaseFault(SettingsFault):
    """The database named in the settings cannot be used as it is: mend the path, URL or file."""
