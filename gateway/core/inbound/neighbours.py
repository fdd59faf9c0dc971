"""Numbers that people text beside a code or in its place: what they are, told by their shape alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.core.inbound.runs import Piece

_MOBILE = re.compile(r"(?:0?86|0086)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}|400\d{7}")
_AREA = re.compile(r"0(?:10|2\d|[3-9]\d\d)|(?:86)?(?:10|2\d|[3-9]\d\d)")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\d*]")
_TRADE_ITEM = re.compile(r"0?69\d{11}|97[89]\d{10}|69\d{6}")  # EAN-13, GTIN-14, ISBN, EAN-8 (GS1 prefixes of China)
_DRUG = re.compile(r"86\d{12}")  # 药品本位码
_VETERINARY_DIGITS = 24
_SERVICE = re.compile(r"12315|12365|123\d\d|9\d{4}|1[012]\d")


def is_date(digits: str) -> bool:
    """20080501."""
    return _DATE.fullmatch(digits) is not None


def is_telephone(digits: str) -> bool:
    """A Chinese mobile number, a landline with its area code, or a 400 number."""
    return (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)) is not None


def is_service_number(digits: str) -> bool:
    """12315, 95588, 110."""
    return _SERVICE.fullmatch(digits) is not None


def is_other_code(digits: str) -> bool:
    """A number of another scheme: trade item, drug, veterinary drug, identity card, telephone."""
    if len(digits) == _VETERINARY_DIGITS:
        return True
    schemes = (_TRADE_ITEM, _DRUG, _IDENTITY)
    return any(scheme.fullmatch(digits) for scheme in schemes) or is_telephone(digits)


def length_of_neighbour(chain: Sequence[Piece], at: int) -> int:
    """How many pieces from `at` on are certainly a date, a telephone number or another code; 0 if none."""
    digits = chain[at].digits
    if len(digits) >= 8 and (is_date(digits) or is_other_code(digits)):
        return 1
    following = chain[at + 1 : at + 3]
    if not following:
        return 0
    if _AREA.fullmatch(digits) and is_telephone("0" * (digits[0] != "0") + digits + following[0].digits):
        return 2 if digits[0] == "0" else 0
    if digits in ("86", "086", "0086") and is_telephone(following[0].digits):
        return 2
    if len(following) < 2:
        return 0
    if _is_calendar(digits, following):
        return 3
    is_mobile = [len(digits), *(len(piece.digits) for piece in following)] == [3, 4, 4]
    return 3 if is_mobile and is_telephone(digits + following[0].digits + following[1].digits) else 0


def length_of_amount(chain: Sequence[Piece], at: int) -> int:
    """Two pieces of a price (12.50) or a time (10:21), where the dot or colon is not the code's own separator."""
    if at + 1 >= len(chain) or len(chain[at].digits) > 5 or len(chain[at + 1].digits) > 2:
        return 0
    joint = chain[at + 1].joint
    inside = (joint == "." and chain[at + 1].start == chain[at].end + 1) or joint == ":"
    others = {piece.joint for piece in (chain[at], *chain[at + 2 : at + 3])}
    return 2 if inside and joint not in others else 0


def is_ordinal(chain: Sequence[Piece], at: int) -> bool:
    """The 1 of "1. 8123…", "1、8123…": a number of at most two digits before the start of a code."""
    if len(chain[at].digits) > 2 or at + 1 >= len(chain):
        return False
    follower = chain[at + 1]
    own = {chain[at].joint, *(piece.joint for piece in chain[at + 2 : at + 3])}
    return follower.joint in (".", ",", ":") and follower.joint not in own and len(follower.digits) >= 4


def _is_calendar(year: str, following: Sequence[Piece]) -> bool:
    month, day = (piece.digits for piece in following)
    if not _YEAR.fullmatch(year) or len(month) > 2 or len(day) > 2 or "*" in month + day:
        return False
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31
