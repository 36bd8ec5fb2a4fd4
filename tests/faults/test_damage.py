"""A damaged page of each table: calls that read it are refused, and all others succeed.

Runs on a node with a database file. The rows of alice and her room are on the damaged page, those
of zoe and her room are not.
"""

from pathlib import Path
from typing import Any, Final

import pytest

from chatroom.model import Account, direct_room
from chatroom.store.sqlite.startup import FILE

from ..client import Client
from ..store.room_log import StoredRoom, damage, direct, opened
from .conftest import Site, serving
from .people import reason_of

TABLES: Final = ("rooms", "members", "users", "messages", "mentions")
ROWS: Final = 300
"""Rows of each table between alice's and zoe's, so that these are on different pages."""
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("joinRoom", {"room": "a-room"}),
    ("subscribe", {"room": "a-room"}),
    ("getHistory", {"room": "a-room", "after": 0}),
    ("listMembers", {"room": "a-room"}),
    ("sendMessage", {"room": "a-room", "text": "hello @alice @amy @zoe"}),
    ("sendMessage", {"to": "amy", "text": "hello"}),
    ("editMessage", {"room": "a-room", "seq": 1, "text": "edited @alice"}),
    ("markRead", {"room": "a-room", "seq": 1}),
    ("setNotifications", {"room": "a-room", "level": "mentions"}),
    ("deleteMessage", {"room": "a-room", "seq": 1}),
    ("getInbox", {}),
    ("getUnread", {"room": "a-room"}),
    ("listRooms", {}),
    ("invite", {"room": "a-room", "user": "zed"}),
    ("leaveRoom", {"room": "a-room"}),
)


async def fill(directory: Path) -> dict[str, str]:
    """Fill a database, and return tokens by name."""
    fillers = [f"person-{number:03}-{'x' * 40}" for number in range(ROWS)]
    async with opened(directory) as store:
        people = ["alice", "amy", *fillers, "zed", "zoe"]
        await store.add_accounts([Account(name, name.title(), None, 0) for name in people])
        first = StoredRoom(store, "a-room", title="x" * 500)
        await first.make("alice", "amy")
        await first.commit(
            *[first.posting("alice", "x" * 100, mentions=("alice", "amy")) for _ in range(20)]
        )
        dear = direct(store, "alice", "amy")
        await dear.make("alice", "amy")
        await dear.post("amy")
        for number in range(20):
            await StoredRoom(store, f"b-room-{number:02}", title="x" * 500).make(fillers[0])
        middle = StoredRoom(store, "c-room")
        await middle.make(*fillers)
        await middle.commit(
            *[middle.posting(filler, "x" * 500, mentions=(fillers[0],)) for filler in fillers]
        )
        last = StoredRoom(store, "z-room")
        await last.make("zoe", "zed")
        await last.commit(*[last.posting("zed", mentions=("zoe",)) for _ in range(20)])
    async with serving(directory) as site:
        return {name: await site.token(name) for name in ("alice", "amy", "zoe")}


async def needing_it(site: Site, token: str) -> set[str]:
    """Return the calls that are refused as ``internal`` to the user whose rows are damaged."""
    async with site.socket() as client:
        if await reason_of(client, "connect", {"token": token}) == "internal":
            return {"connect"}
        outcomes = [(method, await reason_of(client, method, params)) for method, params in CALLS]
    assert {reason for _, reason in outcomes} <= {None, "internal", "not_found", "forbidden"}
    return {method for method, reason in outcomes if reason == "internal"}


async def not_needing_it(client: Client, number: int) -> None:
    sent = await client.call("sendMessage", room="z-room", text=f"{number} @zoe")
    assert sent["seq"] == 21 + number
    page = await client.call("getHistory", room="z-room", limit=3)
    assert page["messages"][-1]["text"] == f"{number} @zoe"
    [entry] = (await client.call("getInbox"))["rooms"]
    assert (entry["unread"], entry["mentions"]) == (20, 20)


@pytest.mark.parametrize("table", TABLES)
async def test_damaged_page_affects_only_calls_that_read_it(
    tmp_path: Path, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = await fill(tmp_path)
    damage(tmp_path / FILE, table)
    for start in range(2):
        async with serving(tmp_path) as site, site.socket() as zoe:
            await zoe.connect(tokens["zoe"])
            for turn in range(2):
                await not_needing_it(zoe, 4 * start + 2 * turn)
                refused = await needing_it(site, tokens["alice"])
                assert refused
                assert ("connect" in refused) == (table in ("members", "users")), refused
                await not_needing_it(zoe, 4 * start + 2 * turn + 1)
            assert zoe.closed_code is None
            assert site.node.actors.quarantines == 0
            assert site.store.trouble() is None
            assert "malformed" in (site.store.damage() or "")
    # On a busy machine the server may also log that it was suspended.
    told = [message for message in caplog.messages if message != "event loop stalled"]
    assert [message for message in told if "cannot be read" not in message] == []


async def test_unreadable_last_message_is_left_out(tmp_path: Path) -> None:
    tokens = await fill(tmp_path)
    async with opened(tmp_path) as store:
        before = {entry.room: entry for entry in await store.inbox("alice")}
    damage(tmp_path / FILE)
    async with serving(tmp_path) as site, site.socket() as alice:
        await alice.connect(tokens["alice"])
        rooms = {entry["room"]: entry for entry in alice.connected["inbox"]["rooms"]}
        assert rooms.keys() == before.keys() == {"a-room", direct_room("alice", "amy")}
        for name, entry in rooms.items():
            assert "lastMessage" not in entry
            assert (entry["unread"], entry["mentions"]) == (
                before[name].unread,
                before[name].mentions,
            )
