"""The rules of membership: join, create, leave, and moderation."""

from typing import Any

import pytest

from chatroom.protocol import results
from chatroom.store.events import (
    MemberAdded,
    MemberBanned,
    MemberRemoved,
    MemberUnbanned,
    RoleChanged,
    RoomCreated,
)

from ..builders import reason
from .rules_harness import (
    Court,
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


def promote(court: Court, *users: str) -> Court:
    for user in users:
        court.apply(RoleChanged(user, "moderator"))
    return court


# ---- joining and creating


def test_the_first_to_join_makes_a_public_room_and_owns_it() -> None:
    court = Court()
    joined = court.one(join("alice"))
    assert joined == results.Joined("lobby", "lobby", "", "public", "owner", 0, 0, 0, created=True)
    assert [type(entry) for entry in court.entries] == [RoomCreated, MemberAdded]
    assert court.roles() == {"alice": "owner"}


def test_who_joins_has_read_what_was_there() -> None:
    court = room_of("alice")
    court.do(send("alice"), send("alice"), edit("alice", 1, "x"))
    joined = court.one(join("bob"))
    assert (joined.role, joined.created) == ("member", False)
    assert (joined.head_seq, joined.head_rev, joined.read_seq) == (2, 3, 2)


def test_joining_again_changes_nothing() -> None:
    court = room_of("alice", "bob")
    court.do(send("alice"))
    joined = court.one(join("bob"))
    assert (joined.role, joined.created, joined.read_seq) == ("member", False, 0)
    assert court.entries == []


def test_joins_that_are_refused() -> None:
    assert reason(Court().one(join("alice", create=False))) == "not_found"
    assert reason(private_of("alice").one(join("bob"))) == "not_found"
    court = room_of("alice", "bob")
    court.do(ban("alice", "bob"))
    assert reason(court.one(join("bob"))) == "banned"
    court.do(unban("alice", "bob"))
    assert court.one(join("bob")).role == "member"


def test_a_room_is_created_once() -> None:
    court = Court()
    made = court.one(create("alice", "private", "The Lobby"))
    assert (made.title, made.visibility, made.role) == ("The Lobby", "private", "owner")
    assert made.created
    assert reason(court.one(create("bob"))) == "conflict"
    assert reason(court.one(create("alice"))) == "conflict"
    assert court.roles() == {"alice": "owner"}
    assert Court().one(create("alice")).title == "lobby"


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
    court = promote(room_of(*members), *moderators)
    assert court.one(leave("alice")) == results.Empty()
    assert court.entries == [MemberRemoved("alice"), RoleChanged(heir, "owner")]
    assert court.roles()[heir] == "owner"


def test_with_another_owner_left_nobody_is_promoted() -> None:
    court = room_of("alice", "bob", "carol")
    court.apply(RoleChanged("carol", "owner"))
    court.do(leave("alice"))
    assert court.entries == [MemberRemoved("alice")]


def test_who_is_not_the_owner_just_leaves() -> None:
    court = promote(room_of("alice", "bob"), "bob")
    court.do(leave("bob"))
    assert court.entries == [MemberRemoved("bob")]
    assert court.roles() == {"alice": "owner"}


def test_an_empty_room_is_kept_and_belongs_to_whoever_comes_next() -> None:
    court = room_of("alice")
    court.do(send("alice"))
    court.do(leave("alice"))
    assert court.state.room is not None
    assert court.state.room.members == 0
    joined = court.one(join("bob"))
    assert (joined.role, joined.created, joined.head_seq) == ("owner", False, 1)
    assert court.one(join("alice")).role == "member"


def test_leaving_what_one_is_not_in_is_refused() -> None:
    assert reason(room_of("alice").one(leave("bob"))) == "forbidden"
    assert reason(private_of("alice").one(leave("bob"))) == "not_found"
    assert reason(Court().one(leave("bob"))) == "not_found"


# ---- moderating


@pytest.mark.parametrize("act", [invite, remove, ban, unban])
def test_moderating_is_for_moderators_and_owners(act: Any) -> None:
    court = room_of("alice", "bob", "carol")
    assert reason(court.one(act("bob", "carol"))) == "forbidden"
    assert reason(court.one(act("dave", "carol"))) == "forbidden"
    assert reason(private_of("alice", "bob").one(act("dave", "bob"))) == "not_found"
    assert court.one(act("alice", "carol")) == results.Empty()
    court = promote(room_of("alice", "bob", "carol"), "bob")
    assert court.one(act("bob", "carol")) == results.Empty()


@pytest.mark.parametrize("act", [remove, ban])
def test_nobody_removes_whoever_is_of_the_same_or_a_higher_role(act: Any) -> None:
    court = promote(room_of("alice", "bob", "carol"), "bob", "carol")
    for target in ("alice", "carol", "bob"):
        assert reason(court.one(act("bob", target))) == "forbidden"
    assert reason(court.one(act("alice", "alice"))) == "forbidden"
    assert court.one(act("alice", "bob")) == results.Empty()


@pytest.mark.parametrize("act", [invite, remove, ban, unban])
def test_an_unknown_person_is_not_found(act: Any) -> None:
    assert reason(room_of("alice").one(act("alice", "nobody"))) == "not_found"


def test_who_signs_up_later_is_known_then() -> None:
    court = room_of("alice")
    court.do(send("alice", "@erin, are you there?"))
    assert reason(court.one(invite("alice", "erin"))) == "not_found"
    court.accounts.add("erin")
    assert court.one(invite("alice", "erin")) == results.Empty()
    assert court.roles() == {"alice": "owner", "erin": "member"}


def test_an_invitation_makes_a_member_who_has_read_all() -> None:
    court = private_of("alice")
    court.do(send("alice"))
    court.do(invite("alice", "bob"))
    member = court.state.member("bob")
    assert member is not None
    assert (member.role, member.read_seq) == ("member", 1)
    assert court.one(invite("alice", "bob")) == results.Empty()
    assert court.entries == []


def test_who_is_banned_must_be_unbanned_first() -> None:
    court = room_of("alice", "bob")
    court.do(ban("alice", "bob"))
    assert reason(court.one(invite("alice", "bob"))) == "banned"
    court.do(unban("alice", "bob"))
    assert court.entries == [MemberUnbanned("bob")]
    assert court.one(invite("alice", "bob")) == results.Empty()


def test_removing_ends_the_membership_and_no_more() -> None:
    court = room_of("alice", "bob")
    court.do(remove("alice", "bob"))
    assert court.entries == [MemberRemoved("bob")]
    assert reason(court.one(remove("alice", "bob"))) == "not_found"
    assert court.one(join("bob")).role == "member"


def test_a_ban_ends_the_membership_too() -> None:
    court = room_of("alice", "bob")
    court.now = 5000
    court.do(ban("alice", "bob"))
    assert court.entries == [MemberBanned("bob", "alice", 5000), MemberRemoved("bob")]
    assert court.one(ban("alice", "bob")) == results.Empty()
    assert court.entries == []
    court.do(ban("alice", "carol"))
    assert court.entries == [MemberBanned("carol", "alice", 5000)], "who never was a member"


def test_unbanning_who_is_not_banned_changes_nothing() -> None:
    court = room_of("alice")
    assert court.one(unban("alice", "bob")) == results.Empty()
    assert court.entries == []


# ---- direct rooms


def test_the_first_message_makes_a_direct_room_of_two_in_which_nothing_is_read() -> None:
    court = direct_of("bob", "alice")
    first, second = court.do(send("bob", "hi"), send("alice", "hi yourself"))
    assert (first.room, first.seq, second.seq) == ("@alice:bob", 1, 2)
    assert [type(entry) for entry in court.entries][:3] == [RoomCreated, MemberAdded, MemberAdded]
    assert court.state.room is not None
    assert (court.state.room.kind, court.state.room.visibility) == ("direct", "private")
    assert court.roles() == {"alice": "member", "bob": "member"}
    assert [member.read_seq for member in court.members()] == [0, 0]


def test_notes_to_oneself_are_a_room_of_one() -> None:
    court = direct_of("alice", "alice")
    assert court.one(send("alice", "remember the milk @alice")).seq == 1
    assert court.roles() == {"alice": "member"}
    assert court.log[1].mentions == ()


def test_before_the_first_message_there_is_no_direct_room() -> None:
    asked = read("alice", 0), level("alice", "none"), delete("alice", 1), leave("alice")
    for request in (*asked, send("alice", direct=False)):
        assert reason(direct_of("alice", "bob").one(request)) == "not_found"
    assert reason(direct_of("alice", "bob").one(send("alice", reply=1))) == "invalid_params"


def test_outsiders_find_no_direct_room() -> None:
    court = direct_of("alice", "bob")
    assert reason(court.one(send("carol"))) == "not_found"
    assert court.entries == []
    court.do(send("alice"))
    for request in (send("carol"), read("carol", 1), delete("carol", 1), leave("carol")):
        assert reason(court.one(request)) == "not_found"
    for act in (invite, remove, ban, unban):
        assert reason(court.one(act("carol", "bob"))) == "not_found"


@pytest.mark.parametrize("pair", [("alice", "nobody"), ("nobody", "alice")])
def test_nobody_writes_to_an_unknown_person(pair: tuple[str, str]) -> None:
    court = direct_of(*pair)
    assert reason(court.one(send("alice"))) == "not_found"
    assert court.entries == []
    court.accounts.add("nobody")
    assert court.one(send("alice")).seq == 1, "they have signed up since"


def test_the_people_of_a_direct_room_are_fixed() -> None:
    court = direct_of("alice", "bob")
    court.do(send("alice"))
    assert reason(court.one(leave("alice"))) == "forbidden"
    for act in (invite, remove, ban, unban):
        assert reason(court.one(act("alice", "bob"))) == "forbidden"
        assert reason(court.one(act("alice", "carol"))) == "forbidden"
    assert reason(court.one(create("alice"))) == "conflict"
    assert reason(court.one(delete("bob", 1))) == "forbidden"
