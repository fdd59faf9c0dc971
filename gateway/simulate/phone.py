"""A phone in the terminal, or at the end of a pipe: what is typed is texted, what comes back is shown."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TextIO

from gateway.simulate.children import Children
from gateway.simulate.scene import FIRST_PHONE, SHORT_NUMBER, Scene

_ANSWER_SECONDS = 12.0
_HELP = (
    "  /as NUMBER: text as another phone    /codes: this list    /quit or Ctrl-C: end everything\n"
    "  /call KEYS ...: call the hotline and key these in, one entry after the other, as in /call CODE 1\n"
    "  to call it with a keypad: python -m gateway call --port {port}, in another terminal"
)
_CHECKOUT = Path(__file__).resolve().parents[2]


class Phone:
    """One conversation over the simulated SMSC's control socket."""

    def __init__(self, scene: Scene, source: TextIO, sink: TextIO) -> None:
        self._scene = scene
        self._sink = sink
        self._number = FIRST_PHONE
        self._interactive = source.isatty()
        self._bound = asyncio.Event()
        self._answered = asyncio.Event()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._source = source

    async def talk(self) -> None:
        """Until the input ends or /quit.  Raises ChildFailed when a process of the scene dies."""
        reader, writer = await asyncio.open_unix_connection(str(self._scene.control), limit=1 << 20)
        listening = asyncio.ensure_future(self._listen(reader))
        watching = asyncio.ensure_future(_watch(self._scene.children))
        try:
            await self._or_failure(watching, self._bound.wait())
            self._tell_what_to_try()
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), daemon=True).start()
            await self._or_failure(watching, self._converse(writer))
        finally:
            listening.cancel()
            watching.cancel()
            writer.close()

    async def _or_failure(self, watching: asyncio.Future[None], work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait((task, watching), return_when=asyncio.FIRST_COMPLETED)
        if watching in done:
            task.cancel()
            watching.result()
        await task

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in self._source:
            loop.call_soon_threadsafe(self._lines.put_nowait, line)
        loop.call_soon_threadsafe(self._lines.put_nowait, None)

    async def _converse(self, writer: asyncio.StreamWriter) -> None:
        while True:
            self._prompt()
            line = await self._lines.get()
            if line is None or line.strip() == "/quit":
                return
            if line.startswith("/as "):
                self._number = line.split(None, 1)[1].strip()
            elif line.strip() in ("/codes", "/help"):
                self._tell_what_to_try()
            elif line.startswith("/call"):
                await self._call(line.split()[1:])
            else:
                await self._send(line.rstrip("\n"), writer)

    async def _send(self, text: str, writer: asyncio.StreamWriter) -> None:
        if not self._interactive:
            self._say(f"> {text}")
        self._answered.clear()
        message = {"source": self._number, "destination": SHORT_NUMBER, "text": text}
        writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        try:
            await asyncio.wait_for(self._answered.wait(), _ANSWER_SECONDS)
        except TimeoutError:
            self._say("  (no answer yet; it is shown when it comes)")

    async def _call(self, keys: list[str]) -> None:
        """Call the hotline: a telephone of its own process, in front of the gateway instead of an Asterisk."""
        port, prompts = str(self._scene.hotline_port), str(_CHECKOUT / "templates" / "voice")
        call = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "call", "--port", port, "--caller", self._number),
            *("--prompts", prompts, "--mute", "--keys", *keys),
            cwd=_CHECKOUT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert call.stdout is not None  # noqa: S101  # it was asked for
        while line := await call.stdout.readline():
            self._say(line.decode(errors="replace").rstrip("\n"))
        await call.wait()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            event = json.loads(line)
            if event["event"] == "bound":
                self._bound.set()
            elif event["event"] == "error":
                self._say(f"  ! {event['error']}")
                self._answered.set()
            elif event["event"] == "mt":
                self._show(event)

    def _show(self, event: dict[str, object]) -> None:
        segments = event["segments"]
        assert isinstance(segments, list)  # noqa: S101  # the simulator's control protocol
        for number, segment in enumerate(segments, 1):
            of = f" {number}/{len(segments)}" if len(segments) > 1 else ""
            self._say(
                f"< {segment['text']}\n  ({event['source']}{of}, after {float(segment['seconds']) * 1000:.0f} ms)"
            )
        self._answered.set()

    def _tell_what_to_try(self) -> None:
        self._say("\nText one of these to the short number (what you type is sent when you press Enter):")
        for code in self._scene.codes():
            self._say(f"  {code['kind']:<14}{code['text']:<42} {code['expect']}")
        self._say(f"{_HELP.format(port=self._scene.hotline_port)}\n  logs: {self._scene.children.logs}\n")
        if self._scene.exchange is not None:
            self._say(f"{self._scene.exchange.what_to_enter()}\n")
        self._say(f"{self._scene.visitors.told}\n")

    def _prompt(self) -> None:
        if self._interactive:
            self._sink.write(f"{self._number} > ")
            self._sink.flush()

    def _say(self, line: str) -> None:
        self._sink.write(line + "\n")
        self._sink.flush()


async def _watch(children: Children) -> None:
    while True:
        children.check()
        await asyncio.sleep(0.2)
