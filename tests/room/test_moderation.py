"""The rules of moderation: remove, ban, mute, give roles, delete what somebody wrote."""

from typing import Any

import pytest

from chatroom.model import Sanction
from chatroom.protocol import results
from chatroom.store.events import (
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    RoleChanged,
)

from ..builders import reason
from .rules_harness import (
    ban,
    delete,
    delete_messages_of,
    edit,
    invite,
    join,
    leave,
    mute,
    private_of,
    remove,
    room_of,
    send,
    set_role,
    unban,
    unmute,
)

# ---- moderators


@pytest.mark.parametrize("act", [invite, remove, ban, unban])
def test_moderating_is_for_moderators_and_owners(act: Any) -> None:
    room = room_of("alice", "bob", "carol")
    assert reason(room.call(act("bob", "carol"))) == "forbidden"
    assert reason(room.call(act("dave", "carol"))) == "forbidden"
    assert reason(private_of("alice", "bob").call(act("dave", "bob"))) == "not_found"
    assert room.call(act("alice", "carol")) == results.Empty()
    room = room_of("alice", "bob", "carol")
    room.promote("bob")
    assert room.call(act("bob", "carol")) == results.Empty()


@pytest.mark.parametrize("act", [remove, ban])
def test_only_lower_roles_are_removed(act: Any) -> None:
    room = room_of("alice", "bob", "carol")
    room.promote("bob", "carol")
    for target in ("alice", "carol", "bob"):
        assert reason(room.call(act("bob", target))) == "forbidden"
    assert reason(room.call(act("alice", "alice"))) == "forbidden"
    assert room.call(act("alice", "bob")) == results.Empty()


@pytest.mark.parametrize("act", [invite, remove, ban, unban])
def test_a_name_without_account_is_not_found_until_it_signs_up(act: Any) -> None:
    room = room_of("alice")
    room.batch(send("alice", "@erin, are you there?"))
    assert reason(room.call(act("alice", "erin"))) == "not_found"
    room.accounts.add("erin")
    assert reason(room.call(act("alice", "erin"))) == ("not_found" if act is remove else None)
    assert ("erin" in room.roles()) is (act is invite)


def test_an_invited_person_is_a_member_who_has_read_everything() -> None:
    room = private_of("alice")
    room.batch(send("alice"))
    room.batch(invite("alice", "bob"))
    member = room.state.member("bob")
    assert member is not None
    assert (member.role, member.read_seq) == ("member", 1)
    assert room.call(invite("alice", "bob")) == results.Empty()
    assert room.entries == []


def test_a_removed_member_may_come_back() -> None:
    room = room_of("alice", "bob")
    room.batch(remove("alice", "bob"))
    assert room.entries == [MemberRemoved("bob")]
    assert reason(room.call(remove("alice", "bob"))) == "not_found"
    assert room.call(join("bob")).role == "member"


def test_a_ban_ends_a_membership_and_invitations_until_it_is_lifted() -> None:
    room = room_of("alice", "bob")
    room.now = 5000
    room.batch(ban("alice", "bob"))
    assert room.entries == [MemberBanned("bob", "alice", 5000), MemberRemoved("bob")]
    assert room.call(ban("alice", "bob")) == results.Empty()
    assert room.entries == []
    assert reason(room.call(invite("alice", "bob"))) == "banned"
    assert reason(room.call(join("bob"))) == "banned"
    for entries in ([MemberUnbanned("bob")], []):
        assert room.call(unban("alice", "bob")) == results.Empty()
        assert room.entries == entries
    assert room.call(invite("alice", "bob")) == results.Empty()
    room.batch(ban("alice", "carol"))
    assert room.entries == [MemberBanned("carol", "alice", 5000)], "carol was never a member"


# ---- roles


def test_an_owner_gives_roles_and_takes_them() -> None:
    room = room_of("alice", "bob")
    for role in ("moderator", "member", "owner"):
        assert room.call(set_role("alice", "bob", role)) == results.Empty()
        assert room.entries == [RoleChanged("bob", role)]
        assert room.call(set_role("alice", "bob", role)) == results.Empty()
        assert room.entries == []
    assert reason(room.call(set_role("alice", "bob", "member"))) == "forbidden", "an owner like her"
    assert reason(room.call(set_role("alice", "carol", "member"))) == "not_found"
    assert reason(room.call(set_role("alice", "nobody", "member"))) == "not_found"


def test_the_last_owner_cannot_step_down() -> None:
    room = room_of("alice", "bob")
    room.promote("bob")
    assert reason(room.call(set_role("alice", "alice", "member"))) == "conflict"
    assert room.call(set_role("alice", "alice", "owner")) == results.Empty()
    room.batch(set_role("alice", "bob", "owner"))
    assert room.call(set_role("alice", "alice", "member")) == results.Empty()
    assert room.roles() == {"alice": "member", "bob": "owner"}
    assert reason(room.call(set_role("alice", "alice", "owner"))) == "forbidden"


