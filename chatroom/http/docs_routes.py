"""The documentation at ``/docs``: the files of ``docs``, made into pages when first asked for."""

import html
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from ..net.http_messages import Request, Response
from .account_routes import RequestHandler

if TYPE_CHECKING:
    from markdown_it.token import Token

ROOT: Final = "/docs"
INDEX: Final = "index"
STYLE: Final = "style.css"
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Start": (INDEX, "comparison"),
    "Operate": (
        *("operating", "administration", "postgresql", "scaling", "importing", "permissions"),
        *("privacy", "push", "files"),
    ),
    "Build": ("protocol", "faults", "design-system"),
}
"""The pages in the order of the menu."""
_TOKENS: Final = ("web", "app", "styles", "tokens.css")
_POLICY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}
_TITLE: Final = re.compile(r"^# (.+)$", re.MULTILINE)
_LOCAL: Final = re.compile(r"([a-z-]+)\.md(#.*)?")


class DocsRoutes:
    """:param prefix: the path below which the server is."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    @property
    def routes(self) -> Mapping[tuple[str, str], RequestHandler]:
        found: dict[tuple[str, str], RequestHandler] = {
            ("GET", f"{ROOT}/{STYLE}"): _style,
            ("GET", f"{ROOT}/"): self._page,
        }
        return found | {("GET", _address(name)): self._page for name in _names()}

    async def _page(self, request: Request) -> Response:
        name = request.path.removeprefix(ROOT).strip("/") or INDEX
        body = await trio.to_thread.run_sync(rendered, name, self._prefix)
        return Response(200, body, "text/html; charset=utf-8", _POLICY)


async def _style(_: Request) -> Response:
    return Response(200, await trio.to_thread.run_sync(_styles), "text/css; charset=utf-8", _POLICY)


@cache
def rendered(name: str, prefix: str = "") -> bytes:
    """Return a page in HTML.

    :param name: of a file, without ``.md``.
    :param prefix: the path below which the server is.
    """
    from markdown_it import MarkdownIt  # a lazy import: few people read this on a server

    # Raw HTML in the files is shown as text.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_read(f"{name}.md"))
    _mend(tokens, prefix)
    content = markdown.renderer.render(tokens, markdown.options, {})
    title = html.escape(_title(name))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{prefix}{ROOT}/{STYLE}"></head><body><div class="page">'
        f"<nav>{''.join(_menu(name, prefix))}</nav><main>{content}</main></div></body></html>"
    ).encode()


def _mend(tokens: "list[Token]", prefix: str) -> None:
    """Give headings the ids that links name, as on GitHub, and make links lead to these pages.

    A link to another file of the repository has no address here. Its text stays.
    """
    ids: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _unique(_slug(tokens[place + 1].content), ids))
        elif token.type == "table_open":
            token.attrSet("class", "wide")
        for each in token.children or []:
            if each.type == "link_open":
                _mend_link(each, prefix)


def _mend_link(link: "Token", prefix: str) -> None:
    target = str(link.attrGet("href"))
    if target.startswith(("#", "https://", "http://")):
        return
    local = _LOCAL.fullmatch(target)
    if local is not None and local[1] in _names():
        link.attrSet("href", prefix + _address(local[1]) + (local[2] or ""))
    else:
        del link.attrs["href"]


def _unique(slug: str, ids: dict[str, int]) -> str:
    count = ids[slug] = ids.get(slug, -1) + 1
    return f"{slug}-{count}" if count else slug


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _menu(current: str, prefix: str) -> Iterator[str]:
    for section, names in SECTIONS.items():
        yield f"<h2>{section}</h2><ul>"
        for name in names:
            here = ' aria-current="page"' if name == current else ""
            address = prefix + _address(name)
            yield f'<li><a href="{address}"{here}>{html.escape(_title(name))}</a></li>'
        yield "</ul>"


def _names() -> Iterator[str]:
    for names in SECTIONS.values():
        yield from names


def _address(name: str) -> str:
    return ROOT if name == INDEX else f"{ROOT}/{name}"


@cache
def _title(name: str) -> str:
    found = _TITLE.search(_read(f"{name}.md"))
    return name if found is None else found[1]


@cache
def _styles() -> bytes:
    tokens = resources.files("chatroom").joinpath(*_TOKENS).read_bytes()
    return tokens + (_directory() / STYLE).read_bytes()


def _read(file: str) -> str:
    return (_directory() / file).read_text(encoding="utf-8")


@cache
def _directory() -> Traversable:
    """Return the files: in the package, or beside it in the repository."""
    packed = resources.files("chatroom") / "docs"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "docs"
