"""How refusals are told by HTTP."""

from collections.abc import Mapping
from typing import Final

from ..errors import Refused
from ..net.http_messages import Response

STATUS: Final[Mapping[str, int]] = {
    "parse_error": 400,
    "invalid_request": 400,
    "invalid_params": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "banned": 403,
    "muted": 403,
    "quota_exceeded": 403,
    "not_found": 404,
    "conflict": 409,
    "rate_limited": 429,
    "internal": 500,
    "busy": 503,
    "read_only": 503,
    "storage_full": 507,
}


def refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    added = dict(headers or {})
    if refused.reason == "unauthenticated":
        added["WWW-Authenticate"] = "Bearer"
    return Response.json_error(STATUS[refused.reason], refused, added)


def not_json() -> Response:
    refused = Refused("invalid_request", "Content-Type must be application/json")
    return Response.json_error(415, refused)
