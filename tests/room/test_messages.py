"""The rules of messages: send, edit, delete, mark as read, and set notification levels."""

import pytest

from chatroom.protocol import results
from chatroom.room.rules import NEAR_SEQS, far_reads_in
from chatroom.store.events import (
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
)

from ..builders import reason
from .rules_harness import (
    Court,
    delete,
    edit,
    join,
    level,
    private_of,
    read,
    room_of,
    send,
)


def promoted(court: Court, user: str) -> Court:
    court.apply(RoleChanged(user, "moderator"))
    return court


# ---- sending


def test_a_message_gets_the_next_numbers() -> None:
    court = room_of("alice", "bob")
    court.now = 2000
    assert court.one(send("alice")) == results.Sent("lobby", 1, 1, 2000, duplicate=False)
    court.do(edit("alice", 1, "again"))
    assert court.one(send("bob", "hi")) == results.Sent("lobby", 2, 3, 2000, duplicate=False)
    assert (court.log[2].sender, court.log[2].text) == ("bob", "hi")


def test_a_batch_of_several_keeps_each_one_s_order() -> None:
    court = room_of("alice", "bob", "carol")
    requests = [send(user, f"{user} {n}") for n in range(5) for user in ("alice", "bob", "carol")]
    outcomes = court.do(*requests)
    assert [outcome.seq for outcome in outcomes] == list(range(1, 16))
    assert [court.log[seq].text for seq in range(1, 16)] == [
        f"{user} {n}" for n in range(5) for user in ("alice", "bob", "carol")
    ]


def test_a_refused_one_takes_no_number() -> None:
    court = room_of("alice", "bob")
    outcomes = court.do(send("alice"), send("dave"), send("bob"), edit("bob", 9, "x"), send("bob"))
    assert [getattr(outcome, "seq", None) for outcome in outcomes] == [1, None, 2, None, 3]
    assert [entry.message.seq for entry in court.entries if isinstance(entry, MessagePosted)] == [
        1,
        2,
        3,
    ]


def test_who_is_not_in_the_room_does_not_write_there() -> None:
    assert reason(room_of("alice").one(send("bob"))) == "forbidden"
    assert reason(private_of("alice").one(send("bob"))) == "not_found"
    assert reason(Court().one(send("bob"))) == "not_found"


def test_a_message_may_answer_one_that_is_there() -> None:
    court = room_of("alice")
    assert reason(court.one(send("alice", reply=1))) == "invalid_params"
    first, second = court.do(send("alice"), send("alice", "yes", reply=1))
    assert (first.seq, second.seq) == (1, 2)
    assert court.log[2].reply_to == 1
    assert reason(court.one(send("alice", reply=3))) == "invalid_params"


def test_timestamps_never_decrease_when_the_clock_goes_back() -> None:
    court = room_of("alice")
    court.now = 5000
    court.do(send("alice"))
    court.now = 100
    assert court.one(send("alice")).timestamp == 5000
    court.do(edit("alice", 1, "later"))
    assert court.log[1].edited_at == 5000
    court.now = 6000
    assert court.one(send("alice")).timestamp == 6000


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
    court = room_of("alice", "bob", "carol")
    court.do(send("alice", text))
    assert list(court.log[1].mentions) == mentioned


def test_the_longest_name_that_is_a_member_is_meant() -> None:
    court = Court(accounts={"alice", "bob", "bob.", "bob.-"})
    for user in ("alice", "bob", "bob."):
        court.do(join(user))
    for text, meant in [("@bob.", "bob."), ("@bob.-", "bob"), ("@bob!", "bob"), ("@bob-", "bob")]:
        seq = court.one(send("alice", text)).seq
        assert court.log[seq].mentions == (meant,), text


def test_a_mention_of_oneself_is_none_under_any_ending() -> None:
    court = room_of("bob", "alice")
    court.do(send("bob", "@bob. @bob"))
    assert court.log[1].mentions == ()


def test_an_edit_recomputes_the_mentions() -> None:
    court = room_of("alice", "bob", "carol")
    court.do(send("alice", "@bob"), edit("alice", 1, "@carol and @room"))
    assert court.log[1].mentions == ("carol", "room")
    court.do(delete("alice", 1))
    assert not court.log[1].mentions


# ---- editing


def test_its_sender_edits_a_message() -> None:
    court = room_of("alice", "bob")
    court.do(send("alice", client_id="c"), send("bob"))
    court.now = 3000
    assert court.one(edit("alice", 1, "better")) == results.Changed(3)
    message = court.log[1]
    assert (message.text, message.rev, message.seq, message.edited_at) == ("better", 3, 1, 3000)
    assert (message.client_id, message.sender) == ("c", "alice")


