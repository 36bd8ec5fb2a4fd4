"""What the page names for its first load: its style sheets as one file, and all of its modules.

A browser learns of a module only when another one that imports it is there. With the addresses of
all of them in the page, none has to wait. Pure.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import Final

PAGE: Final = "index.html"
PREFIX: Final = "/assets/"
"""With it the addresses of files begin."""
STYLES: Final = "app/styles/all.css"
"""The path of the joined style sheets: beside them, for relative addresses in them."""
_STYLES: Final = re.compile(rf'(?:<link rel="stylesheet" href="{PREFIX}[^"]+">\s*)+'.encode())
_STYLE: Final = re.compile(rf'href="{PREFIX}([^"]+)"'.encode())
_IMPORT_MAP: Final = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)
_ENTRY: Final = re.compile(rf'<script type="module" src="{PREFIX}([^"]+)">'.encode())
_IMPORT: Final = re.compile(rb"""\b(?:from|import)\s*["']([^"']+)["']""")
"""A static import. A dynamic one has a parenthesis."""


def for_first_load(served: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the files with another page, and with one style sheet instead of those that it names.

    :param served: the files by their paths, among them ``index.html``.
    """
    page, styles = _with_one_style_sheet(served[PAGE])
    joined = {STYLES: b"\n".join(served[path] for path in styles)} if styles else {}
    others = {path: content for path, content in served.items() if path not in styles}
    return {**others, **joined, PAGE: _with_modules(served, page)}


def _with_one_style_sheet(page: bytes) -> tuple[bytes, Sequence[str]]:
    """Return the page with a link to the joined style sheet, and the paths of those it named."""
    if (links := _STYLES.search(page)) is None:
        return page, ()
    link = f'<link rel="stylesheet" href="{PREFIX}{STYLES}">\n'.encode()
    paths = [path.decode() for path in _STYLE.findall(links[0])]
    return page[: links.start()] + link + page[links.end() :], paths


def _with_modules(served: Mapping[str, bytes], page: bytes) -> bytes:
    """Return the page with the addresses of what its script imports, directly or by others."""
    if (entry := _ENTRY.search(page)) is None:
        return page
    found = _IMPORT_MAP.search(page)
    names: Mapping[str, str] = json.loads(found[1])["imports"] if found else {}
    mapped = {name: address.removeprefix(PREFIX) for name, address in names.items()}
    _, *imported = _modules(served, mapped, entry[1].decode())
    links = "".join(f'<link rel="modulepreload" href="{PREFIX}{path}">\n' for path in imported)
    return page[: entry.start()] + links.encode() + page[entry.start() :]


def _modules(served: Mapping[str, bytes], mapped: Mapping[str, str], entry: str) -> Iterator[str]:
    """Yield the entry's path, and the paths of what it imports, those that are near it first."""
    known, waiting = {entry}, [entry]
    for path in waiting:
        yield path
        for name in _IMPORT.findall(served.get(path, b"")):
            target = mapped.get(name.decode()) or normpath(join(dirname(path), name.decode()))
            if target in served and target not in known:
                known.add(target)
                waiting.append(target)
