"""Another program locks the database: the server reports it, and neither harms the other."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from .failing_server import ROOM, FailingServer, acknowledged, check_log, send_all, settle


@contextmanager
def locked(data: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    other = sqlite3.connect(data / "chatroom.db", isolation_level=None)
    for statement in statements:
        other.execute(statement)
    yield other
    other.close()


async def test_start_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    """The lock is one for writing, or an exclusive one."""
    transactions = (
        ("BEGIN EXCLUSIVE",),
        ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "CREATE TABLE t (a)", "COMMIT"),
    )

    async def refused(number: int, statements: tuple[str, ...]) -> None:
        (tmp_path / str(number)).mkdir()
        with FailingServer(tmp_path / str(number)).running() as server:
            token = await server.sign_up("alice")
            await server.stop()
            with locked(server.data, *statements) as other:
                assert "another process is using it" in await server.refuses_to_start()
                other.execute("CREATE TABLE theirs (a)")
                if other.in_transaction:
                    other.execute("COMMIT")
            server.start()
            async with server.session(token) as alice:
                await alice.call("joinRoom", room=ROOM)
            assert await server.command("check") == "ok\n"

    async with trio.open_nursery() as nursery:  # each waits some seconds for the lock
        for number, statements in enumerate(transactions):
            nursery.start_soon(refused, number, statements)


async def test_lock_of_another_process_while_serving(server: FailingServer) -> None:
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        answers = await send_all(alice, ["before"])
        with locked(server.data, "BEGIN IMMEDIATE") as other:
            answers |= await send_all(alice, ["refused"])
            assert answers["refused"] == "internal"
            async with server.session(token) as later:
                await check_log(later, acknowledged(answers))
            health = await server.http("GET", "/healthz")
            assert health.status == 503
            assert health.json["reason"] == "another process has locked the database"
            other.execute("ROLLBACK")
        places: dict[str, int] = {}
        assert await settle(alice, answers, places) == 0
        assert (await server.http("GET", "/healthz")).status == 200
        await check_log(alice, places)
