"""Cross-origin requests (CORS): pages of origins that ``allowed_origins`` names read what this
server answers.

Their requests carry a bearer token. Consent is never given to credentials, nor to the header that
:mod:`.credentials` wants beside the cookie, so a browser makes no request by the cookie for a page
of another origin. ``*`` in ``allowed_origins`` names no origin.
"""

from typing import Final

import attrs

from ..net.http_messages import Request, Response
from ..net.origins import Origins

_SHARED: Final = ("/api/", "/files/")
_TUS: Final = ("Tus-Resumable", "Upload-Length", "Upload-Offset")
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": ", ".join(
        ("Authorization", "Content-Type", "Range", "Upload-Metadata", *_TUS)
    ),
    "Access-Control-Max-Age": "7200",  # seconds; browsers take no more
}
_EXPOSED: Final = ", ".join(
    ("Content-Range", "ETag", "Location", "Retry-After", "Tus-Max-Size", *_TUS)
)


@attrs.frozen
class CrossOrigin:
    origins: Origins

    def preflight(self, request: Request) -> Response | None:
        """Return the answer to a browser that asks whether a page may make a request; None if the
        request is another one, or comes from a page that may not. :meth:`share` adds the rest."""
        asks = request.method == "OPTIONS" and "access-control-request-method" in request.headers
        return Response(204, headers=_PREFLIGHT) if asks and self._shares_with(request) else None

    def share(self, request: Request, response: Response) -> Response:
        """Return the response with the headers that let the page read it."""
        if not (self.origins.has_named and request.path.startswith(_SHARED)):
            return response
        # A cache keeps no answer without consent for a page that gets it.
        added = {"Vary": "Origin"}
        if self._shares_with(request):
            added["Access-Control-Allow-Origin"] = request.headers["origin"]
            added["Access-Control-Expose-Headers"] = _EXPOSED
        return attrs.evolve(response, headers={**response.headers, **added})

    def _shares_with(self, request: Request) -> bool:
        return request.path.startswith(_SHARED) and self.origins.names(request)
