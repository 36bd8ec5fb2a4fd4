"""The frame splitter alone. test_differential compares its behaviour with trio-websocket."""

import pytest

from chatroom.net.frames import (
    FrameSplitter,
    ParsedFrames,
    close_frame,
    pong_for,
    text_frame,
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


def test_close_frames() -> None:
    assert server_frames(close_frame(1009)) == [Frame(CLOSE, b"\x03\xf1")]
    [frame] = server_frames(close_frame(4008, "ü" * 100))
    assert frame.payload == b"\x0f\xa8" + "ü".encode() * 61


A, B, C = (client_frame(TEXT, text) for text in (b"a", b"b", b"c"))
PINGED = client_frame(PING, b"?")
FIRST, LAST = client_frame(TEXT, b"a", fin=False), client_frame(CONTINUATION, b"b")
GOODBYE = client_frame(CLOSE, b"\x03\xe8")


@pytest.mark.parametrize(
    ("frames", "splits"),
    [
        ([A, B, PINGED, C], [ParsedFrames([b"a", b"b"], PINGED), ParsedFrames([b"c"])]),
        # A fragmented message passes to its end.
        (
            [FIRST, PINGED, LAST, C],
            [*(ParsedFrames([], frame) for frame in (FIRST, PINGED, LAST)), ParsedFrames([b"c"])],
        ),
        # Frames after a close frame are ignored.
        ([A, GOODBYE, B, PINGED], [ParsedFrames([b"a"], GOODBYE), ParsedFrames([])]),
    ],
)
def test_texts_are_split_and_other_frames_pass_in_order(
    frames: list[bytes], splits: list[ParsedFrames]
) -> None:
    assert split_all(FrameSplitter(LIMIT), b"".join(frames)) == splits


def test_incomplete_message_is_reported() -> None:
    splitter = FrameSplitter(LIMIT)
    for data, between in [
        (A, True),
        (FIRST, False),
        (PINGED, False),
        (LAST[:2], False),
        (LAST[2:], True),
        (PINGED[:3], False),
        (PINGED[3:], True),
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
