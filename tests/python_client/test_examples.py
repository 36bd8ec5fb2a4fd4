"""The examples in the client's docstrings work with a real server.

Each example is a function of ``url`` and ``token`` that runs until it is cancelled.
"""

import doctest
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

import chatroom.client
from chatroom.client import accounts, chat, connect, connecting
from chatroom.client.accounts import log_in

from ..server.process import PASSWORD
from .network import messages
from .servers import Site, open_site

Example = Callable[[str, str], Awaitable[None]]


def examples(of: object, **known: Any) -> dict[str, Any]:
    """Run a docstring's examples, and return the names that they define."""
    found = doctest.DocTestFinder(recurse=False).find(of, "examples", module=False)
    assert len(found) == 1
    defined = dict(known)
    for example in found[0].examples:
        assert not example.want, "it shows no output, since it only defines"
        exec(compile(example.source, "<docstring>", "exec"), defined)  # noqa: S102 - our own
    return defined


def listens(site: Site, name: str) -> bool:
    topic = site.world.node.hub.get("general")
    return topic is not None and topic.watching[name] > 0


async def test_the_example_of_the_package() -> None:
    echo: Example = examples(chatroom.client)["echo"]
    async with open_site() as site, trio.open_nursery() as nursery:
        alice, bot = [await site.world.token(name) for name in ("alice", "bot")]
        async with connect(site.url, alice) as chat:
            await chat.join("general")
            nursery.start_soon(echo, site.url, bot)
            while not listens(site, "bot"):  # others get no event of a message
                await chat.list_members("general")
            await chat.send("general", "hello")
            texts = [message.text for message in await messages(chat, 2)]
            assert texts == ["hello", "you said hello"]
        nursery.cancel_scope.cancel()


async def test_the_example_of_connect(capsys: pytest.CaptureFixture[str]) -> None:
    hello: Example = examples(connect, connect=connect)["hello"]
    async with open_site() as site, trio.open_nursery() as nursery:
        alice, bob = [await site.world.token(name) for name in ("alice", "bob")]
        async with connect(site.url, bob) as chat:
            await chat.join("general")
            nursery.start_soon(hello, site.url, alice)
            assert [message.text for message in await messages(chat, 1)] == ["hello"]
            printed = ""
            while "NewMessage" not in printed:
                await chat.list_rooms()
                printed += capsys.readouterr().out
        nursery.cancel_scope.cancel()


async def test_the_example_of_log_in() -> None:
    talk = examples(log_in, log_in=log_in, connect=connect)["talk"]
    async with open_site() as site:
        await site.world.node.accounts.sign_up("alice", PASSWORD, None)
        async with connect(site.url, await log_in(site.url, "alice", PASSWORD)) as chat:
            await chat.join("general")
            await talk(site.url)
            assert [message.text for message in await messages(chat, 1)] == ["hello"]


async def test_the_example_of_call(capsys: pytest.CaptureFixture[str]) -> None:
    empty = examples(chat.Chat.call, **vars(chat))["empty"]
    async with open_site() as site, connect(site.url, await site.world.token("alice")) as session:
        await session.join("general")
        await session.send("general", "hello")
        await empty(session)
    assert capsys.readouterr().out == "2\n"


def test_each_example_has_a_test() -> None:
    with_examples = {
        test.name
        for module in (chatroom.client, chat, connecting, accounts)
        for test in doctest.DocTestFinder().find(module)
        if test.examples
    }
    assert with_examples == {
        "chatroom.client",
        "chatroom.client.chat.Chat.call",
        "chatroom.client.connecting.connect",
        "chatroom.client.accounts.log_in",
    }
