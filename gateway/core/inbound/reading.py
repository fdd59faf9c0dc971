"""What a chain of digit pieces holds: codes, or the reason why it holds none.

A chain is read in this order: as one whole; around its unbroken codes; group by group in the shapes in which codes
are printed; parted at its strongest separator.  Each step is linear and the parting goes at most as deep as there are
kinds of separators.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.codes import CODE_DIGITS, FIRST_DIGIT, LEGACY_DIGITS, TAIL_DIGITS, is_code, is_current, is_legacy
from gateway.core.inbound.neighbours import is_ordinal, is_other_code, length_of_amount, length_of_neighbour
from gateway.core.inbound.runs import LETTER, STRENGTH, Chain, Piece
from gateway.core.query import TextError

_PRINTED = ((7, 9, 4), (16, 4))
_HALVES = (10, 10)
_SMALLEST_GROUP = 4
_MARKED_DIGITS = 12  # with fewer places an unreadable mark is not the fault of a code


@dataclass(frozen=True, slots=True)
class Found:
    """A code and where it stands: `start` and `end` are places in the text."""

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The codes of a chain; without any, its certain `error`, or None where its digits decide (`loose`).

    `loose` are the digits of a chain that is neither code nor neighbour, for `faults.py` to judge.
    """

    found: tuple[Found, ...] = ()
    error: TextError | None = None
    loose: tuple[str, ...] = ()


def read_chain(chain: Chain) -> Reading:
    """The codes of a chain or what is wrong with it."""
    whole = _whole(chain)
    if whole is not None:
        return whole
    if len(chain) == 1:
        return _single(chain[0])
    if any(piece.joint == LETTER for piece in chain[1:]):
        return _gathered(_parted(chain, LETTER))
    segments = list(_around_unbroken(chain))
    if len(segments) > 1:
        return _gathered(segments)
    found = tuple(_printed_groups(chain))
    if found:
        return Reading(found)
    segments = list(_around_neighbours(chain))
    if len(segments) != 1 or len(segments[0]) != len(chain):
        return _gathered(segments, TextError.NOT_A_SUPERVISION_CODE if _names_other_code(chain) else None)
    return _by_strongest_separator(chain)


def _whole(chain: Chain) -> Reading | None:
    """The chain as one code, or as one that is unreadable or of the wrong kind."""
    digits = "".join(piece.digits for piece in chain)
    letters = sum(piece.joint == LETTER for piece in chain[1:])
    places = len(digits) + letters
    if places > CODE_DIGITS + len(digits) - len(digits.strip("*")):
        return None
    if "*" in digits or letters:
        if (places == CODE_DIGITS and digits[0] in "8*") or (places == LEGACY_DIGITS and "*" in digits.rstrip("*")):
            return Reading(error=TextError.ILLEGIBLE)
        digits = digits.strip("*")
        if "*" in digits or letters:
            return None
    if len(digits) not in (CODE_DIGITS, LEGACY_DIGITS) or (len(chain) > 1 and not _may_join(chain, digits)):
        return None
    if not is_code(digits):
        return Reading(error=TextError.BAD_PREFIX)
    return Reading((Found(digits, chain[0].start, chain[-1].end),))


def _may_join(chain: Chain, digits: str) -> bool:
    """Whether pieces of the right total may be one code: no date or the like, no unbroken code among them."""
    sizes = tuple(size for piece in chain if (size := len(piece.digits.strip("*"))))
    if max(sizes) >= LEGACY_DIGITS and sizes != (16, 4):
        return False
    if sizes == _HALVES and digits[0] == FIRST_DIGIT:
        return True  # a half that starts with 0 is no landline's number
    if _has_neighbour(chain, 0, len(chain)):
        return False
    mixed = len({piece.joint for piece in chain[1:]}) > 1
    if _is_regular(sizes) and (sizes[0] >= _SMALLEST_GROUP or not mixed):
        return True  # small groups need one kind of separator: "12.50 10:21" are pairs too
    if (mixed or len(chain) <= 5) and any(length_of_amount(chain, at) for at in range(len(chain))):
        return False
    return digits[0] == FIRST_DIGIT


def _is_regular(sizes: tuple[int, ...]) -> bool:
    """Groups as codes are printed and copied: equal ones (the last may be shorter), 7-9-4, 16-4."""
    if sizes in _PRINTED or sizes == (7, 9):
        return True
    return sizes[-1] <= sizes[0] and all(size == sizes[0] for size in sizes[:-1])


def _single(piece: Piece) -> Reading:
    """A piece that is no code as a whole: perhaps unbroken codes between unreadable marks (8123…*2)."""
    if "*" not in piece.digits:
        return Reading(loose=(piece.digits,))
    if is_other_code(piece.digits):
        return Reading(error=TextError.NOT_A_SUPERVISION_CODE)
    found = []
    at = piece.start
    for part in piece.digits.split("*"):
        if is_current(part) or is_legacy(part):
            found.append(Found(part, at, at + len(part)))
        at += len(part) + 1
    current = [each for each in found if is_current(each.code)]
    if current or (found and len(piece.digits) != CODE_DIGITS):
        return Reading(tuple(found))
    inside = piece.digits.strip("*")
    if "*" in inside and len(inside) >= _MARKED_DIGITS:
        return Reading(error=TextError.ILLEGIBLE)
    return Reading(loose=tuple(part for part in piece.digits.split("*") if part))


