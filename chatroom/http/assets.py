"""The files of the page, from ``chatroom/web``. They are read once, and served from memory.

Modules import each other by relative paths, below ``/assets/DIGEST/``, where the digest is that of
all files. Their addresses change with each version, so they are kept for good, and a page never
mixes modules of two versions. The few files with a fixed address (:data:`ROOTS`) are asked for each
time. In these, ``/assets/`` stands for the address below which the others are.
"""

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

import attrs

PREFIX: Final = "/assets/"
PAGE: Final = "/index.html"
ROOTS: Final = frozenset({"index.html", "sw.js", "manifest.webmanifest"})
"""Files with a fixed address. The service worker's is there because its scope is what is below."""
LIST: Final = "files.json"
"""A list of the other files' addresses, for the service worker."""
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".ftl": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Types by suffix. Files of other kinds (licences, declarations of types) are not served."""
_COMPRESSED: Final = frozenset({".png", ".woff2"})
_OWN: Final = ("app/", "chatroom/")
_DOCUMENTATION: Final = re.compile(rb"^[ \t]*/\*\*.*?\*/[ \t]*$", re.DOTALL | re.MULTILINE)
"""A comment of our own scripts that begins and ends a line. A third of them is this."""
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@attrs.frozen(slots=False)
class Asset:
    """:ivar digest: of the content, for its ETag."""

    content: bytes
    content_type: str
    compressible: bool = True

    @cached_property
    def digest(self) -> str:
        return _digest(self.content)

    @cached_property
    def compressed(self) -> bytes | None:
        """Its content by gzip; None if that does not make it smaller."""
        data = gzip.compress(self.content, mtime=0) if self.compressible else self.content
        return data if len(data) < len(self.content) else None


@attrs.frozen
class Assets:
    """:ivar digest: of all files.
    :ivar by_path: files by the path of their address.
    """

    digest: str
    by_path: Mapping[str, Asset]

    @property
    def inline_scripts(self) -> tuple[str, ...]:
        """The hashes of the page's inline scripts (its import map), for the CSP."""
        page = self.by_path[PAGE].content
        digests = (sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
        return tuple(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)

    def languages(self) -> tuple[str, ...]:
        """Return the languages of the page, which has a catalogue of texts for each."""
        paths = map(PurePosixPath, self.by_path)
        return tuple(sorted(path.stem for path in paths if path.suffix == ".ftl"))


@cache
def load_assets() -> Assets:
    return build_assets(dict(_walk(files("chatroom.web"))))


def build_assets(found: Mapping[str, bytes]) -> Assets:
    """:param found: files by their path below ``chatroom/web``."""
    served = {path: content for path, content in found.items() if _is_served(path)}
    digest = _digest(
        b"".join(_digest(f"{p}\0".encode() + served[p]).encode() for p in sorted(served))
    )
    base = f"{PREFIX}{digest}/"
    by_path: dict[str, Asset] = {}
    for path, content in served.items():
        suffix = PurePosixPath(path).suffix
        if suffix == ".js" and path.startswith(_OWN):
            content = _DOCUMENTATION.sub(_empty_lines, content)
        if path in ROOTS:
            content = content.replace(PREFIX.encode(), base.encode())
        address = f"/{path}" if path in ROOTS else base + path
        by_path[address] = Asset(content, TYPES[suffix], suffix not in _COMPRESSED)
    listed = ",".join(f'"{path}"' for path in sorted(by_path) if path.startswith(base))
    by_path[base + LIST] = Asset(f"[{listed}]".encode(), TYPES[".json"])
    return Assets(digest, by_path)


def _empty_lines(match: re.Match[bytes]) -> bytes:
    """Keep the numbers of the lines below."""
    return b"\n" * match[0].count(b"\n")


def _is_served(path: str) -> bool:
    return PurePosixPath(path).suffix in TYPES


def _walk(directory: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in directory.iterdir():
        path = prefix + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        elif _is_served(path):
            yield path, entry.read_bytes()


def _digest(data: bytes) -> str:
    """Return half of a SHA-256 in hex, for addresses and ETags."""
    return sha256(data).hexdigest()[:32]
