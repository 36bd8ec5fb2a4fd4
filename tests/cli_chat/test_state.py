"""Effects of events and replies on the terminal chat's state, without terminal or server."""

from typing import Any

import attrs

from chatroom.cli.chat.events import apply
from chatroom.cli.chat.parsing import help_lines
from chatroom.cli.chat.state import State
from chatroom.cli.chat.types import (
    Facts,
    Open,
    Pending,
    ReadInbox,
)
from chatroom.cli.chat.window import MAX_MESSAGES, MAX_WHILE_READING, Place
from chatroom.cli.sanitize import local_time
from chatroom.client import (
    ConnectionChanged,
    InboxEntry,
    MemberChanged,
    Message,
    MessageChanged,
    MuteChanged,
    NewMessage,
    Reaction,
    ReactionsChanged,
    Resynced,
    TokenExpiring,
    Typing,
    Unread,
    User,
)
from chatroom.model import Kind, Visibility
from chatroom.protocol.results import History

NOW = 1000.0


def message(
    seq: int, sender: str = "bob", *, room: str = "hall", rev: int = 0, **more: Any
) -> Message:
    base = Message(room, seq, rev or seq, sender, f"text {seq}", 0)
    return attrs.evolve(base, **more)


def entry(
    room: str, head: int = 0, read: int = 0, unread: int = 0, mentions: int = 0
) -> InboxEntry:
    partner = User("bob", "Bob") if room.startswith("@") else None
    kind: Kind = "direct" if partner else "room"
    shown: Visibility = "private" if partner else "public"
    return InboxEntry(room, kind, room, shown, head, read, unread, mentions, "all", partner)


def test_messages_for_me_are_mentions_and_those_of_closed_direct_rooms() -> None:
    state = State("alice", "http://server")
    quiet = attrs.evolve(entry("quiet", unread=3, mentions=3), notifications="none")
    direct = entry("@alice:bob", unread=4, mentions=1)
    state.load_inbox([entry("hall", unread=5, mentions=2), direct, quiet])
    assert state.inbox.for_me("hall") == 6
    assert state.inbox.for_me("@alice:bob") == 3


def opened(*messages: Message, read: int = 0, unread: int = 0) -> State:
    """Return alice's state with the room ``hall`` open, which has those messages."""
    state = State("alice", "http://server")
    head = messages[-1].seq if messages else 0
    state.load_inbox([entry("hall", head, read, unread)])
    state.open("hall", messages, read, Facts())
    return state


def page(*messages: Message, before: bool = False, after: bool = False) -> History:
    return History("hall", "epoch", 1, 100, messages, before, after)


def seqs(state: State) -> list[int]:
    return list(state.window.messages)


# ---- messages


def test_a_repeated_message_is_kept_once() -> None:
    state = opened(message(1), message(2))
    for seq in (1, 2, 3, 3, 2, 4):
        apply(state, NewMessage(message(seq)), NOW)
    assert seqs(state) == [1, 2, 3, 4]


def test_a_change_replaces_a_loaded_message_and_an_older_one_does_not() -> None:
    state = opened(message(50), message(51))
    apply(state, MessageChanged(message(50, rev=53, text="third")), NOW)
    apply(state, MessageChanged(message(50, rev=52, text="second")), NOW)
    apply(state, MessageChanged(message(3, rev=60)), NOW)
    assert state.window.messages[50].text == "third"
    assert seqs(state) == [50, 51]


