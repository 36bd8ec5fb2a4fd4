"""Blocks and quotas in the rules, without a store."""

from typing import Any

import attrs
import pytest

from chatroom.clock import DAY_MS
from chatroom.errors import Refused
from chatroom.hub.envelope import AnyEnvelope
from chatroom.limit_settings import Quotas
from chatroom.room.quotas import Terms, wanted
from chatroom.store.conditions import Context, Usage, UsageKind, Wanted
from chatroom.store.events import RoomCreated, UsageCounted

from ..builders import reason
from .rules_harness import (
    PureRoom,
    create,
    delete,
    direct_of,
    edit,
    invite,
    join,
    private_of,
    room_of,
    send,
)

QUOTAS = Quotas(
    rooms_per_day=2,
    rooms_made=4,
    rooms=6,
    direct_rooms_per_day=3,
    direct_rooms=5,
    strangers_per_day=2,
    stranger_age_s=1,
)
NEW: dict[UsageKind, int] = {}
BOTH_ACQUAINTED = frozenset({("alice", "bob")})


def used(room: PureRoom, today: Any = NEW, **changes: Any) -> PureRoom:
    """Set the usage of alice and bob, as the store would return it."""
    usage = attrs.evolve(Usage(-10_000, 0, 0, 0, dict(today)), **changes)
    room.terms = Terms(QUOTAS)
    room.context = Context(usage={"alice": usage, "bob": usage})
    return room


def counted(room: PureRoom) -> list[tuple[str, str]]:
    return [(entry.user, entry.kind) for entry in room.entries if isinstance(entry, UsageCounted)]


@pytest.mark.parametrize("request_", [join("alice"), create("alice")])
def test_rooms_are_created_up_to_the_quotas(request_: AnyEnvelope) -> None:
    room = used(PureRoom(), {"rooms": 1}, made=3, rooms=5)
    assert room.call(request_).created
    assert counted(room) == [("alice", "rooms")]
    assert [entry.creator for entry in room.entries if isinstance(entry, RoomCreated)] == ["alice"]
    for today, changes in (
        ({"rooms": 2}, {}),
        (NEW, {"made": 4}),
        (NEW, {"rooms": 6}),
    ):
        room = used(PureRoom(), today, **changes)
        assert reason(room.call(request_)) == "quota_exceeded"
        assert room.entries == []


def test_a_daily_quota_says_when_the_next_day_begins() -> None:
    room = used(PureRoom(), {"rooms": 2})
    room.now = 5 * DAY_MS - 1234
    refused = room.call(join("alice"))
    assert isinstance(refused, Refused)
    assert refused.retry_after_ms == 1234
    assert used(PureRoom(), made=4).call(join("alice")).retry_after_ms is None


def test_rooms_are_joined_up_to_the_quota() -> None:
    room = used(room_of("carol"), rooms=6)
    assert reason(room.call(join("alice"))) == "quota_exceeded"
    assert not used(room, rooms=5).call(join("alice")).created
    assert not used(room, rooms=6).call(join("alice")).created  # already a member


def test_invitations_fill_half_of_a_person_s_rooms() -> None:
    room = used(private_of("alice"), rooms=2)
    assert reason(room.call(invite("alice", "bob"))) is None
    room = used(private_of("alice"), rooms=3)
    assert reason(room.call(invite("alice", "bob"))) == "quota_exceeded"


def test_strangers_are_invited_up_to_a_number_a_day() -> None:
    room = used(private_of("alice"), {"strangers": 1})
    assert reason(room.call(invite("alice", "bob"))) is None
    assert counted(room) == [("alice", "strangers")]
    room = used(private_of("alice"), {"strangers": 2})
    refused = room.call(invite("alice", "bob"))
    assert reason(refused) == "quota_exceeded"
    assert refused.retry_after_ms == DAY_MS - room.now
    room.context = attrs.evolve(room.context, acquainted=BOTH_ACQUAINTED)
    assert reason(room.call(invite("alice", "bob"))) is None
    assert counted(room) == []


