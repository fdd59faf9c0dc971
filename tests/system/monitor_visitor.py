"""A browser without a screen: signs in to the monitor, follows every link, and keeps what it was told."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

_LINK = re.compile(r'(?:href|src|action|data-[a-z-]+)="(/[^"#]*)"')
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')
_MOST_PAGES = 80
_TIMEOUT_SECONDS = 30


class Visitor:
    """`told`: every answer by its address; `base`: where the monitor is."""

    def __init__(self, base: str) -> None:
        self.told: list[tuple[str, bytes]] = []
        self._base = base
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, fields: dict[str, str] | None = None, token: str = "") -> tuple[int, str]:
        """Get a page, or post a form: status and body.  What headers said is kept too."""
        posted = None if fields is None else urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self._base + path, posted)  # noqa: S310 - our own
        if posted is not None:
            request.add_header("Origin", self._base)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            answer = self._opener.open(request, timeout=_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read()
            heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "Set-Cookie")
            self.told.append((f"{path} ({answer.status})", body + heads.encode()))
            return int(answer.status), body.decode(errors="replace")

    def sign_in(self, name: str, password: str) -> int:
        """The status of the answer, after what it leads to."""
        found = _FORM_TOKEN.search(self.ask("/sign-in")[1])
        assert found is not None
        return self.ask("/sign-in", {"form_token": found[1], "name": name, "password": password})[0]

    def go_everywhere(self, *first: str) -> set[str]:
        """Every page that links lead to; streams are left out.  The paths that were answered with 200."""
        waiting, seen, good = [*first], set(first), set()
        while waiting and len(seen) < _MOST_PAGES:
            path = waiting.pop(0)
            status, body = self.ask(path)
            if status == 200:
                good.add(path.partition("?")[0])
            for found in _LINK.findall(body):
                link = found.replace("&amp;", "&")
                if link not in seen and not link.partition("?")[0].endswith(("/live", "/sign-out")):
                    seen.add(link)
                    waiting.append(link)
        return good
