"""Registration of rules: each is registered for a call, and returns the declared reply."""

import pytest

from chatroom.model import Member, Room
from chatroom.protocol.calls import CALLS, EditMessage, MarkRead
from chatroom.protocol.results import Changed, Empty, InboxEntry
from chatroom.room.deciding import Rules, merge
from chatroom.room.draft import Draft
from chatroom.room.reader import READS
from chatroom.room.rules import RULES


def edit(draft: Draft, room: Room, member: Member, call: EditMessage) -> Changed:
    raise NotImplementedError


def edit_without_reply(draft: Draft, room: Room, member: Member, call: EditMessage) -> Empty:
    raise NotImplementedError


def read(draft: Draft, room: Room, member: Member, call: MarkRead) -> InboxEntry:
    raise NotImplementedError


def test_each_call_is_either_decided_or_read() -> None:
    assert RULES.keys().isdisjoint(READS)
    assert {*RULES, *READS} == {call for call in CALLS.values() if call.handler == "room"}


def test_a_rule_returns_the_declared_reply_or_none_if_the_inbox_replies() -> None:
    with pytest.raises(TypeError, match="editMessage: its rule must return Changed"):
        Rules().decides(EditMessage)(edit_without_reply)
    with pytest.raises(TypeError, match="markRead: its rule must return NoneType"):
        Rules().decides(MarkRead)(read)


def test_a_call_has_one_rule_in_all_modules() -> None:
    modules = Rules(), Rules()
    for rules in modules:
        rules.decides(EditMessage)(edit)
        with pytest.raises(TypeError, match="editMessage: it has a rule already"):
            rules.decides(EditMessage)(edit)
    with pytest.raises(TypeError, match="editMessage: it has a rule already"):
        merge(*modules)
