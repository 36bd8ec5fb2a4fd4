"""The answer to plain HTTP where the server has TLS: the same address with ``https``."""

from typing import Final

from ..errors import Refused
from ..net.http_messages import Request, Response
from ..setting_types import parse_origin

HTTPS_PORT: Final = 443


def to_https(request: Request, port: int) -> Response:
    """:param port: where the server answers by TLS."""
    try:
        _, host, _ = parse_origin(f"http://{request.headers.get('host', '').lower()}")
    except ValueError:
        return Response.json_error(
            400, Refused("invalid_request", "Host is not the name of a host")
        )
    host = f"[{host}]" if ":" in host else host
    where = host if port == HTTPS_PORT else f"{host}:{port}"
    query = f"?{request.query}" if request.query else ""
    return Response(308, headers={"Location": f"https://{where}{request.path}{query}"})
