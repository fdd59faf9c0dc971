"""Text to octets and back: every data_coding (SMPP 3.4, 5.2.19; 3GPP 23.038).

Septets travel unpacked, one in an octet, as SMPP carries them.
"""

from __future__ import annotations

import codecs

DATA_CODING_DEFAULT = 0
DATA_CODING_UCS2 = 8

# 3GPP 23.038, 6.2.1: the position is the septet.  ESC (0x1B) stands for itself here.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# 3GPP 23.038, 6.2.1.1: after ESC
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ESC = 0x1B
_ENCODING = {ord(char): bytes((septet,)) for septet, char in enumerate(_BASIC) if septet != _ESC} | {
    ord(char): bytes((_ESC, septet)) for septet, char in _EXTENSION.items()
}
_SAME_AS_ASCII = bytes(septet for septet, char in enumerate(_BASIC) if ord(char) == septet and septet != _ESC)
_DIGITS = b"0123456789"
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\r\n\t"

_CODECS = {  # SMPP 3.4, 5.2.19; 15 is what Chinese carriers call GBK (CMPP Msg_Fmt)
    3: "latin-1",
    5: "shift_jis",
    6: "iso8859-5",
    7: "iso8859-8",
    10: "iso2022_jp",
    13: "euc_jp",
    14: "euc_kr",
    15: "gb18030",
}
_BINARY = frozenset((2, 4, 9))
_DEFAULT_ALPHABETS = {"latin1": 3, "ascii": 1, "ucs2": DATA_CODING_UCS2, "gbk": 15}
DEFAULT_ALPHABETS = frozenset(_DEFAULT_ALPHABETS) | {"gsm"}
"""What an SMSC may mean by data_coding 0; a link is set to one of these."""


def decode(data_coding: int, octets: bytes, default_alphabet: str = "gsm") -> str:
    """The text of a short message.  Never raises: what cannot be read becomes U+FFFD.

    `data_coding` 0..255; `default_alphabet` is one of DEFAULT_ALPHABETS and says what data_coding 0 means.
    What contradicts its own data_coding is read as what it must be: UCS-2 made of ASCII digits, septets with
    the high bit set.
    """
    if data_coding == DATA_CODING_UCS2:
        return _decode_ucs2(octets)
    if data_coding in (0, 11, 12):  # 11 and 12 are reserved
        data_coding = _DEFAULT_ALPHABETS.get(default_alphabet, 0)
        if data_coding == 0:
            return _decode_gsm(octets)
        return decode(data_coding, octets)
    if data_coding == 1:
        return octets.decode("ascii") if octets.isascii() else _guess(octets)
    if data_coding in _BINARY:
        return _guess(octets)
    codec = _CODECS.get(data_coding)
    if codec is not None:
        return octets.decode(codec, "replace")
    return _decode_group(data_coding, octets)


def encode(text: str, default_alphabet: str = "gsm") -> tuple[int, bytes]:
    """(data_coding, octets): GSM 7-bit, a septet in each octet, where the text fits it, else UCS-2 (UTF-16BE).

    To an SMSC whose data_coding 0 is something else than GSM 03.38, only what reads the same in both goes as 0.
    A lone surrogate, which is no character, becomes a question mark.
    """
    if default_alphabet == "gsm":
        try:
            return DATA_CODING_DEFAULT, codecs.charmap_encode(text, "strict", _ENCODING)[0]
        except UnicodeEncodeError:
            pass
    elif default_alphabet != "ucs2" and text.isascii():
        octets = text.encode("ascii")
        if not octets.translate(None, _SAME_AS_ASCII):
            return DATA_CODING_DEFAULT, octets
    return DATA_CODING_UCS2, text.encode("utf-16-be", "replace")


def _decode_gsm(octets: bytes) -> str:
    if not octets.translate(None, _SAME_AS_ASCII):
        return octets.decode("ascii")
    if not octets.isascii():
        return _guess(octets)
    if _ESC not in octets:
        return _basic(octets)
    return _decode_escapes(octets)


def _decode_escapes(octets: bytes) -> str:
    first, *escaped = octets.split(b"\x1b")
    chars = [_basic(first)]
    pair = False
    for piece in escaped:
        if pair:  # the second half of ESC ESC, which shows as a space (3GPP 23.038, 6.2.1.1, note 1)
            chars.append(_basic(piece))
            pair = False
        elif piece:  # a code that the extension table lacks shows as in the basic table (6.2.1.1)
            chars.append(_EXTENSION.get(piece[0]) or _BASIC[piece[0]])
            chars.append(_basic(piece[1:]))
        else:
            chars.append(" ")
            pair = True
    return "".join(chars)


def _basic(septets: bytes) -> str:
    return codecs.charmap_decode(septets, "strict", _BASIC)[0]


def _decode_ucs2(octets: bytes) -> str:
    if octets[:2] == b"\xfe\xff":
        octets = octets[2:]
    elif octets[:2] == b"\xff\xfe":
        return octets[2:].decode("utf-16-le", "replace")
    elif octets.isascii():
        if b"\0" not in octets:
            if _is_ascii_text(octets):
                return octets.decode("ascii")
        elif not octets[-1] and not octets[1::2].strip(b"\0") and _mostly_digits(octets[::2]):
            return octets.decode("utf-16-le", "replace")
    if len(octets) & 1 and not octets[-1]:
        octets = octets[:-1]  # a terminating NUL is no half character
    return octets.decode("utf-16-be", "replace")


def _is_ascii_text(octets: bytes) -> bool:
    """Whether octets declared as UCS-2 are ASCII.  Chinese such as 中 (0x4E2D) is made of printable octets too,
    but not of digits."""
    return not octets.translate(None, _PRINTABLE) and (len(octets) & 1 == 1 or _mostly_digits(octets))


def _mostly_digits(octets: bytes) -> bool:
    return 2 * len(octets.translate(None, _DIGITS)) < len(octets)


def _decode_group(data_coding: int, octets: bytes) -> str:
    """3GPP 23.038, section 4: the coding groups above 0x0F.  Reserved codings are the default alphabet; the bit
    for compressed text is ignored, for nobody compresses."""
    group = data_coding >> 4 & 0x0F
    if group < 0x08:  # general, and marked for automatic deletion
        alphabet = data_coding >> 2 & 0x03
    elif group == 0x0E:  # message waiting, UCS-2
        alphabet = 2
    elif group == 0x0F:  # with a message class
        alphabet = data_coding >> 2 & 0x01
    else:
        alphabet = 0
    if alphabet == 2:
        return _decode_ucs2(octets)
    return _guess(octets) if alphabet == 1 else _decode_gsm(octets)


def _guess(octets: bytes) -> str:
    """Text that came as "8-bit data", or in octets that its alphabet does not have."""
    if octets[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return _decode_ucs2(octets)
    if b"\0" in octets and len(octets) & 1 == 0:
        little = octets[::2].count(0) < octets[1::2].count(0)
        return octets.decode("utf-16-le" if little else "utf-16-be", "replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")
