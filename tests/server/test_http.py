"""Plain HTTP on the same port: health, the page, and unknown paths."""

import re

import pytest

from .shared_server import Site


async def test_health(site: Site) -> None:
    answer = await site.server.http("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"
    head = await site.server.http("HEAD", "/healthz")
    assert (head.status, head.body) == (200, b"")


async def test_page_and_its_files_are_served(site: Site) -> None:
    page = await site.server.http("GET", "/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    named = re.findall(r'(?:src|href)="(/?[\w./-]+)"', page.body.decode())
    assert named
    for path in named:
        answer = await site.server.http("GET", "/" + path.lstrip("/"))
        assert answer.status == 200, path
        assert answer.body, path


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