def test_direct_rooms_are_created_up_to_the_quotas() -> None:
    room = used(direct_of("alice", "bob"), {"directs": 2, "strangers": 1}, directs=4)
    assert room.call(send("alice")).seq == 1
    assert counted(room) == [("alice", "directs"), ("alice", "strangers")]
    for today, changes in (
        ({"directs": 3}, {}),
        ({"strangers": 2}, {}),
        (NEW, {"directs": 5}),
        (NEW, {"created_at": 500}),  # the account is too new: the clock is at 1000 ms
    ):
        room = used(direct_of("alice", "bob"), today, **changes)
        assert reason(room.call(send("alice"))) == "quota_exceeded", (today, changes)
    room = used(direct_of("alice", "bob"), {"strangers": 2}, created_at=500)
    room.context = attrs.evolve(room.context, acquainted=BOTH_ACQUAINTED)
    assert room.call(send("alice")).seq == 1
    assert counted(room) == [("alice", "directs")]


def test_nobody_is_a_stranger_to_oneself() -> None:
    room = used(direct_of("alice", "alice"), {"strangers": 2})
    assert room.call(send("alice")).seq == 1


def test_in_an_existing_direct_room_no_quota_of_rooms_counts() -> None:
    room = used(direct_of("alice", "bob"))
    room.batch(send("alice"))
    used(room, {"directs": 99, "strangers": 99}, directs=99)
    assert room.call(send("alice")).seq == 2
    assert counted(room) == []


def test_a_used_up_day_refuses_messages_and_edits() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice", client_id="c-1"))
    room.terms = Terms(QUOTAS, over=frozenset({"alice"}))
    assert reason(room.call(send("alice"))) == "quota_exceeded"
    assert reason(room.call(edit("alice", 1, "other"))) == "quota_exceeded"
    assert room.call(send("bob")).seq == 2
    # A retry of an accepted message is accepted (I3).
    assert room.call(send("alice", client_id="c-1")).duplicate


def test_full_data_refuses_what_takes_space() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice", client_id="c-1"))
    room.terms = Terms(full=True)
    assert reason(room.call(send("alice"))) == "storage_full"
    assert reason(room.call(edit("alice", 1, "other"))) == "storage_full"
    assert room.call(send("alice", client_id="c-1")).duplicate
    assert reason(room.call(delete("alice", 1))) is None
    assert reason(room.call(join("carol"))) is None
    other = PureRoom("other", terms=Terms(full=True))
    assert reason(other.call(join("alice"))) == "storage_full"


def test_a_retired_name_is_a_conflict() -> None:
    for request_ in (join("alice"), join("alice", create=False), create("alice")):
        room = PureRoom()
        room.context = Context(retired=True)
        assert reason(room.call(request_)) == "conflict"


def test_most_batches_need_no_look_up() -> None:
    terms = Terms(QUOTAS)

    def of(room: PureRoom, request_: AnyEnvelope) -> Wanted | None:
        return wanted(room.state, [request_], terms, room.now)

    lobby = room_of("alice", "bob")
    assert of(lobby, send("alice")) is None
    assert of(lobby, join("alice")) is None
    assert of(lobby, join("carol")) == Wanted(accounts=("carol",))
    assert of(PureRoom(), join("carol")) == Wanted(accounts=("carol",), retired=True)
    talk = direct_of("alice", "bob")
    assert of(talk, send("alice")) == Wanted(
        (("bob", "alice"),), (("alice", "bob"),), ("alice",), 0
    )
    talk.batch(send("alice"))
    assert of(talk, send("bob")) == Wanted((("alice", "bob"),))
    assert of(direct_of("alice", "alice"), send("alice")) is None


def test_without_quotas_only_blocks_are_looked_up() -> None:
    none = Terms()
    assert wanted(room_of("alice").state, [join("bob")], none, 0) is None
    assert wanted(PureRoom().state, [join("bob")], none, 0) == Wanted(retired=True)
    assert wanted(room_of("alice").state, [invite("alice", "bob")], none, 0) == Wanted(
        (("bob", "alice"),)
    )
    room = direct_of("alice", "bob")
    assert wanted(room.state, [send("alice")], none, 0) == Wanted((("bob", "alice"),))
    room.batch(send("alice"))
    assert counted(room) == []
