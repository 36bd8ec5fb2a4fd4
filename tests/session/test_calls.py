"""Calls as frames: ids, calls without an id, and frames that are not calls."""

import json

import pytest
from trio.testing import MockClock

from ..client import CallFailed, Client, Json
from ..wire.clients import BINARY, TEXT, client_frame
from .node_harness import World


async def join(client: Client) -> None:
    await client.call("joinRoom", room="general")


def frame_of(call_id: object, method: str = "getInbox", **params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})


async def test_an_id_comes_back_as_it_was(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        for call_id in (0, -1, 2**53, "", "7", "x" * 64, "\u00e4\U0001f600", 7):
            await alice.send(frame_of(call_id))
            await alice.reply(call_id)
            assert type(alice.frames[-1]["id"]) is type(call_id)
            await alice.send(frame_of(call_id, "nonsense"))
            with pytest.raises(CallFailed, match="unknown_method"):
                await alice.reply(call_id)


async def test_an_id_may_be_used_again_at_once(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await join(alice)
        for text in ("one", "two"):
            await alice.send(frame_of("same", "sendMessage", room="general", text=text))
        assert [(await alice.reply("same"))["seq"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("call_id", [None, 1.5, True, [], {}, "x" * 65])
async def test_ids_that_are_none(world: World, call_id: object) -> None:
    async with world.session("alice") as alice:
        await alice.send(frame_of(call_id))
        with pytest.raises(CallFailed, match="invalid_request"):
            await alice.reply(None)
        await alice.call("getInbox")


async def test_a_call_without_id_is_done_and_not_answered(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice:
        await join(alice)
        count = len(alice.frames)
        for params in ({"room": "general", "text": "heard"}, {"room": "general", "text": ""}, {}):
            call = {"jsonrpc": "2.0", "method": "sendMessage", "params": params}
            await alice.send(json.dumps(call))
        await alice.send('{"jsonrpc":"2.0","method":"nonsense"}')
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == ["heard"]
        assert [frame for frame in alice.frames[count:-1] if "method" not in frame] == []


async def test_connect_without_id(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as alice:
        params = {"token": await world.token("alice")}
        await alice.send(json.dumps({"jsonrpc": "2.0", "method": "connect", "params": params}))
        await alice.call("getInbox")
        assert len(alice.frames) == 1


async def test_params_may_be_left_out(world: World) -> None:
    async with world.session("alice") as alice:
        await alice.send('{"jsonrpc":"2.0","id":"bare","method":"getInbox"}')
        assert (await alice.reply("bare"))["rooms"] == []


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "parse_error"),
        ("{", "parse_error"),
        ("nonsense", "parse_error"),
        ("{'jsonrpc':'2.0'}", "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox"}{}', "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox","params":NaN}', "parse_error"),
        ("[" * 5000, "parse_error"),
        (r'{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"x":"\ud800"}}', "parse_error"),
        (r'{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"\udfff":1}}', "parse_error"),
        (r'{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"x":"a\u0000b"}}', "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"x":"a\0b"}}', "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"x":[1,9007199254740993]}}',
         "parse_error"),
        ('{"jsonrpc":"2.0","id":-9007199254740993,"method":"getInbox"}', "parse_error"),
        ('{"jsonrpc":"2.0","id":18446744073709551617,"method":"getInbox"}', "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"limit":1e300}}', "parse_error"),
        ('{"jsonrpc":"2.0","id":1,"method":"getInbox","params":{"limit":1e999}}', "parse_error"),
        ("[]", "invalid_request"),
        ('[{"jsonrpc":"2.0","id":1,"method":"getInbox"}]', "invalid_request"),
        ("7", "invalid_request"),
        ('"getInbox"', "invalid_request"),
        ("null", "invalid_request"),
        ("{}", "invalid_request"),
    ],
)  # fmt: skip
async def test_what_is_no_call(world: World, frame: str, reason: str) -> None:
    async with world.session("alice") as alice:
        await alice.send(frame)
        with pytest.raises(CallFailed) as failure:
            await alice.reply(None)
        assert failure.value.reason == reason
        assert failure.value.code == {"parse_error": -32700, "invalid_request": -32600}[reason]
        await alice.call("getInbox")


@pytest.mark.parametrize(
    "call", [{"jsonrpc": "1.0", "method": "getInbox"}, {"method": "getInbox"}, {"jsonrpc": "2.0"},
             {"jsonrpc": "2.0", "method": 7}, {"jsonrpc": "2.0", "result": {}}]
)  # fmt: skip
async def test_no_call_but_with_an_id(world: World, call: Json) -> None:
    async with world.session("alice") as alice:
        await alice.send(json.dumps(call | {"id": "mine"}))
        with pytest.raises(CallFailed, match="invalid_request"):
            await alice.reply("mine")


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (client_frame(BINARY, b"{}"), 1003),
        (client_frame(TEXT, b'{"jsonrpc":"2.0","id":1,"method":"\xff"}'), 1007),
        (client_frame(TEXT, b"\xed\xa0\x80"), 1007),
        (client_frame(TEXT, b" " * (128 * 1024 + 1)), 1009),
        (client_frame(TEXT, b"{}", mask=None), 1002),
        (client_frame(TEXT, b"{}", rsv=4), 1002),
        (client_frame(0x3, b"{}"), 1002),
    ],
    ids=["binary", "not UTF-8", "a surrogate", "too big", "not masked", "reserved bit", "opcode"],
)
async def test_frames_that_close(
    world: World, autojump_clock: MockClock, frame: bytes, code: int, connected: bool
) -> None:
    async with world.socket() as client, world.session("bob") as bob:
        if connected:
            await client.connect(await world.token("alice"))
        await client.send_raw(frame)
        assert await client.wait_closed() == code
        await bob.call("getInbox")


async def test_a_frame_of_exactly_as_much(world: World) -> None:
    async with world.session("alice") as alice:
        frame = frame_of("full").encode()
        await alice.send_raw(client_frame(TEXT, frame + b" " * (128 * 1024 - len(frame))))
        await alice.reply("full")