def test_a_reaction_changes_a_loaded_message() -> None:
    def told(seq: int, rev: int, user: str, count: int, *, added: bool = True) -> ReactionsChanged:
        return ReactionsChanged(
            room="hall", seq=seq, rev=rev, emoji="x", count=count, user=user, added=added, epoch=""
        )

    state = opened(message(50), message(51))
    apply(state, told(50, 52, "bob", 1), NOW)
    apply(state, told(50, 53, "alice", 2), NOW)
    apply(state, told(50, 53, "alice", 2), NOW)
    assert state.window.messages[50].reactions == (Reaction("x", 2, ("bob", "alice")),)
    apply(state, told(50, 54, "bob", 1, added=False), NOW)
    assert state.window.messages[50].reactions == (Reaction("x", 1, ("alice",)),)
    apply(state, told(50, 55, "alice", 0, added=False), NOW)
    assert not state.window.messages[50].reactions
    apply(state, told(49, 56, "bob", 1), NOW)
    state.apply_older(50, page(message(49)))
    assert state.window.messages[49].reactions == (Reaction("x", 1, ("bob",)),), "it was on its way"
    apply(state, attrs.evolve(told(51, 57, "bob", 1), room="den"), NOW)
    assert not state.window.messages[51].reactions


def test_a_gap_stops_the_window_until_it_is_loaded() -> None:
    state = opened(message(1))
    apply(state, NewMessage(message(3)), NOW)
    assert seqs(state) == [1]
    assert state.window.newer
    state.apply_part(page(message(1), message(2)))
    assert seqs(state) == [1, 2, 3]  # the message that arrived meanwhile is kept
    assert not state.window.newer


def test_pages_are_put_where_they_belong_or_nowhere() -> None:
    state = opened(message(5), message(6))
    state.apply_older(4, page(message(3)))
    state.apply_newer(5, page(message(6)))
    assert seqs(state) == [5, 6]
    state.apply_older(5, page(message(3), message(4), before=True))
    assert seqs(state) == [3, 4, 5, 6]
    assert state.window.older
    state.apply_older(3, attrs.evolve(page(message(2)), room="elsewhere"))
    assert seqs(state) == [3, 4, 5, 6]


def test_a_page_does_not_undo_a_change_that_came_while_it_was_on_its_way() -> None:
    state = opened(message(5))
    apply(state, MessageChanged(message(4, rev=9, text="edited")), NOW)
    state.apply_older(5, page(message(4, text="as it was")))
    assert state.window.messages[4].text == "edited"


def test_the_number_of_kept_messages_is_bounded() -> None:
    state = opened()
    for seq in range(1, 3 * MAX_MESSAGES):
        apply(state, NewMessage(message(seq)), NOW)
    assert len(state.window.messages) <= MAX_MESSAGES
    assert state.window.last == 3 * MAX_MESSAGES - 1
    assert state.window.older
    state.window.bottom = Place(state.window.last, 0)  # scrolled up
    for seq in range(3 * MAX_MESSAGES, 10 * MAX_MESSAGES):
        apply(state, NewMessage(message(seq)), NOW)
    assert len(state.window.messages) <= MAX_WHILE_READING
    assert state.window.newer


def test_a_resync_shows_the_latest_messages_and_a_notice() -> None:
    state = opened(message(1), message(2))
    apply(state, Resynced("hall", "pruned", (message(90), message(91))), NOW)
    assert seqs(state) == [90, 91]
    assert "were pruned" in state.window.notices[-1].text
    apply(state, NewMessage(message(92)), NOW)
    assert seqs(state) == [90, 91, 92]


# ---- counts


def test_a_watched_room_counts_the_messages_of_others() -> None:
    state = opened(message(1), read=1)
    apply(state, NewMessage(message(2, mentions=("alice",))), NOW)
    apply(state, NewMessage(message(3, "alice")), NOW)
    apply(state, NewMessage(message(3, "alice")), NOW)
    apply(state, NewMessage(message(4, mentions=("room",))), NOW)
    counted = state.inbox.entries["hall"]
    assert (counted.head_seq, counted.unread, counted.mentions) == (4, 2, 2)
    assert state.seq_to_mark() == 4


def test_an_entry_that_was_counted_before_the_last_messages_came() -> None:
    state = opened(message(1), read=1)
    apply(state, NewMessage(message(2)), NOW)
    apply(state, NewMessage(message(3)), NOW)
    apply(state, Unread(entry("hall", head=2, read=2)), NOW)
    assert state.inbox.entries["hall"].unread == 1
    apply(state, Unread(entry("hall", head=3, read=3)), NOW)
    assert state.inbox.entries["hall"].unread == 0
    assert state.seq_to_mark() is None


