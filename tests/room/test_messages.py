"""The rules of messages: send, edit, delete, mark as read, and set notification levels."""

import pytest

from chatroom.model import Member
from chatroom.protocol import results
from chatroom.room.rules import NEAR_SEQS, far_reads_in
from chatroom.store.events import (
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    ReadCursorMoved,
)

from ..builders import reason
from .rules_harness import PureRoom, delete, edit, join, level, private_of, read, room_of, send

# ---- sending


def test_a_message_gets_the_next_numbers() -> None:
    room = room_of("alice", "bob")
    room.now = 2000
    assert room.call(send("alice")) == results.Sent("lobby", 1, 1, 2000, duplicate=False)
    room.batch(edit("alice", 1, "again"))
    assert room.call(send("bob", "hi")) == results.Sent("lobby", 2, 3, 2000, duplicate=False)
    assert (room.log[2].sender, room.log[2].text) == ("bob", "hi")


def test_a_batch_keeps_the_order_and_refused_calls_take_no_number() -> None:
    room = room_of("alice", "bob")
    outcomes = room.batch(
        send("alice", "one"), send("dave"), send("bob", "two"), edit("bob", 9, "x"), send("bob")
    )
    assert [getattr(outcome, "seq", None) for outcome in outcomes] == [1, None, 2, None, 3]
    assert all(isinstance(entry, MessagePosted) for entry in room.entries)
    assert [(m.seq, m.text) for m in room.log.values()] == [(1, "one"), (2, "two"), (3, "hello")]


def test_non_members_do_not_write() -> None:
    assert reason(room_of("alice").call(send("bob"))) == "forbidden"
    assert reason(private_of("alice").call(send("bob"))) == "not_found"
    assert reason(PureRoom().call(send("bob"))) == "not_found"


def test_a_reply_is_to_an_earlier_message() -> None:
    room = room_of("alice")
    assert reason(room.call(send("alice", reply=1))) == "invalid_params"
    first, second = room.batch(send("alice"), send("alice", "yes", reply=1))
    assert (first.seq, second.seq) == (1, 2)
    assert room.log[2].reply_to == 1
    assert reason(room.call(send("alice", reply=3))) == "invalid_params"


def test_timestamps_never_decrease_when_the_clock_goes_back() -> None:
    room = room_of("alice")
    room.now = 5000
    room.batch(send("alice"))
    room.now = 100
    assert room.call(send("alice")).timestamp == 5000
    room.batch(edit("alice", 1, "later"))
    assert room.log[1].edited_at == 5000
    room.now = 6000
    assert room.call(send("alice")).timestamp == 6000


# ---- mentions


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@bob", ["bob"]),
        ("hi @bob, hi @carol!", ["bob", "carol"]),
        ("@bob @bob @bob.", ["bob"]),
        ("ask @bob.", ["bob"]),
        ("ask @bob...", ["bob"]),
        ("(@bob)", ["bob"]),
        ("@@bob", ["bob"]),
        ("@bob's", ["bob"]),
        ("@bob\n@carol", ["bob", "carol"]),
        ("\u00e4@bob", ["bob"]),
        ("a@bob", []),
        ("a.@bob", []),
        ("-@bob", []),
        ("_@bob", []),
        ("1@bob", []),
        ("@bobby", []),
        ("@bob-the-builder", []),
        ("@Bob", []),
        ("@ bob", []),
        ("@", []),
        ("@dave", []),  # not a member
        ("@nobody", []),
        ("@alice", []),  # the sender
        ("@alice @bob", ["bob"]),
        ("@room", ["room"]),
        ("@room.", ["room"]),
        ("all in the @room! @bob", ["room", "bob"]),
        ("mail@room", []),
        ("@" + "b" * 65, []),
        ("@bob" + "." * 100, ["bob"]),
    ],
)
def test_mentions_are_of_members_other_than_the_sender(text: str, mentioned: list[str]) -> None:
    room = room_of("alice", "bob", "carol")
    room.batch(send("alice", text))
    assert list(room.log[1].mentions) == mentioned


def test_the_longest_name_of_a_member_is_mentioned() -> None:
    room = PureRoom(accounts={"alice", "bob", "bob.", "bob.-"})
    for user in ("alice", "bob", "bob."):
        room.batch(join(user))
    for text, meant in [("@bob.", "bob."), ("@bob.-", "bob"), ("@bob!", "bob"), ("@bob-", "bob")]:
        seq = room.call(send("alice", text)).seq
        assert room.log[seq].mentions == (meant,), text


def test_a_sender_is_never_mentioned_whatever_follows_the_name() -> None:
    room = room_of("bob", "alice")
    room.batch(send("bob", "@bob. @bob"))
    assert room.log[1].mentions == ()


def test_an_edit_recomputes_the_mentions() -> None:
    room = room_of("alice", "bob", "carol")
    room.batch(send("alice", "@bob"), edit("alice", 1, "@carol and @room"))
    assert room.log[1].mentions == ("carol", "room")
    room.batch(delete("alice", 1))
    assert not room.log[1].mentions


# ---- editing


