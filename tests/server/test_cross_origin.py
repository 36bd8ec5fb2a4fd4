"""HTTP requests of pages of other origins: who may read the answers (CORS)."""

from pathlib import Path
from typing import Final

import pytest

from ..client import Answer
from ..files.tus import Sender
from .process import PASSWORD, Server, running

PRODUCT: Final = "http://product.example"
ALLOW: Final = "access-control-allow-origin"


def members(answer: Answer, header: str) -> set[str]:
    return set(answer.headers.get(header, "").lower().split(", "))


async def ask(server: Server, method: str, path: str, headers: str = "", **more: str) -> Answer:
    """Make a preflight request, as a browser does for a page of the product."""
    said = {"Origin": PRODUCT, "Access-Control-Request-Method": method}
    return await server.http(
        "OPTIONS", path, headers={**said, "Access-Control-Request-Headers": headers, **more}
    )


async def test_a_named_origin_logs_in_and_sends_files(tmp_path: Path) -> None:
    with running(tmp_path, "--allowed-origins", f"*,{PRODUCT}") as server:
        asked = await ask(server, "POST", "/api/signup", "content-type")
        assert (asked.status, asked.headers[ALLOW]) == (204, PRODUCT)
        assert "content-type" in members(asked, "access-control-allow-headers")
        body = {"name": "alice", "password": PASSWORD}
        answer = await server.http("POST", "/api/signup", body, headers={"Origin": PRODUCT})
        assert (answer.status, answer.headers[ALLOW]) == (201, PRODUCT)
        token = answer.json["token"]

        asked = await ask(server, "PATCH", "/api/uploads/x")
        assert "patch" in members(asked, "access-control-allow-methods")
        needed = {"authorization", "content-type", "tus-resumable", "upload-offset"}
        assert needed <= members(asked, "access-control-allow-headers")
        sender = Sender(server.http, token)
        created = await sender.request("POST", Upload_Length=5, Origin=PRODUCT)
        assert (created.status, created.headers[ALLOW]) == (201, PRODUCT)
        assert {"location", "upload-offset"} <= members(created, "access-control-expose-headers")
        path = created.headers["location"]
        sent = await sender.request("PATCH", path, b"hello", Upload_Offset=0, Origin=PRODUCT)
        assert (sent.status, sent.headers[ALLOW]) == (204, PRODUCT)

        async with server.session(token) as alice:
            await alice.call("joinRoom", room="hall")
            upload = path.rsplit("/", 1)[-1]
            await alice.call("sendMessage", room="hall", text="", attachments=[upload])
            url = (await alice.call("getFile", room="hall", seq=1, id=upload))["url"]
        read = await server.http("GET", url, headers={"Origin": PRODUCT})
        assert (read.body, read.headers[ALLOW]) == (b"hello", PRODUCT)
        assert read.headers["vary"] == "Origin"
        # A cache keeps the answer to no page apart from that to the product.
        plain = await server.http("GET", url)
        assert (ALLOW in plain.headers, plain.headers["vary"]) == (False, "Origin")
        # A refusal is read too.
        refused = await server.http("GET", "/api/tokens", headers={"Origin": PRODUCT})
        assert (refused.status, refused.headers[ALLOW]) == (401, PRODUCT)


async def test_no_origin_gets_the_cookie(tmp_path: Path) -> None:
    with running(tmp_path, "--allowed-origins", PRODUCT) as server:
        for method, path in (("POST", "/api/login"), ("GET", "/api/tokens")):
            asked = await ask(server, method, path, "chatroom-token")
            assert "chatroom-token" not in members(asked, "access-control-allow-headers")
            assert "access-control-allow-credentials" not in asked.headers
            answer = await server.http("GET", path, headers={"Origin": PRODUCT})
            assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("allowed", [(), ("--allowed-origins", "*,http://other.example")])
async def test_other_origins_read_nothing(tmp_path: Path, allowed: tuple[str, ...]) -> None:
    with running(tmp_path, *allowed) as server:
        asked = await ask(server, "POST", "/api/login", "content-type")
        assert ALLOW not in asked.headers
        for origin in (PRODUCT, "null"):
            answer = await server.http("GET", "/api/server", headers={"Origin": origin})
            assert (answer.status, ALLOW in answer.headers) == (200, False)


async def test_only_the_api_and_files_are_shared(tmp_path: Path) -> None:
    with running(tmp_path, "--allowed-origins", PRODUCT) as server:
        for path in ("/", "/sw.js", "/healthz"):
            answer = await server.http("GET", path, headers={"Origin": PRODUCT})
            assert (answer.status, ALLOW in answer.headers) == (200, False)
