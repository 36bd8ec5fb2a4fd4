"""The format of a text, and types and data of products."""

from typing import Any

import pytest

from chatroom.model import JsonObject
from chatroom.protocol import calls

from ..builders import House, reason
from .rules_harness import PureRoom, by, delete, edit, in_room, room_of

POLL: dict[str, Any] = {"format": "plain", "type": "poll", "data": JsonObject('{"a":1}')}


def send(room: PureRoom, **more: Any) -> Any:
    return room.call(by("alice", calls.SendMessage, "hello", room="lobby", **more))


def test_markdown_is_the_default() -> None:
    room = room_of("alice")
    send(room)
    send(room, format="markdown")
    assert [room.log[seq].format for seq in (1, 2)] == [None, None]


def test_edits_keep_all_and_deletes_drop_all() -> None:
    room = room_of("alice")
    send(room, **POLL)
    room.batch(edit("alice", 1, "other"), in_room(calls.PinMessage)("alice", 1))
    message = room.log[1]
    assert (message.format, message.type, message.data) == ("plain", "poll", '{"a":1}')
    room.batch(delete("alice", 1))
    message = room.log[1]
    assert (message.format, message.type, message.data) == (None, None, None)


def test_a_retry_repeats_them() -> None:
    room = room_of("alice")
    first = send(room, client_id="c", **POLL)
    assert send(room, client_id="c", **POLL).seq == first.seq
    for name, other in (
        ("format", "markdown"),
        ("type", None),
        ("type", "pol"),
        ("data", None),
        ("data", JsonObject('{"a":2}')),
    ):
        assert reason(send(room, client_id="c", **POLL | {name: other})) == "conflict"
    assert reason(send(room, client_id="c")) == "conflict"
    send(room, client_id="d")
    assert reason(send(room, client_id="d", **POLL)) == "conflict"


@pytest.mark.parametrize("cached", [True, False])
async def test_they_are_the_same_in_events_pages_and_the_inbox(cached: bool, house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    carol = await house.guest("carol")
    await carol.join("lobby")
    await bob.subscribe("lobby")
    await house.hush(bob, carol)
    await alice.ask("lobby", calls.SendMessage, "hello", **POLL)
    await house.settle()
    [event] = bob.events()
    assert (event["format"], event["type"], event["data"]) == ("plain", "poll", {"a": 1})
    [event] = carol.events()
    last = event["lastMessage"]
    assert (last["format"], last["type"], "data" in last) == ("plain", "poll", False)
    if not cached:
        alice.node.hub.get("lobby").messages.__init__(1)  # type: ignore[union-attr, misc]
    [message] = (await bob.ask("lobby", calls.GetHistory)).messages
    assert (message.format, message.type, message.data) == ("plain", "poll", '{"a":1}')
    entry = (await carol.inbox()).rooms[0].last_message
    assert (entry.format, entry.type, entry.data) == ("plain", "poll", None)
