"""``chatroom init``: from nothing to a server with an admin."""

import getpass
import os
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatroom.cli.init import init as init_command

from .commands import CommandResult, run_command
from .process import PASSWORD, Server

ANSWERS = ("--name", "Blue House", "--public-url", "https://chat.example", "--admin", "alice")


async def init(directory: Path, *options: str, password: str = PASSWORD) -> CommandResult:
    where = ("--data", str(directory / "data"), "--config", str(directory / "chatroom.toml"))
    return await run_command("init", *where, *ANSWERS, *options, typed=f"{password}\n")


async def test_a_new_server_has_settings_data_units_and_an_admin(tmp_path: Path) -> None:
    done = await init(tmp_path)
    assert (done.code, done.error) == (0, "")
    settings = tmp_path / "chatroom.toml"
    assert tomllib.loads(settings.read_text()) == {
        "server_name": "Blue House",
        "data": str(tmp_path / "data"),
        "public_url": "https://chat.example",
        "signup": "invite",
        "listen": "127.0.0.1:8000",
        "trusted_proxies": ["127.0.0.1"],
    }
    unit = (tmp_path / "chatroom.service").read_text()
    assert f"serve --config {settings}\n" in unit
    assert f"ReadWritePaths={tmp_path / 'data'}\n" in unit
    assert "ListenStream=127.0.0.1:8000\n" in (tmp_path / "chatroom.socket").read_text()
    with Server(tmp_path, "--config", str(settings)).running() as server:
        assert server.admin_code is None
        listed = await server.command("admin", "user", "list")
        assert "admin" in listed
        assert "alice" in listed


def test_a_user_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container or an empty root: no variable and no entry of the user."""
    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(init_command, ANSWERS, input=f"{PASSWORD}\n")
    assert (done.exit_code, done.exception) == (0, None)
    assert "User=0\n" in (tmp_path / "chatroom.service").read_text()
    assert "it would run as root" in done.output


def nameless() -> str:
    raise KeyError("getpwuid(): uid not found: 0")


@pytest.mark.parametrize(
    ("options", "password", "said"),
    [
        ((), "short", "password: must have 8 to 128 characters"),
        (("--admin", "al ice"), PASSWORD, "name: must be"),
        (("--tls-certificate", "missing.pem"), PASSWORD, "missing.pem: No such file"),
        (("--public-url", "chat.example"), PASSWORD, "public_url: 'chat.example': must be http"),
    ],
)
async def test_a_wrong_answer_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...], password: str, said: str
) -> None:
    done = await init(tmp_path, *options, password=password)
    assert done.code == 1
    assert said in done.error
    assert os.listdir(tmp_path) == []


async def test_nothing_that_exists_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "chatroom.socket").write_text("mine")
    done = await init(tmp_path)
    assert done.code == 1
    assert f"{tmp_path / 'chatroom.socket'} exists" in done.error
    assert os.listdir(tmp_path) == ["chatroom.socket"]
