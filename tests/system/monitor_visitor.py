"""A browser without a screen: signs in to the monitor, follows every link, and keeps what it was told."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from http.cookiejar import CookieJar

_LINK = re.compile(r'(?:href|src|action|data-[a-z-]+)="(/[^"#]*)"')
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')
_NUMBER = re.compile(r"/\d+")
_MOST_PAGES = 80
_MOST_ALIKE = 2
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

    def go_everywhere(self, *first: str) -> dict[str, int]:
        """Every page that links lead to, each with its status (of two the better one).

        Streams are left out, and of pages that differ in a number or a query only, two are asked for.
        """
        waiting, seen, alike, statuses = [*first], set(first), Counter[str](), dict[str, int]()
        while waiting:
            path = waiting.pop(0)
            page = path.partition("?")[0]
            shape = _NUMBER.sub("/0", page)
            alike[shape] += 1
            if alike[shape] > _MOST_ALIKE:
                continue
            assert len(statuses) < _MOST_PAGES, sorted(statuses)
            status, body = self.ask(path)
            statuses[page] = min(status, statuses.get(page, status))
            for found in _LINK.findall(body):
                link = found.replace("&amp;", "&")
                if link not in seen and not link.partition("?")[0].endswith(("/live", "/sign-out")):
                    seen.add(link)
                    waiting.append(link)
        return statuses
