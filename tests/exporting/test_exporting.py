"""What an export has, and that an import makes the same of it."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from chatroom.config import FILES_DIRECTORY
from chatroom.errors import Refused
from chatroom.exporting.everything import EVERYTHING, export_everything
from chatroom.exporting.person import PERSON, export_person
from chatroom.exporting.target import DirectoryTarget, ExportFailed
from chatroom.store.opening import snapshot
from chatroom.store.postgres import PostgresStore

from ..builders import accounts
from ..importing.exports import (
    BEGIN,
    content,
    message,
    room,
    run_import,
    small,
    write_export,
)
from ..store.room_log import UP, StoredRoom, running


def exported(
    data: Path, directory: Path, person: str | None = None, database: str | None = None
) -> list[Any]:
    """Export a data directory, or a database. Return the records."""
    name = PERSON if person else EVERYTHING
    with ExitStack() as stack:
        connection = stack.enter_context(snapshot(database, data))
        target = stack.enter_context(DirectoryTarget.made(directory, name, data / FILES_DIRECTORY))
        if person:
            export_person(connection, target, person)
        else:
            export_everything(connection, target, lambda _: None)
    return [json.loads(line) for line in (directory / name).read_text().splitlines()]


async def made(directory: Path) -> Path:
    """Return a data directory with one of everything."""
    source = directory / "source"
    source.mkdir()
    (source / "notes.txt").write_text("the notes")
    files = [{"path": "notes.txt", "name": "Notes (1).txt"}]
    records = [
        *small(),
        room(
            "rules",
            ["alice", "bob", "c"],
            owners=["alice"],
            moderators=["bob"],
            posting="moderators",
            inviting="all",
            slowModeS=30,
        ),
        message("1", "rules", "alice", 1, "kept", messageType="poll", data={"b": [1, None]}),
        {**message("2", "rules", "bob", 2), "text": None, "deleted": True},
        message("3", "rules", "c", 3, "in a thread of a deleted message", thread="2"),
        {**message("4", "rules", "bob", 3), "text": None, "files": files},
        message("5", "rules", "bob", 4, "with a file", files=files),
    ]
    await run_import(write_export(source / "export.jsonl", records), directory / "data")
    return directory / "data"


async def test_an_import_of_an_export_makes_the_same(tmp_path: Path) -> None:
    data = await made(tmp_path)
    first = exported(data, tmp_path / "first")
    await run_import(tmp_path / "first" / EVERYTHING, tmp_path / "again")
    assert exported(tmp_path / "again", tmp_path / "second") == first
    before, after = content(data), content(tmp_path / "again")
    assert before.keys() == after.keys()
    for table in before:
        # Ids of messages and of uploads, and times of joining, are of each import.
        assert len(before[table]) == len(after[table]), table
    by_type = {kind: sum(each["type"] == kind for each in first) for kind in ("user", "room")}
    assert by_type == {"user": 4, "room": 5}
    poll = {"id": "1", "room": "rules", "sender": "alice", "time": BEGIN + 1, "text": "kept"}
    assert {"type": "message", **poll, "messageType": "poll", "data": {"b": [1, None]}} in first


async def test_what_there_is_of_a_person(tmp_path: Path) -> None:
    data = await made(tmp_path)
    records = exported(data, tmp_path / "person", "bob")
    kinds = [record["type"] for record in records]
    assert kinds == [
        "account",
        *["membership"] * 4,
        *["followedThread"] * 2,
        "reaction",
        *["file"] * 2,
        *["message"] * 6,
    ]
    assert records[0]["name"] == "bob"
    files = [record for record in records if record["type"] == "file"]
    assert (tmp_path / "person" / files[0]["path"]).read_text() == "the notes"
    texts = [record.get("text") for record in records if record["type"] == "message"]
    assert texts == ["text of 4", "text of 5", None, None, "with a file", "text of 1"]
    with pytest.raises(Refused, match="no such user"):
        exported(data, tmp_path / "nobody", "nobody")


async def test_a_directory_with_files_is_refused(tmp_path: Path) -> None:
    data = await made(tmp_path)
    with pytest.raises(ExportFailed, match="is not empty"):
        exported(data, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportFailed, match="exists"):
        exported(data, tmp_path / "file")


async def test_postgresql_is_exported_while_it_is_used(tmp_path: Path, empty_database: str) -> None:
    async with running(PostgresStore.open(empty_database)) as store:
        await store.add_accounts(accounts("alice", "bob"))
        talk = StoredRoom(store)
        await talk.make("alice", "bob")
        await talk.post("alice", "hello @bob", mentions=("bob",))
        await talk.react("bob", 1)
        everything = exported(tmp_path, tmp_path / "all", database=empty_database)
        person = exported(tmp_path, tmp_path / "bob", "bob", empty_database)
    assert [record["type"] for record in everything] == ["user", "user", "room", "message"]
    assert everything[-1]["reactions"] == [{"emoji": UP, "users": ["bob"]}]
    assert [record["type"] for record in person] == ["account", "membership", "reaction"]
    assert {"disabled", "erasedAt"}.isdisjoint(person[0])
