"""The hub: delivery, cached events for listeners behind, and no leaks."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.hub.message_cache import MAX_CHANGES
from chatroom.hub.session_registry import SessionRegistry
from chatroom.protocol.events import NewMessageEvent, Typing

from ..builders import decode, token_of
from .hub_harness import (
    BoxedSession,
    events,
    message,
    taken,
)


def session(session_id: str, user: str = "alice") -> BoxedSession:
    made = BoxedSession(session_id, outbox_bytes=1 << 20)
    made.identify(token_of(user), connected_at=0)
    return made


def new_hub() -> Hub:
    return Hub("epoch", SessionRegistry(), max_presence_members=3)


# ---- delivery


async def test_a_message_is_told_to_all_who_watch_in_the_same_bytes() -> None:
    hub = new_hub()
    one, other, elsewhere = session("1"), session("2", "bob"), session("3")
    for watcher in (one, other):
        hub.watch("lobby", watcher)
    hub.watch("elsewhere", elsewhere)
    channel = hub.open("lobby")
    channel.publish_message(NewMessageEvent, message(1), message(1))
    (frame,) = await one.drain()
    assert await other.drain() == [frame]
    told = decode(frame)
    assert told["method"] == "newMessage"
    assert told["params"]["seq"] == 1
    assert told["params"]["epoch"] == "epoch"
    assert await taken(elsewhere) == []


async def test_beside_leaves_out_all_sessions_of_a_person() -> None:
    hub = new_hub()
    mine, also_mine, theirs = session("1"), session("2"), session("3", "bob")
    for watcher in (mine, also_mine, theirs):
        hub.watch("lobby", watcher)
    typing = Typing("lobby", "alice", typing=True)
    hub.open("lobby").publish(typing, beside="alice")
    assert await taken(mine) == await taken(also_mine) == []
    assert await events(theirs) == [
        ("typing", {"room": "lobby", "user": "alice", "typing": True}),
    ]


def revs(frames: list[bytes] | None) -> list[int] | None:
    return None if frames is None else [decode(frame)["params"]["rev"] for frame in frames]


@pytest.mark.parametrize("watched", [True, False])
def test_what_was_told_since_a_rev_is_kept(watched: bool) -> None:
    hub = new_hub()
    if watched:
        hub.watch("lobby", session("1"))
    channel = hub.open("lobby")
    channel.rev = 3  # as the room's actor sets it
    for rev in (4, 5, 6):
        channel.publish_message(NewMessageEvent, message(rev), message(rev))
    assert revs(channel.since(6)) == []
    assert revs(channel.since(4)) == [5, 6]
    assert revs(channel.since(3)) == [4, 5, 6]
    assert revs(channel.since(2)) is None


def test_past_the_ring_it_is_not_all_kept() -> None:
    channel = new_hub().open("lobby")
    channel.rev = 0
    for rev in range(1, MAX_CHANGES + 11):
        channel.publish_message(NewMessageEvent, message(rev), message(rev))
    assert revs(channel.since(10)) == list(range(11, MAX_CHANGES + 11))
    assert channel.since(9) is None


def test_a_topic_that_was_never_told_anything_has_missed_nothing() -> None:
    assert new_hub().open("lobby").since(0) == []


# ---- rooms followed by inboxes


def rooms_of(hub: Hub, user: str) -> set[str]:
    return {channel.room for channel in hub.channels_of(user)}


def test_who_arrives_follows_what_was_read() -> None:
    hub = new_hub()
    hub.begin_inbox_read("alice")
    assert rooms_of(hub, "alice") == set()
    assert hub.end_inbox_read("alice", ["a", "b"]) == set()
    assert rooms_of(hub, "alice") == {"a", "b"}


async def test_who_was_removed_while_the_rooms_were_read_stays_out() -> None:
    hub = new_hub()
    hub.begin_inbox_read("alice")
    channel = hub.open("a")
    hub.detach("alice", channel)
    hub.inbox_reads.note_commit("a")
    assert hub.end_inbox_read("alice", ["a"]) == set(), "as read before the removal"
    assert rooms_of(hub, "alice") == set()
    hub.close(channel)
    assert len(hub) == 0


async def test_who_joined_while_the_rooms_were_read_stays_in() -> None:
    hub = new_hub()
    hub.begin_inbox_read("alice")
    hub.detach("alice", hub.open("a"))
    hub.follow("a", "alice")
    hub.follow("b", "alice")
    hub.end_inbox_read("alice", ["a"])
    assert rooms_of(hub, "alice") == {"a", "b"}
    assert hub.follows("alice", "b")


def test_what_moved_while_the_rooms_were_read_is_told() -> None:
    hub = new_hub()
    hub.inbox_reads.note_commit("c")
    hub.begin_inbox_read("alice")
    for room in ("a", "elsewhere"):
        hub.inbox_reads.note_commit(room)
    hub.begin_inbox_read("bob")
    hub.inbox_reads.note_commit("b")
    assert hub.end_inbox_read("alice", ["a", "b", "c"]) == {"a", "b"}
    assert hub.end_inbox_read("bob", ["a", "b", "c"]) == {"b"}


def test_arriving_again_keeps_what_is_followed() -> None:
    hub = new_hub()
    hub.begin_inbox_read("alice")
    hub.end_inbox_read("alice", ["a"])
    hub.begin_inbox_read("alice")
    hub.end_inbox_read("alice", ["b"])
    assert rooms_of(hub, "alice") == {"a", "b"}


# ---- no leaks


async def test_a_topic_lives_as_long_as_its_room_or_anybody_listens() -> None:
    hub = new_hub()
    watcher = session("1")
    channel = hub.open("lobby")
    hub.watch("lobby", watcher)
    hub.follow("lobby", "alice")
    hub.close(channel)
    assert hub.get("lobby") is channel
    hub.unwatch("lobby", watcher)
    assert hub.get("lobby") is channel
    hub.detach("alice", channel)
    assert hub.get("lobby") is None


async def test_who_does_not_watch_or_follow_may_stop_it_all_the_same() -> None:
    hub = new_hub()
    hub.unwatch("lobby", session("1"))
    channel = hub.open("lobby")
    hub.detach("alice", channel)
    hub.close(channel)
    assert len(hub) == 0


def test_what_was_told_last_goes_when_the_room_sleeps() -> None:
    hub = new_hub()
    hub.follow("lobby", "alice")
    channel = hub.open("lobby")
    channel.publish_message(NewMessageEvent, message(1), message(1))
    hub.close(channel)
    assert channel.since(0) is None
    assert channel.rev == 1, "so that a room that failed knows up to where it was told"


STEPS = st.tuples(
    st.sampled_from(["watch", "unwatch", "enter", "leave", "arrive", "open", "close"]),
    st.sampled_from("ab"),
    st.sampled_from([0, 1]),
)


@settings(derandomize=True, database=None, max_examples=200)
@given(steps=st.lists(STEPS, max_size=25))
async def test_both_sides_always_agree_and_nothing_leaks(steps: list[tuple[str, str, int]]) -> None:
    hub = new_hub()
    sessions = [session("0", "user0"), session("1", "user1")]
    for what, room, who in steps:
        user = sessions[who].user
        match what:
            case "watch":
                hub.watch(room, sessions[who])
            case "unwatch":
                hub.unwatch(room, sessions[who])
            case "enter":
                hub.follow(room, user)
            case "leave" if channel := hub.get(room):
                hub.detach(user, channel)
            case "arrive":
                hub.begin_inbox_read(user)
                hub.end_inbox_read(user, "ab"[: 1 + who])
            case "open":
                hub.open(room)
            case "close" if channel := hub.get(room):
                hub.close(channel)
        for name in "ab":
            agree(hub, hub.get(name), name, sessions)
    for name in "ab":
        for one in sessions:
            hub.unwatch(name, one)
        channel = hub.open(name)
        for one in sessions:
            hub.detach(one.user, channel)
        hub.close(channel)
    assert len(hub) == 0


def agree(hub: Hub, channel: Channel | None, name: str, sessions: list[BoxedSession]) -> None:
    watchers = {one.id: one for one in sessions if name in one.watching}
    inboxes = {one.user for one in sessions if name in rooms_of(hub, one.user)}
    if channel is None:
        assert not watchers
        assert not inboxes
    else:
        assert channel.watchers == watchers
        assert channel.inboxes == inboxes
        assert watchers or inboxes or channel.awake


def test_inboxes_catch_up_with_the_entries_of_what_was_told() -> None:
    channel = new_hub().open("den")
    channel.rev = 0
    for rev in range(1, 6):
        channel.publish_message(NewMessageEvent, message(rev), f"entry {rev}")
    assert channel.events_since(3) == ["entry 4", "entry 5"]
    assert channel.events_since(5) == []
    assert channel.events_since(-1) is None


def test_what_is_kept_is_bounded_by_its_text() -> None:
    channel = new_hub().open("lobby")
    channel.rev = 0
    for rev in range(1, 101):
        channel.publish_message(NewMessageEvent, attrs.evolve(message(rev), text="x" * 4000), rev)
    assert channel.events_since(100 - 65) == list(range(36, 101))
    assert channel.events_since(100 - 66) is None
    channel.publish_message(NewMessageEvent, attrs.evolve(message(101), text="x" * 200_000), 101)
    assert channel.events_since(101 - 16) == list(range(86, 102))
    assert channel.events_since(101 - 17) is None
