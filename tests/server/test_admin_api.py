"""The administration by HTTP, on a real server."""

from pathlib import Path
from typing import Any

from chatroom.http import openapi
from chatroom.http.admin_table import ROWS

from ..admin_api_table import PATH, document
from ..client import Answer
from .process import PASSWORD, Server, running


async def asked(
    server: Server, token: str | None, method: str, path: str, body: object = None
) -> Answer:
    return await server.http(method, f"/api/admin/{path}", body, token=token)


async def test_what_admins_do(tmp_path: Path) -> None:
    with running(tmp_path, "--rate-limits", "off") as server:
        ada = await server.sign_up("ada")
        bob = await server.sign_up("bob")
        await server.command("admin", "user", "role", "ada", "admin")

        async def done(method: str, path: str, body: object = None) -> Any:
            answer = await asked(server, ada, method, path, body)
            assert answer.status in (200, 201), (method, path, answer)
            return answer.json

        async def refused(method: str, path: str, body: object = None) -> tuple[int, str]:
            answer = await asked(server, ada, method, path, body)
            return answer.status, answer.reason

        # Who may.
        for row in ROWS:
            path = row.address.replace("{", "").replace("}", "")
            body: object = {} if row.has_body else None
            assert (await server.http(row.method, path, body, token=bob)).status == 403, row
            assert (await server.http(row.method, path, body)).status == 401, row
        # Accounts.
        new = {"name": "carol", "password": PASSWORD, "displayName": "Carol C."}
        assert (await done("POST", "users", new))["displayName"] == "Carol C."
        assert await refused("POST", "users", new) == (409, "conflict")
        assert await refused("POST", "users", {"name": "dave", "x": 1}) == (400, "invalid_params")
        await done("PATCH", "users/carol", {"displayName": "Carol D."})
        page = await done("GET", "users?query=carol&limit=1")
        assert [user["displayName"] for user in page["users"]] == ["Carol D."]
        await done("PUT", "users/carol/password", {"password": "another horse"})
        logs_in = {"name": "carol", "password": "another horse"}
        assert (await server.http("POST", "/api/login", logs_in)).status == 200
        [log_in] = (await done("GET", "users/carol/log-ins"))["logIns"]
        await done("DELETE", f"users/carol/log-ins/{log_in['id']}")
        gone = await refused("DELETE", f"users/carol/log-ins/{log_in['id']}")
        assert gone == (404, "not_found")
        assert (await server.http("POST", "/api/login", logs_in)).status == 200
        await done("DELETE", "users/carol/log-ins")
        assert (await done("GET", "users/carol/log-ins"))["logIns"] == []
        await done("POST", "users/carol/disable")
        await done("POST", "users/carol/enable")
        await done("PUT", "users/carol/role", {"role": "admin"})
        assert await refused("DELETE", "users/nobody") == (404, "not_found")
        # Rooms, by the role that the account has there.
        await done("POST", "rooms", {"room": "hall", "visibility": "private", "title": "Hall"})
        await done("PATCH", "rooms/hall", {"topic": "All", "slowModeS": 5})
        await done("PUT", "rooms/hall/members/bob")
        await done("PUT", "rooms/hall/members/bob/role", {"role": "moderator"})
        async with server.session(bob) as his:
            for text in ("one", "two", "three"):
                await his.call("sendMessage", room="hall", text=text)
            await done("DELETE", "rooms/hall/messages/1")
            swept = await done("DELETE", "rooms/hall/messages?user=bob&since=0")
            assert (swept["deleted"], swept["next"]) == (2, None)
            await his.call("createRoom", room="den", visibility="private")
            assert await refused("PATCH", "rooms/den", {"topic": "x"}) == (404, "not_found")
            assert await refused("POST", "rooms/den/enter") == (403, "forbidden")
        await done("PUT", "rooms/hall/bans/bob", {"reason": "noise"})
        assert [each["by"] for each in (await done("GET", "rooms/hall/bans"))["sanctions"]] == [
            "ada"
        ]
        assert await refused("PUT", "rooms/hall/members/bob") == (403, "banned")
        await done("DELETE", "rooms/hall/bans/bob")
        await done("PUT", "rooms/hall/retention", {"days": 30})
        assert await done("GET", "rooms/hall/retention") == {"days": 30}
        assert await refused("GET", "rooms/nowhere/retention") == (404, "not_found")
        assert await refused("PUT", "rooms/hall/retention", {"days": 0}) == (400, "invalid_params")
        assert await refused("PUT", "rooms/nowhere/retention", {}) == (404, "not_found")
        assert "hall 30" in " ".join((await server.command("retention")).split())
        assert [room["room"] for room in (await done("GET", "rooms"))["rooms"]] == ["hall"]
        await done("DELETE", "rooms/hall")
        # The rest.
        async with server.session(bob):
            assert await done("GET", "online") == {"users": [{"user": "bob"}], "next": None}
        made = await done("POST", "invitations", {"server": True})
        await done("DELETE", f"invitations/{made['id']}")
        assert (await done("GET", "invitations"))["invitations"][0]["revokedAt"]
        assert (await done("GET", "storage"))["users"] == []
        await done("PATCH", "server", {"name": "Harbour", "readOnly": "we move"})
        assert await refused("POST", "invitations", {"server": True}) == (503, "read_only")
        assert await refused("DELETE", "users/carol") == (503, "read_only")
        assert (await done("GET", "server"))["readOnly"] == "we move"
        await done("PUT", "server/announcement", {"text": "tea"})
        await done("PATCH", "server", {"readOnly": ""})
        await done("DELETE", "users/carol")
        acts = [each["act"] for each in (await done("GET", "audit?by=ada&user=carol"))["entries"]]
        assert acts == [
            "eraseAccount",
            "setServerRole",
            "enableAccount",
            "disableAccount",
            "endLogIns",
            "endLogIns",
            "resetPassword",
            "renameAccount",
        ]
        # What is no request.
        assert await refused("GET", "nothing") == (404, "not_found")
        assert await refused("POST", "audit", {}) == (405, "invalid_request")
        traced = await asked(server, ada, "TRACE", "users", {"name": "erin"})
        assert (traced.status, traced.headers["allow"]) == (405, "GET, POST")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        traced = await server.http("TRACE", "/api/admin/users", {}, token=ada, headers=form)
        assert (traced.status, traced.headers["allow"]) == (405, "GET, POST")
        posted = await server.http("POST", "/api/admin/users", {}, token=ada, headers=form)
        assert posted.status == 415
        assert await refused("DELETE", "rooms", {}) == (405, "invalid_request")
        assert await refused("GET", "audit", {}) == (413, "invalid_request")
        assert await refused("GET", "audit?after=x") == (400, "invalid_params")
        assert await refused("GET", "invitations?after=12") == (400, "invalid_params")
        # A name in the path that cannot be one, and a number as JSON has it.
        assert await refused("GET", "rooms/@bob:ada/members") == (404, "not_found")
        assert await refused("DELETE", "rooms/hall/messages/x") == (404, "not_found")
        assert await refused("DELETE", "users/carol/log-ins/%00") == (404, "not_found")
        await done("POST", "rooms", {"room": "loft", "visibility": "private"})
        assert (await done("PATCH", "rooms/loft", {"slowModeS": 5.0}))["slowModeS"] == 5
        slow = await refused("PATCH", "rooms/loft", {"slowModeS": 5.5})
        assert slow == (400, "invalid_params")
        assert await refused("POST", "invitations", {}) == (400, "invalid_params")
        assert await refused("GET", "audit?limit=x") == (400, "invalid_params")
        assert await refused("GET", "audit?limit=1&limit=2") == (400, "invalid_params")
        assert await refused("GET", "audit?color=1") == (400, "invalid_params")
        document = await server.http("GET", "/openapi.json")
        assert document.json == openapi.document()


def test_the_document_says_that_an_invitation_leads_somewhere() -> None:
    made = openapi.document()["paths"]["/api/admin/invitations"]["post"]
    schema = made["requestBody"]["content"]["application/json"]["schema"]
    assert [each["required"] for each in schema["anyOf"]] == [["room"], ["server"]]


def test_each_row_is_in_the_document() -> None:
    document = openapi.document()
    described = {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert described.keys() == {(row.method, row.address) for row in ROWS}
    ids = [operation["operationId"] for operation in described.values()]
    assert len(set(ids)) == len(ids)
    for operation in described.values():  # an address has no null
        assert {"type": "null"} not in [
            each
            for parameter in operation["parameters"]
            for each in parameter["schema"].get("anyOf", [])
        ]


def test_the_table_of_requests_is_current() -> None:
    """Otherwise: python -m tests.admin_api_table"""
    text = PATH.read_text()
    assert text == document(text)
