"""Calls of operators over a real Unix socket."""

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import trio

from chatroom.accounts.accounts import Accounts
from chatroom.admin.control_socket import CONTROL, exchange, serve_control
from chatroom.admin.lines import decode_reply, encode_request
from chatroom.admin.operations import Operations
from chatroom.admin.server_state import ServerStateKeeper
from chatroom.admin.shapes import (
    AccountRef,
    AddUser,
    CheckNames,
    IssueTokens,
    ListedUser,
    ListUsers,
    NamedTokens,
    SetPassword,
    Users,
)
from chatroom.clock import DAY_MS
from chatroom.clock import Clock as ServerClock
from chatroom.config import Config
from chatroom.errors import Refused, StartError
from chatroom.model import Account, User
from chatroom.protocol.field_types import AccountName, NewPassword, Title
from chatroom.protocol.results import Empty
from chatroom.store.clock_keeper import ClockKeeper
from chatroom.store.housekeeping import RoomSize

from ..memory_store import MemoryStore
from .conftest import Clock, Sessions

T = TypeVar("T")


class NoRooms:
    """Room operations of a server without rooms."""

    async def sizes(self, after: str, limit: int) -> list[RoomSize]:
        return []

    async def delete(self, name: str) -> None:
        raise Refused("not_found", "there is no such room")

    async def erase_people(self) -> None:
        pass


@asynccontextmanager
async def serving(accounts: Accounts, path: Path) -> AsyncIterator[None]:
    clock, store = ServerClock(), MemoryStore()
    state = ServerStateKeeper(Config(), store, clock)
    operations = Operations(
        *(Config(), accounts, ClockKeeper(clock, store), NoRooms(), state, store, clock)
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, operations, path)
        yield
        nursery.cancel_scope.cancel()


@pytest.fixture
async def path(accounts: Accounts, tmp_path: Path) -> AsyncIterator[Path]:
    """The socket of a running server."""
    async with serving(accounts, tmp_path / CONTROL):
        yield tmp_path / CONTROL


async def call(path: Path, method: str, params: object, shape: type[T]) -> T:
    return decode_reply(await exchange(path, encode_request(method, params)), shape)


