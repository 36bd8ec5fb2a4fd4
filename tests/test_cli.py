"""The commands on a data directory, and through a server's control socket."""

import importlib.metadata
import json
import os
import pty
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.admin.control_socket import CONTROL, serve_control
from chatroom.admin.data_directory import lock_directory
from chatroom.admin.lines import encode_request
from chatroom.admin.operations import Operations
from chatroom.admin.server_state import ServerStateKeeper
from chatroom.admin.shapes import IssueTokens, ListUsers, NamedTokens, Users
from chatroom.cli import main
from chatroom.cli.admin.replies import text_of
from chatroom.cli.admin_client import reply
from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.errors import Refused, StartError
from chatroom.protocol.results import Empty
from chatroom.room.stored_operations import StoredRooms
from chatroom.store.clock_keeper import ClockKeeper
from chatroom.store.opening import open_store

from .memory_store import MemoryStore
from .server.commands import COMMAND, ENVIRONMENT, complete
from .store.room_log import StoredRoom, direct, opened

BOB = "B\N{LATIN SMALL LETTER O WITH DIAERESIS}b"


def run(
    directory: Path, *arguments: str, typed: str | bytes = "", code: int = 0
) -> tuple[str, str]:
    """Run a command in that directory, and return its standard output and error."""
    done = complete(*arguments, typed=typed, directory=directory)
    assert done.code == code, done.error
    if code:
        assert done.out == ""
        assert done.error.count("\n") == 1
        assert "Traceback" not in done.error
    return done.out, done.error


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with an empty data directory."""
    data = tmp_path / "chatroom-data"
    with lock_directory(data) as found:
        open_store(None, data, found).close()
    return tmp_path


def users(directory: Path) -> list[str]:
    """Return the names of all accounts."""
    listed = json.loads(run(directory, "admin", "user", "list", "--json")[0])
    return [user["name"] for user in listed]


# ---- arguments


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["admin", "user", "add"],
        ["admin", "user", "add", "alice", "bob"],
        ["admin", "user", "list", "--nonsense"],
        ["serve", "--signup", "ajar"],
        ["serve", "--keep-days", "many"],
        ["send", "--token", "x", "--timeout", "-1", "general", "hello"],
        ["send"],
        ["tail"],
        ["history", "hall", "--since", "yesterday"],
        ["history", "hall", "--url", "gopher://host"],
        ["chat"],
        ["chat", "--send"],
    ],
)
def test_bad_usage(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "nowhere"], "--listen: listen: must be HOST:PORT"),
        (["--keep-messages", "0"], "--keep-messages: keep_messages: must be at least 1"),
        (["--config", "missing.toml"], "missing.toml: No such file"),
    ],
)
def test_an_invalid_setting_is_an_error_in_one_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_the_settings_in_effect_are_printed(tmp_path: Path) -> None:
    file = tmp_path / "chatroom.toml"
    file.write_text("keep_days = 3")
    variables = {"CHATROOM_CONFIG": str(file), "CHATROOM_RATES_CALLS_BURST": "7", "CHATROOM_X": "1"}
    runner = CliRunner(env=variables)
    shown = runner.invoke(main, ["config", "show", "--changed"])
    assert shown.stdout == (
        f"keep_days = 3  # {file}\n\n[rates.calls]\nburst = 7  # CHATROOM_RATES_CALLS_BURST\n"
    )
    assert shown.stderr == "Warning: unknown variable CHATROOM_X\n"
    assert "the settings are valid\n" in runner.invoke(main, ["config", "check"]).stdout
    file.write_text("kep_days = 3")
    wrong = runner.invoke(main, ["config", "check"])
    assert wrong.exit_code == 1
    assert wrong.stderr == f"Error: {file}: unknown setting: kep_days (did you mean keep_days?)\n"
    assert "\n# keep_days is not set\n" in runner.invoke(main, ["config", "sample"]).stdout


def test_help_and_version() -> None:
    help_text = CliRunner().invoke(main, ["--help"]).output
    assert {"serve", "token", "admin"} <= set(help_text.split())
    version = importlib.metadata.version("chatroom")
    assert version in CliRunner().invoke(main, ["--version"]).output


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--help"], {"chatroom.node", "prometheus_client", "prompt_toolkit", "sqlite_utils"}),
        (["send", "--help"], {"argon2", "chatroom.store", "sqlite3"}),
        (["admin", "--help"], {"chatroom.hub", "chatroom.store.sqlite", "h11", "sqlite3"}),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], unneeded: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "chatroom.cli.commands" in imported
    assert not imported & unneeded


def test_a_second_server_on_a_directory_refuses_to_start(tmp_path: Path) -> None:
    with lock_directory(tmp_path / "chatroom-data"):
        _, error = run(tmp_path, "serve", "--listen", "127.0.0.1:0", code=1)
    assert f"another chatroom server (pid {os.getpid()}) is using chatroom-data" in error


# ---- without a server


def test_the_life_of_accounts(place: Path) -> None:
    assert run(place, "admin", "user", "add", "Alice", typed="long enough\n") == ("", "")
    named = ["--display-name", BOB, "--data", "chatroom-data"]
    run(place, "admin", "user", "add", "bob", *named, typed="long enough\r\n")
    run(place, "admin", "user", "password", "alice", typed="another one")
    run(place, "admin", "user", "disable", "bob")
    head, alice, bob = run(place, "admin", "user", "list")[0].splitlines()
    assert head.split() == ["NAME", "DISPLAY", "NAME", "DISABLED", "CREATED", "AT", "ROLE"]
    assert alice.split()[:3] == ["alice", "alice", "no"]
    assert bob.split()[:3] == ["bob", BOB, "yes"]
    assert alice.index("no") == bob.index("yes") == head.index("DISABLED")
    run(place, "admin", "user", "enable", "bob")
    listed = json.loads(run(place, "admin", "user", "list", "--json")[0])
    assert [(user["name"], user["disabled"]) for user in listed] == [
        ("alice", False),
        ("bob", False),
    ]
    assert all(type(user["createdAt"]) is int for user in listed)


def test_a_list_of_people_is_safe_to_look_at() -> None:
    name = "\N{RIGHT-TO-LEFT OVERRIDE}ecilA\x1b[2J"
    fake = {"name": "mallory", "displayName": name, "createdAt": 0, "lookalike": True}
    _, line = text_of({"users": [fake]}, Users).splitlines()
    assert line.split() == ["mallory", "\ufffdecilA\ufffd[2J", "1970-01-01", "00:00Z", "yes"]


def test_tokens_are_printed_and_nothing_else(place: Path) -> None:
    options = ["--create", "--label", "product", "--days", "7"]
    out, error = run(place, "token", *options, "bob", "alice")
    assert error == ""
    assert [line.split(" ")[0] for line in out.splitlines()] == ["bob", "alice"]
    assert all(len(line.split(" ")[1]) == 43 for line in out.splitlines())
    assert run(place, "token", typed="\n")[0] == ""


def test_names_are_checked_before_any_token_is_issued(place: Path) -> None:
    names = [f"user{i}" for i in range(1500)]
    _, error = run(place, "token", "--create", typed="\n".join([*names, "Upper"]), code=1)
    assert "name: must be" in error
    assert users(place) == []


def test_after_a_failure_issued_tokens_are_printed_and_the_rest_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(_: Config, method: str, params: IssueTokens, __: object) -> object:
        if method == "checkNames":
            return Empty()
        if params.names[0] == "user1000":
            raise Refused("storage_full", "the disk is full")
        return NamedTokens(tuple((name, "secret") for name in params.names))

    monkeypatch.setattr("chatroom.cli.tokens.ask", ask)
    done = CliRunner().invoke(main, ["token"], "\n".join(f"user{i}" for i in range(2500)))
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [f"user{i} secret" for i in range(1000)]
    assert done.stderr == (
        "Error: the disk is full. The 1000 tokens before user1000 are issued and printed;"
        " retry with user1000 and the 1499 names after it\n"
    )


@pytest.mark.parametrize(
    ("later", "said"),
    [([], "0 commits are"), (["bob"], "1 commit is"), (["b", "c"], "2 commits are")],
)
def test_accepting_a_loss_reports_how_much_is_lost(
    place: Path, later: list[str], said: str
) -> None:
    run(place, "token", "--create", "alice")
    database = place / "chatroom-data" / "chatroom.db"
    backup = database.read_bytes()
    for name in later:
        run(place, "admin", "user", "add", name, typed="long enough")
    database.write_bytes(backup)
    out, _ = run(place, "accept-loss")
    assert out.startswith(f"chatroom-data/chatroom.db is accepted as it is: {said} lost.")
    assert users(place) == ["alice"]
    (place / "chatroom-data" / "chatroom.mark").unlink()
    assert run(place, "accept-loss")[0].endswith("is accepted as it is.\n")


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (["admin", "user", "add", "al ice"], "long enough", "NAME: must be"),
        (["admin", "user", "add", "room"], "long enough", "room: the name is reserved"),
        (["admin", "user", "add", "alice"], "short", "password: must have 8 to 128 characters"),
        (["admin", "user", "add", "alice"], "", "password: must have 8 to 128 characters"),
        (["admin", "user", "add", "alice"], b"\xff\xff\xff\xff\xff\xff\xff\xff", "not UTF-8"),
        (
            ["admin", "user", "add", "alice", "--display-name", "a\nb"],
            "long enough",
            "--display-name: must",
        ),
        (["admin", "user", "add", "alice", "--display-name", "\udcff"], "long enough", "not UTF-8"),
        (["admin", "user", "password", "nobody"], "long enough", "no such user: nobody"),
        (["admin", "user", "disable", "nobody"], "", "no such user: nobody"),
        (["token", "nobody", "noone"], "", "no such user: nobody, noone"),
        (["token", "--create", "Upper"], "", "name: must be"),
    ],
)
def test_a_refused_command_is_an_error_in_one_line(
    place: Path, arguments: list[str], typed: str | bytes, said: str
) -> None:
    run(place, "token", "--create", "first")
    _, error = run(place, *arguments, typed=typed, code=1)
    assert said in error
    assert users(place) == ["first"]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        ["admin", "user", "list"],
        ["admin", "user", "add", "alice"],
        ["token", "--create", "alice"],
        ["admin", "room", "list"],
        ["admin", "room", "delete", "lobby"],
        ["time", "accept"],
    ],
)
def test_a_directory_without_a_database_is_an_error_and_stays_empty(
    tmp_path: Path, arguments: list[str], there: bool
) -> None:
    directory = tmp_path / "data"
    if there:
        directory.mkdir()
    _, error = run(tmp_path, *arguments, "--data", "data", typed="long enough", code=1)
    assert error == "Error: there is no database in data: name its directory with --data\n"
    assert directory.exists() == there
    assert not list(directory.glob("chatroom*"))


def test_on_a_terminal_the_password_is_prompted_twice_and_not_shown(place: Path) -> None:
    control, terminal = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "admin", "user", "add", "alice"],
        cwd=place,
        env=ENVIRONMENT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown = ""
        for prompt in ("Password: ", "Repeat for confirmation: "):
            while not shown.endswith(prompt):
                shown += os.read(control, 1024).decode()
            os.write(control, b"long enough\n")
        assert process.wait(timeout=30) == 0
    os.close(control)
    assert "long enough" not in shown
    assert users(place) == ["alice"]


# ---- with a running server


async def test_rooms_without_a_server(tmp_path: Path) -> None:
    async with opened(tmp_path / "chatroom-data") as store:
        lobby = StoredRoom(store)
        await lobby.make("alice", "bob")
        await lobby.talk("alice", 600)
        await StoredRoom(store, "den", visibility="private").make("alice")
        await direct(store, "alice", "bob").make("alice", "bob")
    listed = run(tmp_path, "admin", "room", "list")[0].splitlines()
    heads = "NAME KIND VISIBILITY MEMBERS MESSAGES BYTES ACTIVE AT"
    assert listed[0].split() == heads.split()
    assert [line.split()[:5] for line in listed[1:]] == [
        ["@alice:bob", "direct", "private", "2", "0"],
        ["den", "room", "private", "1", "0"],
        ["lobby", "room", "public", "2", "600"],
    ]
    assert (
        "no such room"
        in run(tmp_path, "admin", "room", "keep", "nowhere", "--days", "1", code=1)[1]
    )
    assert run(tmp_path, "admin", "room", "keep", "lobby", "--messages", "200") == ("", "")
    would = run(tmp_path, "retention", "--dry-run")[0].splitlines()
    assert would[1].split()[:3] == ["lobby", "200", "400"]
    assert would[-1] == "400 messages of 1 rooms would go."
    assert "599 messages of 1 rooms" in run(tmp_path, "retention", "--messages", "1")[0]
    audit = ("admin", "audit", "--json")
    found = run(tmp_path, *audit, "--since", "2020-01-01", "--room", "lobby")[0]
    [entry] = json.loads(found)
    assert (entry["act"], entry["room"]) == ("setRetention", "lobby")
    for nothing in (["--by", "alice"], ["--until", "2020-01-01T00:00"], ["--until", "2h"]):
        assert run(tmp_path, *audit, *nothing) == ("[]\n", "")
    assert run(tmp_path, *audit, "--since", "2h", "--room", "lobby")[0] == found
    shown = run(tmp_path, "admin", "audit", "--act", "setRetention", "--limit", "1")[0]
    assert "operator  lobby  messages: 200" in shown
    assert "direct" in run(tmp_path, "admin", "room", "delete", "@alice:bob", code=1)[1]
    assert "no such room" in run(tmp_path, "admin", "room", "delete", "nowhere", code=1)[1]
    assert run(tmp_path, "admin", "room", "delete", "lobby") == ("", "")
    rooms = json.loads(run(tmp_path, "admin", "room", "list", "--json")[0])
    assert [room["name"] for room in rooms] == ["@alice:bob", "den"]
    assert run(tmp_path, "check")[0] == "ok\n"
    async with opened(tmp_path / "chatroom-data") as store:
        assert not await store.erase_retired(1)  # nothing is left to erase


def operations(store: MemoryStore, accounts: Accounts) -> Operations:
    clock = Clock()
    rooms = StoredRooms(store, clock)
    state = ServerStateKeeper(Config(), store, clock)
    return Operations(Config(), accounts, ClockKeeper(clock, store), rooms, state, store, clock)


async def test_commands_go_through_the_control_socket(tmp_path: Path) -> None:
    data = tmp_path / "chatroom-data"
    store = MemoryStore()
    accounts = Accounts(store, Config())

    async def command(*arguments: str, typed: str = "") -> str:
        call = partial(run, tmp_path, *arguments, typed=typed)
        return (await trio.to_thread.run_sync(call, abandon_on_cancel=True))[0]

    with lock_directory(data):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve_control, operations(store, accounts), data / CONTROL)
            await command("admin", "user", "add", "alice", typed="long enough\n")
            await accounts.log_in("alice", "long enough")
            name, token = (await command("token", "alice")).split()
            assert (await accounts.authenticate(token)).user.name == name == "alice"
            await command("admin", "user", "disable", "alice")
            assert "yes" in await command("admin", "user", "list")
            await StoredRoom(store).make("alice")
            assert "lobby" in await command("admin", "room", "list")
            await command("admin", "room", "delete", "lobby")
            assert "lobby" not in await command("admin", "room", "list")
            names = [f"user{i}" for i in range(10_000)]
            issued = await command("token", "--create", typed="\n".join(names))
            assert [line.split()[0] for line in issued.splitlines()] == names
            assert await store.clock_state() is None
            assert "accepted" in await command("time", "accept")
            assert await store.clock_state() is not None
            nursery.cancel_scope.cancel()


async def test_a_command_waits_for_a_server_that_only_starts(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    answers: list[bytes] = []

    async def command() -> None:
        request = encode_request("listUsers", ListUsers())
        answers.append(await reply(Config(data=tmp_path), request))
        nursery.cancel_scope.cancel()

    with lock_directory(tmp_path):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(command)
            await trio.sleep(3)
            assert answers == []
            store = MemoryStore()
            served = operations(store, Accounts(store, Config()))
            await nursery.start(serve_control, served, tmp_path / CONTROL)
    assert len(answers) == 1


async def test_a_server_that_does_not_answer_is_named(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    with lock_directory(tmp_path), pytest.raises(StartError, match=rf"\(pid {os.getpid()}\)"):
        await reply(Config(data=tmp_path), encode_request("listUsers", ListUsers()))
