"""The commands ``password`` and ``sessions``."""

import json

from chatroom.cli.token_store import TokenStore
from chatroom.client.accounts import log_in

from ..server.process import PASSWORD
from .server import Place

NEW = "battery staple"


def kept(place: Place) -> TokenStore:
    return TokenStore(place.home / "chatroom" / "tokens.json")


async def test_log_ins_are_listed_and_ended(place: Place) -> None:
    name = place.name("alice")
    await place.token("alice")
    phone = await log_in(place.url, name, PASSWORD, label="phone \N{SNOWMAN}")
    async with place.person("alice") as chat:
        listed = json.loads((await place.run("alice", "sessions", "list", "--json")).out)
        assert [token["label"] for token in listed] == ["phone \N{SNOWMAN}", ""]
        assert [token["current"] for token in listed] == [False, True]
        first, second, session = await place.lines("alice", "sessions", "list")
        assert first.startswith(f"{listed[0]['id']}  phone \N{SNOWMAN}: since ")
        assert second.startswith(f"{listed[1]['id']}  (no label): since ")
        assert second.endswith(", this one")
        assert session.startswith(f"  {chat.session_id}  127.0.0.1, since ")
        said = await place.refused("alice", "sessions", "end", chat.session_id, "nonsense")
        assert "no such log-in or session: nonsense" in said
        await place.run("alice", "sessions", "end", listed[0]["id"], chat.session_id)
    [line] = await place.lines("alice", "sessions", "list")
    assert line.startswith(listed[1]["id"])
    place.tokens["alice"] = phone
    assert "expired or revoked token" in await place.refused("alice", "sessions", "list")


async def test_a_new_password_is_kept_as_a_new_log_in(place: Place) -> None:
    name = place.name("carol")
    given = await place.token("carol")
    said = await place.refused("carol", "password", typed=f"wrong horse\n{NEW}\n")
    assert "old: wrong password" in said
    kept(place).store(place.url, given)
    assert (await place.run(None, "password", typed=f"{PASSWORD}\n{NEW}\n")).out == ""
    assert kept(place).get(place.url) not in (None, given)
    assert len((await place.run(None, "sessions", "list")).out.splitlines()) == 1
    assert await log_in(place.url, name, NEW)
    done = await place.run(None, "sessions", "renew")
    assert done.out.startswith("the log-in ends on ")
    kept(place).forget(place.url)


async def test_the_token_of_a_given_log_in_is_printed(place: Place) -> None:
    await place.token("dave")
    [token] = await place.lines("dave", "sessions", "renew")
    place.tokens["dave"] = token
    [line] = await place.lines("dave", "sessions", "list")
    assert line.endswith("this one")
    done = await place.run("dave", "password", typed="only one line", code=2)
    assert "two lines" in done.error
