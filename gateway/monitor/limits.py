"""How often somebody may try to sign in: GCRA budgets of attempts by address and by user.  Pure.

Whoever knows a user's name can use up that user's budget, so an address from which the user has signed in lately has a
budget of its own: the right person at the usual place is not locked out.  Every budget grows again by itself.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

from gateway.core.allowance import CallerRate, Rate
from gateway.core.ports import Ruling

_PER_ADDRESS: Final = Rate(30, 900.0)
_PER_USER: Final = Rate(10, 900.0)
_PER_FAMILIAR: Final = Rate(10, 900.0)
_TOKENS_PER_ADDRESS: Final = Rate(30, 900.0)
MAX_BUDGETS = 20_000
MAX_FAMILIAR = 5_000
_MAX_NAME_CHARACTERS = 64

Key = tuple[str, str, str]


class LogInLimits:
    """Budgets of attempts, the one used longest ago forgotten first."""

    def __init__(self) -> None:
        self._budgets: dict[Key, CallerRate] = {}
        self._familiar: dict[tuple[str, str], None] = {}

    def attempt(self, name: str, address: str, now: float) -> Ruling:
        """Charge an attempt to sign in.  ANSWER: look at the password; else one too many, NOTICE the first."""
        name, network = name[:_MAX_NAME_CHARACTERS], network_of(address)
        ruling = self._charge(("address", "", network), _PER_ADDRESS, now)
        if ruling is not Ruling.ANSWER:
            return ruling
        if (name, network) in self._familiar:
            return self._charge(("familiar", name, network), _PER_FAMILIAR, now)
        return self._charge(("user", name, ""), _PER_USER, now)

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was right: the address is familiar for this user now, and its budget for them is whole."""
        network = network_of(address)
        self._familiar.pop((name, network), None)
        while len(self._familiar) >= MAX_FAMILIAR:
            del self._familiar[next(iter(self._familiar))]
        self._familiar[name, network] = None
        self._budgets.pop(("familiar", name, network), None)

    def wrong_token(self, address: str, now: float) -> Ruling:
        """Charge a request with a token that is nobody's."""
        return self._charge(("token", "", network_of(address)), _TOKENS_PER_ADDRESS, now)

    def _charge(self, key: Key, rate: Rate, now: float) -> Ruling:
        state, ruling = self._budgets.pop(key, CallerRate()).charge(rate, now)
        while len(self._budgets) >= MAX_BUDGETS:
            del self._budgets[next(iter(self._budgets))]
        self._budgets[key] = state
        return ruling


def network_of(address: str) -> str:
    """An IPv4 address; of an IPv6 address the /64, within which one machine has all addresses (RFC 4291, 2.5.4)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:_MAX_NAME_CHARACTERS]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