def test_a_sender_edits_a_message() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice", client_id="c"), send("bob"))
    room.now = 3000
    for changes in (True, False):
        assert room.call(edit("alice", 1, "better")) == results.Changed(3)
        assert bool(room.entries) is changes
    message = room.log[1]
    assert (message.text, message.rev, message.seq, message.edited_at) == ("better", 3, 1, 3000)
    assert (message.client_id, message.sender) == ("c", "alice")


def test_a_message_is_edited_in_the_batch_that_posts_it() -> None:
    room = room_of("alice", "bob")
    sent, edited, deleted, late = room.batch(
        send("alice", "one"), edit("alice", 1, "two"), delete("alice", 1), edit("alice", 1, "three")
    )
    assert (sent.rev, edited.rev, deleted.rev) == (1, 2, 3)
    assert reason(late) == "not_found"
    changes = [entry for entry in room.entries if isinstance(entry, MessageChanged)]
    assert [change.was.text for change in changes] == ["one", "two"]
    assert (room.log[1].deleted, room.log[1].text, room.log[1].rev) == (True, "", 3)


def test_edits_that_are_refused() -> None:
    room = room_of("alice", "bob")
    room.promote("bob")
    room.batch(send("alice"), send("bob"), delete("bob", 2))
    assert reason(room.call(edit("bob", 1, "x"))) == "forbidden", "not even a moderator"
    assert reason(room.call(edit("bob", 2, "x"))) == "not_found", "it was deleted"
    assert reason(room.call(edit("bob", 3, "x"))) == "not_found"
    assert reason(room.call(edit("carol", 1, "x"))) == "forbidden"
    assert reason(private_of("alice").call(edit("carol", 1, "x"))) == "not_found"


# ---- deleting


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_a_message_is_deleted_by_its_sender_a_moderator_or_the_owner(who: str) -> None:
    room = room_of("alice", "bob", "carol")
    room.promote("bob")
    room.batch(send("carol", "@alice"))
    assert room.call(delete(who, 1)) == results.Changed(2)
    message = room.log[1]
    assert (message.deleted, message.text, message.mentions) == (True, "", ())
    assert room.call(delete(who, 1)) == results.Changed(2), "once more changes nothing"
    assert room.entries == []


def test_deletes_that_are_refused() -> None:
    room = room_of("alice", "bob", "carol")
    room.batch(send("carol"))
    assert reason(room.call(delete("bob", 1))) == "forbidden"
    assert reason(room.call(delete("bob", 2))) == "not_found"
    assert reason(room.call(delete("dave", 1))) == "forbidden"


# ---- reading and levels


def member_of(room: PureRoom, user: str) -> Member:
    member = room.state.member(user)
    assert member is not None
    return member


def test_a_read_cursor_moves_only_forward() -> None:
    room = room_of("alice", "bob")
    room.batch(*[send("alice") for _ in range(5)])
    assert room.call(read("bob", 3)) is None
    assert room.entries == [ReadCursorMoved("bob", 3)]
    for seq in (3, 1):
        assert room.call(read("bob", seq)) is None
        assert room.entries == []
    assert member_of(room, "bob").read_seq == 3


def test_of_several_reads_in_a_batch_the_furthest_counts_and_comes_last() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"))
    outcomes = room.batch(
        read("bob", 1), send("alice"), read("bob", 2), read("bob", 0), send("bob")
    )
    assert outcomes.count(None) == 3, "the inbox replies"
    first, second, read_last = room.entries
    assert isinstance(first, MessagePosted)
    assert isinstance(second, MessagePosted)
    assert read_last == ReadCursorMoved("bob", 2)


def test_reads_that_are_refused() -> None:
    room = room_of("alice")
    room.batch(send("alice"))
    assert reason(room.call(read("alice", 2))) == "invalid_params"
    assert reason(room.call(read("bob", 1))) == "forbidden"


def test_far_reads_are_counted_before_the_decision() -> None:
    room = room_of("alice", "bob")
    head = 3 * NEAR_SEQS
    room.batch(*[send("alice") for _ in range(head)])

    def far(*seqs: int) -> dict[str, set[int]]:
        return far_reads_in(room.state, [send("alice"), *[read("bob", seq) for seq in seqs]])

    middle = head // 2
    assert far(middle) == {"bob": {middle}}
    assert far(1) == {"bob": {1}}, "what stays above is counted as well"
    assert far(head) == {"bob": {head}}
    assert far(1, middle, 2, 0) == {"bob": {middle}}
    assert far(middle, head + 1, 1) == {"bob": {middle, head}}, "if the last one is refused"
    assert far_reads_in(room.state, [read("carol", middle)]) == {}
    room.batch(read("bob", head - NEAR_SEQS))
    assert far(head, head - NEAR_SEQS + 1, middle) == {}


def test_a_level_is_set_by_each_call_and_the_last_one_of_a_batch_stands() -> None:
    """Even if it seems to be set: another node may have set another one meanwhile."""
    room = room_of("alice")
    for _ in range(2):
        assert room.call(level("alice", "none")) is None
        assert room.entries == [NotificationLevelSet("alice", "none")]
    assert reason(room.call(level("bob", "none"))) == "forbidden"
    room.batch(level("alice", "all"), level("alice", "mentions"))
    assert member_of(room, "alice").level == "mentions"
