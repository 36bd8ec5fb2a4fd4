"""What an import makes, and that it can be interrupted and repeated."""

import json
from pathlib import Path

import pytest

from chatroom.errors import StorageFull
from chatroom.importing.records import ImportFailed

from .exports import (
    BEGIN,
    content,
    direct,
    log_of,
    message,
    room,
    run_import,
    small,
    user,
    write_export,
)


def shown(data: Path, table: str) -> list[tuple[object, ...]]:
    return content(data)[table]


async def test_all_that_an_export_has_is_there(tmp_path: Path) -> None:
    path, data = write_export(tmp_path / "export.jsonl", small()), tmp_path / "data"
    plan, summary = await run_import(path, data)
    assert (summary.accounts, summary.rooms, summary.messages, summary.there) == (4, 4, 7, 0)
    assert plan.renamed == ["'Carol C' becomes carol-c"]
    log = await log_of(data, "hall")
    assert [(each.seq, each.sender, each.timestamp - BEGIN) for each in log] == [
        (1, "alice", 10),
        (2, "gone", 20),
        (3, "carol-c", 30),
        (4, "bob", 40),
        (5, "bob", 50),
    ]
    assert [each.thread for each in log] == [None, None, 1, 1, None]
    assert log[0].reactions[0].users == ("bob", "carol-c")
    assert (log[1].reply_to, log[1].edited_at) == (1, BEGIN + 25)
    assert log[2].mentions == ("bob",)
    assert (log[4].pinned_by, log[4].format) == ("alice", "plain")
    assert [each.sender for each in await log_of(data, "@alice:bob")] == ["alice"]
    rooms = {name: rest for name, *rest in shown(data, "rooms")}
    assert rooms["hall"][:4] == ["room", "public", "hall", "All"]
    assert rooms["old"][:3] == ["room", "private", "Old things"]
    assert rooms["old"][-1] == 1
    (group,) = [rest for name, rest in rooms.items() if str(name).startswith("~")]
    assert group[2] == "Alice, bob, Carol C"


async def test_everything_is_read(tmp_path: Path) -> None:
    path, data = write_export(tmp_path / "export.jsonl", small()), tmp_path / "data"
    await run_import(path, data)
    heads = {name: head for name, *_, head, _rev, _archived in shown(data, "rooms")}
    assert all(read == heads[name] for name, _, _, read, *_ in shown(data, "members"))
    assert shown(data, "followers") == [
        ("hall", 1, "alice", 4),
        ("hall", 1, "bob", 4),
        ("hall", 1, "carol-c", 4),
    ]


async def test_another_run_changes_nothing(tmp_path: Path) -> None:
    path, data = write_export(tmp_path / "export.jsonl", small()), tmp_path / "data"
    await run_import(path, data)
    before = content(data)
    plan, summary = await run_import(path, data)
    assert (summary.accounts, summary.rooms, summary.messages, summary.there) == (0, 0, 0, 7)
    assert all(planned.there for planned in plan.rooms)
    assert content(data) == before


async def test_an_interrupted_import_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatroom.importing.importer.BATCH_MESSAGES", 2)
    path = write_export(tmp_path / "export.jsonl", small())
    await run_import(path, tmp_path / "whole")
    whole = content(tmp_path / "whole")
    data = tmp_path / "data"
    failures = 0
    for commits in range(20):
        try:
            await run_import(path, data, commits=commits)
            break
        except* StorageFull:
            failures += 1
    assert failures > 5
    assert content(data) == whole


async def test_a_later_export_adds_what_is_new(tmp_path: Path) -> None:
    path, data = write_export(tmp_path / "export.jsonl", small()), tmp_path / "data"
    await run_import(path, data)
    more = [message("6", "hall", "alice", 60, thread="1"), message("0", "hall", "bob", 45)]
    _, summary = await run_import(write_export(path, [*small(), *more]), data)
    assert (summary.messages, summary.there, summary.later) == (2, 7, 1)
    late, last = (await log_of(data, "hall"))[-2:]
    assert (late.seq, late.timestamp - BEGIN) == (6, 50)  # the room had later ones
    assert (last.seq, last.thread, last.timestamp - BEGIN) == (7, 1, 60)
    assert {read for *_, read in shown(data, "followers")} == {7}


