"""``chatroom move``. Random histories that are moved on the way: ``tests/model/on_postgres.py``."""

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from chatroom.errors import StartError
from chatroom.store import moving
from chatroom.store.opening import open_store
from chatroom.store.postgres.connection import Connection
from chatroom.store.sqlite.startup import FILE, accept_loss

from ..client import Client, Json
from ..files.tus import Sender
from ..postgres_server import PostgresServer
from ..server.commands import run_command
from ..server.process import Server
from ..server.searching import found
from ..store.room_log import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("filled") / "data"
    trio.run(fill, directory)
    return directory


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database without tables."""
    postgres.execute("CREATE DATABASE target")
    yield postgres.url("target")
    postgres.execute("DROP DATABASE target")


def move(data: Path, target: str) -> moving.Moved:
    return moving.move(data, [FILE], target, lambda done, total: None)


def require_same_rows(data: Path, target: str) -> None:
    """Compare all tables of a file with those of a database."""
    with closing(sqlite3.connect(data / FILE)) as file, psycopg.connect(target) as database:
        database.execute("SET search_path = chatroom")
        for (table,) in file.execute(moving._ROW_TABLES).fetchall():
            rows = file.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            columns = ", ".join(f'"{column}"' for column, *_ in rows.description)
            there = database.execute(f'SELECT {columns} FROM "{table}"'.encode())  # noqa: S608
            expected = Counter(rows)
            expected.pop(("moved_to", target), None)
            assert Counter(there) == expected, table


def starts(data: Path | None, target: str | None) -> bool:
    """Return whether a server would start on the file or on the database."""
    directory, names = data or Path("elsewhere"), [FILE]
    try:
        open_store(target, directory, names).close()
    except StartError:
        return False
    return True


class KilledError(BaseException):
    pass


@pytest.mark.parametrize("where", ["among the rows", "before both commits", "between", "after"])
def test_an_interrupted_move_is_whole_or_nothing(
    data: Path, target: str, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it is killed, only one of both can be started, and the move can be run again."""
    execute = Connection.execute

    def killed(*_: Any) -> Any:
        raise KilledError

    def commit(connection: Connection, sql: str, *rest: Any) -> Any:
        if sql != "COMMIT":
            return execute(connection, sql, *rest)
        if where == "after":
            execute(connection, sql, *rest)
        raise KilledError

    with monkeypatch.context() as patch:
        if where == "among the rows":
            patch.setattr(psycopg.Copy, "write_row", killed)
        elif where == "before both commits":
            patch.setattr(moving, "set_moved_to", killed)
        else:
            patch.setattr(Connection, "execute", commit)
        with pytest.raises(KilledError):
            move(data, target)
    marked = where in ("between", "after")
    assert (starts(data, None), starts(None, target)) == (not marked, where == "after")
    again = move(data, target)
    assert again.before is (where == "after")
    assert again.rows["messages"] > 0
    assert not starts(data, None)
    if where != "after":  # there a server has started
        require_same_rows(data, target)


def test_what_would_be_lost_is_refused(data: Path, target: str, postgres: PostgresServer) -> None:
    other = postgres.url("postgres")
    assert not starts(data, target)  # it is empty, and the file is not
    move(data, target)
    with pytest.raises(StartError, match=re.escape(f"moved to {target} already")):
        move(data, other)
    accept_loss(data)
    assert starts(data, None)
    with pytest.raises(StartError, match="it is not empty"):
        move(data, target)


def test_rows_that_arrive_otherwise_are_refused(
    data: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_row = psycopg.Copy.write_row

    def meddle(copy: psycopg.Copy, row: Any) -> None:
        write_row(copy, [f"{value}!" if str(value).startswith("text ") else value for value in row])

    monkeypatch.setattr(psycopg.Copy, "write_row", meddle)
    with pytest.raises(StartError, match="the table messages has"):
        move(data, target)
    assert starts(data, None)


async def test_a_server_goes_on_in_postgresql(tmp_path: Path, target: str) -> None:
    """People stay logged in, and see all as before. What they resume from is good."""
    server = Server(tmp_path)
    with server.running():
        tokens = {name: await server.sign_up(name) for name in ("alice", "bob")}
        async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
            await write(alice, bob, Sender(server.http, tokens["alice"]))
            epoch = (await alice.call("subscribe", room="den"))["epoch"]
            await found(bob, "number")
        seen = await everything(server, tokens)
        assert await server.stop() == 0
    where = "--data", str(server.data), "--database", target
    done = await run_command("move", *where)
    assert done.code == 0, done
    assert "accounts: 2, rooms: 2, messages: 6, reactions: 1, files: 1;" in done.out
    for command in (["serve"], ["backup", str(tmp_path / "copy")], ["admin", "user", "list"]):
        refused = await run_command(*command, "--data", str(server.data))
        assert refused.code == 1
        assert f"it was moved to {target}" in refused.error
    assert "was moved before" in (await run_command("move", *where)).out

    server = Server(tmp_path, "--database", target)
    with server.running():
        assert await everything(server, tokens) == seen
        async with server.session(tokens["alice"]) as alice:
            resumed = await alice.call("subscribe", room="den", epoch=epoch, sinceRev=8)
            assert resumed["messages"] == []
            again = {"room": "den", "text": "number 1", "clientId": "c-1"}
            assert (await alice.call("sendMessage", **again))["duplicate"] is True
            sent = await alice.call("sendMessage", room="den", text="later")
            assert sent["seq"] == 6
        assert await server.stop() == 0


async def write(alice: Client, bob: Client, sender: Sender) -> None:
    await alice.call("createRoom", room="den", title="The den", visibility="public")
    await bob.call("joinRoom", room="den")
    upload = await sender.upload(b"hello")
    await alice.call("sendMessage", room="den", text="see @bob", attachments=[upload])
    await alice.call("sendMessage", room="den", text="number 1", clientId="c-1")
    await bob.call("sendMessage", room="den", text="number 2", thread=1)
    await bob.call("sendMessage", room="den", text="number 3", replyTo=1)
    await alice.call("sendMessage", room="den", text="gone")
    await alice.call("deleteMessage", room="den", seq=5)
    await bob.call("addReaction", room="den", seq=2, emoji="\N{THUMBS UP SIGN}")
    await alice.call("pinMessage", room="den", seq=1)
    await bob.call("markRead", room="den", seq=1)
    await alice.call("sendMessage", to="bob", text="number 4")


async def everything(server: Server, tokens: dict[str, str]) -> list[Json]:
    """Return all that people read."""
    den, all_ = {"room": "den"}, {"limit": 100}
    calls: list[tuple[str, Json]] = [
        *[(method, {}) for method in ("getInbox", "getThreads", "getMentions", "listRooms")],
        *[("getHistory", {"room": room}) for room in ("den", "@alice:bob")],
        *[(method, den) for method in ("listMembers", "listPins", "getUnread")],
        ("getHistory", {**den, "thread": 1}),
        ("listReactions", {**den, "seq": 2}),
        ("searchMessages", {"query": "numb", **all_}),
        ("getUsers", {"users": ["alice", "bob"]}),
    ]
    seen = []
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        for client in (alice, bob):
            for method, params in calls:
                reply = await client.call(method, **params)
                reply.pop("epoch", None)  # each start has one
                seen.append(reply)
            message = (await client.call("getMessage", room="den", seq=1))["message"]
            (file,) = message["attachments"]
            link = await client.call("getFile", room="den", seq=1, id=file["id"])
            seen.append({"body": (await server.http("GET", link["url"])).body})
    return seen
