"""Files with a secret in them, and whether others may read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def exposure(path: Path) -> str:
    """Who else may read or write a secret's file and what to do, in one line; "" if nobody may, or no file is there.

    Somebody else's file is ours to read by its group only: systemd's credentials and containers' secrets are root's,
    with mode 0440.  Of such a file reading by the group is let pass.
    """
    try:
        found = path.stat()
    except OSError:
        return ""
    others = found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if found.st_uid != os.geteuid():
        others &= ~stat.S_IRGRP
    if not others:
        return ""
    mode = stat.S_IMODE(found.st_mode)
    return f"others may read or write {path} (mode {mode:04o}): chmod 600 it; renew the secret if they are strangers"
