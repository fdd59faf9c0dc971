"""Prompts on this machine's sound device, by a program of the system; silent where there is none."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

# Programs that play 8 kHz mu-law, the first that is found; the file follows.
_PROGRAMS = {
    "aplay": ("-q", "-t", "raw", "-f", "MU_LAW", "-r", "8000"),
    "paplay": ("--raw", "--format=ulaw", "--rate=8000", "--channels=1"),
    "play": ("-q", "-t", "ul", "-r", "8000", "-c", "1"),
}


class Player:
    """One sound at a time.  `tell` is given a line, once, when nothing can be heard."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._playing: subprocess.Popen[bytes] | None = None
        found = ((shutil.which(name), options) for name, options in _PROGRAMS.items())
        self._command = next(([program, *options] for program, options in found if program), None)
        if self._command is None:
            tell(f"(no sound: none of {', '.join(_PROGRAMS)} is installed)")

    def play(self, path: str) -> None:
        """Begin, after what is playing has ended."""
        self.finish()
        if self._command is not None:
            self._playing = subprocess.Popen(
                [*self._command, f"{path}.ulaw"],
                stdin=subprocess.DEVNULL,  # the keys are typed there
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def finish(self) -> None:
        """Wait for the end of what is playing."""
        playing, self._playing = self._playing, None
        if playing is not None and playing.wait() != 0 and self._command is not None:
            self._tell(f"(no sound: {self._command[0]} finds no device to play on)")
            self._command = None

    def hush(self) -> None:
        """Stop, as a key does that interrupts."""
        if self._playing is not None and self._playing.poll() is None:
            self._playing.kill()
            self._playing.wait()
            self._playing = None