# ---- bans and mutes with an end


def test_a_ban_ends_by_itself() -> None:
    room = room_of("alice", "bob")
    room.now = 5000
    room.batch(ban("alice", "bob", 6000, "noise"))
    sanction = Sanction(6000, "noise")
    assert room.entries == [MemberBanned("bob", "alice", 5000, sanction), MemberRemoved("bob")]
    room.now = 5999
    refused = room.call(join("bob"))
    assert (refused.reason, refused.retry_after_ms) == ("banned", 1)
    assert refused.message == "room: you are banned: noise"
    assert reason(room.call(invite("alice", "bob"))) == "banned"
    room.now = 6000
    assert room.call(join("bob")).role == "member"


@pytest.mark.parametrize("act", [ban, mute])
def test_an_end_is_in_the_future_and_a_later_one_replaces_it(act: Any) -> None:
    room = room_of("alice", "bob")
    room.now = 5000
    for until in (0, 4999, 5000):
        assert reason(room.call(act("alice", "bob", until))) == "invalid_params"
    ends: tuple[Any, ...] = (
        (6000, None),
        (7000, None),
        (7000, "noise"),
        (None, "noise"),
        (6000, None),
    )
    for until, why in ends:
        assert room.call(act("alice", "bob", until, why)) == results.Empty()
        assert room.entries[0].sanction == Sanction(until, why or "")  # type: ignore[union-attr]
        assert room.call(act("alice", "bob", until, why)) == results.Empty()
        assert room.entries == [], "once more changes nothing"


def test_a_muted_member_reads_and_does_not_write() -> None:
    room = room_of("alice", "bob")
    room.now = 5000
    room.batch(send("bob", "one", "c1"), send("bob", "two"))
    assert room.call(mute("alice", "bob", 6000, "noise")) == results.Empty()
    assert room.entries == [MemberMuted("bob", "alice", 5000, Sanction(6000, "noise"))]
    refused, edited, again, other = room.batch(
        send("bob"), edit("bob", 1, "three"), send("bob", "one", "c1"), send("alice")
    )
    assert (refused.reason, refused.retry_after_ms) == ("muted", 1000)
    assert refused.message == "room: you are muted: noise"
    assert reason(edited) == "muted"
    assert (again.seq, again.duplicate, other.seq) == (1, True, 3)
    assert reason(room.call(delete("bob", 1))) is None, "what one has written can be taken back"
    room.now = 6000
    assert room.call(send("bob")).seq == 4


def test_a_mute_holds_after_leaving_and_is_lifted() -> None:
    room = room_of("alice", "bob")
    room.batch(mute("alice", "bob"))
    room.batch(leave("bob"))
    room.batch(join("bob"))
    assert reason(room.call(send("bob"))) == "muted"
    for entries in ([MemberUnmuted("bob")], []):
        assert room.call(unmute("alice", "bob")) == results.Empty()
        assert room.entries == entries
    assert room.call(send("bob")).seq == 1
    room.batch(mute("alice", "carol"))
    room.batch(join("carol"))
    assert reason(room.call(send("carol"))) == "muted", "before joining, too"


def test_only_lower_roles_are_muted() -> None:
    room = room_of("alice", "bob", "carol")
    room.promote("bob", "carol")
    for target in ("alice", "carol", "bob"):
        assert reason(room.call(mute("bob", target))) == "forbidden"
    room.batch(mute("alice", "bob"))
    assert reason(room.call(unmute("bob", "bob"))) == "forbidden"
    assert reason(room.call(mute("alice", "nobody"))) == "not_found"


# ---- deleting what somebody wrote


def test_what_somebody_wrote_since_a_time_is_deleted() -> None:
    room = room_of("alice", "bob")
    for now, sender in ((2000, "bob"), (3000, "alice"), (4000, "bob"), (5000, "bob")):
        room.now = now
        room.batch(send(sender))
    room.batch(delete("bob", 4))
    assert room.call(delete_messages_of("alice", "bob", 3000)) == results.Swept(1, None)
    assert [seq for seq, message in room.log.items() if message.deleted] == [3, 4]
    assert room.log[3].rev == 6
    room.batch(leave("bob"))
    assert room.call(delete_messages_of("alice", "bob", 0)) == results.Swept(1, None)
    assert room.call(delete_messages_of("alice", "bob", 0)) == results.Swept(0, None)
    assert room.call(delete_messages_of("alice", "alice", 0)) == results.Swept(1, None)
