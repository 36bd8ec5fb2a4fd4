"""Restarts and kills: each acknowledged message is there once, with its seq (I1, I2)."""

import signal
from pathlib import Path

import pytest
import trio
from trio_websocket import ConnectionClosed

from ..client import CallFailed, Client, Json
from .process import Server, run_command

COUNT = 300


async def test_sigterm_closes_with_1012_and_loses_nothing(server: Server) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        await alice.call("sendMessage", room="general", text="one")
        await alice.call("sendMessage", room="general", text="two")
        await alice.call("editMessage", room="general", seq=1, text="One")
        await bob.call("markRead", room="general", seq=1)
        await bob.call("setNotifications", room="general", level="mentions")
        before = [await client.call("getHistory", room="general") for client in (alice, bob)]
        inbox = await bob.call("getInbox")
        members = await bob.call("listMembers", room="general")
        assert await server.stop() == 0
        assert await alice.wait_closed() == await bob.wait_closed() == 1012
    server.start()
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        epoch, now = before[0]["epoch"], bob.connected["epoch"]
        assert now != epoch
        after = [await client.call("getHistory", room="general") for client in (alice, bob)]
        assert after == [page | {"epoch": now} for page in before]
        assert bob.connected["inbox"] == inbox
        assert await bob.call("listMembers", room="general") == members
        # The epoch is another, and cursors of the earlier one stay valid.
        page = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=2)
        assert page["recovered"] is True
        assert [message["text"] for message in page["messages"]] == ["One"]
        assert (await alice.call("sendMessage", room="general", text="three"))["seq"] == 3
        assert (await bob.event("newMessage"))["rev"] == 4


async def test_ctrl_c_stops_like_sigterm(server: Server) -> None:
    token = await server.sign_up("alice")
    async with server.session(token) as alice, server.socket() as stranger:
        assert await server.stop(signal.SIGINT) == 0
        assert await alice.wait_closed() == await stranger.wait_closed() == 1012


async def send_until_closed(client: Client, texts: list[str]) -> None:
    """Send texts, each with itself as the clientId."""
    for text in texts:
        try:
            await client.begin("sendMessage", room="general", text=text, clientId=text)
        except ConnectionClosed:
            return


async def until_acknowledged(client: Client, calls: range) -> None:
    for call in calls:
        await client.reply(call)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_restart_during_sends_loses_nothing(server: Server, how: str) -> None:
    """After each of several restarts, clients send again what was not acknowledged."""
    token = await server.sign_up("alice")
    texts = [f"text {number}" for number in range(COUNT)]
    places: dict[str, int] = {}
    for round_number in range(4):
        missing = [text for text in texts if text not in places]
        async with server.session(token) as alice:
            await alice.call("joinRoom", room="general")
            first = 3  # the id of the first send, after connect and joinRoom
            async with trio.open_nursery() as nursery:
                nursery.start_soon(send_until_closed, alice, missing)
                # The server ends after this many replies, with other calls in progress.
                enough = range(first, first + min(20 * (round_number + 1), len(missing)))
                await until_acknowledged(alice, enough)
                await (server.kill() if how == "kill" else server.stop())
            code = await alice.wait_closed()
            assert code == 1012 if how == "stop" else code in (1006, 1012)
            for frame in alice.frames:
                if "seq" in frame.get("result", {}):
                    text = missing[frame["id"] - first]
                    assert text not in places
                    places[text] = frame["result"]["seq"]
                elif "error" in frame:
                    assert frame["error"]["data"]["reason"] == "busy"
        server.start()
    async with server.session(token) as alice:
        for text in texts:
            sent = await alice.call("sendMessage", room="general", text=text, clientId=text)
            if text in places:
                assert (sent["seq"], sent["duplicate"]) == (places[text], True)
            places[text] = sent["seq"]
        log: list[Json] = []
        while len(log) < COUNT:
            page = await alice.call("getHistory", room="general", after=len(log), limit=200)
            log += page["messages"]
        assert page["hasMoreAfter"] is False
        assert [message["seq"] for message in log] == list(range(1, COUNT + 1))
        assert {message["text"]: message["seq"] for message in log} == places
        stamps = [message["timestamp"] for message in log]
        assert stamps == sorted(stamps)


async def test_kill_loses_no_rooms_inboxes_or_accounts(server: Server) -> None:
    alice_token = await server.sign_up("alice")
    bob_token = await server.sign_up("bob")
    async with server.session(alice_token) as alice:
        await alice.call("createRoom", room="secret", visibility="private")
        await alice.call("invite", room="secret", user="bob")
        await alice.call("sendMessage", room="secret", text="for @bob")
        await alice.call("sendMessage", to="bob", text="hello")
        await server.kill()
        assert await alice.wait_closed() == 1006
    server.start()
    async with server.session(bob_token) as bob:
        inbox = bob.connected["inbox"]
        assert (inbox["unread"], inbox["mentions"]) == (2, 1)
        assert {entry["room"] for entry in inbox["rooms"]} == {"secret", "@alice:bob"}
        page = await bob.call("getUnread", room="secret")
        assert [message["text"] for message in page["messages"]] == ["for @bob"]
    assert (await server.http("POST", "/api/logout", token=alice_token)).status == 204
    await server.kill()
    server.start()
    async with server.socket() as alice:
        with pytest.raises(CallFailed, match="unauthenticated"):
            await alice.connect(alice_token)


async def test_deleted_room_stays_deleted_after_a_kill(server: Server) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await send_many(alice, COUNT)
        await bob.call("subscribe", room="general")
        await bob.call("blockUser", user="alice")
        await server.command("room", "delete", "general")
        gone = await bob.event("memberChanged", user="bob", role=None)
        assert gone["room"] == "general"
        await server.kill()  # while it is erased
    server.start()
    async with server.session(alice_token) as alice:
        assert alice.connected["inbox"]["rooms"] == []
        assert (await alice.refused("joinRoom", room="general")).reason == "conflict"
        assert (await alice.refused("sendMessage", to="bob", text="hello")).reason == "forbidden"
    assert "general" not in await server.command("room", "list")
    assert await server.stop() == 0
    assert (await server.command("check")) == "ok\n"


async def send_many(client: Client, count: int) -> None:
    calls = [
        await client.begin("sendMessage", room="general", text=f"{number}", clientId=f"{number}")
        for number in range(count)
    ]
    for call in calls:
        await client.reply(call)


async def test_second_server_on_the_same_data_is_refused(server: Server) -> None:
    serve = ("serve", "--data", str(server.data), "--listen", "127.0.0.1:0")
    done = await run_command(*serve)
    assert done.code != 0
    assert done.out == ""
    [line] = done.error.splitlines()
    assert "another chatroom server" in line
    assert str(server.data) in line
    # The first server is not affected.
    assert (await server.http("GET", "/healthz")).status == 200
    await server.sign_up("alice")


async def test_address_in_use_is_reported(server: Server, tmp_path: Path) -> None:
    host, port = server.address
    other = tmp_path / "other"
    done = await run_command("serve", "--data", str(other), "--listen", f"{host}:{port}")
    assert done.code != 0
    [line] = done.error.splitlines()
    assert f"{host}:{port}" in line


async def test_first_start_prints_the_next_steps(server: Server) -> None:
    address, people, data = server.said.splitlines()
    host, port = server.address
    assert f"ws://{host}:{port}/ws" in address
    assert f"chatroom user add NAME --data {server.data}" in people
    assert str(server.data) in data
