"""Frames that are not calls, over real sockets."""

import pytest

from ..client import CallFailed
from ..wire.clients import BINARY, TEXT, client_frame
from .shared_server import Site


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (client_frame(BINARY, b"{}"), 1003),
        (client_frame(TEXT, b"\xff\xfe"), 1007),
        (client_frame(TEXT, b" " * (128 * 1024 + 1)), 1009),
        (client_frame(TEXT, b"{}", mask=None), 1002),
    ],
    ids=["binary", "not UTF-8", "too big", "not masked"],
)
async def test_invalid_frames_close_the_connection(site: Site, frame: bytes, code: int) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room = site.name("general")
        await alice.call("joinRoom", room=room)
        await alice.call("sendMessage", room=room, text="before")
        await alice.send_raw(frame)
        assert await alice.wait_closed() == code
        joined = await bob.call("joinRoom", room=room)
        assert joined["headSeq"] == 1


async def test_bad_calls_do_not_close_the_connection(site: Site) -> None:
    async with site.session("alice") as alice:
        for frame, reason in (
            ("nonsense", "parse_error"),
            ('{"jsonrpc":"2.0","id":1,"method":"a\\u0000"}', "parse_error"),
            ("[]", "invalid_request"),
        ):
            await alice.send(frame)
            with pytest.raises(CallFailed) as failure:
                await alice.reply(None)
            assert failure.value.reason == reason
        await alice.call("getInbox")
        padded = b'{"jsonrpc":"2.0","id":"full","method":"getInbox"}'.ljust(128 * 1024)
        await alice.send_raw(client_frame(TEXT, padded))
        await alice.reply("full")
