"""Callers who wish to be told, and a registry that recalls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.errors import VerificationUnavailable
from gateway.core.query import Caller, ReplyRoute
from gateway.core.registration import CodeState, Registration
from gateway.recalls.sealing import Seal
from gateway.recalls.subscription import CodeAsked, Wish
from gateway.recalls.subscriptions import Subscriptions
from tests.gateway.fakes import NOON, SHORT_NUMBER, WINE, caller, code

KEY, OTHER_KEY = bytes(32), bytes(range(32))
YEAR = NOON + 365 * 86_400
NUMBER = "8613859111111"


def route(number: str = NUMBER, carrier: str = "mobile") -> ReplyRoute:
    return ReplyRoute(carrier, "m1", SHORT_NUMBER, 0, 1, number, 1, 1)


def wish(*numbers: int, uid: int = 1, phone: str = NUMBER, expires_at: float = YEAR, carrier: str = "mobile") -> Wish:
    """Of codes with these numbers."""
    codes = tuple(CodeAsked(code(number), WINE.resource_code, "B2026-080501") for number in numbers)
    return Wish(uid, caller(phone), route(phone, carrier), codes, "zh", expires_at)


def subscriptions(folder: Path, key: bytes = KEY, former: bytes | None = None) -> Subscriptions:
    return Subscriptions(folder / "recalls.sqlite", Seal(key), Seal(former) if former else None)


def kept(folder: Path) -> bytes:
    """All that the files hold."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("recalls.sqlite*")))


def clear(someone: Caller) -> bytes:
    return someone.number.encode()


@dataclass
class FakeRegistry:
    """Codes by number that are recalled, each with the reason; the rest is active."""

    recalled: dict[str, str] = field(default_factory=dict)
    away: bool = False
    asked: list[int] = field(default_factory=list)

    def recall(self, *numbers: int, reason: str = "标签有误") -> None:
        self.recalled |= {code(number): reason for number in numbers}

    async def fetch(self, codes: Sequence[str]) -> list[Registration | VerificationUnavailable]:
        if self.away:
            raise VerificationUnavailable("away")
        self.asked.append(len(codes))
        return [self._known(each) for each in codes]

    def _known(self, asked: str) -> Registration:
        state = CodeState.RECALLED if asked in self.recalled else CodeState.ACTIVATED
        return Registration(asked, state, WINE, "B2026-080501", reason=self.recalled.get(asked, ""))