async def test_a_room_of_another_origin_is_refused(tmp_path: Path) -> None:
    path, data = write_export(tmp_path / "a.jsonl", small()), tmp_path / "data"
    await run_import(path, data)
    other = write_export(
        tmp_path / "b.jsonl",
        [
            user("alice"),
            user("bob"),
            room("hall", ["bob"]),
            direct("x", ["alice", "bob"]),
            message("1", "hall", "bob", 11),
            message("1", "x", "bob", 12),
        ],
    )
    with pytest.RaisesGroup(pytest.RaisesExc(ImportFailed, match="hall, @alice:bob")):
        await run_import(other, data)
    plan, summary = await run_import(other, data, skip=True)
    assert (plan.rooms, summary.messages) == ([], 0)
    plan, summary = await run_import(other, data, prefix="slack-")
    hall, group = plan.rooms
    assert (hall.new.name, summary.messages) == ("slack-hall", 2)
    assert (group.new.title, group.new.kind) == ("slack-alice, bob", "room")
    plan, summary = await run_import(other, data, prefix="slack-")
    assert (summary.messages, summary.there) == (0, 2)


async def test_files_are_imported_once(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("hello")
    records = [
        user("alice"),
        room("hall", ["alice"]),
        message("1", "hall", "alice", 1, files=[{"path": "notes/a.txt", "name": "a.txt"}]),
    ]
    path, data = write_export(tmp_path / "export.jsonl", records), tmp_path / "data"
    await run_import(path, data)
    (one,) = await log_of(data, "hall")
    assert [(each.name, each.size, each.type) for each in one.attachments] == [
        ("a.txt", 5, "text/plain")
    ]
    await run_import(path, data)
    assert await log_of(data, "hall") == (one,)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("no JSON", "is not JSON"),
        ([], "is no JSON object"),
        ({"type": "channel"}, "type: must be"),
        ({"type": "user"}, "name: is missing"),
        (user("x", colour="red"), "colour: there is no such field"),
        (room("x", ["nobody"], createdAt=1), "no user has the id nobody"),
        (room("x", ["alice"], owners=["bob"], createdAt=1), "owners: bob"),
        (room("hall", []), "another room has the same"),
        (direct("x", []), "members: a direct room"),
        (message("9", "cellar", "alice", 1), "room: no room has the id cellar"),
        (message("9", "hall", "nobody", 1), "no user has the id nobody"),
        (message("1", "hall", "alice", 1), "id: line 3 has the same"),
        (message("9", "hall", "alice", 1 << 50), "time: is in the future"),
        (message("9", "hall", "alice", 0, thread="1"), "thread: 1 is not before it"),
        (message("9", "hall", "alice", 9, thread="8"), "thread: no message has the id 8"),
        (message("9", "hall", "alice", 9, text=" "), "text: a message without files"),
        (message("9", "hall", "alice", 9, text="x" * 5000), "text: at most 4000"),
        (message("9", "hall", "alice", 9, files=[{"path": "../x"}]), "files: path: must be"),
        (message("9", "hall", "alice", 9, files=[{"path": "x"}]), "files: there is no file x"),
        (message("9", "hall", "alice", 9, reactions=[{"emoji": "x", "users": []}]), "one emoji"),
    ],
)
async def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, record: object, why: str
) -> None:
    path = write_export(
        tmp_path / "export.jsonl",
        [user("alice"), room("hall", ["alice"]), message("1", "hall", "alice", 5)],
    )
    with path.open("a") as file:
        file.write(f"\n{record if isinstance(record, str) else json.dumps(record)}\n")
    with pytest.raises(ImportFailed, match=f"line 5: .*{why}"):
        await run_import(path, tmp_path / "data")
    assert not (tmp_path / "data").exists()
