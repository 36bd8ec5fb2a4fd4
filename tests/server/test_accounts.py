"""Sign-up, log-in, log-out, tokens, and operators' commands for accounts."""

from pathlib import Path
from typing import Any

import pytest

from ..client import Client
from .process import PASSWORD, Server, run_command
from .shared_server import Site


async def get_in(server: Server, token: str) -> Any:
    async with server.socket() as client:
        return await client.connect(token)


async def stay_out(server: Server, token: str) -> None:
    async with server.socket() as client:
        assert (await client.refused("connect", token=token)).reason == "unauthenticated"
        assert await client.wait_closed() == 4500
    answer = await server.http("GET", "/ws", token=token, headers=UPGRADE)
    assert (answer.status, answer.reason) == (401, "unauthenticated")


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def test_sign_up_and_log_in(site: Site) -> None:
    name, server = site.name("alice"), site.server
    body = {"name": name.upper(), "password": PASSWORD, "displayName": " Alice \u00c4 "}
    answer = await server.http("POST", "/api/signup", body)
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    user = {"name": name, "displayName": "Alice \u00c4"}
    assert answer.json.keys() == {"user", "token"}
    assert answer.json["user"] == user
    connected = await get_in(server, answer.json["token"])
    assert connected["user"] == user
    assert connected["protocol"] == 1
    assert connected["inbox"] == {"unread": 0, "mentions": 0, "rooms": [], "next": None}
    assert {"edit", "delete", "direct"} <= set(connected["features"])
    assert connected["limits"] == {
        "textChars": 4000,
        "textBytes": 16384,
        "frameBytes": 128 * 1024,
        "pageSize": 200,
    }
    again = await server.http("POST", "/api/login", {"name": name.title(), "password": PASSWORD})
    assert again.status == 200
    assert again.json["user"] == user
    assert again.json["token"] != answer.json["token"]
    assert (await get_in(server, again.json["token"]))["epoch"] == connected["epoch"]


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
        bodies += [good | {"name": name} for name in ("", "a b", "\u00e4", "a/b", "-a", "a" * 65)]
        bodies += [good | {"password": password} for password in ("", "1234567", "x" * 129)]
        bodies += [good | {"displayName": name} for name in ("", " ", "a\nb", "x" * 81, 7)]
    for body in bodies:
        answer = await site.server.http("POST", path, body)
        assert answer.status == 400, (body, answer)
        assert answer.reason in ("parse_error", "invalid_params", "invalid_request")
    too_big = await site.server.http("POST", path, b" " * 1_000_000)
    assert too_big.status == 413
    login = await site.server.http("POST", "/api/login", good)
    assert login.status == 401  # no account was created


async def test_wrong_password_and_unknown_name_get_the_same_reply(site: Site) -> None:
    await site.token("alice")
    answers = [
        await site.server.http("POST", "/api/login", {"name": name, "password": "wrong horse"})
        for name in (site.name("alice"), site.name("nobody"), "no name at all")
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].reason == "unauthenticated"


async def test_log_out_ends_the_sessions_of_its_token(site: Site) -> None:
    server, token = site.server, await site.token("alice")
    body = {"name": site.name("alice"), "password": PASSWORD}
    other = (await server.http("POST", "/api/login", body)).json["token"]
    async with (
        server.session(token) as one,
        server.socket(headers={"Authorization": f"Bearer {token}"}) as two,
        server.session(other) as stays,
    ):
        await two.connect()
        answer = await server.http("POST", "/api/logout", token=token)
        assert (answer.status, answer.body) == (204, b"")
        assert await one.wait_closed() == await two.wait_closed() == 4501
        await stay_out(server, token)
        await stays.call("getInbox")
    assert (await server.http("POST", "/api/logout", token=token)).status == 401
    assert (await server.http("POST", "/api/logout")).status == 401


# ---- upgrades


async def test_token_in_the_header_is_accepted(site: Site) -> None:
    token = await site.token("alice")
    async with site.server.socket(headers={"Authorization": f"bearer {token}"}) as client:
        assert (await client.refused("getInbox")).reason == "unauthenticated"
        connected = await client.connect()
        assert connected["user"]["name"] == site.name("alice")
        assert (await client.refused("connect")).reason == "invalid_request"


async def test_bad_token_is_refused(site: Site) -> None:
    await stay_out(site.server, "nonsense")
    async with site.server.socket() as client:
        assert (await client.refused("connect")).reason == "unauthenticated"
        assert await client.wait_closed() == 4500