def _around_unbroken(chain: Chain) -> Iterator[Chain]:
    """The chain parted so that each unbroken code stands alone (or with the four digits that complete it)."""
    segment: Chain = []
    at = 0
    while at < len(chain):
        digits = chain[at].digits
        if not (is_current(digits) or is_legacy(digits)):
            segment.append(chain[at])
            at += 1
            continue
        if segment:
            yield segment
        completed = is_legacy(digits) and digits[0] == FIRST_DIGIT and _is_tail(chain, at + 1)
        taken = 2 if completed else 1
        yield chain[at : at + taken]
        at += taken
        segment = []
    if segment:
        yield segment


def _is_tail(chain: Chain, at: int) -> bool:
    return at < len(chain) and len(chain[at].digits.rstrip("*")) == TAIL_DIGITS and not length_of_neighbour(chain, at)


def _printed_groups(chain: Chain) -> Iterator[Found]:
    """Codes in printed shapes, one after the other, whatever stands before, between and after them."""
    at = 0
    fresh = True
    while at < len(chain):
        end = _end_of_group(chain, at, CODE_DIGITS) if chain[at].digits[0] == FIRST_DIGIT else 0
        if not end and fresh:
            end = _end_of_group(chain, at, LEGACY_DIGITS)
        fresh = bool(end)
        if end:
            digits = "".join(piece.digits for piece in chain[at:end])
            yield Found(digits, chain[at].start, chain[end - 1].end)
        at = end or at + 1


def _end_of_group(chain: Chain, at: int, total: int) -> int:
    """Where the printed groups end that start at `at` and are a code of `total` digits; 0 if there are none such."""
    end = _end_of_shape(chain, at, total)
    halves = [len(piece.digits) for piece in chain[at:end]] == list(_HALVES)
    if not end or any("*" in piece.digits for piece in chain[at:end]):
        return 0
    if not halves and _has_neighbour(chain, at, end):
        return 0
    return 0 if end < len(chain) and _goes_on(chain, at, end, total) else end


def _end_of_shape(chain: Chain, at: int, total: int) -> int:
    sizes: list[int] = []
    end, count = at, 0
    while end < len(chain) and count < total:
        sizes.append(len(chain[end].digits))
        if sizes[0] < _SMALLEST_GROUP:
            return 0
        count += sizes[-1]
        end += 1
    return end if count == total and len(sizes) > 1 and _is_regular(tuple(sizes)) else 0


def _has_neighbour(chain: Chain, at: int, end: int) -> bool:
    return any(length_of_neighbour(chain, place) for place in range(at, end))


def _goes_on(chain: Chain, at: int, end: int, total: int) -> bool:
    """Whether what follows the groups looks like more of the same number: then its length is wrong."""
    following = chain[end]
    if following.joint not in {piece.joint for piece in chain[at + 1 : end]}:
        return False
    if following.digits[0] == FIRST_DIGIT and _end_of_shape(chain, end, total):
        return False
    if length_of_neighbour(chain, end) or length_of_amount(chain, end) or is_ordinal(chain, end):
        return False
    return total == LEGACY_DIGITS or len(following.digits) <= max(_SMALLEST_GROUP, len(chain[end - 1].digits))


def _around_neighbours(chain: Chain) -> Iterator[Chain]:
    """The chain without its dates, telephone numbers, prices and list numbers."""
    segment: Chain = []
    at = 0
    while at < len(chain):
        skipped = length_of_neighbour(chain, at) or length_of_amount(chain, at) or int(is_ordinal(chain, at))
        if not skipped:
            segment.append(chain[at])
            at += 1
            continue
        if segment:
            yield segment
        segment = []
        at += skipped
    if segment:
        yield segment


def _names_other_code(chain: Chain) -> bool:
    whole = "".join(piece.digits for piece in chain)
    return is_other_code(whole) or any(is_other_code(piece.digits) for piece in chain)


def _by_strongest_separator(chain: Chain) -> Reading:
    """The codes of the parts; without any, the fault of the chain taken together."""
    joints = {piece.joint for piece in chain[1:]}
    if len(joints) > 1:
        reading = _gathered(_parted(chain, min(joints, key=STRENGTH.index)))
        if reading.found or reading.error:
            return reading
    digits = "".join(piece.digits for piece in chain)
    if "*" in digits.strip("*") and len(digits) >= _MARKED_DIGITS:
        return Reading(error=TextError.ILLEGIBLE)
    return Reading(loose=(digits.replace("*", ""),))


def _parted(chain: Chain, joint: str) -> list[Chain]:
    parts: list[Chain] = [[chain[0]]]
    for piece in chain[1:]:
        if piece.joint == joint:
            parts.append([piece])
        else:
            parts[-1].append(piece)
    return parts


def _gathered(parts: list[Chain], error: TextError | None = None) -> Reading:
    readings = [read_chain(part) for part in parts]
    found = tuple(each for reading in readings for each in reading.found)
    if found:
        return Reading(found)
    errors = [reading.error for reading in readings if reading.error]
    loose = tuple(digits for reading in readings for digits in reading.loose)
    return Reading((), errors[0] if errors else error, loose)
