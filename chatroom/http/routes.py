"""Plain HTTP requests: accounts, files, health, the web page, documentation."""

from typing import Final

from ..admin.server_state import ServerStateKeeper
from ..errors import Refused, StorageUnavailable, unavailable
from ..net.http_messages import Request, Response
from ..protocol.codec import InvalidUtf8, Malformed
from .account_routes import AccountRoutes, RequestHandler
from .admin_routes import AdminRoutes, is_admin_request
from .docs_routes import DocsRoutes
from .download_routes import DownloadRoutes, is_download
from .export_routes import ExportRoutes
from .page_routes import PageRoutes
from .redirects import to_directory
from .refusals import not_json, refusal
from .server_routes import ServerRoutes
from .upload_routes import UploadRoutes, is_upload

MAX_API_BODY_BYTES: Final = 4096
"""Body of a POST to ``/api/``: names and passwords are short."""
_REFUSED_READ_ONLY: Final = frozenset(
    {"/api/signup", "/api/password", "/api/account/delete", "/api/tokens"}
)
"""What writes more than a log-in, its renewal or its end."""


def body_limit(method: str, path: str) -> int | None:
    """Return the maximum size of a request's body in bytes; None for uploads, which are received
    while they are handled."""
    if is_upload(path):
        return None
    # A method that the administration does not know is answered by which it does.
    has_body = is_admin_request(path) or (method == "POST" and path.startswith("/api/"))
    return MAX_API_BODY_BYTES if has_body else 0


def _wants_json(request: Request) -> bool:
    """Return whether the request must say that its body is JSON."""
    # The administration says first which methods it has.
    return request.method == "POST" and not is_admin_request(request.path)


def _is_refused_read_only(request: Request) -> bool:
    """Return whether the request is refused while the server is read-only. Those of the
    administration are judged by their table."""
    if is_upload(request.path):
        return request.method in ("POST", "PATCH", "DELETE")
    return request.path in _REFUSED_READ_ONLY and request.method == "POST"


class Routes:
    """Maps requests to handlers."""

    def __init__(
        self,
        account: AccountRoutes,
        uploads: UploadRoutes,
        downloads: DownloadRoutes,
        page: PageRoutes,
        server: ServerRoutes,
        export: ExportRoutes,
        admin: AdminRoutes,
        state: ServerStateKeeper,
        prefix: str = "",
    ) -> None:
        """:param prefix: the path below which the server is."""
        self._admin = admin
        self._state = state
        self._uploads = uploads
        self._downloads = downloads
        self._page = page
        self._routes: dict[tuple[str, str], RequestHandler] = {
            **account.routes,
            **server.routes,
            **export.routes,
            **DocsRoutes(prefix).routes,
        }
        if prefix:
            self._routes["GET", prefix] = self._to_page
        self._prefix = prefix

    async def answer(self, request: Request) -> Response:
        handler = self._handler(request)
        if handler is None:
            allowed = sorted(method for method, path in self._routes if path == request.path)
            if self._page.has(request.path):
                allowed.append("GET")
            if not allowed:
                return Response.json_error(404, Refused("not_found", "not found"))
            refused = Refused("invalid_request", f"the method must be {', '.join(allowed)}")
            return Response.json_error(405, refused, {"Allow": ", ".join(allowed)})
        if _wants_json(request) and not request.is_json and not is_upload(request.path):
            # Browsers send other types across sites without a preflight request.
            return not_json()
        try:
            if _is_refused_read_only(request):
                self._state.require_writable()
            return await handler(request)
        except Refused as refused:
            return refusal(refused)
        except Malformed as malformed:
            return refusal(malformed.refused)
        except InvalidUtf8:
            return refusal(Refused("parse_error", "the body is not UTF-8"))
        except StorageUnavailable as error:
            return refusal(unavailable(error))

    async def _to_page(self, _: Request) -> Response:
        return to_directory(self._prefix)

    def _handler(self, request: Request) -> RequestHandler | None:
        if is_upload(request.path):
            return self._uploads.answer
        if is_admin_request(request.path):
            return self._admin.answer
        if is_download(request.path):
            return self._downloads.answer
        if request.method == "GET" and self._page.has(request.path):
            return self._page.answer
        return self._routes.get((request.method, request.path))
