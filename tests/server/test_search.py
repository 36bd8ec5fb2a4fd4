"""Searching the real server, across kills while it indexes."""

from .process import Server
from .searching import found


async def test_searches_survive_kills(server: Server) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    expected: list[tuple[str, int]] = []
    for life in range(4):
        async with server.session(alice_token) as alice:
            assert "search" in alice.connected["features"]
            await alice.call("createRoom" if not life else "getHistory", **_room(life))
            for number in range(5):
                text = f"round {life} number {number}: 天気予報 https://example.org"
                sent = await alice.call("sendMessage", room="den", text=text)
                expected.insert(0, ("den", sent["seq"]))
            changed = expected.pop(2)[1]
            await alice.call("editMessage", room="den", seq=changed, text="something else")
            deleted = expected.pop(1)[1]
            await alice.call("deleteMessage", room="den", seq=deleted)
            if life == 1:
                assert await found(alice, "天気") == expected
            await server.kill()
        server.start()
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        assert await found(alice, "天気") == await found(alice, "numb", has="link") == expected
        third = [hit for hit in expected if 10 < hit[1] <= 15]
        assert await found(alice, '"round 2"', limit=2) == third[:2]
        assert len(await found(alice, "some")) == 4
        assert await found(bob, "天気") == []
        refused = await bob.refused("searchMessages", query="天気", room="den")
        assert refused.reason == "not_found"


def _room(life: int) -> dict[str, str]:
    return {"room": "den"} if life else {"room": "den", "visibility": "private"}


async def test_an_index_is_emptied_and_filled_anew(server: Server) -> None:
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="hello world")
        assert await found(alice, "world") == [("general", 1)]
        assert await server.stop() == 0
    assert "ok" in await server.command("check")
    assert "empty" in await server.command("reindex")
    assert "ok" in await server.command("check")
    server.start()
    async with server.session(token) as alice:
        assert await found(alice, "world") == [("general", 1)]
