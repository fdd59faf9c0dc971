"""The monitor: web pages and a JSON interface for carriers, operators, regulators and enterprises.

**How to add a section.**  A section is an object with `pages()`; each `Page` says its method, path, handler and who may
see it.  Everything else is done before the handler is called: who is it, may they, is the form theirs, is it audited.

    class Links:                                              # gateway/monitor/links.py
        def __init__(self, book: LinkBook) -> None:           # what it shows; a constructor reads nothing yet
            self._book = book

        def pages(self) -> Sequence[Page]:
            return [
                Page("GET", "/links", self._list, STAFF, entry="links.title"),
                Page("GET", "/carriers/{carrier}/links/{link}", self._link, STAFF | {Role.CARRIER}),
                Page("GET", "/api/links", self._json, STAFF),
                Page("GET", "/links.csv", self._csv, STAFF, audited=True),
                Page("POST", "/links/{link}/stop", self._stop, frozenset({Role.OPERATOR})),
            ]

        async def _link(self, visit: Visit) -> web.StreamResponse:
            link = await asyncio.to_thread(self._book.find, visit.request.match_info["link"])
            if link is None:
                raise web.HTTPNotFound
            return visit.render("links/link.html", link=link)

1. Put the section in `sections.py`, in the order of the navigation, and what it reads in `Sources` there.  "/" leads a
   user to the first entry that is theirs.
2. Add each page to the table EXPECTED of `tests/gateway/monitor/test_matrix.py`: a page that is not in it fails there.
3. Texts: `templates/monitor/texts/<language>/<section>.toml`, flat `key = "text"`, called `<section>.<key>`.  In a
   template `{{ t("links.title") }}`, with words `{{ t("links.since", when=...) }}` for a text with `{when}`; in code
   `visit.text(...)`.  Every language has every key with the same words, and every `t("...")` and `entry` a text, or the
   monitor does not start.
4. Templates: `templates/monitor/<section>/*.html`, `{% extends "base.html" %}`, blocks `title`, `content`, `scripts`.
   They are given, besides what `render` is: `t`, `user`, `language`, `asset("name.js")` (a file of `static/`),
   `form_field` (put it into each form with method post), `path`.  Filters: `moment` (Unix seconds as a <time>), `count`
   (digits in groups).  No inline script or style: neither passes the Content-Security-Policy.

**What a page may rely on.**
* `{carrier}` and `{enterprise}` in a path are checked: another's than the user's own gives 404.  What else is named (in
  a query string, a form) the handler checks with `visit.user.may_see_carrier(name)` or `may_see_enterprise(number)`.
* Paths under /api/ answer errors as problem+json (RFC 9457), and nobody is led to the log-in there.  Every page takes
  `Authorization: Bearer` besides the cookie, but for one with `in_person=True`.
* Each request begins the session's idle time anew, but for a page with `prolongs=False`: what scripts ask for on their
  own is no sign that somebody is there.  `session_pages` tells scripts how long the session holds.
* Whatever is not GET has passed the CSRF check (the form's `form_token`, or the header X-Form-Token), has at most
  `body_octets`, and is in the audit log before the handler runs; so is a GET with `audited=True`: an export needs it.
  `await visit.audit(action, subject)` adds what exactly is done, before it is done: it raises AuditUnavailable, and
  the answer is 503.  Paths and queries of audited pages are kept for ever: no caller's number belongs there.
* A handler has `HANDLER_SECONDS`; one with `streamed=True` (server-sent events) has no limit, and ends itself when
  `visit.stay.is_current()` says that the user has signed out or was changed.
* A handler refuses with `raise web.HTTPNotFound` and the like; any other exception is a 500 that tells nothing.
* SQL is read in threads (`asyncio.to_thread`) over read-only connections, never in the event loop.
"""

from gateway.monitor.audit import AuditUnavailable
from gateway.monitor.page import HANDLER_SECONDS, Page, Section
from gateway.monitor.roles import EVERYONE, STAFF, Role, User
from gateway.monitor.visit import Visit

__all__ = ["EVERYONE", "HANDLER_SECONDS", "STAFF", "AuditUnavailable", "Page", "Role", "Section", "User", "Visit"]
