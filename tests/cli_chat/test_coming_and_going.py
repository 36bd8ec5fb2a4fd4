"""Start and end of the terminal chat: logging in and out, signals, and revocation."""

import json
import socket
import stat
from pathlib import Path

import pytest

from chatroom.cli.chat.command import _chat
from chatroom.cli.client_options import ClientOptions
from chatroom.cli.token_store import TokenStore
from chatroom.client import SessionEnded

from ..server.process import PASSWORD
from .server import Place


async def test_sign_up_log_out_log_in(place: Place, tmp_path: Path) -> None:
    name = place.name("newcomer")
    async with place.terminal_of_nobody("--room", place.name("hall")) as first:
        await first.see("Name:")
        await first.enter(name)
        await first.see("Password:")
        await first.enter("long enough")
        await first.see(f"Sign up as {name}?")
        await first.enter("y")
        await first.see("once more")
        await first.enter("long enough")
        await first.see(f"{name} at ", "connected", "begins")
        await first.enter("/quit")
        assert await first.ended() == 0
        assert "long enough" not in first.raw.decode()
    kept = tmp_path / "chatroom" / "tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with place.terminal_of_nobody() as second:  # no prompt
        await second.see(f"{name} at ", f">#{place.name('hall')}")
    [log_in] = json.loads((await place.run(None, "sessions", "list", "--json")).out)
    assert log_in["label"] == f"Terminal on {socket.gethostname()}"
    await place.run(None, "send", place.name("hall"), "by the kept token")
    kept.write_text(kept.read_text().replace('": "', '": "x'))
    async with place.terminal_of_nobody() as third:
        await third.see("no longer valid", "Name:")
        await third.enter(name.upper())
        await third.see("Password:")
        await third.enter("long enough")
        await third.see(f"{name} at ", "by the kept token")


@pytest.mark.parametrize(("code", "stays"), [(4501, False), (4502, True), (4504, True)])
def test_a_log_in_is_kept_until_it_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, stays: bool
) -> None:
    def ended(*_: object) -> None:
        raise SessionEnded(code)

    monkeypatch.setattr("chatroom.cli.chat.terminal.chat_on_terminal", ended)
    tokens = TokenStore(tmp_path / "tokens.json")
    tokens.store("http://one", "token")
    with pytest.raises(SessionEnded):
        _chat(ClientOptions("http://one", None, tokens), None, False)
    assert (tokens.get("http://one") == "token") == stays


async def test_a_wrong_password_is_asked_for_again(place: Place) -> None:
    await place.token("alice")
    async with place.terminal_of_nobody() as terminal:
        await terminal.see("Name:")
        await terminal.enter(place.name("alice"))
        await terminal.see("Password:")
        await terminal.enter("not my password")
        await terminal.see("Sign up as")
        await terminal.enter("y")
        await terminal.see("once more")
        await terminal.enter("not my password")
        await terminal.see("The name is taken")
        await terminal.until(lambda: terminal.shown.count("Name:") == 2)
        await terminal.enter(place.name("alice"))
        await terminal.until(lambda: terminal.shown.count("Password:") == 2)
        await terminal.enter(PASSWORD)
        await terminal.see("connected")


async def test_no_server_and_no_such_token_are_told_in_a_line(place: Place) -> None:
    async with place.terminal_of_nobody(token="nonsense") as terminal:
        assert await terminal.ended() == 1
        assert "Error: the token is unknown, expired or revoked" in terminal.shown
    async with place.terminal_of_nobody("--url", "http://127.0.0.1:1", token="some") as terminal:
        assert await terminal.ended() == 1
        assert "Error: ws://127.0.0.1:1/ws: " in terminal.shown
        assert "Traceback" not in terminal.shown


async def test_a_terminated_chat_gives_the_terminal_back(place: Place) -> None:
    async with place.terminal("alice") as terminal:
        terminal.process.terminate()
        assert await terminal.ended() == 0
        assert b"\x1b[?1049h" in terminal.raw
        assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")
        assert "Traceback" not in terminal.shown


async def test_being_logged_out_ends_the_chat_and_is_told(place: Place, tmp_path: Path) -> None:
    name = place.name("alice")
    tokens = TokenStore.of_user({"XDG_CONFIG_HOME": str(tmp_path)})
    tokens.store(place.url, await place.token("alice"))
    async with place.terminal_of_nobody("--room", place.name("hall")) as terminal:
        await terminal.see(f">#{place.name('hall')}")
        await place.run(None, "user", "disable", name, "--data", str(place.server.data))
        assert await terminal.ended() == 1
        assert "Error: the server ended the session: 4501" in terminal.shown
        assert "Traceback" not in terminal.shown
    assert tokens.get(place.url) is None
