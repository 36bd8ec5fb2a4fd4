"""The commands below ``chatroom admin``, on a real server."""

import json
from pathlib import Path
from typing import Any

import click

from chatroom.cli.admin.command import admin
from chatroom.http.admin_table import GROUPS, ROWS

from .commands import CommandResult, run_command
from .process import PASSWORD, Server, running


def commands(group: click.Group, *words: str) -> dict[str, click.Command]:
    """Return the commands of a group and of those below it, by their words."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, *words, name)
        else:
            found[" ".join([*words, name])] = command
    return found


def test_each_row_has_a_command_with_all_its_parameters() -> None:
    made = commands(admin)
    assert sorted(made) == sorted(row.command.words for row in ROWS)
    assert {words.split()[0] for words in made if " " in words} == set(GROUPS)
    for command in made.values():
        assert command.help
        assert "as_json" in {param.name for param in command.params}
    ban = [param.opts[0] for param in made["ban add"].params if param.name != "file"]
    assert ban[:5] == ["given_room", "given_user", "--until", "--reason", "--as"]


async def test_what_an_operator_does_by_the_account_of_an_admin(tmp_path: Path) -> None:
    with running(tmp_path, "--rate-limits", "off") as server:

        async def done(*arguments: str) -> str:
            return await server.command("admin", *arguments)

        async def refused(*arguments: str) -> str:
            result = await attempted(server, *arguments)
            assert (result.code, result.out, result.error.count("\n")) == (1, "", 1), result
            return result.error

        async def listed(*arguments: str) -> Any:
            return json.loads(await done(*arguments, "--json"))

        bob = await server.sign_up("bob")
        assert "user role NAME admin" in await refused("room", "create", "hall", "private")
        await server.command("admin", "user", "add", "ada", typed=PASSWORD)
        await done("user", "role", "ada", "admin")
        assert await done("room", "create", "hall", "private", "--title", "Hall") == ""
        await done("member", "add", "hall", "bob")
        async with server.session(bob) as his:
            await his.call("subscribe", room="hall")
            for number in range(3):
                await his.call("sendMessage", room="hall", text=f"no. {number}")
            assert (await done("online")).split() == ["USER", "bob"]
            await done("message", "delete", "hall", "1")
            assert await done("message", "delete-all", "hall", "bob", "2h") == "DELETED  2\n"
            await done("room", "set", "hall", "--topic", "All", "--archived")
            await done("room", "set", "hall", "--no-archived", "--slow-mode-s", "7")
            assert (await his.event("roomChanged", topic="All"))["archived"]
        await done("ban", "add", "hall", "bob", "--until", "2h", "--reason", "noise")
        _, ban = (await done("ban", "list", "hall")).splitlines()
        assert (ban.split()[:2], ban.split()[-1]) == (["bob", "ada"], "noise")
        await done("ban", "remove", "hall", "bob")
        assert await listed("ban", "list", "hall") == []
        # A list of many pages, and the first of it.
        for number in range(3):
            await server.command("admin", "user", "add", f"user{number}", "--no-password")
            await done("member", "add", "hall", f"user{number}")
        assert len(await listed("member", "list", "hall")) == 4
        assert [
            each["user"] for each in await listed("member", "list", "hall", "--limit", "2")
        ] == [
            "ada",
            "user0",
        ]
        # The audit tells who did it.
        [entry] = await listed("audit", "--act", "ban")
        assert (entry["by"], entry["user"], entry["room"]) == ("ada", "bob", "hall")
        # Errors name what was typed.
        assert await refused("message", "delete", "hall", "9") == (
            "Error: SEQ: there is no such message\n"
        )
        past = ("ban", "add", "hall", "bob", "--until", "2020-01-01")
        assert await refused(*past) == "Error: --until: is in the past\n"
        assert "no admin" in await refused("member", "list", "hall", "--as", "bob")
        await done("server", "set", "--read-only", "we move")
        assert "read-only: we move" in await refused("member", "remove", "hall", "user0")
        assert len(await listed("member", "list", "hall")) == 4
        await done("server", "set", "--read-only", "")
        await done("user", "role", "bob", "admin")
        assert "--as whose account does it (ada, bob)" in await refused("member", "list", "hall")
        assert "there is no such room" in await refused("member", "list", "hall", "--as", "bob")
        assert len(await listed("member", "list", "hall", "--as", "ada")) == 4
        await server.stop()
        assert "no server runs" in await refused("member", "list", "hall", "--as", "ada")
        assert "no server runs" in await refused("online")
        wrong = await attempted(server, "message", "delete-all", "hall", "bob", "soon")
        assert wrong.code == 2
        assert "soon: must be a time" in wrong.error


async def attempted(server: Server, *arguments: str) -> CommandResult:
    return await run_command("admin", *arguments, "--data", str(server.data))
