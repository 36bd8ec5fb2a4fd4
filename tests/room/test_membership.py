"""The rules of membership: join, create, leave, and moderation."""

import attrs
import pytest

from chatroom.model import Role
from chatroom.protocol import results
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    RoleChanged,
    RoomCreated,
)

from ..builders import reason
from .rules_harness import (
    PureRoom,
    ban,
    create,
    delete,
    direct_of,
    edit,
    invite,
    join,
    leave,
    level,
    private_of,
    read,
    remove,
    room_of,
    send,
    unban,
)

# ---- joining and creating


def test_the_first_to_join_creates_a_public_room_and_owns_it() -> None:
    room = PureRoom()
    joined = room.call(join("alice"))
    assert joined == results.Joined("lobby", "lobby", "", "public", "owner", 0, 0, 0, created=True)
    assert [type(entry) for entry in room.entries] == [RoomCreated, MemberAdded]
    assert room.roles() == {"alice": "owner"}


def test_earlier_messages_count_as_read_for_a_new_member_and_joining_again_changes_nothing() -> (
    None
):
    room = room_of("alice")
    room.batch(send("alice"), send("alice"), edit("alice", 1, "x"))
    joined = room.call(join("bob"))
    assert (joined.role, joined.created) == ("member", False)
    assert (joined.head_seq, joined.head_rev, joined.read_seq) == (2, 3, 2)
    room.batch(send("alice"))
    assert room.call(join("bob")) == attrs.evolve(joined, head_seq=3, head_rev=4)
    assert room.entries == []


def test_a_room_that_is_missing_or_private_cannot_be_joined() -> None:
    assert reason(PureRoom().call(join("alice", create=False))) == "not_found"
    assert reason(private_of("alice").call(join("bob"))) == "not_found"


def test_a_room_is_created_once() -> None:
    room = PureRoom()
    created = room.call(create("alice", "private", "The Lobby"))
    assert (created.title, created.visibility) == ("The Lobby", "private")
    assert (created.role, created.created) == ("owner", True)
    assert reason(room.call(create("bob"))) == "conflict"
    assert reason(room.call(create("alice"))) == "conflict"
    assert room.roles() == {"alice": "owner"}
    assert PureRoom().call(create("alice")).title == "lobby"


# ---- leaving


@pytest.mark.parametrize(
    ("members", "moderators", "heir"),
    [
        (["alice", "bob", "carol"], [], "bob"),
        (["alice", "bob", "carol"], ["carol"], "carol"),
        (["alice", "dave", "carol", "bob"], ["carol", "bob"], "carol"),
    ],
)
def test_the_longest_standing_moderator_else_member_follows_the_owner(
    members: list[str], moderators: list[str], heir: str
) -> None:
    room = room_of(*members)
    room.promote(*moderators)
    assert room.call(leave("alice")) == results.Empty()
    assert room.entries == [MemberRemoved("alice"), RoleChanged(heir, "owner")]
    assert room.roles()[heir] == "owner"


@pytest.mark.parametrize(("role", "leaving"), [("owner", "alice"), ("moderator", "bob")])
def test_while_an_owner_is_left_nobody_is_promoted(role: Role, leaving: str) -> None:
    room = room_of("alice", "bob", "carol")
    room.apply(RoleChanged("bob", role))
    room.batch(leave(leaving))
    assert room.entries == [MemberRemoved(leaving)]


def test_an_empty_room_is_kept_and_the_next_to_join_owns_it() -> None:
    room = room_of("alice")
    room.batch(send("alice"))
    room.batch(leave("alice"))
    assert room.state.room is not None
    assert room.state.room.members == 0
    joined = room.call(join("bob"))
    assert (joined.role, joined.created, joined.head_seq) == ("owner", False, 1)
    assert room.call(join("alice")).role == "member"


def test_non_members_cannot_leave() -> None:
    assert reason(room_of("alice").call(leave("bob"))) == "forbidden"
    assert reason(private_of("alice").call(leave("bob"))) == "not_found"
    assert reason(PureRoom().call(leave("bob"))) == "not_found"


# ---- direct rooms


def test_the_first_message_creates_a_direct_room_of_two_in_which_nothing_is_read() -> None:
    room = direct_of("bob", "alice")
    first, second = room.batch(send("bob", "hi"), send("alice", "hi yourself"))
    assert (first.room, first.seq, second.seq) == ("@alice:bob", 1, 2)
    assert [type(entry) for entry in room.entries][:3] == [RoomCreated, MemberAdded, MemberAdded]
    assert room.state.room is not None
    assert (room.state.room.kind, room.state.room.visibility) == ("direct", "private")
    assert room.roles() == {"alice": "member", "bob": "member"}
    assert [member.read_seq for member in room.members()] == [0, 0]


def test_notes_to_oneself_are_a_room_of_one() -> None:
    room = direct_of("alice", "alice")
    assert room.call(send("alice", "remember the milk @alice")).seq == 1
    assert room.roles() == {"alice": "member"}
    assert room.log[1].mentions == ()


def test_no_other_call_creates_a_direct_room() -> None:
    others = (read("alice", 0), level("alice", "none"), delete("alice", 1), leave("alice"))
    for request in (*others, send("alice", direct=False)):
        assert reason(direct_of("alice", "bob").call(request)) == "not_found"
    assert reason(direct_of("alice", "bob").call(send("alice", reply=1))) == "invalid_params"


def test_outsiders_find_no_direct_room() -> None:
    room = direct_of("alice", "bob")
    assert reason(room.call(send("carol"))) == "not_found"
    assert room.entries == []
    room.batch(send("alice"))
    others = (send("carol"), read("carol", 1), delete("carol", 1), leave("carol"))
    for request in (*others, *[act("carol", "bob") for act in (invite, remove, ban, unban)]):
        assert reason(room.call(request)) == "not_found"


@pytest.mark.parametrize("pair", [("alice", "nobody"), ("nobody", "alice")])
def test_both_people_of_a_direct_room_must_have_an_account(pair: tuple[str, str]) -> None:
    room = direct_of(*pair)
    assert reason(room.call(send("alice"))) == "not_found"
    assert room.entries == []
    room.accounts.add("nobody")
    assert room.call(send("alice")).seq == 1, "they have signed up since"


def test_the_people_of_a_direct_room_are_fixed() -> None:
    room = direct_of("alice", "bob")
    room.batch(send("alice"))
    acts = [act("alice", who) for act in (invite, remove, ban, unban) for who in ("bob", "carol")]
    for request in (*acts, leave("alice"), delete("bob", 1)):
        assert reason(room.call(request)) == "forbidden"
    assert reason(room.call(create("alice"))) == "conflict"
