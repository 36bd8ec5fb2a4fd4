"""Our WebSocket and trio-websocket interpret clients' frames alike."""

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from trio_websocket import ConnectionClosed, wrap_server_stream

from chatroom.net.frames import MAX_EMPTY_FRAGMENTS
from chatroom.protocol.results import FRAME_BYTES

from .clients import UPGRADE, Record, ScriptedPeer, head, serve
from .frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    close,
    close_codes,
    server_frames,
)


@attrs.frozen
class Outcome:
    texts: list[bytes]
    pongs: list[bytes]
    code: int
    closes: list[int] = attrs.field(factory=list)


async def by_us(pieces: list[bytes]) -> Outcome:
    stream, record = ScriptedPeer(pieces), Record()
    await serve(stream, record)
    frames = server_frames(stream.sent)
    pongs = [frame.payload for frame in frames if frame.opcode == PONG]
    return Outcome(record.texts, pongs, record.code or 0, close_codes(frames))


async def by_trio_websocket(pieces: list[bytes]) -> Outcome:
    stream = ScriptedPeer(pieces, opening=head("/ws", UPGRADE))
    texts: list[bytes] = []
    async with trio.open_nursery() as nursery:
        proposal = await wrap_server_stream(nursery, stream, 1, FRAME_BYTES)
        connection = await proposal.accept(subprotocol="chatroom.v1")
        code = 1003
        try:
            while isinstance(message := await connection.get_message(), str):
                texts.append(message.encode())
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason else 0
        nursery.cancel_scope.cancel()
    _, _, sent = stream.sent.partition(b"\r\n\r\n")
    pongs = [f.payload for f in server_frames(sent) if f.opcode == PONG]
    return Outcome(texts, pongs, int(code))


VIOLATIONS = [
    (client_frame(TEXT, b"x", mask=None), 1002),
    (client_frame(TEXT, b"x", rsv=4), 1002),
    (client_frame(TEXT, b"", rsv=1), 1002),
    (client_frame(PING, b"x", rsv=2), 1002),
    (client_frame(3, b"x"), 1002),
    (client_frame(11), 1002),
    (client_frame(PING, b"x", fin=False), 1002),
    (client_frame(PING, b"x" * 126), 1002),
    (client_frame(CLOSE, b"x" * 126), 1002),
    (client_frame(CONTINUATION, b"x"), 1002),
    (client_frame(CONTINUATION), 1002),
    (client_frame(TEXT, b"x", fin=False) + client_frame(TEXT, b"y"), 1002),
    (client_frame(TEXT, b"x", fin=False) + client_frame(BINARY, b"y"), 1002),
    (b"\x81\xfe\x00\x7d" + bytes(4) + b"x" * 125, 1002),
    (b"\x81\xff" + (65535).to_bytes(8, "big") + bytes(4) + b"x" * 65535, 1002),
    (client_frame(BINARY, b"x"), 1003),
    (client_frame(BINARY, b"x", fin=False) + client_frame(CONTINUATION, b"y"), 1003),
    (client_frame(TEXT, b"\xc3", fin=False) + client_frame(CONTINUATION, b"x"), 1007),
    (client_frame(TEXT, b"\xc3", fin=False) + client_frame(CONTINUATION), 1007),
    (client_frame(TEXT, b"x" * (FRAME_BYTES + 1)), 1009),
    (client_frame(TEXT, b"x" * FRAME_BYTES, fin=False) + client_frame(CONTINUATION, b"y"), 1009),
]
"""Frames that end the connection, with the close code."""

masks = st.binary(min_size=4, max_size=4)
lengths = st.sampled_from([0, 1, 124, 125, 126, 127, 65535, 65536, FRAME_BYTES])
payloads = st.one_of(
    st.text(max_size=40).map(str.encode),
    st.text(max_size=40).map(str.encode),
    st.builds(lambda length, byte: byte * length, lengths, st.sampled_from([b"x", b"~"])),
)


