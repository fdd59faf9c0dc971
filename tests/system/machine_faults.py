"""A machine whose wall clock is set and whose disk fills up, while the gateway runs on it."""

from __future__ import annotations

import errno
import mmap
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")
_SMALL_DISK_OCTETS = 4 * 1024 * 1024


@cache
def _library() -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """The preloaded library, built once for all tests, and the folder that goes with them."""
    folder = tempfile.TemporaryDirectory(prefix="zhenma-faults-")
    library = Path(folder.name) / "machine_faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
    return library, folder


class MachineFaults:
    """What a process started with `environment` finds of its machine; see machine_faults.c."""

    def __init__(self, folder: Path) -> None:
        path = folder / "machine-faults"
        path.write_bytes(struct.pack("qq", 0, 0))
        self.environment = {"LD_PRELOAD": str(_library()[0]), "MACHINE_FAULTS": str(path)}
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)

    def set_clock(self, seconds: int) -> None:
        """The wall clock is so many seconds ahead of the right time."""
        struct.pack_into("q", self._shared, 0, seconds)

    def fill_disk(self) -> None:
        """From now on every write to a file fails with ENOSPC."""
        struct.pack_into("q", self._shared, 8, errno.ENOSPC)

    def make_room(self) -> None:
        """Writes succeed again."""
        struct.pack_into("q", self._shared, 8, 0)


class SmallDisk:
    """A file system of 4 MiB of its own at `folder`, which a ballast fills to the last octet.  Root only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._ballast = folder / "ballast"

    def fill_disk(self) -> None:
        """Leave no room."""
        descriptor = os.open(self._ballast, os.O_WRONLY | os.O_CREAT)
        with os.fdopen(descriptor, "wb", buffering=0) as ballast, suppress(OSError):  # ENOSPC ends it
            while True:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounted at `folder`, a new folder, and unmounted at the end."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK_OCTETS}", "tmpfs", folder], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@cache
def may_mount() -> bool:
    """Whether this user may mount a file system here: root may, unless a container forbids it."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return mounted.returncode == 0
