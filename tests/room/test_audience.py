"""Which events of a commit are forwarded to all inboxes, and which to one person's inbox."""

from chatroom.room.publisher import split_by_audience
from chatroom.store.events import (
    MemberBanned,
    MemberRemoved,
    MessagePosted,
    MessagesPruned,
    ReadCursorMoved,
    RoomEvent,
)

from ..hub.hub_harness import message

FIRST, SECOND = (MessagePosted(message(seq)) for seq in (1, 2))
READ = ReadCursorMoved("bob", 1)


def test_what_concerns_nobody_alone_is_for_everyone() -> None:
    events: list[RoomEvent] = [FIRST, MessagesPruned(1), SECOND]
    assert split_by_audience(events) == (events, {})


def test_a_person_whom_an_event_concerns_gets_all_in_order() -> None:
    for_everyone, per_user = split_by_audience([FIRST, READ, SECOND])
    assert for_everyone == [FIRST, SECOND]
    assert per_user == {"bob": [FIRST, READ, SECOND]}


def test_who_waits_for_a_reply_is_among_them() -> None:
    assert split_by_audience([FIRST], ["carol"]) == ([FIRST], {"carol": [FIRST]})


def test_an_inbox_shows_nothing_of_a_ban() -> None:
    gone = MemberRemoved("bob")
    banned = MemberBanned("bob", "alice", 0)
    assert split_by_audience([gone, banned]) == ([], {"bob": [gone]})
