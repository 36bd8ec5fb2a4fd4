"""Invitations to a real server: sign-up, the command line, and a kill."""

from pathlib import Path
from typing import Any

import pytest

from ..client import Answer
from .process import PASSWORD, Server, running


async def signed_up(server: Server, name: str, code: str | None = None) -> Answer:
    body: dict[str, Any] = {"name": name, "password": PASSWORD}
    return await server.http("POST", "/api/signup", body | ({"invitation": code} if code else {}))


async def admin_of(server: Server) -> str:
    return await server.sign_up("alice", invitation=server.admin_code)


async def test_sign_up_to_the_server_and_a_room(tmp_path: Path) -> None:
    with running(tmp_path, "--signup", "invite") as server:
        token = await admin_of(server)
        async with server.session(token) as alice:
            await alice.call("createRoom", room="den", visibility="private")
            wanted: dict[str, dict[str, object]] = {
                "both": {"room": "den", "server": True},
                "server": {"server": True},
                "room": {"room": "den"},
            }
            codes = {
                kind: (await alice.call("createInvitation", maxUses=1, **params))["code"]
                for kind, params in wanted.items()
            }
            assert (await signed_up(server, "bob")).status == 403
            assert (await signed_up(server, "bob", codes["room"])).status == 403
            assert (await signed_up(server, "bob", "unknown")).status == 403
            answer = await signed_up(server, "bob", codes["both"])
            assert (answer.status, answer.json["room"]) == (201, "den")
            assert (await signed_up(server, "carol", codes["both"])).status == 403
            answer = await signed_up(server, "carol", codes["server"])
            assert "room" not in answer.json
            # A retry: the account is there.
            await server.kill()
        server.start()
        assert (await signed_up(server, "bob", codes["both"])).status == 409
        assert (await signed_up(server, "carol", codes["server"])).status == 409
        async with server.session(answer.json["token"]) as carol:
            assert (
                await carol.refused("acceptInvitation", code=codes["both"])
            ).reason == "not_found"
            assert await carol.call("acceptInvitation", code=codes["room"]) == {"room": "den"}
        async with server.session(token) as alice:
            page = await alice.call("listInvitations")
            found = {each["uses"]: each["users"] for each in page["invitations"]}
            assert [each["uses"] for each in page["invitations"]] == [1, 1, 1], found
            members = (await alice.call("listMembers", room="den"))["members"]
            assert [member["user"] for member in members] == ["alice", "bob", "carol"]


async def test_the_command_line_invites_and_revokes(tmp_path: Path) -> None:
    with running(tmp_path, "--signup", "invite") as server:
        token = await admin_of(server)
        async with server.session(token) as alice:
            await alice.call("createRoom", room="den", visibility="private")
        add = ("admin", "invitation", "add")
        link = await server.command(*add, "--max-uses", "2", "--expires-at", "1d")
        base, _, code = link.strip().partition("/?invitation=")
        host, port = server.address
        assert base == f"http://{host}:{port}"
        assert (await signed_up(server, "bob", code)).status == 201
        await server.stop()
        link = await server.command(*add, "--room", "den", "--server")
        both = link.strip().partition("?invitation=")[2]
        shown = await server.command("admin", "invitation", "list")
        assert "bob" in shown
        ids = [line.split()[0] for line in shown.splitlines() if "den" in line]
        server.start()
        assert (await signed_up(server, "carol", both)).json["room"] == "den"
        for each in ids:
            await server.command("admin", "invitation", "revoke", each)
        assert (await signed_up(server, "dave", both)).status == 403


@pytest.mark.parametrize("mode", ["open", "closed"])
async def test_invitations_in_other_modes(tmp_path: Path, mode: str) -> None:
    with running(tmp_path, "--signup", mode) as server:
        token = await admin_of(server)
        async with server.session(token) as alice:
            await alice.call("createRoom", room="den", visibility="private")
            code = (await alice.call("createInvitation", room="den"))["code"]
        answer = await signed_up(server, "bob", code)
        assert answer.status == (201 if mode == "open" else 403)
        assert answer.json.get("room") == ("den" if mode == "open" else None)