async def refusal(path: Path, line: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        decode_reply(await exchange(path, line), Empty)
    return refused.value.reason, refused.value.message


async def test_each_operation_succeeds_over_the_control_socket(
    accounts: Accounts, sessions: Sessions, clock: Clock, path: Path
) -> None:
    alice = User("alice", "Alice\N{SNOWMAN}")
    new = AddUser(AccountName("Alice"), NewPassword("long enough"), Title("Alice\N{SNOWMAN}"))
    assert await call(path, "addUser", new, User) == alice
    changed = SetPassword(AccountName("alice"), NewPassword("the new one"))
    await call(path, "setPassword", changed, Empty)
    await accounts.log_in("alice", "the new one")
    await call(path, "disableUser", AccountRef(AccountName("alice")), Empty)
    assert sessions.ended == ["alice", "alice"]
    listed = ListedUser("alice", "Alice\N{SNOWMAN}", True, clock.now, lookalike=False)
    assert await call(path, "listUsers", ListUsers(), Users) == Users((listed,), None)
    await call(path, "enableUser", AccountRef(AccountName("alice")), Empty)
    asked = IssueTokens(("bob", "alice"), create=True)
    issued = (await call(path, "issueTokens", asked, NamedTokens)).tokens
    assert [name for name, _ in issued] == ["bob", "alice"]
    assert (await accounts.authenticate(issued[0][1])).user.name == "bob"


async def test_at_most_a_thousand_names_are_accepted_per_call(
    accounts: Accounts, clock: Clock, path: Path
) -> None:
    """All names of a call are written in one commit."""
    names = tuple(f"{'long-name-' * 5}{i}" for i in range(1001))
    asked = IssueTokens(names[:1000], create=True, label="product", days=7)
    issued = (await call(path, "issueTokens", asked, NamedTokens)).tokens
    assert tuple(name for name, _ in issued) == names[:1000]
    identity = await accounts.authenticate(issued[-1][1])
    assert identity.token.label == "product"
    assert identity.expires_at == clock.now + 7 * DAY_MS
    many = encode_request("issueTokens", IssueTokens(names, create=True))
    assert (await refusal(path, many))[0] == "invalid_params"
    await call(path, "checkNames", CheckNames(names, create=True), Empty)
    missing = encode_request("checkNames", CheckNames(names))
    assert (await refusal(path, missing))[0] == "not_found"


@pytest.mark.parametrize(
    ("line", "reason", "word"),
    [
        (b"garbage", "parse_error", "JSON"),
        (b"\xff", "parse_error", "UTF-8"),
        (b"[]", "invalid_request", "object"),
        (encode_request("dropTables", {}), "unknown_method", "dropTables"),
        (encode_request("disableUser", {}), "invalid_params", "name"),
        (encode_request("disableUser", {"name": 5}), "invalid_params", "name"),
        (encode_request("disableUser", {"name": "a", "x": 1}), "invalid_params", "x"),
        (encode_request("disableUser", {"name": "bob"}), "not_found", "bob"),
        (encode_request("deleteRoom", {"name": "no name"}), "invalid_params", "name"),
        (encode_request("deleteRoom", {"name": "lobby"}), "not_found", "room"),
    ],
)
async def test_bad_calls_are_answered_with_an_error(
    path: Path, line: bytes, reason: str, word: str
) -> None:
    got, message = await refusal(path, line)
    assert got == reason
    assert word in message


async def test_failing_operation_does_not_affect_others(tmp_path: Path) -> None:
    class Broken(MemoryStore):
        async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
            raise RuntimeError("broken")

    path = tmp_path / CONTROL
    async with serving(Accounts(Broken(), Config()), path):
        assert (await refusal(path, encode_request("listUsers", {})))[0] == "internal"
        await exchange(path, encode_request("addUser", AddUser(AccountName("alice"))))


async def test_disconnecting_peers_are_ignored(path: Path) -> None:
    for sent in (b"", b"half a li", encode_request("listUsers", {}) + b"\n"):
        stream = await trio.open_unix_socket(path)
        await stream.send_all(sent)
        await stream.aclose()
    await exchange(path, encode_request("listUsers", {}))


async def test_a_waiting_caller_is_refused_when_the_server_stops(
    accounts: Accounts, tmp_path: Path
) -> None:
    asked = trio.Event()

    class Hanging(MemoryStore):
        async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
            asked.set()
            await trio.sleep_forever()

    path = tmp_path / CONTROL
    async with trio.open_nursery() as outer, serving(Accounts(Hanging(), Config()), path):
        outer.start_soon(refusal, path, encode_request("listUsers", {}))
        await asked.wait()
    assert not path.exists()


async def test_socket_is_private_and_removed_at_shutdown(
    accounts: Accounts, tmp_path: Path
) -> None:
    path = tmp_path / CONTROL
    os.mknod(path, stat.S_IFSOCK)  # left by a killed server
    async with serving(accounts, path):
        assert path.is_socket()
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        await exchange(path, b"{}")


async def test_socket_that_cannot_be_created_is_reported(
    accounts: Accounts, tmp_path: Path
) -> None:
    (tmp_path / CONTROL).mkdir()
    message = rf"^cannot create .*{CONTROL}: it exists and is not a socket"
    expected = pytest.RaisesExc(StartError, match=message)
    with pytest.RaisesGroup(expected, flatten_subgroups=True):
        async with serving(accounts, tmp_path / CONTROL):
            pass


async def test_socket_path_that_is_too_long_is_reported(accounts: Accounts, tmp_path: Path) -> None:
    directory = tmp_path.joinpath(*["directory"] * 30)
    directory.mkdir(parents=True)
    path = directory / CONTROL
    async with serving(accounts, path):
        assert b"users" in await exchange(path, encode_request("listUsers", {}))
    assert not path.exists()
