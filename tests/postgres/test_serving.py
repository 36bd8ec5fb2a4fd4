"""``chatroom serve --database``, as a process."""

from contextlib import closing
from pathlib import Path

import pytest
import trio

from ..client import DEADLINE_S, CallFailed
from ..postgres_server import PostgresServer
from ..server.commands import run_command
from ..server.process import PASSWORD, Server


async def test_acknowledged_messages_survive_a_kill(tmp_path: Path, empty_database: str) -> None:
    server = Server(tmp_path, "--database", empty_database)
    with server.running():
        token = await server.sign_up("alice")
        async with server.session(token) as alice:
            await alice.call("joinRoom", room="general")
            for number in range(5):
                sent = await alice.call(
                    "sendMessage", room="general", text=f"text {number}", clientId=f"c-{number}"
                )
                assert sent["seq"] == number + 1
            await alice.call("markRead", room="general", seq=3)
            await server.kill()
        server.start()
        async with server.session(token) as alice:
            again = await alice.call("sendMessage", room="general", text="text 4", clientId="c-4")
            assert (again["seq"], again["duplicate"]) == (5, True)
            page = await alice.call("getHistory", room="general")
            assert [each["text"] for each in page["messages"]] == [f"text {n}" for n in range(5)]
        assert (await server.http("GET", "/healthz")).status == 200
        assert await server.stop() == 0


async def test_commands_use_the_database_or_refuse(tmp_path: Path, empty_database: str) -> None:
    where = ("--data", str(tmp_path / "data"), "--database", empty_database)
    added = await run_command("admin", "user", "add", "alice", *where, typed=f"{PASSWORD}\n")
    assert added.code == 0, added
    checked = await run_command("check", *where)
    assert (checked.code, checked.out) == (0, "ok\n"), checked
    for command in (["accept-loss"], ["backup", "copy"], ["reindex"]):
        refused = await run_command(*command, *where)
        assert refused.code == 1
        assert "the data is in PostgreSQL" in refused.error
    password = "postgresql://alice:secret@localhost/x"  # noqa: S105
    refused = await run_command("check", "--database", password)
    assert "must have no password" in refused.error
    assert "secret" not in refused.error


async def test_the_server_outlives_a_crash_of_postgresql(tmp_path: Path) -> None:
    """Calls are refused as temporary or wait, and those who try again find each message once."""
    with closing(PostgresServer()) as postgres:
        postgres.start()
        with Server(tmp_path, "--database", postgres.url("postgres")).running() as server:
            token = await server.sign_up("alice")
            async with server.session(token) as alice:
                await alice.call("joinRoom", room="general")
                for number in range(3):
                    message = {"text": f"text {number}", "clientId": f"c-{number}"}
                    await alice.call("sendMessage", room="general", **message)
                await trio.to_thread.run_sync(postgres.kill)
                waiting = await alice.begin("sendMessage", room="general", text="3", clientId="c-3")
                await health(server, 503)
                with pytest.raises(CallFailed, match="busy"):
                    await alice.call("listRooms")
                await trio.to_thread.run_sync(postgres.start)
                assert (await alice.reply(waiting))["seq"] == 4
                await health(server, 200)
                again = await alice.call("sendMessage", room="general", text="3", clientId="c-3")
                assert (again["seq"], again["duplicate"]) == (4, True)
                page = await alice.call("getHistory", room="general")
                assert [each["seq"] for each in page["messages"]] == [1, 2, 3, 4]
            assert await server.stop() == 0


async def health(server: Server, status: int) -> None:
    """Wait until the server says how it is."""
    with trio.fail_after(DEADLINE_S):
        while (await server.http("GET", "/healthz")).status != status:  # noqa: ASYNC110
            await trio.sleep(0.1)