def test_messages_out_of_view_are_not_marked_as_read() -> None:
    state = opened(message(1), message(2), read=1, unread=1)
    assert state.seq_to_mark() == 2
    state.window.bottom = Place(1, 0)
    assert state.seq_to_mark() is None
    state.window.bottom = None
    state.window.newer = True
    assert state.seq_to_mark() is None


def test_a_room_with_unread_messages_has_a_divider() -> None:
    assert opened(message(1), message(2), read=1, unread=1).window.divider == 1
    assert opened(message(1), message(2), read=2).window.divider is None
    assert opened(message(1), message(2, "alice"), read=1).window.divider is None


def test_an_event_during_the_read_of_the_inbox_is_newer_than_it() -> None:
    state = opened()
    apply(state, Unread(entry("gone", head=1)), NOW)
    state.inbox.begin_load()
    apply(state, Unread(entry("den", head=5, unread=5)), NOW)
    apply(state, MemberChanged("left", "alice", None), NOW)
    state.load_inbox([entry("hall"), entry("den", head=4, unread=4), entry("left")])
    assert state.rooms == ["den", "hall"]
    assert state.inbox.entries["den"].unread == 5


def test_the_next_unread_room_is_one_with_a_mention() -> None:
    state = opened()
    assert state.inbox.next_unread(state.shown) is None
    apply(state, Unread(entry("a", unread=3)), NOW)
    apply(state, Unread(entry("z", unread=1, mentions=1)), NOW)
    assert state.inbox.next_unread(state.shown) == "z"


def test_rooms_come_before_people_by_name() -> None:
    state = opened()
    for room in ("@alice:bob", "attic", "@aaron:alice"):
        apply(state, Unread(entry(room)), NOW)
    assert [state.label(room) for room in state.rooms] == ["#attic", "#hall", "@aaron", "@bob"]
    assert state.neighbour(1) == "@aaron:alice"
    assert state.neighbour(-2) == "@alice:bob"
    assert State("alice", "").neighbour(1) is None


# ---- people


def test_typing_is_dropped_after_six_seconds_or_with_the_message() -> None:
    state = opened()
    apply(state, Typing("hall", "bob", True), NOW)
    apply(state, Typing("hall", "carol", True), NOW)
    apply(state, Typing("den", "dave", True), NOW)
    apply(state, Typing("hall", "erin", True, thread=1), NOW)
    assert set(state.typing) == {"bob", "carol"}
    apply(state, NewMessage(message(1, "carol")), NOW)
    assert set(state.typing) == {"bob"}
    state.expire(NOW + 5.9)
    assert set(state.typing) == {"bob"}
    state.expire(NOW + 6)
    assert not state.typing


def test_changes_of_membership_are_notices() -> None:
    state = opened()
    apply(state, MemberChanged("hall", "bob", "member"), NOW)
    apply(state, MemberChanged("hall", "bob", "moderator"), NOW)
    apply(state, MemberChanged("hall", "bob", None), NOW)
    apply(state, MemberChanged("den", "bob", "member"), NOW)
    told = [notice.text for notice in state.window.notices]
    assert told == [
        "bob is a member now",
        "bob is a moderator now",
        "bob is no longer a member",
    ]


def test_the_help_fits_into_the_notices() -> None:
    state = opened()
    state.window.notice(*help_lines())
    assert [notice.text for notice in state.window.notices] == help_lines()


def test_mutes_are_notices() -> None:
    state = opened()
    for event in (
        MuteChanged("hall", "bob", True),
        MuteChanged("hall", "alice", True, 1_000_000_000_000, "noise"),
        MuteChanged("hall", "alice", False),
        MuteChanged("den", "bob", True),
    ):
        apply(state, event, NOW)
    told = [notice.text for notice in state.window.notices]
    until = local_time(1_000_000_000_000)
    assert told == [
        "bob is muted",
        f"you are muted until {until:%Y-%m-%d %H:%M}: noise",
        "you are no longer muted",
    ]


