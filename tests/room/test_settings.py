"""The settings of a room: who changes them, and what they ask of whoever writes or invites."""

from typing import Any

import pytest
import trio

from chatroom.model import RoomPolicy
from chatroom.protocol import calls, results
from chatroom.room import mail as room_mail
from chatroom.store.events import RoomConfigured, SenderSlowed

from ..builders import House, reason
from .rules_harness import delete, edit, invite, join, mute, room_of, send, set_room

DEFAULT = results.RoomSettings("lobby", "lobby", "", "public", "all", "moderators", 0, False)


def test_only_given_settings_change() -> None:
    room = room_of("alice", "bob")
    assert room.state.room is not None
    version = room.state.room.version
    settings = room.call(set_room("alice", title="The Lobby", slow_mode_s=5))
    assert settings == results.RoomSettings(
        "lobby", "The Lobby", "", "public", "all", "moderators", 5, False
    )
    policy = RoomPolicy(slow_mode_s=5)
    assert room.entries == [RoomConfigured("The Lobby", "", "public", policy, version + 1)]
    assert (room.state.room.title, room.state.room.policy) == ("The Lobby", policy)
    assert room.state.room.version == version + 1
    assert room.call(set_room("alice", title="The Lobby")) == settings
    assert room.entries == [], "nothing changes"
    assert room.call(join("carol")).slow_mode_s == 5


@pytest.mark.parametrize(
    ("setting", "by_moderators"),
    [
        ({"title": "Hall"}, True),
        ({"topic": "weather"}, True),
        ({"posting": "moderators"}, True),
        ({"inviting": "all"}, True),
        ({"slow_mode_s": 5}, True),
        ({"visibility": "private"}, False),
        ({"archived": True}, False),
    ],
)
def test_who_may_change_what(setting: dict[str, Any], by_moderators: bool) -> None:
    room = room_of("alice", "bob", "carol")
    room.promote("bob")
    assert reason(room.call(set_room("carol", **setting))) == "forbidden"
    assert reason(room.call(set_room("bob", **setting))) == (None if by_moderators else "forbidden")
    assert reason(room.call(set_room("alice", **setting))) is None
    assert reason(room.call(set_room("bob", **setting))) is None, "it is so already"
    assert reason(room.call(set_room("dave", **setting))) == (
        "not_found" if "visibility" in setting else "forbidden"
    )


def test_where_only_moderators_post_members_read() -> None:
    room = room_of("alice", "bob", "carol")
    room.promote("bob")
    room.batch(send("carol", "one", "c1"))
    room.batch(set_room("alice", posting="moderators"))
    assert room.call(send("bob")).seq == 2
    refused, edited, again = room.batch(
        send("carol"), edit("carol", 1, "two"), send("carol", "one", "c1")
    )
    assert (reason(refused), reason(edited)) == ("forbidden", "forbidden")
    assert again.duplicate, "what was accepted before stays accepted (I3)"
    room.batch(set_room("bob", posting="all"))
    assert room.call(send("carol")).seq == 3


def test_nobody_writes_in_an_archived_room() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"), send("bob"))
    room.batch(set_room("alice", archived=True))
    for user, seq in (("alice", 1), ("bob", 2)):
        assert reason(room.call(send(user))) == "forbidden"
        assert reason(room.call(edit(user, seq, "changed"))) == "forbidden"
    assert reason(room.call(delete("alice", 2))) is None
    assert room.call(join("carol")).archived
    room.batch(set_room("alice", archived=False))
    assert room.call(send("bob")).seq == 3


def test_who_may_invite_is_a_setting() -> None:
    room = room_of("alice", "bob")
    assert reason(room.call(invite("bob", "carol"))) == "forbidden"
    room.batch(set_room("alice", inviting="all"))
    assert room.call(invite("bob", "carol")) == results.Empty()
    assert room.roles()["carol"] == "member"


# ---- slow mode


