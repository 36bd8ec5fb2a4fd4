"""Plain HTTP on the same port: health, and unknown paths."""

import pytest

from chatroom import __version__

from .shared_server import Site


async def test_health(site: Site) -> None:
    answer = await site.server.http("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok", "version": __version__})
    assert (await site.server.http("GET", "/livez")).json == answer.json
    assert answer.headers["cache-control"] == "no-store"
    head = await site.server.http("HEAD", "/healthz")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nonsense", 404, "not_found"),
        ("GET", "/../../etc/passwd", 404, "not_found"),
        ("POST", "/nonsense", 404, "not_found"),
        ("GET", "/api/signup", 405, "invalid_request"),
        ("PUT", "/api/login", 405, "invalid_request"),
        ("POST", "/healthz", 405, "invalid_request"),
        ("DELETE", "/", 405, "invalid_request"),
        ("POST", "/r/general", 405, "invalid_request"),
        ("GET", "/r", 404, "not_found"),
        ("GET", "/index.html/", 404, "not_found"),
        ("GET", "/assets/", 404, "not_found"),
        ("GET", "/assets/page.js", 404, "not_found"),
        ("GET", "/ws", 426, "invalid_request"),
        ("GET", "/ws?token=secret", 400, "invalid_request"),
    ],
)
async def test_requests_without_a_handler_are_refused(
    site: Site, method: str, path: str, status: int, reason: str
) -> None:
    answer = await site.server.http(method, path)
    assert (answer.status, answer.reason) == (status, reason)
    if status == 405:
        assert answer.headers["allow"]
