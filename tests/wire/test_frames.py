"""The frame splitter alone. test_differential compares its behaviour with trio-websocket."""

import pytest

from chatroom.net.frames import (
    FrameSplitter,
    ParsedFrames,
    close_frame,
    pong_for,
    text_frame,
    unmask,
)

from .frames import CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, client_frame, server_frames

LIMIT = 1000


def split_all(splitter: FrameSplitter, data: bytes) -> list[ParsedFrames]:
    splitter.feed(data)
    splits = [splitter.split()]
    while splits[-1].rest:
        splits.append(splitter.split())
    return splits


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 125, 126, 65535, 65536])
def test_frames_of_every_length(length: int) -> None:
    payload = (bytes(range(256)) * 257)[:length]
    assert server_frames(text_frame(payload)) == [Frame(TEXT, payload)]
    splitter = FrameSplitter(1 << 17)
    assert split_all(splitter, client_frame(TEXT, payload)) == [ParsedFrames([payload])]


def test_unmask() -> None:
    # The example of RFC 6455, section 5.7.
    assert unmask(b"\x37\xfa\x21\x3d", b"\x7f\x9f\x4d\x51\x58") == b"Hello"


def test_close_frames() -> None:
    assert server_frames(close_frame(1009)) == [Frame(CLOSE, b"\x03\xf1")]
    [frame] = server_frames(close_frame(4008, "ü" * 100))
    assert frame.payload == b"\x0f\xa8" + "ü".encode() * 61


def test_texts_are_split_and_other_frames_pass_in_order() -> None:
    ping = client_frame(PING, b"?")
    data = client_frame(TEXT, b"a") + client_frame(TEXT, b"b") + ping + client_frame(TEXT, b"c")
    assert split_all(FrameSplitter(LIMIT), data) == [
        ParsedFrames([b"a", b"b"], ping),
        ParsedFrames([b"c"]),
    ]


def test_fragmented_message_passes_to_its_end() -> None:
    first = client_frame(TEXT, b"a", fin=False)
    middle = client_frame(PING)
    last = client_frame(CONTINUATION, b"b")
    splits = split_all(FrameSplitter(LIMIT), first + middle + last + client_frame(TEXT, b"c"))
    assert splits == [
        ParsedFrames([], first),
        ParsedFrames([], middle),
        ParsedFrames([], last),
        ParsedFrames([b"c"]),
    ]


def test_incomplete_message_is_reported() -> None:
    splitter = FrameSplitter(LIMIT)
    first, last = client_frame(TEXT, b"a", fin=False), client_frame(CONTINUATION, b"b")
    ping = client_frame(PING, b"?")
    for data, between in [
        (client_frame(TEXT, b"x"), True),
        (first, False),
        (ping, False),
        (last[:2], False),
        (last[2:], True),
        (ping[:3], False),
        (ping[3:], True),
    ]:
        split_all(splitter, data)
        assert splitter.between is between


def test_too_large_frame_is_detected_from_its_header() -> None:
    splitter = FrameSplitter(LIMIT)
    frame = client_frame(TEXT, b"x" * (LIMIT + 1))
    data = client_frame(TEXT, b"x" * LIMIT) + frame[:4]
    assert split_all(splitter, data) == [ParsedFrames([b"x" * LIMIT], too_big=True)]
    assert split_all(splitter, b"") == [ParsedFrames([], too_big=True)]
    splitter.discard()
    assert split_all(splitter, frame[4:] + client_frame(TEXT, b"no")) == [ParsedFrames([])]
    assert not splitter.closed
    assert split_all(splitter, client_frame(CLOSE)[:-1]) == [ParsedFrames([])]
    assert not splitter.closed
    assert split_all(splitter, client_frame(CLOSE)[-1:]) == [ParsedFrames([])]
    assert splitter.closed


def test_fragments_are_summed() -> None:
    splitter = FrameSplitter(LIMIT)
    start = client_frame(TEXT, b"x" * (LIMIT - 1), fin=False)
    end = client_frame(CONTINUATION, b"xy")
    assert split_all(splitter, start + client_frame(PING, b"x" * 10) + end)[-1].too_big
    splitter = FrameSplitter(LIMIT)
    assert not split_all(splitter, (start + client_frame(CONTINUATION, b"x")) * 2)[-1].too_big


def test_frames_after_a_close_frame_are_ignored() -> None:
    goodbye = client_frame(CLOSE, b"\x03\xe8")
    data = client_frame(TEXT, b"a") + goodbye + client_frame(TEXT, b"b") + client_frame(PING)
    assert split_all(FrameSplitter(LIMIT), data) == [
        ParsedFrames([b"a"], goodbye),
        ParsedFrames([]),
    ]


@pytest.mark.parametrize(
    ("frame", "pong"),
    [
        (client_frame(PING, mask=b"mask"), b"\x8a\0"),
        (client_frame(PING, b"x" * 125, mask=b"mask"), b"\x8a\x7d" + b"x" * 125),
        (client_frame(PONG, b"x"), b""),
        (client_frame(PING, b"x", mask=None), None),
        (client_frame(PING, b"x", fin=False), None),
        (client_frame(PING, b"x", rsv=4), None),
        (client_frame(PING, b"x" * 126), None),
        # A length that is not in its shortest form.
        (b"\x89\xfe\x00\x7c" + bytes(4) + b"x" * 124, None),
        (client_frame(PING, b"xy")[:-1], None),
        (client_frame(TEXT, b"x"), None),
    ],
)
def test_valid_ping_is_answered(frame: bytes, pong: bytes | None) -> None:
    assert pong_for(frame) == pong