def test_a_message_is_edited_in_the_batch_that_posts_it() -> None:
    court = room_of("alice", "bob")
    sent, edited, deleted, late = court.do(
        send("alice", "one"),
        edit("alice", 1, "two"),
        delete("alice", 1),
        edit("alice", 1, "three"),
    )
    assert (sent.rev, edited.rev, deleted.rev) == (1, 2, 3)
    assert reason(late) == "not_found"
    assert [entry.was.text for entry in court.entries if isinstance(entry, MessageChanged)] == [
        "one",
        "two",
    ]
    assert (court.log[1].deleted, court.log[1].text, court.log[1].rev) == (True, "", 3)


def test_an_edit_to_the_same_text_changes_nothing() -> None:
    court = room_of("alice")
    court.do(send("alice", "one"))
    assert court.one(edit("alice", 1, "one")) == results.Changed(1)
    assert court.entries == []


def test_edits_that_are_refused() -> None:
    court = promoted(room_of("alice", "bob"), "bob")
    court.do(send("alice"), send("bob"), delete("bob", 2))
    assert reason(court.one(edit("bob", 1, "x"))) == "forbidden", "not even a moderator"
    assert reason(court.one(edit("bob", 2, "x"))) == "not_found", "it was deleted"
    assert reason(court.one(edit("bob", 3, "x"))) == "not_found"
    assert reason(court.one(edit("carol", 1, "x"))) == "forbidden"
    assert reason(private_of("alice").one(edit("carol", 1, "x"))) == "not_found"


# ---- deleting


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_its_sender_or_a_moderator_or_the_owner_deletes_a_message(who: str) -> None:
    court = promoted(room_of("alice", "bob", "carol"), "bob")
    court.do(send("carol", "@alice"))
    assert court.one(delete(who, 1)) == results.Changed(2)
    message = court.log[1]
    assert (message.deleted, message.text, message.mentions) == (True, "", ())
    assert court.one(delete(who, 1)) == results.Changed(2), "once more changes nothing"
    assert court.entries == []


def test_deletes_that_are_refused() -> None:
    court = room_of("alice", "bob", "carol")
    court.do(send("carol"))
    assert reason(court.one(delete("bob", 1))) == "forbidden"
    assert reason(court.one(delete("bob", 2))) == "not_found"
    assert reason(court.one(delete("dave", 1))) == "forbidden"


# ---- reading and levels


def test_a_read_cursor_moves_forward_only() -> None:
    court = room_of("alice", "bob")
    court.do(*[send("alice") for _ in range(5)])
    assert court.one(read("bob", 3)) is None
    assert court.entries == [ReadCursorMoved("bob", 3)]
    assert court.do(read("bob", 3)) == court.do(read("bob", 1)) == [None]
    assert court.entries == []
    member = court.state.member("bob")
    assert member is not None
    assert member.read_seq == 3


def test_of_several_reads_in_a_batch_the_furthest_counts_and_comes_last() -> None:
    court = room_of("alice", "bob")
    court.do(send("alice"))
    outcomes = court.do(read("bob", 1), send("alice"), read("bob", 2), read("bob", 0), send("bob"))
    assert outcomes.count(None) == 3, "the inbox replies"
    assert [type(entry) for entry in court.entries] == [
        MessagePosted,
        MessagePosted,
        ReadCursorMoved,
    ]
    assert court.entries[-1] == ReadCursorMoved("bob", 2)


def test_reads_that_are_refused() -> None:
    court = room_of("alice")
    court.do(send("alice"))
    assert reason(court.one(read("alice", 2))) == "invalid_params"
    assert reason(court.one(read("bob", 1))) == "forbidden"


def test_reads_that_are_counted_ahead() -> None:
    court = room_of("alice", "bob")
    head = 3 * NEAR_SEQS
    court.do(*[send("alice") for _ in range(head)])

    def far(*seqs: int) -> dict[str, set[int]]:
        return far_reads_in(court.state, [send("alice"), *[read("bob", seq) for seq in seqs]])

    middle = head // 2
    assert far(middle) == {"bob": {middle}}
    assert far(1) == {"bob": {1}}, "what stays above is counted as well"
    assert far(head) == {"bob": {head}}
    assert far(1, middle, 2, 0) == {"bob": {middle}}
    assert far(middle, head + 1, 1) == {"bob": {middle, head}}, "if the last one is refused"
    assert far_reads_in(court.state, [read("carol", middle)]) == {}
    court.do(read("bob", head - NEAR_SEQS))
    assert far(head, head - NEAR_SEQS + 1, middle) == {}


def test_a_level_is_set_by_each_call() -> None:
    """Even if it seems to be set: another node may have set another one meanwhile."""
    court = room_of("alice")
    for _ in range(2):
        assert court.one(level("alice", "none")) is None
        assert court.entries == [NotificationLevelSet("alice", "none")]
    assert reason(court.one(level("bob", "none"))) == "forbidden"


def test_the_last_level_of_a_batch_stands() -> None:
    court = room_of("alice")
    court.do(level("alice", "none"), level("alice", "all"))
    member = court.state.member("alice")
    assert member is not None
    assert member.level == "all"
