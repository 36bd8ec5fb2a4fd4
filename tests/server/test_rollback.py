"""Backup and restore of a server with clients, which are told that they have seen more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from ..client import Client
from .commands import run_command
from .process import Server

ROOM = "general"


async def test_backup_made_during_chat_can_be_restored(server: Server, tmp_path: Path) -> None:
    backup, token = str(tmp_path / "backup.db"), await server.sign_up("alice")
    restore = ("restore", backup, "--data", str(server.data))
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        await alice.call("sendMessage", room=ROOM, text="first")
        async with chatting(alice):
            assert "1 room, " in await server.command("backup", backup)
    async with server.session(token) as alice:
        last = await alice.call("sendMessage", room=ROOM, text="last")
    cursor = {"epoch": alice.connected["epoch"], "sinceRev": last["rev"]}
    refused = await run_command(*restore)
    assert refused.code == 1
    assert "another chatroom server" in refused.error
    await server.kill()
    assert "has a database; use --force" in (await run_command(*restore)).error
    said = await server.command("restore", backup, "--force")
    assert "The previous database is now" in said
    assert await server.command("check") == "ok\n"
    server.start()
    async with server.session(token) as alice:
        page = await alice.call("subscribe", room=ROOM, **cursor)
    assert (page["recovered"], page["reason"]) == (False, "epoch_changed")
    texts = [message["text"] for message in page["messages"] if message["text"] != "first"]
    numbers = [int(text.removeprefix("text ")) for text in texts]
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
