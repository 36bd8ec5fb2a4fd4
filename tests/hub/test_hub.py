"""The hub: delivery, cached events for listeners behind, and no leaks."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.hub.message_cache import MAX_CHANGES
from chatroom.protocol.events import NewMessageEvent, Typing

from ..builders import decode
from .hub_harness import BoxedSession, events, message, new_hub, taken


@pytest.fixture
def hub() -> Hub:
    return new_hub()


@pytest.fixture
def channel(hub: Hub) -> Channel:
    """The channel of a room without messages."""
    channel = hub.open("lobby")
    channel.rev = 0
    return channel


def publish(channel: Channel, *revs: int, size: int = 5) -> None:
    """Publish messages of ``size`` characters, each with its rev as the room event."""
    for rev in revs:
        channel.publish_message(NewMessageEvent, message(rev, text="x" * size), rev)


def revs(frames: list[bytes] | None) -> list[int] | None:
    return None if frames is None else [decode(frame)["params"]["rev"] for frame in frames]


# ---- delivery


async def test_all_watchers_get_a_message_in_the_same_bytes(hub: Hub, channel: Channel) -> None:
    one, other, elsewhere = BoxedSession("1"), BoxedSession("2", "bob"), BoxedSession("3")
    for watcher in (one, other):
        hub.watch(watcher, "lobby")
    hub.watch(elsewhere, "elsewhere")
    publish(channel, 1)
    (frame,) = await one.drain()
    assert await other.drain() == [frame]
    told = decode(frame)
    assert (told["method"], told["params"]["seq"]) == ("newMessage", 1)
    assert told["params"]["epoch"] == "epoch"
    assert await taken(elsewhere) == []


async def test_an_event_beside_a_person_goes_to_none_of_their_sessions(
    hub: Hub, channel: Channel
) -> None:
    mine, also_mine, theirs = BoxedSession("1"), BoxedSession("2"), BoxedSession("3", "bob")
    for watcher in (mine, also_mine, theirs):
        hub.watch(watcher, "lobby")
    channel.publish(Typing("lobby", "alice", typing=True), beside="alice")
    assert await taken(mine) == await taken(also_mine) == []
    assert await events(theirs) == [
        ("typing", {"room": "lobby", "user": "alice", "typing": True}),
    ]


@pytest.mark.parametrize("watched", [True, False])
def test_frames_and_events_since_a_rev_are_cached(
    watched: bool, hub: Hub, channel: Channel
) -> None:
    if watched:
        hub.watch(BoxedSession(), "lobby")
    assert hub.open("never published").since(0) == []
    channel.rev = 3  # as the room's actor sets it
    publish(channel, 4, 5, 6)
    for rev, since in ((6, []), (4, [5, 6]), (3, [4, 5, 6]), (2, None)):
        assert revs(channel.since(rev)) == since
        assert channel.events_since(rev) == since


def test_the_cached_changes_are_bounded_in_number_and_text(channel: Channel) -> None:
    publish(channel, *range(1, MAX_CHANGES + 11))
    assert revs(channel.since(10)) == list(range(11, MAX_CHANGES + 11))
    assert channel.since(9) is None
    channel.reset(0, 0, 1, 1)
    publish(channel, *range(1, 101), size=4000)
    assert channel.events_since(100 - 65) == list(range(36, 101))
    assert channel.events_since(100 - 66) is None
    publish(channel, 101, size=200_000)
    assert channel.events_since(101 - 16) == list(range(86, 102))
    assert channel.events_since(101 - 17) is None


# ---- rooms followed by inboxes


def rooms_of(hub: Hub, user: str) -> set[str]:
    return {channel.room for channel in hub.inboxes.channels_of(user)}


def test_an_inbox_follows_the_rooms_that_it_has_read(hub: Hub) -> None:
    for read, followed in (("a", {"a"}), ("b", {"a", "b"})):
        hub.inboxes.begin_read("alice")
        assert hub.inboxes.end_read("alice", {read: 1}) == set()
        assert rooms_of(hub, "alice") == followed


async def test_a_room_left_while_the_rooms_are_read_is_not_followed(hub: Hub) -> None:
    hub.inboxes.begin_read("alice")
    channel = hub.open("a")
    hub.detach("alice", channel)
    hub.inboxes.reads.note_commit("a")
    assert hub.inboxes.end_read("alice", dict.fromkeys(["a"], 1)) == set(), (
        "as read before the removal"
    )
    assert rooms_of(hub, "alice") == set()
    hub.close(channel)
    assert len(hub) == 0


async def test_a_room_joined_while_the_rooms_are_read_is_followed(hub: Hub) -> None:
    hub.inboxes.begin_read("alice")
    hub.detach("alice", hub.open("a"))
    hub.inboxes.follow("alice", "a")
    hub.inboxes.follow("alice", "b")
    hub.inboxes.end_read("alice", dict.fromkeys(["a"], 1))
    assert rooms_of(hub, "alice") == {"a", "b"}
    assert hub.inboxes.follows("alice", "b")


def test_rooms_with_commits_while_they_are_read_are_returned(hub: Hub) -> None:
    hub.inboxes.reads.note_commit("c")
    hub.inboxes.begin_read("alice")
    for room in ("a", "elsewhere"):
        hub.inboxes.reads.note_commit(room)
    hub.inboxes.begin_read("bob")
    hub.inboxes.reads.note_commit("b")
    assert hub.inboxes.end_read("alice", dict.fromkeys(["a", "b", "c"], 1)) == {"a", "b"}
    assert hub.inboxes.end_read("bob", dict.fromkeys(["a", "b", "c"], 1)) == {"b"}


# ---- no leaks


def test_the_cached_changes_go_when_the_room_sleeps(hub: Hub, channel: Channel) -> None:
    hub.inboxes.follow("alice", "lobby")
    publish(channel, 1)
    hub.close(channel)
    assert channel.since(0) is None
    assert channel.rev == 1, "a room that failed must know what it has published"


STEPS = st.tuples(
    st.sampled_from(
        ["connect", "disconnect", "watch", "unwatch", "enter", "leave", "arrive", "sleep"]
    )
    | st.sampled_from(["open", "close"]),
    st.sampled_from("ab"),
    st.sampled_from([0, 1, 2]),
)


@settings(max_examples=200)
@given(steps=st.lists(STEPS, max_size=25))
async def test_sessions_and_channels_agree_and_nothing_leaks(
    steps: list[tuple[str, str, int]],
) -> None:
    hub = new_hub()
    sessions = [BoxedSession(str(n), user) for n, user in enumerate(("user0", "user1", "user0"))]
    for what, room, who in steps:
        user, connected = sessions[who].user, str(who) in hub.sessions.by_id
        match what:
            case "connect" if not connected:
                hub.connect(sessions[who])
            case "disconnect" if connected:
                hub.disconnect(sessions[who])
            case "watch":
                hub.watch(sessions[who], room)
            case "unwatch":
                hub.unwatch(sessions[who], room)
            case "enter":
                hub.inboxes.follow(user, room)
            case "leave" if channel := hub.get(room):
                hub.detach(user, channel)
            case "arrive":
                hub.inboxes.begin_read(user)
                hub.inboxes.end_read(user, dict.fromkeys("ab"[: 1 + who], 1))
            case "sleep":
                hub.inboxes.close(user)
            case "open":
                hub.open(room)
            case "close" if channel := hub.get(room):
                hub.close(channel)
        for name in "ab":
            agree(hub, hub.get(name), name, sessions)
    for name in "ab":
        for one in sessions:
            hub.unwatch(one, name)
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
        count = Counter(one.user for one in watchers.values())
        forwarded = {user for user in inboxes if count[user] != hub.sessions.count(user)}
        assert set(hub.inboxes.to_forward(channel)) == forwarded
