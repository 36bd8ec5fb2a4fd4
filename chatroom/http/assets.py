"""The files of the page, from ``chatroom/web``. They are read once, and served from memory.

Modules import each other by relative paths, below ``/assets/DIGEST/``, where the digest is that of
all files. Their addresses change with each version, so they are kept for good, and a page never
mixes modules of two versions. The few files with a fixed address (:data:`ROOTS`) are asked for each
time. In these, ``/assets/`` stands for the address below which the others are. Where the server is
below a path, all addresses in the page begin with that.
"""

import gzip
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

import attrs
import brotli
import orjson

from .first_load import PREFIX, for_first_load

PAGE: Final = "/index.html"
MANIFEST: Final = "/manifest.webmanifest"
ROOTS: Final = frozenset({"index.html", "sw.js", "manifest.webmanifest"})
"""Files with a fixed address. The service worker's is there because its scope is what is below."""
LIST: Final = "files.json"
"""A list of the other files' addresses, for the service worker."""
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".ftl": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Types by suffix. Files of other kinds (licences, declarations of types) are not served. Browsers
read modules and service workers as UTF-8 in any case."""
_COMPRESSED: Final = frozenset({".png", ".woff2"})
_OWN: Final = ("app/", "chatroom/")
_COMMENTS: Final = {
    ".css": re.compile(rb"/\*.*?\*/", re.DOTALL),
    ".js": re.compile(
        rb"^[ \t]*/\*\*(?:(?!\*/)[^\0])*\*/[ \t]*$"  # documentation, which begins and ends a line
        rb"|/\*\* @(?:(?!\*/)[^\n])*\*/ ?"  # a type within a line
        rb"|^[ \t]*//[^\n]*$|[ \t]+// [^\n'\"`]*$",
        re.MULTILINE,
    ),
}
"""Comments in our own files by their suffixes. They are a third of the scripts."""
_INDENTATION: Final = re.compile(rb"^[ \t]+", re.MULTILINE)
"""Indentation, also within the templates of HTML, where it means nothing: 2 % of the first load."""
_ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": brotli.compress,
    "gzip": partial(gzip.compress, mtime=0),
}
CODINGS: Final = tuple(_ENCODERS)
"""Content codings, the one with fewer bytes first."""
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@attrs.frozen(slots=False)
class Asset:
    """:ivar digest: of the content, for its ETag.
    :ivar encoded: the content by content codings, where :meth:`encode` has put it; None if it is
        no smaller by a coding.
    """

    content: bytes
    content_type: str
    compressible: bool = True
    encoded: dict[str, bytes | None] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @cached_property
    def digest(self) -> str:
        return _digest(self.content)

    def encode(self, coding: str) -> None:
        """Compress the content, in some milliseconds, with the largest effort."""
        data = _ENCODERS[coding](self.content) if self.compressible else self.content
        self.encoded[coding] = data if len(data) < len(self.content) else None


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
        catalogues = (path for path in self.by_path if path.endswith(".ftl"))
        return tuple(sorted(PurePosixPath(path).stem for path in catalogues))


def named(manifest: Asset, name: str) -> Asset:
    """Return the manifest of the application with the server's name as its own."""
    content = orjson.loads(manifest.content) | {"name": name, "short_name": name}
    return Asset(orjson.dumps(content), manifest.content_type, compressible=False)


@cache
def load_assets(prefix: str) -> Assets:
    """:param prefix: the path below which the server is."""
    return build_assets(dict(_walk(resources.files("chatroom.web"))), prefix)


def build_assets(found: Mapping[str, bytes], prefix: str = "") -> Assets:
    """
    :param found: files by their path below ``chatroom/web``.
    :param prefix: the path below which the server is. It is in files, not in the paths of
        :attr:`Assets.by_path`.
    """
    files = {path: served_content(path, found[path]) for path in sorted(found) if _is_served(path)}
    served = for_first_load(files)
    digest = _digest(
        b"".join(_digest(f"{p}\0".encode() + content).encode() for p, content in served.items())
    )
    base = f"{PREFIX}{digest}/"
    by_path: dict[str, Asset] = {}
    for path, content in served.items():
        suffix = PurePosixPath(path).suffix
        if path in ROOTS:
            content = content.replace(PREFIX.encode(), f"{prefix}{base}".encode())
            content = content.replace(f'"{MANIFEST}"'.encode(), f'"{prefix}{MANIFEST}"'.encode())
        address = f"/{path}" if path in ROOTS else base + path
        by_path[address] = Asset(content, TYPES[suffix], suffix not in _COMPRESSED)
    listed = ",".join(f'"{prefix}{path}"' for path in sorted(by_path) if path.startswith(base))
    by_path[base + LIST] = Asset(f"[{listed}]".encode(), TYPES[".json"])
    return Assets(digest, by_path)


def served_content(path: str, content: bytes) -> bytes:
    """Return what is served of a file: our own ones without comments and indentation."""
    comments = _COMMENTS.get(PurePosixPath(path).suffix)
    if comments is None or not path.startswith(_OWN):
        return content
    return _INDENTATION.sub(b"", comments.sub(_empty_lines, content))


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
