"""A database that lacks data: no loss of acknowledged messages goes unnoticed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.sqlite.commit_mark import MARK

from ..client import CallFailed, Json
from ..store.room_log import damage
from .failing_server import (
    ROOM,
    FailingServer,
    acknowledged,
    check_log,
    failing_server,
    read_log,
    send_all,
)

DATABASE, LOG = "chatroom.db", "chatroom.db-wal"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def contents(data: Path) -> dict[str, bytes]:
    """Return all files except the lock and the index of the WAL, which is recreated."""
    return {
        path.name: path.read_bytes()
        for path in data.iterdir()
        if path.is_file() and path.name not in ("lock", "chatroom.db-shm")
    }


async def fill(server: FailingServer, token: str, word: str) -> dict[str, int]:
    """Send texts in one commit each, and return their seqs."""
    answers: dict[str, Json | str | None] = {}
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        for number in range(20):
            answers |= await send_all(alice, [f"{word}-{number}"])
    return acknowledged(answers)


async def killed_with_a_log(server: FailingServer) -> tuple[str, Json, dict[str, int]]:
    """Kill a server with a WAL. Return token, cursor and seqs. The account and half of the messages
    are in the database file."""
    token = await server.sign_up("alice")
    places = await fill(server, token, "old")
    assert await server.stop() == 0
    server.start()
    places |= await fill(server, token, "new")
    async with server.session(token) as alice:
        page = await alice.call("subscribe", room=ROOM)
        await server.kill()
    return token, {"epoch": page["epoch"], "sinceRev": page["headRev"]}, places


async def send_again_what_was_lost(
    server: FailingServer, token: str, cursor: Json, places: dict[str, int]
) -> int:
    """Retry all messages, and return how many had been lost. The others have their old seqs."""
    async with server.session(token) as alice:
        page = await alice.call("subscribe", room=ROOM, **cursor)
        assert (page["recovered"], page["reason"]) == (False, "epoch_changed")
        kept = {message["text"]: message["seq"] for message in await read_log(alice)}
        assert kept.items() <= places.items()
        answers = await send_all(alice, list(places))
        for text, seq in kept.items():
            answer = answers[text]
            assert isinstance(answer, dict)
            assert (answer["seq"], answer["duplicate"]) == (seq, True)
        await check_log(alice, acknowledged(answers))
        assert len(acknowledged(answers)) == len(places)
    return len(places) - len(kept)


@pytest.mark.parametrize("harm", [cut, Path.unlink])
async def test_lost_commits_are_noticed(
    server: FailingServer, harm: Callable[[Path], None]
) -> None:
    token, cursor, places = await killed_with_a_log(server)
    harm(server.data / LOG)
    before = contents(server.data)
    line = await server.refuses_to_start()
    assert "it lacks the last " in line
    assert f"chatroom accept-loss --data {server.data}" in line
    after = contents(server.data)
    assert {name: after[name] for name in before} == before
    assert "commits are lost." in await server.command("accept-loss")
    server.start()
    assert await send_again_what_was_lost(server, token, cursor, places) > 0
    assert await server.command("check") == "ok\n"


async def test_restored_backup_is_noticed(server: FailingServer, tmp_path: Path) -> None:
    """The backup is made with SQLite's backup API while the server runs."""
    backup = tmp_path / "backup.db"
    token = await server.sign_up("alice")
    places = await fill(server, token, "old")
    with (
        closing(sqlite3.connect(server.data / DATABASE)) as source,
        closing(sqlite3.connect(backup)) as target,
    ):
        source.backup(target)
    places |= await fill(server, token, "new")
    async with server.session(token) as alice:
        page = await alice.call("subscribe", room=ROOM)
    assert await server.stop() == 0
    (server.data / DATABASE).write_bytes(backup.read_bytes())
    assert "it lacks the last 20 of its " in await server.refuses_to_start()
    assert ": 20 commits are lost" in await server.command("accept-loss")
    server.start()
    cursor = {"epoch": page["epoch"], "sinceRev": page["headRev"]}
    assert await send_again_what_was_lost(server, token, cursor, places) == 20
    # The same again: now it belongs to another data set.
    await server.stop()
    (server.data / DATABASE).write_bytes(backup.read_bytes())
    assert "it belongs to another data set than chatroom.mark" in await server.refuses_to_start()


async def test_missing_database_is_noticed(server: FailingServer) -> None:
    await fill(server, await server.sign_up("alice"), "text")
    await server.kill()
    (server.data / DATABASE).unlink()
    before = contents(server.data)
    line = await server.refuses_to_start()
    assert "it is missing or empty, but its directory is not" in line
    assert "chatroom serve --init" in line
    assert contents(server.data) == before
    done = await server.try_command("user", "list")
    assert (done.code, done.out, done.error) == (1, "", line + "\n")
    with failing_server(server.data.parent, "--init") as anew:
        anew.start()
        await anew.sign_up("alice")
        assert await anew.stop() == 0
        assert "it exists already" in await anew.refuses_to_start("--init")


def write_over(start: int, content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(content)

    return write


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (write_over(0, b"no database here"), "its start is damaged"),
        (cut, "it is damaged"),
    ],
)
async def test_damaged_database_is_refused(
    server: FailingServer, harm: Callable[[Path], None], said: str
) -> None:
    await fill(server, await server.sign_up("alice"), "text")
    assert await server.stop() == 0
    good = (server.data / DATABASE).read_bytes()
    harm(server.data / DATABASE)
    before = contents(server.data)
    assert said in await server.refuses_to_start()
    done = await server.try_command("check")
    assert done.code == 1
    assert "Traceback" not in done.error
    assert {name: contents(server.data)[name] for name in before} == before
    (server.data / DATABASE).write_bytes(good)
    server.start()
    assert await server.command("check") == "ok\n"


async def test_damaged_page_found_while_serving(server: FailingServer) -> None:
    """Calls that read it are refused each time, and others succeed. It is logged once."""
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        await send_all(alice, [f"{number} {'x' * 1000}" for number in range(20)])
    assert await server.stop() == 0
    damage(server.data / DATABASE)
    server.start()
    assert (await server.http("GET", "/healthz")).status == 200
    async with server.session(token) as alice:
        for number in range(3):
            with pytest.raises(CallFailed, match="internal"):
                await alice.call("getHistory", room=ROOM, after=0, limit=2)
            await alice.call("sendMessage", room=ROOM, text=f"later {number}")
            page = await alice.call("getHistory", room=ROOM, after=19)
            assert len(page["messages"]) == number + 2
    health = await server.http("GET", "/healthz")
    assert (health.status, health.json["status"]) == (200, "damaged")
    assert "malformed" in health.json["reason"]
    assert server.log.read_text().count("the database cannot be read") == 1
    assert (await server.try_command("check")).code == 1


@pytest.mark.parametrize("content", [None, "an older one"])
async def test_mark_behind_after_a_power_cut_is_accepted(
    server: FailingServer, content: str | None
) -> None:
    """The mark is not synced, so it may be missing or old."""
    token = await server.sign_up("alice")
    older = (server.data / MARK).read_bytes()
    places = await fill(server, token, "text")
    newer = (server.data / MARK).read_bytes()
    await server.kill()
    (server.data / MARK).unlink()
    if content is not None:
        (server.data / MARK).write_bytes(older)
    server.start()
    assert (server.data / MARK).read_bytes() == newer != older
    async with server.session(token) as alice:
        await check_log(alice, places)
