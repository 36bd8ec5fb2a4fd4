"""Declarations: what follows from a class, and what is wrong with others."""

from typing import Any

import attrs
import pytest

from chatroom.protocol import declaring
from chatroom.protocol.calls import CALLS, EditMessage, GetHistory, Invite, SendMessage, Subscribe
from chatroom.protocol.declaration import Paged
from chatroom.protocol.declaring import InboxCall, MemberCall, call, require_handled
from chatroom.protocol.field_types import RoomName, Text, UserName
from chatroom.protocol.results import PAGE_BYTES, Empty

PAGE = Paged(item_bytes=1)


@pytest.fixture(autouse=True)
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaring, "calls", dict(declaring.calls))


def test_types_of_fields_determine_the_look_ups() -> None:
    send, edit, invite = SendMessage.declared, EditMessage.declared, Invite.declared
    assert (send.people, send.messages) == (("to",), ("thread",))
    assert (send.client_ids, send.texts) == (("client_id",), ("text",))
    assert (edit.people, edit.messages, edit.texts) == ((), ("seq",), ("text",))
    assert (invite.people, invite.messages, invite.texts) == (("user",), (), ())


def test_the_key_is_the_room_or_the_direct_room_or_the_person() -> None:
    assert SendMessage(Text("hi"), room=RoomName("lobby")).key("bob") == "lobby"
    assert SendMessage(Text("hi"), to=UserName("alice")).key("bob") == "@alice:bob"
    assert GetHistory(RoomName("lobby")).key("bob") == "lobby"


def test_a_page_costs_by_its_size() -> None:
    declared = CALLS["listRooms"].declared.page
    assert declared is not None
    sizes: dict[int, int] = {1: 2, 100: 2, 101: 4, 200: 4}
    kind: Any = CALLS["listRooms"]
    assert {limit: declared.tokens(kind(limit=limit)) for limit in sizes} == sizes
    assert declared.bytes(kind(limit=1)) == 2048
    subscribe: Any = Subscribe
    page = Subscribe.declared.page
    assert page is not None
    assert (page.tokens(subscribe("a")), page.tokens(subscribe("a", "e", 1))) == (1, 2)
    assert page.bytes(subscribe("a")) == PAGE_BYTES


def test_an_incomplete_declaration_is_refused() -> None:
    @attrs.frozen
    class Nameless(InboxCall[Empty]):
        pass

    @attrs.frozen
    class Endless(InboxCall[Empty]):
        """List everything."""

    @attrs.frozen
    class Unanswered(InboxCall):  # type: ignore[type-arg]
        """Ask in vain."""

    for name, cls, page, wrong in (
        ("news", Nameless, None, "docstring"),
        ("news", Endless, PAGE, "limit"),
        ("news", Unanswered, None, "reply"),
        ("listRooms", Endless, None, "twice"),
        ("sendMessage", Endless, None, "twice"),
    ):
        with pytest.raises(TypeError, match=wrong):
            call(name, page=page)(cls)


def test_unhandled_calls_are_errors() -> None:
    handled = {cls for cls in CALLS.values() if cls.handler == "room"}
    require_handled("room", handled)
    with pytest.raises(TypeError, match="room: no function for: EditMessage"):
        require_handled("room", handled - {EditMessage})
    with pytest.raises(TypeError, match=r"userInbox: .* not its calls: EditMessage"):
        require_handled(
            "userInbox",
            {EditMessage, *(cls for cls in CALLS.values() if cls.handler == "userInbox")},
        )

    @call("waveAtMessage")
    @attrs.frozen
    class WaveAtMessage(MemberCall[Empty]):
        """Wave at a message."""

    with pytest.raises(TypeError, match="room: no function for: WaveAtMessage"):
        require_handled("room", handled)
