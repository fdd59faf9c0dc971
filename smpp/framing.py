"""The byte stream cut into PDUs by command_length (SMPP 3.4, 5.1.1), in bounded memory."""

from __future__ import annotations

HEADER_OCTETS = 16
MOST_OCTETS = 70_000
"""The longest PDU taken: the largest message_payload (65,535 octets) and everything that may go with it."""

_LENGTH_OCTETS = 4


class Framer:
    """Holds at most one incomplete PDU.  Once `broken`, the boundary is lost for good: nothing more comes out."""

    __slots__ = ("_held", "_missing", "_pieces", "broken", "broken_sequence")

    def __init__(self) -> None:
        self._pieces: list[
            bytes
        ] = []  # of the incomplete PDU; joined once it is whole, so bytewise arrival costs no copies
        self._held = 0
        self._missing = 0
        self.broken = False
        self.broken_sequence = 0

    @property
    def partial(self) -> bool:
        """Whether a PDU has begun and not ended."""
        return self._held > 0

    def feed(self, octets: bytes) -> list[bytes]:
        """The PDUs that `octets` complete, whole, with their headers.

        A command_length below 16 or above MOST_OCTETS sets `broken`, and `broken_sequence` to that header's
        sequence_number if it has arrived, else 0; the PDUs before it are returned.
        """
        if self.broken:
            return []
        if self._pieces:
            if len(octets) < self._missing:
                self._pieces.append(octets)
                self._held += len(octets)
                self._missing -= len(octets)
                return []
            octets = b"".join((*self._pieces, octets))
        frames: list[bytes] = []
        start, end = 0, len(octets)
        needed = _LENGTH_OCTETS
        while end - start >= _LENGTH_OCTETS:
            needed = int.from_bytes(octets[start : start + _LENGTH_OCTETS], "big")
            if not HEADER_OCTETS <= needed <= MOST_OCTETS:
                self._break(octets[start : start + HEADER_OCTETS])
                return frames
            if end - start < needed:
                break
            frames.append(octets[start : start + needed])
            start += needed
            needed = _LENGTH_OCTETS
        self._hold(octets[start:], needed)
        return frames

    def _hold(self, rest: bytes, needed: int) -> None:
        self._pieces = [rest] if rest else []
        self._held = len(rest)
        self._missing = needed - len(rest)

    def _break(self, header: bytes) -> None:
        self.broken = True
        self._hold(b"", 0)
        if len(header) == HEADER_OCTETS:
            self.broken_sequence = int.from_bytes(header[12:], "big")
