"""What a log-in screen learns of the server."""

from pathlib import Path

import chatroom

from .process import PASSWORD, running
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
        body = {"name": "alice", "password": PASSWORD, "invitation": server.admin_code}
        assert (await server.http("POST", "/api/signup", body)).status == 201
        info = (await server.http("GET", "/api/server")).json
    assert (info["name"], info["accent"], info["signup"]) == ("Blue House", "#3f6f8f", "invite")
    assert not info["needsAdmin"]


async def test_an_admin_names_the_server(tmp_path: Path) -> None:
    with running(tmp_path, "--name", "Blue House") as server:
        token = await server.sign_up("alice", invitation=server.admin_code)
        async with (
            server.session(token) as alice,
            server.session(await server.sign_up("bob")) as bob,
        ):
            shown = {"name": "Red House", "accent": "#aa0000"}
            assert await alice.call("setServer", **shown) == shown
            assert await bob.event("serverChanged") == shown
            assert (await bob.refused("setServer", name="Mine")).reason == "forbidden"
            for wrong in ({"accent": "red"}, {"accent": "#AA0000"}, {"name": "a\nb"}):
                assert (await alice.refused("setServer", **wrong)).reason == "invalid_params"
            assert await alice.call("setServer", accent="#aa0000") == shown
            [entry] = (await alice.call("listAudit", limit=1))["entries"]
            assert (entry["act"], entry["by"], entry["details"]) == ("setServer", "alice", shown)
        await server.kill()
        server.start()
        info = (await server.http("GET", "/api/server")).json
        assert info.items() >= shown.items()
        async with server.session(token) as alice:
            # Empty brings back the settings.
            assert await alice.call("setServer", name="", accent="") == {"name": "Blue House"}
        assert "accent" not in (await server.http("GET", "/api/server")).json


async def test_an_operator_makes_the_server_read_only_and_announces(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        token = await server.sign_up("alice")
        assert (await server.command("admin", "server", "show")).split()[-1] == "-"
        async with server.session(token) as alice:
            await server.command("admin", "server", "set", "--read-only", "we move")
            assert (await alice.event("serverChanged"))["readOnly"] == "we move"
            assert (await alice.refused("joinRoom", room="lobby")).reason == "read_only"
        await server.command("admin", "server", "announce", "cake in the kitchen", "--until", "2h")
        await server.kill()
        server.start()
        async with server.session(token) as alice:
            state = alice.connected["server"]
            assert (state["readOnly"], state["announcement"]["text"]) == (
                "we move",
                "cake in the kitchen",
            )
            shown = (await server.command("admin", "server", "show")).splitlines()
            assert "READ ONLY           we move" in shown
            assert "ANNOUNCEMENT TEXT   cake in the kitchen" in shown
            assert shown[-1].startswith("ANNOUNCEMENT UNTIL  20")
            await server.command("admin", "server", "set", "--read-only", "")
            await server.command("admin", "server", "announce", "")
            await alice.call("joinRoom", room="lobby")
        async with server.session(token) as alice:
            assert alice.connected["server"] == {"name": "chatroom"}
