"""The beginning of answered messages beside a page."""

from typing import Any

import pytest

from chatroom.model import Quoted
from chatroom.protocol import calls
from chatroom.room import log_reader
from chatroom.room import mail as room_mail

from ..builders import Guest, House
from ..stored_uploads import PICTURE, add_upload


async def say(guest: Guest, text: str, reply_to: int | None = None) -> Any:
    return await guest.ask("lobby", calls.SendMessage, text, reply_to=reply_to)


@pytest.fixture(params=["cached", "stored"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Pages come from the message cache, or from the store."""
    if request.param == "stored":
        monkeypatch.setattr(log_reader.LogReader, "cached_page", lambda *_, **__: None)
    return str(request.param)


async def test_pages_show_the_beginning_of_what_is_answered(house: House, where: str) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice, "x" * 250)
    await say(bob, "two", 1)
    await say(alice, "three", 2)
    await say(bob, "four", 2)
    first = Quoted(1, 1, "alice", "x" * 200, truncated=True)
    second = Quoted(2, 2, "bob", "two")
    history = await alice.ask("lobby", calls.GetHistory)
    assert history.quoted == (first, second)
    assert (await alice.ask("lobby", calls.GetHistory, after=3)).quoted == (second,)
    assert (await alice.ask("lobby", calls.GetHistory, before=2)).quoted == ()
    assert (await alice.ask("lobby", calls.GetUnread)).quoted == (first, second)
    assert (await alice.ask("lobby", calls.GetMessage, 4)).quoted == (second,)
    assert (await bob.subscribe("lobby")).quoted == (first, second)
    assert (await bob.subscribe("lobby", since_rev=3)).quoted == (second,)


async def test_a_quote_is_as_the_message_is_now(house: House, where: str) -> None:
    (alice,) = await house.meet("lobby", "alice")
    await say(alice, "one")
    await say(alice, "two", 1)
    await alice.ask("lobby", calls.EditMessage, 1, "other")
    assert (await alice.ask("lobby", calls.GetHistory, after=1)).quoted == (
        Quoted(1, 3, "alice", "other"),
    )
    await alice.ask("lobby", calls.DeleteMessage, 1)
    assert (await alice.ask("lobby", calls.GetHistory, after=1)).quoted == (
        Quoted(1, 4, "alice", "", deleted=True),
    )
    await alice.ask("lobby", calls.PinMessage, 2)
    assert [each.rev for each in (await alice.ask("lobby", calls.ListPins)).quoted] == [4]


async def test_a_pruned_message_is_not_quoted(house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    await say(alice, "one")
    await say(alice, "two", 1)
    await say(alice, "three", 2)
    house.node.actors.push(room_mail.address("lobby"), room_mail.Prune(2, None))
    await house.settle()
    page = await alice.ask("lobby", calls.GetHistory)
    assert [message.seq for message in page.messages] == [2, 3]
    assert [quoted.seq for quoted in page.quoted] == [2]


async def test_a_quote_tells_of_files(house: House, where: str) -> None:
    (alice,) = await house.meet("lobby", "alice")
    uploads = [
        await add_upload(house.store, "alice", 1, *PICTURE),
        await add_upload(house.store, "alice", 2),
    ]
    await alice.ask("lobby", calls.SendMessage, "", attachments=tuple(uploads))
    await say(alice, "look", 1)
    quoted = (await alice.ask("lobby", calls.GetHistory, after=1)).quoted
    assert quoted == (Quoted(1, 1, "alice", "", files=2, file_type="image/png"),)
    await alice.ask("lobby", calls.DeleteMessage, 1)
    quoted = (await alice.ask("lobby", calls.GetHistory, after=1)).quoted
    assert quoted == (Quoted(1, 3, "alice", "", deleted=True),)
