"""Which events of a commit are forwarded to all inboxes, and which to one person's inbox."""

import pytest

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
PRUNED = MessagesPruned(1)
READ = ReadCursorMoved("bob", 1)
REMOVED = MemberRemoved("bob")
Events = list[RoomEvent]


@pytest.mark.parametrize(
    ("events", "waiting_for_a_reply", "for_everyone", "per_user"),
    [
        ([FIRST, PRUNED, SECOND], [], [FIRST, PRUNED, SECOND], {}),
        ([FIRST, READ, SECOND], [], [FIRST, SECOND], {"bob": [FIRST, READ, SECOND]}),
        ([FIRST], ["carol"], [FIRST], {"carol": [FIRST]}),
        ([REMOVED, MemberBanned("bob", "alice", 0)], [], [], {"bob": [REMOVED]}),
    ],
)
def test_events_by_audience(
    events: Events,
    waiting_for_a_reply: list[str],
    for_everyone: Events,
    per_user: dict[str, Events],
) -> None:
    assert split_by_audience(events, waiting_for_a_reply) == (for_everyone, per_user)
