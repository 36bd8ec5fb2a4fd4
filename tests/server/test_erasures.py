"""People are erased: by themselves and by the operator, with a server that is killed meanwhile."""

from io import BytesIO
from json import loads
from pathlib import Path
from zipfile import ZipFile

from .process import PASSWORD, running

COUNT = 250


async def test_an_account_is_deleted_by_its_owner_and_the_server_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, "--rate-limits", "off") as server:
        tokens = {name: await server.sign_up(name) for name in ("alice", "bob", "carol")}
        async with server.session(tokens["alice"]) as alice:
            await alice.call("joinRoom", room="hall", create=True)
            calls = [
                await alice.begin("sendMessage", room="hall", text="mine") for _ in range(COUNT)
            ]
            for call in calls:
                await alice.reply(call)
            async with server.session(tokens["bob"]) as bob:
                await bob.call("joinRoom", room="hall")
                await bob.call("subscribe", room="hall")
                await bob.call("sendMessage", room="hall", text="kept @alice")
                await alice.call("sendMessage", room="hall", text="@bob", thread=COUNT + 1)
                for seq, reacts in ((1, bob), (COUNT + 1, alice)):
                    await reacts.call("addReaction", room="hall", seq=seq, emoji="\U0001f44d")
                    await alice.call("pinMessage", room="hall", seq=seq)

                async def delete(password: str) -> int:
                    body = {"password": password}
                    path = "/api/account/delete"
                    return (await server.http("POST", path, body, token=tokens["alice"])).status

                exported = await server.http("GET", "/api/account/export", token=tokens["alice"])
                with ZipFile(BytesIO(exported.body)) as archive:
                    records = archive.read("person.jsonl").splitlines()
                texts = [text for line in records if (text := loads(line).get("text"))]
                assert texts == ["mine"] * COUNT + ["@bob"]
                assert await delete("wrong horse") == 403
                assert await delete(PASSWORD) == 204
                assert await alice.wait_closed() == 4501
                await bob.event("memberChanged", room="hall", user="alice", role=None)
                await bob.event("messageChanged", room="hall")
        await server.kill()
        # Without a server, what is left of alice is erased too.
        await server.command("admin", "user", "erase", "carol", "--yes")
        server.start()
        async with server.session(tokens["bob"]) as bob:
            page = await bob.call("getHistory", room="hall", limit=200)
            texts = [message.get("text", "") for message in page["messages"]]
            assert texts == [""] * 199 + ["kept @alice"]
            refused = await bob.refused("invite", room="hall", user="alice")
            assert refused.reason == "not_found"
        body = {"name": "alice", "password": PASSWORD}
        assert (await server.http("POST", "/api/login", body)).status == 401
        assert (await server.http("POST", "/api/signup", body)).status == 409
        listed = loads(await server.command("admin", "user", "list", "--json"))
        assert ["erasedAt" in user for user in listed] == [True, False, True]
    assert await server.command("check") == "ok\n"
