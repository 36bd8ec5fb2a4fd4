"""The page: its addresses, its modules, and what its browser is told to forbid it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import trio

from ..errors import Refused
from ..model import ServerState
from ..net.http_messages import Request, Response
from .assets import CODINGS, MANIFEST, PAGE, ROOTS, Asset, Assets, named
from .first_load import PREFIX

PATHS: Final = frozenset({"/", "/login"})
PATHS_BELOW: Final = ("/r/", "/join/")
"""Addresses of the page, beside those in :data:`PATHS`: for a room, and for an invitation."""
TRUSTED_TYPES: Final = "chatroom"
"""The only policy by which the page's scripts may make scripts, their addresses, or HTML."""
_FOR_GOOD: Final = "max-age=31536000, immutable"
_ASK: Final = "no-cache"
_POWERS: Final = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "usb"),
)


class PageRoutes:
    """
    :param state: returns the server's state.
    :param embedding_origins: origins whose pages may show this one in a frame.
    """

    def __init__(
        self,
        assets: Assets,
        state: Callable[[], ServerState],
        embedding_origins: Sequence[str] = (),
    ) -> None:
        self._assets = assets
        self._state = state
        self._page_headers: Final[Mapping[str, str]] = {
            "Content-Security-Policy": _policy(assets.inline_scripts, embedding_origins),
            "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
        }

    def has(self, path: str) -> bool:
        return path.startswith(PREFIX) or path.removeprefix("/") in ROOTS or _is_page(path)

    async def answer(self, request: Request) -> Response:
        """Answer a GET of a path for which :meth:`has` is true."""
        path = PAGE if _is_page(request.path) else request.path
        asset = self._assets.by_path.get(path)
        if asset is None:
            return Response.json_error(404, Refused("not_found", "not found"))
        if path == MANIFEST:
            asset = named(asset, self._state().name)
        headers, content = await _encoded(request, asset)
        if path.startswith(PREFIX):
            headers["Cache-Control"] = _FOR_GOOD
            return Response(200, content, asset.content_type, headers, public=True)
        etag = f'"{asset.digest}-{headers.get("Content-Encoding", "plain")}"'
        headers |= {"Cache-Control": _ASK, "ETag": etag}
        if path == PAGE:
            headers |= self._page_headers
        if etag in request.listed("if-none-match"):
            headers.pop("Content-Encoding", None)
            return Response(304, headers=headers)
        return Response(200, content, asset.content_type, headers)


def _is_page(path: str) -> bool:
    return path in PATHS or path.startswith(PATHS_BELOW)


async def _encoded(request: Request, asset: Asset) -> tuple[dict[str, str], bytes]:
    """Return a file's content as the browser takes it, and the headers that say so."""
    if not asset.compressible:
        return {}, asset.content
    headers = {"Vary": "Accept-Encoding"}
    taken = _taken_codings(request)
    for coding in CODINGS:
        if coding not in taken:
            continue
        if coding not in asset.encoded:
            await trio.to_thread.run_sync(asset.encode, coding)
        if (content := asset.encoded[coding]) is not None:
            return headers | {"Content-Encoding": coding}, content
    return headers, asset.content


def _taken_codings(request: Request) -> frozenset[str]:
    codings = (each.partition(";") for each in request.listed("accept-encoding"))
    refused = ("q=0", "q=0.0")
    return frozenset(
        name.strip().lower()
        for name, _, weight in codings
        if weight.replace(" ", "") not in refused
    )


def _policy(inline_scripts: Sequence[str], embedding_origins: Sequence[str]) -> str:
    """Return the Content-Security-Policy: all comes from this server, without eval, and inline is
    the import map alone."""
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *inline_scripts)),
            "style-src 'self'",
            "img-src 'self' blob: data:",  # what the page itself has made, such as previews
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            " ".join(("frame-ancestors", *(embedding_origins or ("'none'",)))),
            "require-trusted-types-for 'script'",
            f"trusted-types {TRUSTED_TYPES}",
        )
    )
