"""The console's pages: the file and the headers for each path. It reads no sandbox."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Only scripts and styles of the console itself: a vendor's data is never executed."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Like `POLICY`, for Swagger UI, which uses inline styles and data URLs."""

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of the console with its headers."""

    body: bytes
    media_type: str
    etag: str


class Console:
    """The console's files, read once, by the path below the server's root or a sandbox's."""

    def __init__(self) -> None:
        found = dict(_files(files("jobtwin.console") / "static", "/console/"))
        self._page = found.pop("/console/index.html")
        self._files = found

    @property
    def paths(self) -> list[str]:
        """Every path at which there is a file."""
        return ["/", *self._files]

    def find(self, path: str) -> StaticFile | None:
        """Returns the file at a path, or None."""
        return self._page if path in {"/", "/console"} else self._files.get(path)


class SwaggerPages:
    """Our own files of Swagger UI's page, by name."""

    def __init__(self) -> None:
        self._files = dict(_files(files("jobtwin.console") / "swagger", ""))

    def __getitem__(self, name: str) -> StaticFile:
        return self._files[name]


def _files(folder: Traversable, prefix: str) -> list[tuple[str, StaticFile]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, _page(entry)))
    return found


def _page(file: Traversable) -> StaticFile:
    body = file.read_bytes()
    suffix = file.name[file.name.rfind(".") :]
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(file.name)[0] or "text/plain"
    return StaticFile(body, media_type, f'"{blake2b(body, digest_size=12).hexdigest()}"')