def test_members_wait_between_two_messages_in_slow_mode() -> None:
    room = room_of("alice", "bob", "carol")
    room.now = 100_000
    room.batch(send("bob"))
    room.batch(set_room("alice", slow_mode_s=10))
    first, second, edited, again, other = room.batch(
        send("bob", "one", "c1"),
        send("bob", "two", "c2"),
        edit("bob", 1, "changed"),
        send("bob", "one", "c1"),
        send("carol"),
    )
    assert (first.seq, other.seq) == (2, 3)
    assert (second.reason, second.retry_after_ms) == ("rate_limited", 10_000)
    assert (reason(edited), again.duplicate) == (None, True)
    assert [entry for entry in room.entries if isinstance(entry, SenderSlowed)] == [
        SenderSlowed("bob", 100_000),
        SenderSlowed("carol", 100_000),
    ]
    room.now += 9_999
    assert room.call(send("bob")).retry_after_ms == 1
    room.now += 1
    assert room.call(send("bob")).seq == 4


def test_moderators_do_not_wait() -> None:
    room = room_of("alice", "bob")
    room.promote("bob")
    room.batch(set_room("alice", slow_mode_s=10))
    assert [sent.seq for sent in room.batch(*[send(who) for who in ("alice", "bob") * 2])] == [
        *range(1, 5)
    ]
    assert not any(isinstance(entry, SenderSlowed) for entry in room.entries)


def test_a_shorter_slow_mode_holds_at_once_and_a_mute_comes_first() -> None:
    room = room_of("alice", "bob")
    room.batch(set_room("alice", slow_mode_s=3600))
    room.batch(send("bob"))
    room.batch(set_room("alice", slow_mode_s=5))
    room.now += 4_999
    assert room.call(send("bob")).retry_after_ms == 1
    room.batch(mute("alice", "bob"))
    assert reason(room.call(send("bob"))) == "muted"


async def test_slow_mode_lasts_while_the_room_sleeps(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.ask("lobby", calls.SetRoom, slow_mode_s=3600)
    await bob.send("lobby")
    await trio.sleep(2 * house.node.config.room_idle_s)
    assert not house.node.actors.awake(room_mail.address("lobby"))
    assert reason(await bob.send("lobby")) == "rate_limited"


# ---- who is told


async def test_watchers_and_inboxes_are_told(house: House) -> None:
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    dave = await house.guest("dave")
    await bob.subscribe("den")
    await house.hush(alice, bob, carol)
    await alice.ask("den", calls.SetRoom, title="The Den", inviting="all")
    await house.settle()
    changed = {"event": "roomChanged", "room": "den", "title": "The Den", "topic": ""} | {
        "visibility": "private",
        "posting": "all",
        "inviting": "all",
        "slowModeS": 0,
        "archived": False,
    }
    assert bob.events("roomChanged") == [changed]
    assert [event["title"] for event in carol.events("unread")] == ["The Den"]
    assert carol.events("roomChanged") == []
    assert dave.events() == [], "the room does not exist for him"
    for guest in (alice, bob, carol):
        assert [entry.title for entry in (await guest.inbox()).rooms] == ["The Den"]


async def test_a_room_made_private_disappears_and_one_made_public_appears(house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    eve = await house.guest("dave")
    assert [room.room for room in (await eve.rooms()).rooms] == ["lobby"]
    await alice.ask("lobby", calls.SetRoom, visibility="private")
    assert (await eve.rooms()).rooms == ()
    assert reason(await eve.ask("lobby", calls.GetHistory, limit=50)) == "not_found"
    assert reason(await eve.join("lobby")) == "not_found"
    await alice.ask("lobby", calls.SetRoom, visibility="public")
    assert [room.room for room in (await eve.rooms("lob")).rooms] == ["lobby"]
    assert (await eve.join("lobby")).role == "member"


async def test_a_list_that_was_read_before_does_not_show_a_room_made_private(
    house: House, store: Any
) -> None:
    """The room was public when the list was read (I5)."""
    (alice,) = await house.meet("lobby", "alice")
    eve = await house.guest("dave")
    store.read_delay = 1
    listing = await eve.post_to_inbox(calls.ListRooms())
    await trio.sleep(0.5)
    store.read_delay = 0
    assert reason(await alice.ask("lobby", calls.SetRoom, visibility="private")) is None
    assert (await listing.wait()).rooms == ()
