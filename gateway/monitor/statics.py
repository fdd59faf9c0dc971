"""Style sheets, scripts and maps: read once, compressed once, and called by a path that changes with what they hold."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content_type: str
    octets: bytes
    gzipped: bytes
    """Empty where it would not be shorter."""


class Statics:
    """The files of a folder, under /static/<digest of them all>/: scripts may import each other by relative paths."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{len(file.octets)}\0".encode() + file.octets)
        self._digest = digest.hexdigest()[:16]

    def path(self, name: str) -> str:
        """The path of a file.  Raises KeyError if there is none of this name."""
        if name not in self._files:
            raise KeyError(f"static/{name}")
        return f"/static/{self._digest}/{name}"

    def __contains__(self, name: object) -> bool:
        return name in self._files

    async def serve(self, request: web.Request) -> web.Response:
        """GET /static/{digest}/{name}; an old digest is not found."""
        file = self._files.get(request.match_info["name"])
        if file is None or request.match_info["digest"] != self._digest:
            raise web.HTTPNotFound
        headers = {"Cache-Control": _A_YEAR, "Content-Type": file.content_type, "Vary": "Accept-Encoding"}
        if file.gzipped and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=file.gzipped, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=file.octets, headers=headers)


def _read(path: Path) -> StaticFile:
    octets = path.read_bytes()
    content_type = _CONTENT_TYPES.get(path.suffix)
    gzipped = gzip.compress(octets, mtime=0) if content_type else b""
    return StaticFile(
        content_type or "application/octet-stream", octets, gzipped if len(gzipped) < len(octets) else b""
    )
