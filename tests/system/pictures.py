"""The pictures of the monitor in README: `python -m tests.system.pictures`, from a trial run under two minutes of load.

Needs what the system tests need, and pngquant, which reduces the pictures to a palette.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from gateway.monitor import Role
from tests.system.browser import DESKTOP, PHONE, Browser
from tests.system.trial import trial

FOLDER = Path(__file__).resolve().parents[1] / "captures" / "monitor"
_LIVE = {"overview": "/overview", "carrier": "/carriers/simulator", "link": "/carriers/simulator/links/simulator-1"}
_TEXTS_A_SECOND = 40.0
_TALLEST = {DESKTOP: 1600, PHONE: 1700}
_COLOURS = "48"


def main() -> None:
    """Take them all, and make them small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=150.0, help="of load before the first picture (%(default)s)")
    seconds = parser.parse_args().seconds
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ["ZHENMA_PICTURES"] = str(FOLDER)
    with (
        tempfile.TemporaryDirectory(prefix="zhenma-") as place,
        trial(Path(place), seconds + 300) as running,
        running.window() as window,
        running.texting(_TEXTS_A_SECOND),
    ):
        time.sleep(seconds)
        take(window)
    for path in sorted(FOLDER.glob("*.png")):
        subprocess.run(["pngquant", "--force", "--strip", "--output", path, _COLOURS, path], check=True)
        print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size / 1000:.0f} kB")


def take(window: Browser) -> None:
    """English at a desk, Chinese on a phone."""
    window.sign_in(Role.OPERATOR.value)
    for size, language in ((DESKTOP, "en"), (PHONE, "zh")):
        window.resize(size)
        for name, path in _LIVE.items():
            window.open(f"{path}?lang={language}")
            window.until(lambda: window.all("#news .good"), "news")
            window.until(lambda: len(window.all(".plot canvas")) == len(window.all(".plot")), "charts")
            time.sleep(2.5)  # a second's values, and the charts' next drawing
            window.picture(f"{name}-{'desktop' if size == DESKTOP else 'phone'}", _TALLEST[size])
        window.open(f"/cases?lang={language}")
        if size == DESKTOP:
            row = next(row for row in window.all("tbody tr") if "hot-spot" in row.text)
            case = "/cases/" + row.text.split()[0].removeprefix("#")
        window.open(f"{case}?lang={language}")
        time.sleep(0.5)
        window.picture(f"case-{'desktop' if size == DESKTOP else 'phone'}", _TALLEST[size])


if __name__ == "__main__":
    main()
