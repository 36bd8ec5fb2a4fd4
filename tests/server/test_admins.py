"""Admins of a real server: the link for the first one, and the command line."""

from pathlib import Path

from ..client import Answer
from .process import PASSWORD, Server, running


async def signed_up(server: Server, name: str, code: str | None) -> Answer:
    body = {"name": name, "password": PASSWORD, "invitation": code}
    return await server.http("POST", "/api/signup", {k: v for k, v in body.items() if v})


async def test_the_first_admin_comes_by_the_printed_link(tmp_path: Path) -> None:
    with running(tmp_path, "--signup", "closed") as server:
        old = server.admin_code
        assert old is not None
        await server.kill()
        server.start()
        code = server.admin_code
        assert (await signed_up(server, "mallory", None)).status == 403
        assert (await signed_up(server, "mallory", old)).status == 403  # that of an earlier start
        answer = await signed_up(server, "alice", code)
        assert answer.status == 201
        # A retry, and somebody else.
        assert (await signed_up(server, "alice", code)).status == 409
        assert (await signed_up(server, "mallory", code)).status == 403
        await server.kill()
        server.start()
        assert server.admin_code is None
        await server.command("admin", "user", "add", "bob", typed=PASSWORD)
        [(_, token)] = [(await server.command("token", "bob")).split()]
        async with server.session(answer.json["token"]) as alice, server.session(token) as bob:
            assert alice.connected["serverRole"] == "admin"
            assert bob.connected["serverRole"] == "member"
            refused = await bob.refused("setServerRole", user="bob", role="admin")
            assert refused.reason == "forbidden"
            await alice.call("disableAccount", user="bob")
            assert await bob.wait_closed() == 4501
        assert (await server.http("GET", "/api/tokens", token=token)).status == 401


async def test_the_command_line_repairs_roles(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        token = await server.sign_up("alice")
        await server.command("admin", "user", "role", "alice", "admin")
        async with server.session(token) as alice:
            assert alice.connected["serverRole"] == "admin"
            stepped = await alice.refused("setServerRole", user="alice", role="member")
            assert stepped.reason == "conflict"
            await server.command("admin", "user", "role", "alice", "member")
            refused = await alice.refused("setServerRole", user="alice", role="admin")
            assert refused.reason == "forbidden"
        await server.stop()
        await server.command("admin", "user", "role", "alice", "admin")
        server.start()
        assert server.admin_code is None
        assert "admin" in await server.command("admin", "user", "list")


async def test_the_command_line_disables_with_and_without_a_server(tmp_path: Path) -> None:
    """Both times a room gets another owner, also if the server is killed at once."""
    with running(tmp_path) as server:
        tokens = {name: await server.sign_up(name) for name in ("alice", "bob", "carol")}
        async with server.session(tokens["alice"]) as alice:
            await alice.call("createRoom", room="den", visibility="private")
            for name in ("bob", "carol"):
                await alice.call("invite", room="den", user=name)
            async with server.session(tokens["bob"]) as bob:
                await server.command("admin", "user", "disable", "alice")
                await bob.event("memberChanged", room="den", user="bob", role="owner")
                await alice.wait_closed()
        await server.kill()
        await server.command("admin", "user", "disable", "bob")
        server.start()
        async with server.session(tokens["carol"]) as carol:
            if (await carol.call("subscribe", room="den"))["role"] != "owner":
                await carol.event("memberChanged", room="den", user="carol", role="owner")
            entries = (await carol.call("listAudit", room="den"))["entries"]
            assert [(e["act"], e["user"]) for e in entries] == [
                ("setRole", "carol"),
                ("setRole", "bob"),
            ]