def test_changes_of_the_own_membership() -> None:
    state = opened()
    assert apply(state, MemberChanged("den", "alice", "member"), NOW) == ReadInbox()
    why = "you are no longer a member of #hall"
    assert apply(state, MemberChanged("hall", "alice", None), NOW) == Open(None, why)
    assert state.shown is None
    assert state.rooms == []


def test_the_list_is_read_again_when_the_connection_is_back() -> None:
    state = opened()
    assert apply(state, ConnectionChanged(False), NOW) is None
    assert not state.connected
    assert apply(state, ConnectionChanged(True), NOW) == ReadInbox()
    assert state.connected


# ---- my own lines


def test_an_own_message_is_pending_until_its_event_comes() -> None:
    state = opened()
    state.sending(Pending("id-1", "hall", "hi"))
    assert [line.text for line in state.unsent] == ["hi"]
    state.sent("id-1")
    assert state.unsent == []
    assert "id-1" in state.pending  # still shown until the message arrives
    apply(state, NewMessage(message(1, "alice", client_id="id-1")), NOW)
    assert not state.pending


def test_the_event_may_come_before_the_reply() -> None:
    state = opened()
    state.sending(Pending("id-1", "hall", "hi"))
    apply(state, NewMessage(message(1, "alice", client_id="id-1")), NOW)
    state.sent("id-1")
    assert not state.pending
    # Another person's message with the same id does not remove it.
    state.sending(Pending("id-2", "hall", "hi"))
    apply(state, NewMessage(message(2, "bob", client_id="id-2")), NOW)
    assert state.unsent


def test_a_message_acknowledged_while_another_room_is_shown_is_not_pending() -> None:
    state = opened()
    state.sending(Pending("id-1", "hall", "hi"))
    state.sending(Pending("id-2", "hall", "ho"))
    state.sent("id-1")
    state.open("den", (), 0, Facts())
    assert list(state.pending) == ["id-2"]
    state.sent("id-2")
    assert not state.pending


def test_a_refused_message_is_a_notice_with_its_text() -> None:
    state = opened()
    state.sending(Pending("id-1", "hall", "hi"))
    state.not_sent("id-1", "banned")
    assert not state.pending
    assert [each.text for each in state.window.notices][-2:] == ["not sent: hi", "banned"]


def test_the_last_own_message() -> None:
    assert opened(message(1)).my_last() is None
    mine = message(2, "alice")
    last = opened(message(1), mine, message(3, "alice", deleted=True), message(4)).my_last()
    assert last == mine


def test_a_draft_becomes_a_room_when_the_other_one_begins() -> None:
    state = opened()
    state.open("@alice:bob", (), 0, Facts(), draft="bob")
    assert apply(state, Unread(entry("@alice:bob", 1, 0, 1)), NOW) == Open("@alice:bob")


# ---- the log-in


def test_the_expiry_of_the_token_is_a_notice() -> None:
    state = opened()
    apply(state, TokenExpiring(expires_at=0), NOW)
    said = state.window.notices[-1].text
    assert said.startswith(("this log-in ends on 1970-01-01 ", "this log-in ends on 1969-12-31 "))
    assert said.endswith("renew it with `chatroom sessions renew`")


def test_messages_in_threads_are_noted_and_not_shown() -> None:
    state = opened(message(1), read=1)
    apply(state, NewMessage(message(2, thread=1)), 0)
    apply(state, NewMessage(message(3)), 0)
    apply(state, NewMessage(message(4, room="other", thread=1)), 0)
    assert seqs(state) == [1, 3]
    assert not state.window.newer, "there is no hole"
    assert state.inbox.entries["hall"].unread == 1
    [notice] = state.window.notices
    assert "in thread 1: " in notice.text
    assert "#2 bob: text 2" in notice.text
    apply(state, NewMessage(message(5)), 0)
    assert seqs(state) == [1, 3], "one was missed"
    assert state.window.newer
