"""Blocks and quotas in the rules, without a store."""

from typing import Any

import attrs
import pytest

from chatroom.config import Quotas
from chatroom.errors import Refused
from chatroom.hub.envelope import AnyEnvelope
from chatroom.room.quotas import Terms, wanted
from chatroom.store.conditions import (
    Context,
    Usage,
    UsageKind,
    Wanted,
)
from chatroom.store.events import RoomCreated, UsageCounted

from ..builders import reason
from .rules_harness import (
    Court,
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
DAY_MS = 24 * 60 * 60 * 1000


def used(court: Court, today: Any = NEW, **changes: Any) -> Court:
    """Set the usage of alice and bob, as the store would return it."""
    usage = attrs.evolve(Usage(-10_000, 0, 0, 0, dict(today)), **changes)
    court.terms = Terms(QUOTAS)
    court.context = Context(usage={"alice": usage, "bob": usage})
    return court


def counted(court: Court) -> list[tuple[str, str]]:
    return [(entry.user, entry.kind) for entry in court.entries if isinstance(entry, UsageCounted)]


@pytest.mark.parametrize("request_", [join("alice"), create("alice")])
def test_rooms_are_made_up_to_the_quotas(request_: AnyEnvelope) -> None:
    court = used(Court(), {"rooms": 1}, made=3, rooms=5)
    assert court.one(request_).created
    assert counted(court) == [("alice", "rooms")]
    assert [entry.creator for entry in court.entries if isinstance(entry, RoomCreated)] == ["alice"]
    for today, changes in (
        ({"rooms": 2}, {}),
        (NEW, {"made": 4}),
        (NEW, {"rooms": 6}),
    ):
        court = used(Court(), today, **changes)
        assert reason(court.one(request_)) == "quota_exceeded"
        assert court.entries == []


def test_a_quota_of_the_day_says_when_it_begins_anew() -> None:
    court = used(Court(), {"rooms": 2})
    court.now = 5 * DAY_MS - 1234
    refused = court.one(join("alice"))
    assert isinstance(refused, Refused)
    assert refused.retry_after_ms == 1234
    assert used(Court(), made=4).one(join("alice")).retry_after_ms is None


def test_who_is_in_as_many_rooms_as_may_be_joins_no_more() -> None:
    court = used(room_of("carol"), rooms=6)
    assert reason(court.one(join("alice"))) == "quota_exceeded"
    assert not used(court, rooms=5).one(join("alice")).created
    assert not used(court, rooms=6).one(join("alice")).created  # already a member


def test_invitations_fill_half_of_somebody_s_rooms() -> None:
    court = used(private_of("alice"), rooms=2)
    assert reason(court.one(invite("alice", "bob"))) is None
    court = used(private_of("alice"), rooms=3)
    assert reason(court.one(invite("alice", "bob"))) == "quota_exceeded"


def test_strangers_are_invited_up_to_a_number_a_day() -> None:
    court = used(private_of("alice"), {"strangers": 1})
    assert reason(court.one(invite("alice", "bob"))) is None
    assert counted(court) == [("alice", "strangers")]
    court = used(private_of("alice"), {"strangers": 2})
    refused = court.one(invite("alice", "bob"))
    assert reason(refused) == "quota_exceeded"
    assert refused.retry_after_ms == DAY_MS - court.now
    court.context = attrs.evolve(court.context, acquainted=frozenset({("alice", "bob")}))
    assert reason(court.one(invite("alice", "bob"))) is None
    assert counted(court) == []


def test_direct_rooms_are_made_up_to_the_quotas() -> None:
    court = used(direct_of("alice", "bob"), {"directs": 2, "strangers": 1}, directs=4)
    assert court.one(send("alice")).seq == 1
    assert counted(court) == [("alice", "directs"), ("alice", "strangers")]
    for today, changes in (
        ({"directs": 3}, {}),
        ({"strangers": 2}, {}),
        (NEW, {"directs": 5}),
        (NEW, {"created_at": 500}),  # the account is too new: the clock is at 1000 ms
    ):
        court = used(direct_of("alice", "bob"), today, **changes)
        assert reason(court.one(send("alice"))) == "quota_exceeded", (today, changes)
    court = used(direct_of("alice", "bob"), {"strangers": 2}, created_at=500)
    court.context = attrs.evolve(court.context, acquainted=frozenset({("alice", "bob")}))
    assert court.one(send("alice")).seq == 1
    assert counted(court) == [("alice", "directs")]


def test_nobody_is_a_stranger_to_oneself() -> None:
    court = used(direct_of("alice", "alice"), {"strangers": 2})
    assert court.one(send("alice")).seq == 1


def test_once_the_room_is_there_no_quota_of_rooms_counts() -> None:
    court = used(direct_of("alice", "bob"))
    court.do(send("alice"))
    used(court, {"directs": 99, "strangers": 99}, directs=99)
    assert court.one(send("alice")).seq == 2
    assert counted(court) == []


def test_who_has_used_up_the_day_neither_writes_nor_edits() -> None:
    court = room_of("alice", "bob")
    court.do(send("alice", client_id="c-1"))
    court.terms = Terms(QUOTAS, over=frozenset({"alice"}))
    assert reason(court.one(send("alice"))) == "quota_exceeded"
    assert reason(court.one(edit("alice", 1, "other"))) == "quota_exceeded"
    assert court.one(send("bob")).seq == 2
    # A retry of an accepted message is accepted (I3).
    assert court.one(send("alice", client_id="c-1")).duplicate


def test_when_the_data_is_as_large_as_may_be() -> None:
    court = room_of("alice", "bob")
    court.do(send("alice", client_id="c-1"))
    court.terms = Terms(full=True)
    assert reason(court.one(send("alice"))) == "storage_full"
    assert reason(court.one(edit("alice", 1, "other"))) == "storage_full"
    assert court.one(send("alice", client_id="c-1")).duplicate
    assert reason(court.one(delete("alice", 1))) is None
    assert reason(court.one(join("carol"))) is None
    other = Court("other", terms=Terms(full=True))
    assert reason(other.one(join("alice"))) == "storage_full"


def test_a_name_that_is_retired_is_a_conflict() -> None:
    for request_ in (join("alice"), join("alice", create=False), create("alice")):
        court = Court()
        court.context = Context(retired=True)
        assert reason(court.one(request_)) == "conflict"


def test_most_batches_want_nothing_looked_up() -> None:
    terms = Terms(QUOTAS)

    def of(court: Court, request_: AnyEnvelope) -> Wanted | None:
        return wanted(court.state, [request_], terms, court.now)

    lobby = room_of("alice", "bob")
    assert of(lobby, send("alice")) is None
    assert of(lobby, join("alice")) is None
    assert of(lobby, join("carol")) == Wanted(accounts=("carol",))
    assert of(Court(), join("carol")) == Wanted(accounts=("carol",), retired=True)
    talk = direct_of("alice", "bob")
    assert of(talk, send("alice")) == Wanted(
        (("bob", "alice"),), (("alice", "bob"),), ("alice",), 0
    )
    talk.do(send("alice"))
    assert of(talk, send("bob")) == Wanted((("alice", "bob"),))
    assert of(direct_of("alice", "alice"), send("alice")) is None


def test_without_quotas_only_blocks_are_looked_up() -> None:
    none = Terms()
    assert wanted(room_of("alice").state, [join("bob")], none, 0) is None
    assert wanted(Court().state, [join("bob")], none, 0) == Wanted(retired=True)
    assert wanted(room_of("alice").state, [invite("alice", "bob")], none, 0) == Wanted(
        (("bob", "alice"),)
    )
    court = direct_of("alice", "bob")
    assert wanted(court.state, [send("alice")], none, 0) == Wanted((("bob", "alice"),))
    court.do(send("alice"))
    assert counted(court) == []
