"""Start and end of the terminal chat: logging in and out, signals, and revocation."""

import json
import signal
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
    name, hall = place.name("newcomer"), place.name("hall")
    password = "long enough"  # noqa: S105
    async with place.terminal_of_nobody("--room", hall) as first:
        await first.answer(
            ("Name:", name),
            ("Password:", password),
            (f"Sign up as {name}?", "y"),
            ("once more", password),
        )
        await first.see(f"{name} at ", "connected", "begins")
        await first.enter("/quit")
        assert await first.ended() == 0
        assert password not in first.raw.decode()
    kept = tmp_path / "chatroom" / "tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with place.terminal_of_nobody() as second:  # no prompt
        await second.see(f"{name} at ", f">#{hall}")
    [log_in] = json.loads((await place.run(None, "sessions", "list", "--json")).out)
    assert log_in["label"] == f"Terminal on {socket.gethostname()}"
    await place.run(None, "send", hall, "by the kept token")
    kept.write_text(kept.read_text().replace('": "', '": "x'))
    async with place.terminal_of_nobody() as third:
        await third.see("no longer valid")
        await third.answer(("Name:", name.upper()), ("Password:", password))
        await third.see(f"{name} at ", "by the kept token")


@pytest.mark.parametrize(("code", "stays"), [(4501, False), (4502, True), (4504, True)])
def test_a_token_is_kept_until_it_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, stays: bool
) -> None:
    def ended(*_: object) -> None:
        raise SessionEnded(code)

    monkeypatch.setattr("chatroom.cli.chat.terminal.chat_on_terminal", ended)
    tokens = TokenStore(tmp_path / "tokens.json")
    tokens.store("http://one", "token")
    with pytest.raises(SessionEnded):
        _chat(ClientOptions("http://one", None, tokens), None, False, None)
    assert (tokens.get("http://one") == "token") == stays


async def test_after_a_wrong_password_one_is_prompted_again(place: Place) -> None:
    await place.token("alice")
    name, wrong = place.name("alice"), "not my password"
    async with place.terminal_of_nobody() as terminal:
        await terminal.answer(
            ("Name:", name), ("Password:", wrong), ("Sign up as", "y"), ("once more", wrong)
        )
        await terminal.see("The name is taken")
        await terminal.until(lambda: terminal.shown.count("Name:") == 2)
        await terminal.enter(name)
        await terminal.until(lambda: terminal.shown.count("Password:") == 2)
        await terminal.enter(PASSWORD, "connected")


async def test_an_unknown_token_or_server_is_an_error_in_one_line(place: Place) -> None:
    async with place.terminal_of_nobody(token="nonsense") as terminal:
        assert await terminal.ended() == 1
        assert "Error: the token is unknown, expired or revoked" in terminal.shown
    async with place.terminal_of_nobody("--url", "http://127.0.0.1:1", token="some") as terminal:
        assert await terminal.ended() == 1
        assert "Error: ws://127.0.0.1:1/ws: " in terminal.shown
        assert "Traceback" not in terminal.shown


async def test_a_terminated_chat_restores_the_terminal(place: Place) -> None:
    async with place.terminal("alice") as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert await terminal.ended() == 0
        assert b"\x1b[?1049h" in terminal.raw
        assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")
        assert "Traceback" not in terminal.shown


async def test_a_revoked_token_ends_the_chat_with_an_error(place: Place, tmp_path: Path) -> None:
    name = place.name("alice")
    tokens = TokenStore.of_user({"XDG_CONFIG_HOME": str(tmp_path)})
    tokens.store(place.url, await place.token("alice"))
    async with place.terminal_of_nobody("--room", place.name("hall")) as terminal:
        await terminal.see(f">#{place.name('hall')}")
        await place.run(None, "admin", "user", "disable", name, "--data", str(place.server.data))
        assert await terminal.ended() == 1
        assert (
            "Error: the server ended the session: logged out or account disabled" in terminal.shown
        )
        assert "Traceback" not in terminal.shown
    assert tokens.get(place.url) is None