async def test_invalid_upgrades_are_refused(site: Site) -> None:
    server, token = site.server, await site.token("alice")
    in_url = await server.http("GET", f"/ws?token={token}", headers=UPGRADE)
    assert in_url.status == 400
    assert token not in in_url.body.decode()
    foreign = UPGRADE | {"Sec-WebSocket-Protocol": "chatroom.v2, mqtt"}
    assert (await server.http("GET", "/ws", headers=foreign)).status == 400
    plain = await server.http("GET", "/ws")
    assert plain.status == 426
    assert plain.headers["upgrade"] == "websocket"
    assert (await server.http("GET", "/ws", token=token)).status == 426


@pytest.mark.parametrize("offered", [(), ("mqtt", "chatroom.v1")])
async def test_subprotocols(site: Site, offered: tuple[str, ...]) -> None:
    token = await site.token("alice")
    async with site.server.socket(subprotocols=offered) as client:
        await client.connect(token)
        assert client.subprotocol == ("chatroom.v1" if offered else None)


# ---- operators


async def opened(server: Server, name: str) -> tuple[str, str]:
    """Return name and token from the output of ``chatroom token``."""
    issued, token = (await server.command("token", "--create", name)).split()
    assert issued == name
    return issued, token


async def test_bulk_tokens_with_and_without_a_running_server(server: Server) -> None:
    """Tokens issued while the server runs, and while it does not, are valid."""
    names = [f"user{number}" for number in range(1000)]
    first = await server.command("token", "--create", typed="\n".join(names))
    assert [line.split()[0] for line in first.splitlines()] == names
    assert await server.stop() == 0
    second = await server.command("token", "user7", "user8")
    server.start()
    for line in (*first.splitlines()[7:9], *second.splitlines()):
        name, token = line.split()
        assert (await get_in(server, token))["user"] == {"name": name, "displayName": name}
    done = await run_command("token", "nobody", "--data", str(server.data))
    assert done.code != 0
    assert "nobody" in done.error


async def talk(client: Client, text: str) -> None:
    await client.call("joinRoom", room="general")
    await client.call("sendMessage", room="general", text=text)


async def test_disabled_account_is_out_until_enabled(server: Server) -> None:
    _, token = await opened(server, "alice")
    password = {"name": "alice", "password": PASSWORD}
    await server.command("user", "passwd", "alice", typed=PASSWORD)
    await stay_out(server, token)
    token = (await server.http("POST", "/api/login", password)).json["token"]
    _, issued = await opened(server, "alice")
    async with server.session(token) as one, server.session(issued) as two:
        await talk(one, "hello")
        _, other = await opened(server, "bob")
        async with server.session(other) as bob:
            await server.command("user", "disable", "alice")
            assert await one.wait_closed() == await two.wait_closed() == 4501
            for old in (token, issued):
                await stay_out(server, old)
            assert (await server.http("POST", "/api/login", password)).status == 401
            assert (await run_command("token", "alice", "--data", str(server.data))).code != 0
            # Memberships and messages are kept, and the name stays taken.
            assert (await server.http("POST", "/api/signup", password)).status == 409
            await bob.call("joinRoom", room="general")
            page = await bob.call("getHistory", room="general")
            assert [message["sender"] for message in page["messages"]] == ["alice"]
    await server.command("user", "enable", "alice")
    await stay_out(server, token)
    answer = await server.http("POST", "/api/login", password)
    async with server.session(answer.json["token"]) as alice:
        assert [entry["room"] for entry in alice.connected["inbox"]["rooms"]] == ["general"]


async def test_accounts_added_by_the_operator(server: Server) -> None:
    await server.command("user", "add", "alice", "--display-name", "Alice A.", typed=PASSWORD)
    body = {"name": "alice", "password": PASSWORD}
    answer = await server.http("POST", "/api/login", body)
    assert answer.json["user"] == {"name": "alice", "displayName": "Alice A."}
    assert "alice" in await server.command("user", "list")


async def test_sign_up_can_be_closed_and_is_rate_limited(tmp_path: Path) -> None:
    server = Server(tmp_path, "--signup", "closed")
    try:
        server.start()
        assert "Sign-up is closed" in server.said
        body = {"name": "mallory", "password": PASSWORD}
        for _ in range(10):
            answer = await server.http("POST", "/api/signup", body)
            assert (answer.status, answer.reason) == (403, "forbidden")
        for path in ("/api/signup", "/api/login"):
            limited = await server.http("POST", path, body)
            while limited.status != 429:  # on a slow machine the limit may refill meanwhile
                limited = await server.http("POST", path, body)
            assert limited.reason == "rate_limited"
            assert 1 <= int(limited.headers["retry-after"]) <= 7
        _, token = await opened(server, "alice")
        await get_in(server, token)
        assert "mallory" not in await server.command("user", "list")
    finally:
        server.clean_up()
