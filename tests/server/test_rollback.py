"""A server on an older copy of its data: exactly the clients that have seen more are told."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from ..client import Client, Json
from .process import Server, run_command

ROOM = "general"


async def send(server: Server, token: str, *texts: str) -> Json:
    """Send messages, and return the cursor of a client that has seen them."""
    async with server.session(token) as client:
        await client.call("joinRoom", room=ROOM)
        await client.call("subscribe", room=ROOM)
        for text in texts:
            sent = await client.call("sendMessage", room=ROOM, text=text)
            message = await client.event("newMessage", rev=sent["rev"])
        return {"epoch": message["epoch"], "sinceRev": message["rev"]}


async def resume(server: Server, token: str, cursor: Json) -> tuple[str | None, list[str]]:
    """Resume from a cursor. Return the reason for a refusal, or None, and the texts received."""
    async with server.session(token) as client:
        page = await client.call("subscribe", room=ROOM, **cursor)
        assert page["recovered"] is ("reason" not in page)
        return page.get("reason"), [message["text"] for message in page["messages"]]


def put_back(copy: Path, data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(copy, data)


async def test_restored_directory_is_noticed_by_cursors(server: Server, tmp_path: Path) -> None:
    """The mark is restored too, so that only cursors reveal it, also after further starts."""
    copy = tmp_path / "copy"
    token = await server.sign_up("alice")
    early = await send(server, token, "old 1", "old 2", "old 3")
    await server.stop()
    shutil.copytree(server.data, copy)
    server.start()
    late = await send(server, token, "lost 4", "lost 5", "lost 6")
    await server.kill()
    put_back(copy, server.data)
    server.start()
    assert await resume(server, token, early) == (None, [])
    assert (await resume(server, token, late))[0] == "epoch_changed"
    new = await send(server, token, "new 4", "new 5", "new 6", "new 7")
    everything = [f"old {n}" for n in (1, 2, 3)] + [f"new {n}" for n in (4, 5, 6, 7)]
    for _ in range(2):  # one more start, too
        assert await resume(server, token, early) == (None, everything[3:])
        assert await resume(server, token, late) == ("epoch_changed", everything)
        assert await resume(server, token, new) == (None, [])
        await server.kill()
        server.start()
    # The same copy once more.
    await server.kill()
    put_back(copy, server.data)
    server.start()
    await send(server, token, *(f"newer {n}" for n in range(4, 9)))
    assert (await resume(server, token, early))[0] is None
    for lost in (late, new):
        assert (await resume(server, token, lost))[0] == "epoch_changed"


async def test_backup_made_during_chat_can_be_restored(server: Server, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    token = await server.sign_up("alice")
    await send(server, token, "first")
    async with server.session(token) as client, chatting(client):
        said = await server.command("backup", str(backup))
    assert "1 room, " in said
    seen = await send(server, token, "last")
    refused = await run_command("restore", str(backup), "--data", str(server.data))
    assert refused.code == 1
    assert "another chatroom server" in refused.error
    await server.kill()
    refused = await run_command("restore", str(backup), "--data", str(server.data))
    assert "has a database; use --force" in refused.error
    said = await server.command("restore", str(backup), "--force")
    assert "The previous database is now" in said
    assert await server.command("check") == "ok\n"
    server.start()
    reason, texts = await resume(server, token, seen)
    assert reason == "epoch_changed"
    numbers = [int(text.removeprefix("text ")) for text in texts if text != "first"]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


@asynccontextmanager
async def chatting(client: Client) -> AsyncIterator[None]:
    """Send messages during the block, which starts after the first ones."""
    sent = trio.Event()

    async def send_on() -> None:
        number = 0
        while True:
            await client.call("sendMessage", room=ROOM, text=f"text {number}")
            number += 1
            if number == 5:
                sent.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send_on)
        await sent.wait()
        yield
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("command", ["backup", "restore"])
async def test_backup_commands_require_a_file_name(command: str, tmp_path: Path) -> None:
    done = await run_command(command, "--data", str(tmp_path))
    assert done.code == 2
    assert "Missing argument 'FILE'" in done.error
