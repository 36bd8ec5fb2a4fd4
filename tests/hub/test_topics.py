"""Topics: who is told, what is kept for who comes late, and that nothing is left behind."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub.channel import RECENT, Channel
from chatroom.hub.channels import Channels
from chatroom.protocol.events import NewMessageEvent, Typing

from ..builders import decode
from .hub_harness import (
    BoxedLine,
    events,
    message,
    taken,
)


def line(session: str, user: str = "alice") -> BoxedLine:
    made = BoxedLine(session, outbox_bytes=1 << 20)
    made.identify(user, b"")
    return made


def topics() -> Channels:
    return Channels("epoch")


# ---- telling


async def test_a_message_is_told_to_all_who_watch_in_the_same_bytes() -> None:
    all_topics = topics()
    one, other, elsewhere = line("1"), line("2", "bob"), line("3")
    for watcher in (one, other):
        all_topics.watch("lobby", watcher)
    all_topics.watch("elsewhere", elsewhere)
    topic = all_topics.open("lobby")
    topic.publish_message(NewMessageEvent, message(1), message(1))
    (frame,) = await one.drain()
    assert await other.drain() == [frame]
    told = decode(frame)
    assert told["method"] == "newMessage"
    assert told["params"]["seq"] == 1
    assert told["params"]["epoch"] == "epoch"
    assert await taken(elsewhere) == []


async def test_beside_leaves_out_all_sessions_of_a_person() -> None:
    all_topics = topics()
    mine, also_mine, theirs = line("1"), line("2"), line("3", "bob")
    for watcher in (mine, also_mine, theirs):
        all_topics.watch("lobby", watcher)
    typing = Typing("lobby", "alice", typing=True)
    all_topics.open("lobby").publish(typing, beside="alice")
    assert await taken(mine) == await taken(also_mine) == []
    assert await events(theirs) == [
        ("typing", {"room": "lobby", "user": "alice", "typing": True}),
    ]


def revs(frames: list[bytes] | None) -> list[int] | None:
    return None if frames is None else [decode(frame)["params"]["rev"] for frame in frames]


@pytest.mark.parametrize("watched", [True, False])
def test_what_was_told_since_a_rev_is_kept(watched: bool) -> None:
    all_topics = topics()
    if watched:
        all_topics.watch("lobby", line("1"))
    topic = all_topics.open("lobby")
    topic.rev = 3  # as the room found itself
    for rev in (4, 5, 6):
        topic.publish_message(NewMessageEvent, message(rev), message(rev))
    assert revs(topic.since(6)) == []
    assert revs(topic.since(4)) == [5, 6]
    assert revs(topic.since(3)) == [4, 5, 6]
    assert revs(topic.since(2)) is None


def test_past_the_ring_it_is_not_all_kept() -> None:
    topic = topics().open("lobby")
    topic.rev = 0
    for rev in range(1, RECENT + 11):
        topic.publish_message(NewMessageEvent, message(rev), message(rev))
    assert revs(topic.since(10)) == list(range(11, RECENT + 11))
    assert topic.since(9) is None


def test_a_topic_that_was_never_told_anything_has_missed_nothing() -> None:
    assert topics().open("lobby").since(0) == []


# ---- who follows what


def rooms_of(all_topics: Channels, user: str) -> set[str]:
    return {topic.room for topic in all_topics.of(user)}


def test_who_arrives_follows_what_was_read() -> None:
    all_topics = topics()
    all_topics.arriving("alice")
    assert rooms_of(all_topics, "alice") == set()
    assert all_topics.arrived("alice", ["a", "b"]) == set()
    assert rooms_of(all_topics, "alice") == {"a", "b"}


def test_who_was_removed_while_the_rooms_were_read_stays_out() -> None:
    all_topics = topics()
    all_topics.arriving("alice")
    all_topics.leave("a", "alice")
    all_topics.moved("a")
    assert all_topics.arrived("alice", ["a"]) == set(), "as read before the removal"
    assert rooms_of(all_topics, "alice") == set()
    assert len(all_topics) == 0


def test_who_joined_while_the_rooms_were_read_stays_in() -> None:
    all_topics = topics()
    all_topics.arriving("alice")
    all_topics.leave("a", "alice")
    all_topics.enter("a", "alice")
    all_topics.enter("b", "alice")
    all_topics.arrived("alice", ["a"])
    assert rooms_of(all_topics, "alice") == {"a", "b"}
    assert all_topics.follows("alice", "b")


def test_what_moved_while_the_rooms_were_read_is_told() -> None:
    all_topics = topics()
    all_topics.moved("c")
    all_topics.arriving("alice")
    for room in ("a", "elsewhere"):
        all_topics.moved(room)
    all_topics.arriving("bob")
    all_topics.moved("b")
    assert all_topics.arrived("alice", ["a", "b", "c"]) == {"a", "b"}
    assert all_topics.arrived("bob", ["a", "b", "c"]) == {"b"}


def test_arriving_again_keeps_what_is_followed() -> None:
    all_topics = topics()
    all_topics.arriving("alice")
    all_topics.arrived("alice", ["a"])
    all_topics.arriving("alice")
    all_topics.arrived("alice", ["b"])
    assert rooms_of(all_topics, "alice") == {"a", "b"}


# ---- nothing is left behind


def test_a_topic_lives_as_long_as_its_room_or_anybody_listens() -> None:
    all_topics = topics()
    watcher = line("1")
    topic = all_topics.open("lobby")
    all_topics.watch("lobby", watcher)
    all_topics.enter("lobby", "alice")
    all_topics.close(topic)
    assert all_topics.get("lobby") is topic
    all_topics.unwatch("lobby", watcher)
    assert all_topics.get("lobby") is topic
    all_topics.leave("lobby", "alice")
    assert all_topics.get("lobby") is None


def test_who_does_not_watch_or_follow_may_stop_it_all_the_same() -> None:
    all_topics = topics()
    all_topics.unwatch("lobby", line("1"))
    all_topics.leave("lobby", "alice")
    assert len(all_topics) == 0


def test_what_was_told_last_goes_when_the_room_sleeps() -> None:
    all_topics = topics()
    all_topics.enter("lobby", "alice")
    topic = all_topics.open("lobby")
    topic.publish_message(NewMessageEvent, message(1), message(1))
    all_topics.close(topic)
    assert topic.since(0) is None
    assert topic.rev == 1, "so that a room that failed knows up to where it was told"


STEPS = st.tuples(
    st.sampled_from(["watch", "unwatch", "enter", "leave", "arrive", "open", "close"]),
    st.sampled_from("ab"),
    st.sampled_from([0, 1]),
)


@settings(derandomize=True, database=None, max_examples=200)
@given(steps=st.lists(STEPS, max_size=25))
def test_both_sides_always_agree_and_nothing_leaks(steps: list[tuple[str, str, int]]) -> None:
    all_topics = topics()
    lines = [line("0", "user0"), line("1", "user1")]
    for what, room, who in steps:
        user = lines[who].user
        match what:
            case "watch":
                all_topics.watch(room, lines[who])
            case "unwatch":
                all_topics.unwatch(room, lines[who])
            case "enter":
                all_topics.enter(room, user)
            case "leave":
                all_topics.leave(room, user)
            case "arrive":
                all_topics.arriving(user)
                all_topics.arrived(user, "ab"[: 1 + who])
            case "open":
                all_topics.open(room)
            case "close" if topic := all_topics.get(room):
                all_topics.close(topic)
        for name in "ab":
            agree(all_topics, all_topics.get(name), name, lines)
    for name in "ab":
        for one in lines:
            all_topics.unwatch(name, one)
            all_topics.leave(name, one.user)
        if topic := all_topics.get(name):
            all_topics.close(topic)
    assert len(all_topics) == 0


def agree(all_topics: Channels, topic: Channel | None, name: str, lines: list[BoxedLine]) -> None:
    watchers = {one.session: one for one in lines if name in one.watching}
    inboxes = {one.user for one in lines if name in rooms_of(all_topics, one.user)}
    if topic is None:
        assert not watchers
        assert not inboxes
    else:
        assert topic.watchers == watchers
        assert topic.inboxes == inboxes
        assert watchers or inboxes or topic.awake


def test_inboxes_catch_up_with_the_entries_of_what_was_told() -> None:
    topic = Channels("epoch").open("den")
    topic.rev = 0
    for rev in range(1, 6):
        topic.publish_message(NewMessageEvent, message(rev), f"entry {rev}")
    assert topic.entries_since(3) == ["entry 4", "entry 5"]
    assert topic.entries_since(5) == []
    assert topic.entries_since(-1) is None


def test_what_is_kept_is_bounded_by_its_text() -> None:
    topic = topics().open("lobby")
    topic.rev = 0
    for rev in range(1, 101):
        topic.publish_message(NewMessageEvent, attrs.evolve(message(rev), text="x" * 4000), rev)
    assert topic.entries_since(100 - 65) == list(range(36, 101))
    assert topic.entries_since(100 - 66) is None
    topic.publish_message(NewMessageEvent, attrs.evolve(message(101), text="x" * 200_000), 101)
    assert topic.entries_since(101 - 16) == list(range(86, 102))
    assert topic.entries_since(101 - 17) is None
