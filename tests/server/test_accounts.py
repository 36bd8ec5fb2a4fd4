"""Sign-up, log-in and log-out over HTTP, and operators' commands for accounts."""

from pathlib import Path
from typing import Any

import pytest

from ..wire.clients import UPGRADE
from .commands import run_command
from .process import PASSWORD, Server, running
from .shared_server import Site


async def connected(server: Server, token: str) -> Any:
    async with server.socket() as client:
        return await client.connect(token)


async def is_refused(server: Server, token: str) -> None:
    async with server.socket() as client:
        assert (await client.refused("connect", token=token)).reason == "unauthenticated"
        assert await client.wait_closed() == 4500
    answer = await server.http("GET", "/ws", token=token, headers=UPGRADE)
    assert (answer.status, answer.reason) == (401, "unauthenticated")


async def test_sign_up_log_in_and_log_out(site: Site) -> None:
    name, server = site.name("alice"), site.server
    body = {"name": name.upper(), "password": PASSWORD, "displayName": " Alice \u00c4 "}
    answer = await server.http("POST", "/api/signup", body)
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    user = {"name": name, "displayName": "Alice \u00c4"}
    assert answer.json == {"user": user, "token": answer.json["token"]}
    first = await connected(server, answer.json["token"])
    assert first["user"] == user
    assert first["protocol"] == 1
    nothing = {"unread": 0, "mentions": 0}
    assert first["inbox"] == {**nothing, "threads": nothing, "rooms": [], "next": None}
    assert {"edit", "delete", "direct"} <= set(first["features"])
    sizes = {"textChars": 4000, "textBytes": 16384, "frameBytes": 128 * 1024, "pageSize": 200}
    assert first["limits"] == sizes
    again = await server.http("POST", "/api/login", {"name": name.title(), "password": PASSWORD})
    assert (again.status, again.json["user"]) == (200, user)
    token = again.json["token"]
    assert token != answer.json["token"]
    assert (await connected(server, token))["epoch"] == first["epoch"]
    for status in (204, 401):
        assert (await server.http("POST", "/api/logout", token=token)).status == status
    assert (await server.http("POST", "/api/logout")).status == 401
    await is_refused(server, token)


async def test_name_is_never_reused(site: Site) -> None:
    await site.token("alice")
    for name in (site.name("alice"), site.name("ALICE"), "room"):
        body = {"name": name, "password": "something else"}
        answer = await site.server.http("POST", "/api/signup", body)
        assert (answer.status, answer.reason) == (409, "conflict")


@pytest.mark.parametrize("path", ["/api/signup", "/api/login"])
async def test_malformed_bodies_are_refused(site: Site, path: str) -> None:
    good = {"name": site.name("mallory"), "password": PASSWORD}
    bodies: list[Any] = [
        b"", b"{", b"\xff\xff", b'{"name":"a\\ud800","password":"correct horse"}',
        [], "alice", 7, None, {},
        {"name": good["name"]}, {"password": PASSWORD},
        good | {"name": 7}, good | {"password": None}, good | {"admin": True},
    ]  # fmt: skip
    if path == "/api/signup":
        bodies += [good | {"name": "a b"}, good | {"password": ""}, good | {"displayName": 7}]
    for body in bodies:
        answer = await site.server.http("POST", path, body)
        assert answer.status == 400, (body, answer)
        assert answer.reason in ("parse_error", "invalid_params", "invalid_request")
    assert (await site.server.http("POST", path, b" " * 1_000_000)).status == 413
    login = await site.server.http("POST", "/api/login", good)
    assert login.status == 401  # no account was created


@pytest.mark.parametrize("offered", [(), ("mqtt", "chatroom.v1")])
async def test_token_in_the_upgrade_request(site: Site, offered: tuple[str, ...]) -> None:
    headers = {"Authorization": f"bearer {await site.token('alice')}"}
    async with site.server.socket(headers=headers, subprotocols=offered) as client:
        assert client.subprotocol == ("chatroom.v1" if offered else None)
        assert (await client.refused("getInbox")).reason == "unauthenticated"
        assert (await client.connect())["user"]["name"] == site.name("alice")
        assert (await client.refused("connect")).reason == "invalid_request"


# ---- operators


async def issued(server: Server, name: str) -> str:
    """Return a token from the output of ``chatroom token``."""
    user, token = (await server.command("token", "--create", name)).split()
    assert user == name
    return token


async def test_disabled_account_is_out_until_enabled(server: Server) -> None:
    token = await issued(server, "alice")
    password = {"name": "alice", "password": PASSWORD}
    await server.command("admin", "user", "password", "alice", typed=PASSWORD)
    await is_refused(server, token)
    token = (await server.http("POST", "/api/login", password)).json["token"]
    second = await issued(server, "alice")
    async with server.session(token) as one, server.session(second) as two:
        await one.call("joinRoom", room="general")
        await one.call("sendMessage", room="general", text="hello")
        async with server.session(await issued(server, "bob")) as bob:
            await server.command("admin", "user", "disable", "alice")
            assert await one.wait_closed() == await two.wait_closed() == 4501
            for old in (token, second):
                await is_refused(server, old)
            assert (await server.http("POST", "/api/login", password)).status == 401
            assert (await run_command("token", "alice", "--data", str(server.data))).code != 0
            # Memberships and messages are kept, and the name stays taken.
            assert (await server.http("POST", "/api/signup", password)).status == 409
            await bob.call("joinRoom", room="general")
            page = await bob.call("getHistory", room="general")
            assert [message["sender"] for message in page["messages"]] == ["alice"]
    await server.command("admin", "user", "enable", "alice")
    await is_refused(server, token)
    answer = await server.http("POST", "/api/login", password)
    async with server.session(answer.json["token"]) as alice:
        assert [entry["room"] for entry in alice.connected["inbox"]["rooms"]] == ["general"]


async def test_closed_sign_up_leaves_accounts_to_the_operator(tmp_path: Path) -> None:
    with running(tmp_path, "--signup", "closed") as server:
        assert "Sign-up is closed" in server.said
        body = {"name": "mallory", "password": PASSWORD}
        answer = await server.http("POST", "/api/signup", body)
        assert (answer.status, answer.reason) == (403, "forbidden")
        await connected(server, await issued(server, "alice"))
        assert "mallory" not in await server.command("admin", "user", "list")
