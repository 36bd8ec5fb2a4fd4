"""Made-up exports, and what is in a data directory afterwards."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias

import trio

from chatroom.admin.data_directory import lock_directory
from chatroom.config import Config
from chatroom.errors import StorageFull
from chatroom.importing.export import read_export
from chatroom.importing.files import Files
from chatroom.importing.importer import Importer, Summary
from chatroom.importing.plan import Choices, Plan, make_plan
from chatroom.model import Message
from chatroom.store.room_log import Batch, Bounds, Decision
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults

Json: TypeAlias = dict[str, Any]
BEGIN: Final = 1_600_000_000_000
NOW: Final = 1_700_000_000_000


def user(name: str, **fields: Any) -> Json:
    return {"type": "user", "name": name, **fields}


def room(name: str, members: Sequence[str], **fields: Any) -> Json:
    return {"type": "room", "name": name, "members": members, **fields}


def direct(id_: str, members: Sequence[str], **fields: Any) -> Json:
    return {"type": "room", "kind": "direct", "id": id_, "members": members, **fields}


def message(id_: str, room: str, sender: str, at: int, text: str = "", **fields: Any) -> Json:
    """:param at: ms after BEGIN."""
    fields = {"id": id_, "room": room, "sender": sender, "time": BEGIN + at, **fields}
    return {"type": "message", "text": text or f"text of {id_}", **fields}


def small() -> list[Json]:
    """Return an export with one of everything."""
    return [
        user("alice", displayName="Alice"),
        user("bob"),
        user("Carol C", id="c"),
        user("gone"),
        room("hall", ["alice", "bob", "c"], owners=["alice"], visibility="public", topic="All"),
        room("old", ["alice"], archived=True, createdAt=BEGIN, title="Old things"),
        direct("d", ["bob", "alice"]),
        {"type": "room", "kind": "group", "id": "g", "members": ["alice", "bob", "c"]},
        message("3", "hall", "c", 30, "third, @bob", thread="1"),
        message(
            "1", "hall", "alice", 10, reactions=[{"emoji": "\U0001f44d", "users": ["bob", "c"]}]
        ),
        message("2", "hall", "gone", 20, editedAt=BEGIN + 25, replyTo="1"),
        message("4", "hall", "bob", 40, thread="1"),
        message("5", "hall", "bob", 50, pinnedBy="alice", format="plain"),
        message("1", "d", "alice", 5),
        message("1", "g", "bob", 7),
    ]


def write_export(path: Path, records: Iterable[Json]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


class FullStore(SqliteStore):
    """A store whose disk is full after some commits of rooms."""

    commits = 1 << 30

    async def commit(self, batch: Batch) -> Decision:
        if self.commits == 0:
            raise StorageFull("no space is left")
        self.commits -= 1
        return await super().commit(batch)


async def run_import(
    path: Path, data: Path, *, prefix: str = "", skip: bool = False, commits: int = 1 << 30
) -> tuple[Plan, Summary]:
    """:param commits: after so many commits of rooms the disk is full."""
    config = Config(data=data)
    export = read_export(path, config, NOW, lambda more: None)
    choices = Choices(prefix, skip)
    with lock_directory(data) as found, closing(FullStore.open(data, found)) as store:
        async with trio.open_nursery() as nursery:
            await nursery.start(store.run)
            plan = await make_plan(export, store, choices, NOW)
            plan.require_possible(choices)
            files = Files(config, store, lambda: NOW, export.directory)
            assert isinstance(store, FullStore)
            store.commits = commits
            summary = await Importer(plan, store, files, lambda more: None).run()
            nursery.cancel_scope.cancel()
    assert faults(data, {}) == []
    return plan, summary


async def log_of(data: Path, name: str) -> tuple[Message, ...]:
    with closing(SqliteStore.open(data, ["chatroom.db"])) as store:
        async with trio.open_nursery() as nursery:
            await nursery.start(store.run)
            page = await store.page(name, 200, Bounds(after=0, whole=True))
            nursery.cancel_scope.cancel()
    return page.messages


_TABLES: Final = {
    "users": "name, display_name",
    "rooms": "name, kind, visibility, title, topic, created_at, head_seq, head_rev, archived",
    "members": "room, user, role, read_seq, sent, sent_read",
    "messages": "room, seq, sender, timestamp, client_id, text, thread, reply_to, edited_at,"
    " reactions, pinned_by, mentions",
    "followers": "room, root, user, read_seq",
    "mentions": "room, user, seq",
}


def content(data: Path) -> dict[str, list[Any]]:
    """Return all that an import writes, except what differs by the time of its run."""
    with closing(sqlite3.connect(data / "chatroom.db")) as connection:
        return {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3").fetchall()  # noqa: S608 - constants
            if table != "users"
            else connection.execute("SELECT name, display_name FROM users ORDER BY 1").fetchall()
            for table, columns in _TABLES.items()
        }
