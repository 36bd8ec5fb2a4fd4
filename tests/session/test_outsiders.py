"""Calls of non-members on rooms: their answers, which must not reveal anything (I5)."""

from typing import Any, Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.room import mail

from ..client import CallFailed, Client, Json, call_frame
from ..wire.frames import TEXT, client_frame
from .calls import CALLS
from .node_harness import World

ROOMS: Final = ("in-use", "asleep", "@alice:bob", "@alice:carol")
"""Private rooms of alice. She watches the first and the third; the others are asleep."""
PROBES: Final = sorted(name for name, call in CALLS.items() if "room" in call.params)


pytestmark = pytest.mark.config(rate_limits="off")


async def in_one_packet(client: Client, *calls: tuple[str, Json]) -> list[int]:
    """Send the calls in one packet. Returns their ids, which are in the order of the calls."""
    ids = list(range(1000, 1000 + len(calls)))
    frames = [
        call_frame(method, call_id, **params)
        for call_id, (method, params) in zip(ids, calls, strict=True)
    ]
    client.frames.clear()
    await client.send_raw(b"".join(client_frame(TEXT, frame.encode()) for frame in frames))
    return ids


async def settle(alice: Client) -> None:
    """Wait until only the rooms that alice watches are awake."""
    for room in ("in-use", "asleep"):
        await alice.call("createRoom", room=room, visibility="private")
    for person in ("bob", "carol"):
        await alice.call("sendMessage", to=person, text="hello")
    for room in ("in-use", "@alice:bob"):
        await alice.call("subscribe", room=room)
    await trio.sleep(100)


def awake(world: World) -> set[str]:
    return set(world.node.actors.awake_in(mail.KIND))


@pytest.mark.parametrize("method", PROBES)
async def test_answers_to_outsiders_do_not_depend_on_use(
    world: World, method: str, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob", "carol", "eve") as (alice, _, _, eve):
        await settle(alice)
        asleep = awake(world)
        params = {name: value for name, value in CALLS[method].good.items() if name != "to"}
        rooms = ["nowhere", *ROOMS]
        if method == "joinRoom":
            params["create"], rooms = False, rooms[:3]
        elif method == "createRoom":
            rooms = rooms[1:3]  # createRoom would create a missing room
        answers = set[str]()
        for room in rooms:
            for pair in ((rooms[0], room), (room, rooms[0])):
                calls = [(method, {**params, "room": name}) for name in pair]
                ids = await in_one_packet(eve, *calls)
                for call_id in ids:
                    with pytest.raises(CallFailed) as refused:
                        await eve.reply(call_id)
                    answers.add(str(refused.value))
                assert [frame["id"] for frame in eve.frames] == ids
        assert answers == {
            "conflict: room: the name is taken"
            if method == "createRoom"
            else "not_found: room: there is no such room"
        }
        assert awake(world) == asleep == {"in-use", "@alice:bob"}


async def test_joining_keeps_the_order_of_calls(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("joinRoom", room="general")
        world.store.commit_delay = 0.1
        general = {"room": "general"}
        sends = [("sendMessage", general | {"text": f"{number}"}) for number in range(5)]
        join, leave = ("joinRoom", general), ("leaveRoom", general)
        ids = await in_one_packet(bob, sends[0], join, *sends, leave, sends[0])
        outcomes = list[Any]()
        for call_id in ids:
            try:
                outcomes.append((await bob.reply(call_id)).get("seq"))
            except CallFailed as failed:
                outcomes.append(failed.reason)
        assert outcomes == ["forbidden", None, 1, 2, 3, 4, 5, None, "forbidden"]


async def test_a_call_sent_with_connect_succeeds(world: World, autojump_clock: MockClock) -> None:
    """The calls arrive before the inbox is awake, so the hub does not know the membership yet."""
    async with world.session("alice") as alice:
        await alice.call("createRoom", room="den", visibility="private")
        await alice.call("sendMessage", room="den", text="hello")
    await trio.sleep(100)
    async with world.socket() as again:
        connect = ("connect", {"token": await world.token("alice")})
        ids = await in_one_packet(again, connect, ("getHistory", {"room": "den"}))
        assert (await again.reply(ids[1]))["headSeq"] == 1
        assert (await again.reply(ids[0]))["user"]["name"] == "alice"


async def test_a_retry_after_leaving_is_answered(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("createRoom", room="den", visibility="private")
        await alice.call("invite", room="den", user="bob")
        said = {"text": "hello", "clientId": "c1"}
        first = await bob.call("sendMessage", room="den", **said)
        await bob.call("leaveRoom", room="den")
        assert await bob.call("sendMessage", room="den", **said) == {**first, "duplicate": True}
        for other in (
            {"room": "den", "text": "else", "clientId": "c1"},
            {"room": "nowhere", **said},
            {"room": "@alice:carol", **said},
        ):
            assert (await bob.refused("sendMessage", **other)).reason == "conflict"
        for room in ("den", "@alice:carol"):
            fresh = {"room": room, "text": "hello", "clientId": "c2"}
            assert (await bob.refused("sendMessage", **fresh)).reason == "not_found"