@st.composite
def fragments(draw: st.DrawFn, opcode: int = TEXT, ends: bool = True) -> bytes:
    """One message in several frames, cut anywhere, with control frames in between."""
    payload = draw(st.text(max_size=40)).encode()
    # More empty fragments are a violation here, and none to trio-websocket.
    most = MAX_EMPTY_FRAGMENTS if ends else MAX_EMPTY_FRAGMENTS - 1
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), min_size=1, max_size=most)))
    bounds = [0, *cuts, len(payload)]
    data = b""
    for i in range(len(bounds) - 1):
        part = payload[bounds[i] : bounds[i + 1]]
        last = ends and i == len(bounds) - 2
        data += client_frame(CONTINUATION if i else opcode, part, fin=last, mask=draw(masks))
        if not last and draw(st.booleans()):
            data += draw(controls)
    return data


controls = st.builds(
    lambda opcode, payload, mask: client_frame(opcode, payload, mask=mask),
    st.sampled_from([PING, PING, PONG]),
    st.one_of(st.binary(max_size=10), st.just(b"p" * 125)),
    masks,
)
plain = st.builds(lambda payload, mask: client_frame(TEXT, payload, mask=mask), payloads, masks)
messages = st.one_of(plain, plain, plain, fragments(), controls)
close_frames = st.one_of(
    st.just(client_frame(CLOSE)),
    st.builds(close, st.sampled_from([1000, 1001, 1009, 3000, 4000, 4999]), st.just(b"bye")),
    # invalid content of a close frame
    st.builds(close, st.sampled_from([0, 999, 1004, 1005, 1006, 1015, 2000, 5000])),
    st.just(client_frame(CLOSE, b"\x03")),
    st.just(close(1000, b"\xff")),
)
endings = st.one_of(
    st.just(b""),
    close_frames,
    close_frames,
    st.sampled_from([frames for frames, _ in VIOLATIONS]),
    fragments(ends=False),
    fragments(opcode=BINARY),
    st.binary(max_size=30).map(lambda payload: client_frame(BINARY, payload)),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Return frames, an end, and plain texts after it, split into pieces at arbitrary bytes."""
    data = b"".join(draw(st.lists(messages, max_size=8)))
    data += draw(endings) + b"".join(draw(st.lists(plain, max_size=2)))
    if len(data) < 500 and draw(st.booleans()):
        return [data[i : i + 1] for i in range(len(data))]
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]


async def compare(pieces: list[bytes]) -> Outcome:
    ours, theirs = await by_us(pieces), await by_trio_websocket(pieces)
    assert (ours.texts, ours.code) == (theirs.texts, theirs.code)
    # Of several pings received at once, we answer only the last.
    assert ours.pongs[-1:] == theirs.pongs[-1:]
    answered = iter(theirs.pongs)
    assert all(pong in answered for pong in ours.pongs)
    return ours


@pytest.mark.parametrize(("violation", "code"), VIOLATIONS, ids=range(len(VIOLATIONS)))
async def test_each_violation_has_a_close_code(
    violation: bytes, code: int, autojump_clock: trio.abc.Clock
) -> None:
    before, after = client_frame(TEXT, b"before"), client_frame(TEXT, b"after")
    for pieces in ([before + violation + after], [before, violation[:3], violation[3:] + after]):
        ours = await compare(pieces)
        assert (ours.texts, ours.code, ours.closes) == ([b"before"], code, [code])


@settings(deadline=None, max_examples=200)
@given(conversations())
def test_conversations_match_trio_websocket(pieces: list[bytes]) -> None:
    trio.run(compare, pieces, clock=MockClock(autojump_threshold=0))


@given(st.lists(st.binary(max_size=40), max_size=4), st.booleans())
def test_arbitrary_bytes_raise_nothing(pieces: list[bytes], breaks: bool) -> None:
    async def run() -> None:
        stream, record = ScriptedPeer(pieces, breaks=breaks), Record()
        await serve(stream, record)
        server_frames(stream.sent)
        assert record.code is not None

    trio.run(run, clock=MockClock(autojump_threshold=0))
