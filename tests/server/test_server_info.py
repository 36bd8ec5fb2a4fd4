"""What a log-in screen learns of the server."""

from pathlib import Path

import chatroom

from .process import running
from .shared_server import Site


async def test_strangers_learn_what_a_log_in_screen_needs(site: Site) -> None:
    answer = await site.server.http("GET", "/api/server")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    info = answer.json
    assert isinstance(info.pop("languages"), list)
    assert info == {
        "name": "chatroom",
        "signup": "open",
        "needsAdmin": True,
        "version": chatroom.__version__,
        "protocol": 1,
    }


async def test_name_and_colour_are_settings(tmp_path: Path) -> None:
    settings = ("--name", "Blue House", "--accent", "#3F6f8f", "--signup", "invite")
    with running(tmp_path, *settings) as server:
        body = {"name": "alice", "password": "correct horse", "invitation": server.admin_code}
        assert (await server.http("POST", "/api/signup", body)).status == 201
        info = (await server.http("GET", "/api/server")).json
    assert (info["name"], info["accent"], info["signup"]) == ("Blue House", "#3f6f8f", "invite")
    assert not info["needsAdmin"]
