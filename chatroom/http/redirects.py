"""The answer to plain HTTP where the server has TLS: the same address with ``https``."""

from typing import Final

from ..errors import Refused
from ..net.http_messages import Request, Response
from ..setting_types import parse_origin

HTTPS_PORT: Final = 443


def to_https(request: Request, port: int, prefix: str = "") -> Response:
    """
    :param port: where the server answers by TLS.
    :param prefix: the path below which it is.
    """
    try:
        _, host, _ = parse_origin(f"http://{request.headers.get('host', '').lower()}")
    except ValueError:
        return Response.json_error(
            400, Refused("invalid_request", "Host is not the name of a host")
        )
    host = f"[{host}]" if ":" in host else host
    where = host if port == HTTPS_PORT else f"{host}:{port}"
    query = f"?{request.query}" if request.query else ""
    path = "/" if request.path == prefix else request.path
    return Response(308, headers={"Location": f"https://{where}{prefix}{path}{query}"})


def to_directory(prefix: str) -> Response:
    """Redirect from the prefix itself to the page, whose cookie and scope are below it."""
    return Response(308, headers={"Location": f"{prefix}/"})
