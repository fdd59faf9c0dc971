"""What is known of a call when it arrives: its peer's right to connect, and the facts of its AGI environment."""

from __future__ import annotations

import ipaddress
import secrets

from ivr.desk import CallFacts
from ivr.exchange import Environment
from ivr.settings import VoiceSettings
from ivr.talk import LANGUAGES

_NUMBER_DIGITS_LIMIT = 20
_UNIQUE_ID_LIMIT = 64


class AllowedPeers:
    """Addresses and networks, as `allowed_peers` names them.  Raises ValueError for what is neither."""

    def __init__(self, peers: tuple[str, ...]) -> None:
        self._networks = tuple(ipaddress.ip_network(peer) for peer in peers)

    def admit(self, host: str) -> bool:
        """Whether this address may connect; an IPv4 address mapped into IPv6 is the IPv4 address."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def call_facts(environment: Environment, settings: VoiceSettings, started_at: float) -> CallFacts:
    """A call from its AGI environment; our dialplan adds `language=` and `agents=open` as arguments."""
    arguments = dict(environment.arguments)
    language = arguments.get("language", "")
    dialled = environment.get("dnid")
    return CallFacts(
        key=secrets.token_hex(8),
        caller_number=_known(environment.get("callerid")),
        dialled=_known(dialled) or _known(environment.get("extension")),
        unique_id=_printable(environment.get("uniqueid"))[:_UNIQUE_ID_LIMIT],
        started_at=started_at,
        language=language if language in LANGUAGES else settings.language,
        agents_open=arguments.get("agents") == "open",
    )


def _known(number: str) -> str:
    """With its +, without which a number from abroad would be read as one of ours."""
    digits = number.removeprefix("+")
    return number if digits.isascii() and digits.isdigit() and len(digits) <= _NUMBER_DIGITS_LIMIT else ""


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
