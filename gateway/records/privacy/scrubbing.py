"""Taking from a text what is nobody's business: code and intent stay, everything personal goes.  Pure.

Whatever has seven digits or more and is not one of the query's codes is taken for a number of the caller's: telephone
(E.164, landline), identity card (GB 11643, 18 places, the last may be X), bank card (ISO/IEC 7812, 12 to 19 digits);
shorter runs of four to six digits go where a word beside them says that they are a one-time password.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_CHARACTERS = 500  # of a kept body; a longer text is no query
_SEPARATORS = r"[ \t\-.·()（）+/,，]{0,2}"
_RUN = re.compile(rf"\d(?:{_SEPARATORS}\d){{3,}}(?:[Xx](?![A-Za-z0-9]))?", re.ASCII)
_NOT_DIGITS = re.compile(r"\D+", re.ASCII)
_PASSWORD_WORDS = re.compile(
    r"验证码|校验码|动态码|动态密码|密码|口令|OTP|passcode|password|\bPIN\b|verification code", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_HIDDEN = {"identity": "[证件号]", "phone": "[电话]", "card": "[卡号]", "password": "[密码]", "number": "[号码]"}
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 6


def scrubbed(text: str, codes: Sequence[str] = ()) -> str:
    """`text` as it may be kept: without personal numbers, NULs and lone surrogates, at most MAX_CHARACTERS long."""
    if text in codes:
        return text
    text = text[:MAX_CHARACTERS].replace("\0", "").translate(_WIDE)
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    if "@" in text:
        text = _MAIL.sub("[邮箱]", text)
    if _NOT_DIGITS.sub("", text) == "".join(codes):  # the common case: nothing is there but the codes
        return text
    secret = _PASSWORD_WORDS.search(text) is not None
    return _RUN.sub(lambda found: _replacement(found[0], codes, secret), text)


def _replacement(run: str, codes: Sequence[str], secret: bool) -> str:
    digits = _NOT_DIGITS.sub("", run)
    if any(code in digits for code in codes) and len(digits) <= max(map(len, codes)) + 3:
        return run
    pieces = run.split(" ")
    if len(pieces) > 1 and any(_NOT_DIGITS.sub("", piece) in codes for piece in pieces):
        return " ".join(_replacement(piece, codes, secret) for piece in pieces)
    if len(digits) < 7:
        return _HIDDEN["password"] if secret else run
    return _HIDDEN[_kind(run, digits)]


def _kind(run: str, digits: str) -> str:
    if is_identity_number(digits + run[-1].upper() if run[-1] in "Xx" else digits):
        return "identity"
    if re.fullmatch(r"(?:0{0,2}86)?(?:1[3-9]\d{9}|0\d{9,11})", digits) or len(digits) < 12:
        return "phone"
    return "card" if 12 <= len(digits) <= 19 and passes_luhn(digits) else "number"


def is_identity_number(text: str) -> bool:
    """Whether `text` is a citizen's identity number with its right check character (GB 11643-1999, 6)."""
    if not re.fullmatch(r"\d{17}[\dX]", text, re.ASCII):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[17]


def passes_luhn(digits: str) -> bool:
    """Whether `digits` have a right Luhn check digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def masked(number: str) -> str:
    """A telephone number for people to recognise and nobody to use: 138****1234, of short ones only the end."""
    number = number.removeprefix("+")
    if number.startswith("86") and len(number) == 13:
        number = number[2:]
    if len(number) < 9:
        return "****" + number[-2:] if len(number) > 4 else "****"
    return f"{number[:3]}****{number[-4:]}"
