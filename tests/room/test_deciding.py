"""Registration of rules: each is registered for a call, and returns the declared reply."""

import pytest

from chatroom.model import Member, Room
from chatroom.protocol.calls import CALLS, EditMessage, MarkRead
from chatroom.protocol.results import Changed, Empty, InboxEntry
from chatroom.room.deciding import Rules, merge
from chatroom.room.draft import Draft
from chatroom.room.reader import READS
from chatroom.room.rules import RULES


def test_a_call_is_decided_or_read() -> None:
    assert RULES.keys().isdisjoint(READS)
    assert {*RULES, *READS} == {call for call in CALLS.values() if call.handler == "room"}


def test_a_rule_returns_the_declared_reply() -> None:
    rules = Rules()

    def edit(draft: Draft, room: Room, member: Member, call: EditMessage) -> Changed:
        raise NotImplementedError

    def edit_for_nothing(draft: Draft, room: Room, member: Member, call: EditMessage) -> Empty:
        raise NotImplementedError

    rules.decides(EditMessage)(edit)
    with pytest.raises(TypeError, match="editMessage: its rule must return Changed"):
        rules.decides(EditMessage)(edit_for_nothing)


def test_a_call_has_one_rule() -> None:
    rules = Rules()

    def edit(draft: Draft, room: Room, member: Member, call: EditMessage) -> Changed:
        raise NotImplementedError

    rules.decides(EditMessage)(edit)
    with pytest.raises(TypeError, match="editMessage: it has a rule already"):
        rules.decides(EditMessage)(edit)


def test_a_call_has_one_rule_in_all_modules() -> None:
    def edit(draft: Draft, room: Room, member: Member, call: EditMessage) -> Changed:
        raise NotImplementedError

    modules = Rules(), Rules()
    for rules in modules:
        rules.decides(EditMessage)(edit)
    with pytest.raises(TypeError, match="editMessage: it has a rule already"):
        merge(*modules)


def test_where_the_inbox_replies_a_rule_returns_nothing() -> None:
    def read(draft: Draft, room: Room, member: Member, call: MarkRead) -> InboxEntry:
        raise NotImplementedError

    with pytest.raises(TypeError, match="markRead: its rule must return NoneType"):
        Rules().decides(MarkRead)(read)
