"""How a session ends without its client: deadlines, silence, expiry, revocation. Virtual time."""

import json

import attrs
import trio
from trio.testing import MockClock

from chatroom.accounts.tokens import mint
from chatroom.clock import DAY_MS

from ..client import Client, Json
from ..wire.clients import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    UPGRADE,
    client_frame,
    close_codes,
    head,
    server_frames,
)
from .node_harness import World, now_ms

HOUR_S = 60 * 60


async def closed_after(client: Client, code: int) -> float:
    """Return after how many seconds the client was closed with that code."""
    started = trio.current_time()
    assert await client.wait_closed(deadline_s=HOUR_S) == code
    return trio.current_time() - started


async def test_ten_seconds_without_connect(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as client, world.session("alice") as alice:
        assert 10 <= await closed_after(client, 4503) <= 12
        assert alice.closed_code is None


async def test_calls_that_are_not_connect_gain_no_time(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.socket() as client:
        for _ in range(9):
            await trio.sleep(1)
            assert (await client.refused("getInbox")).reason == "unauthenticated"
            assert (await client.refused("connect", token=7)).reason == "invalid_params"
        assert 1 <= await closed_after(client, 4503) <= 3


async def test_a_quiet_client_that_answers_pings_stays(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice:
        await trio.sleep(HOUR_S)
        await alice.call("getInbox")


async def test_a_silent_client_is_pinged_and_then_closed(
    world: World, autojump_clock: MockClock
) -> None:
    """Uses raw bytes, since a WebSocket library would answer pings."""
    stream, said, times = world.stream(), b"", []
    connect: Json = {"jsonrpc": "2.0", "id": 1, "method": "connect"}
    connect["params"] = {"token": await world.token("alice")}
    started = trio.current_time()
    await stream.send_all(head("/ws", UPGRADE) + client_frame(TEXT, json.dumps(connect).encode()))
    with trio.fail_after(60):
        while data := await stream.receive_some():
            said += data
            times.append(trio.current_time() - started)
    _, _, frames_said = said.partition(b"\r\n\r\n")
    frames = server_frames(frames_said)
    assert [frame.opcode for frame in frames] == [TEXT, PING, CLOSE]
    assert close_codes(frames) == [4009]
    assert 25 <= times[-2] <= 27
    assert 33 <= times[-1] <= 35
    # Such a peer does not answer the close frame either, so the connection is cut.
    assert trio.current_time() - started <= 38
    await trio.sleep(1)
    assert len(world.node.sessions) == 0


async def test_anything_that_is_said_counts_as_life(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice:
        alice.pause()
        for _ in range(10):
            await trio.sleep(27)
            await alice.send_raw(client_frame(PONG))
        alice.resume()
        await alice.call("getInbox")


async def test_an_expired_token_ends_its_sessions(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as new, world.socket() as old:
        token, kept = mint("alice", now_ms(), 90 * DAY_MS)
        await world.store.add_tokens([attrs.evolve(kept, expires_at=now_ms() + 600_000)])
        await old.connect(token)
        assert 599 <= await closed_after(old, 4500) <= 602
        await new.call("getInbox")
    async with world.socket() as again:
        assert (await again.refused("connect", token=token)).reason == "unauthenticated"
        assert await again.wait_closed() == 4500


async def test_logging_out_ends_the_sessions_of_that_token(
    world: World, autojump_clock: MockClock
) -> None:
    token = await world.token("alice")
    async with world.socket() as one, world.socket() as two, world.session("alice") as other:
        await one.connect(token)
        await two.connect(token)
        answer = await world.http(
            "POST", "/api/logout", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status == 204
        assert await one.wait_closed() == await two.wait_closed() == 4501
        await other.call("getInbox")


async def test_disabling_a_person_ends_all_of_their_sessions(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "alice", "bob") as (one, two, bob):
        await world.node.accounts.disable("alice")
        assert await one.wait_closed() == await two.wait_closed() == 4501
        await bob.call("getInbox")


async def test_what_waits_when_a_session_is_revoked_is_not_done(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """When the session is revoked, one call is in the store, and another waits behind it."""
    world = await World.start(nursery, calls_in_flight=1)
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        world.store.commit_delay = 1
        await alice.begin("sendMessage", room="general", text="in time")
        await alice.begin("sendMessage", room="general", text="too late")
        await trio.sleep(0.5)
        await world.node.accounts.disable("alice")
        assert await alice.wait_closed() == 4501
        await trio.sleep(5)
        history = await bob.call("getHistory", room="general")
        assert [message["text"] for message in history["messages"]] == ["in time"]


async def test_nothing_is_left_of_sessions_that_ended(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "alice", "bob") as clients:
        for client in clients:
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        await clients[0].cut()
    await trio.sleep(120)
    node = world.node
    assert (len(node.sessions), len(node.registry), len(node.hub), len(node.actors)) == (0,) * 4
