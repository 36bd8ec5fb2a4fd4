"""A database that lacks data: no loss of acknowledged messages goes unnoticed."""

from pathlib import Path

import pytest

from ..client import CallFailed, Json
from ..server.process import read_log
from ..store.room_log import damage
from .failing_server import (
    ROOM,
    FailingServer,
    acknowledged,
    check_log,
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
        kept = {message["text"]: message["seq"] for message in await read_log(alice, ROOM)}
        assert kept.items() <= places.items()
        answers = await send_all(alice, list(places))
        for text, seq in kept.items():
            answer = answers[text]
            assert isinstance(answer, dict)
            assert (answer["seq"], answer["duplicate"]) == (seq, True)
        await check_log(alice, acknowledged(answers))
        assert len(acknowledged(answers)) == len(places)
    return len(places) - len(kept)


async def test_lost_commits_are_noticed(server: FailingServer) -> None:
    token, cursor, places = await killed_with_a_log(server)
    cut(server.data / LOG)
    before = contents(server.data)
    line = await server.refuses_to_start()
    assert "it lacks the last " in line
    assert f"chatroom accept-loss --data {server.data}" in line
    assert contents(server.data).items() >= before.items()
    assert "commits are lost." in await server.command("accept-loss")
    server.start()
    assert await send_again_what_was_lost(server, token, cursor, places) > 0
    assert await server.command("check") == "ok\n"


async def test_missing_database_is_noticed(server: FailingServer) -> None:
    await fill(server, await server.sign_up("alice"), "text")
    await server.kill()
    (server.data / DATABASE).unlink()
    before = contents(server.data)
    line = await server.refuses_to_start()
    assert "it is missing or empty, but its directory is not" in line
    assert "chatroom serve --init" in line
    assert contents(server.data) == before
    done = await server.try_command("admin", "user", "list")
    assert (done.code, done.out, done.error) == (1, "", line + "\n")
    with FailingServer(server.data.parent, "--init").running() as anew:
        await anew.sign_up("alice")
        assert await anew.stop() == 0
        assert "it exists already" in await anew.refuses_to_start("--init")


async def test_damaged_database_is_refused(server: FailingServer) -> None:
    await fill(server, await server.sign_up("alice"), "text")
    assert await server.stop() == 0
    good = (server.data / DATABASE).read_bytes()
    cut(server.data / DATABASE)
    before = contents(server.data)
    assert "it is damaged" in await server.refuses_to_start()
    done = await server.try_command("check")
    assert done.code == 1
    assert "Traceback" not in done.error
    assert contents(server.data).items() >= before.items()
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
