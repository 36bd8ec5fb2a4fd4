"""Arbitrary bytes and requests: nothing is raised, and responses are valid HTTP."""

import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.net.http import MAX_HEAD_BYTES

from .clients import UPGRADE, head
from .http_server import CHUNKED, GET, POST, Site, replies

requests = st.sampled_from([GET, POST, CHUNKED, head("/ws", UPGRADE), b"\r\n", b"\x00"])


@given(st.lists(st.one_of(requests, st.binary(max_size=20)), max_size=6))
def test_arbitrary_bytes_raise_nothing(pieces: list[bytes]) -> None:
    sent = trio.run(Site().respond, *pieces, clock=MockClock(autojump_threshold=0))
    statuses = [reply.status for reply in replies(sent.removesuffix(b"taken over"))]
    assert set(statuses) <= {101, 200, 400, 405}
    assert 400 not in statuses[:-1]


heads = st.builds(
    lambda method, target, version, fields: b"\r\n".join(
        [b"%b %b HTTP/%b" % (method, target, version), *fields, b"", b""]
    ),
    st.sampled_from([b"GET", b"HEAD", b"POST", b"OPTIONS"]),
    st.sampled_from([b"/", b"*", b"/ws", b"http://x/p", b"http://[", b"http://[::1]/ws", b"x:80"]),
    st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0", b"2.0"]),
    st.lists(
        st.sampled_from(
            [
                b"Host: x",
                b"Host: x",
                b"Content-Length: 5",
                b"Content-Length: 0",
                b"Content-Length: 99999",
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: gzip",
                b"Expect: 100-continue",
                b"Connection: close",
                b"X: long",
                b"X: \xff",
                b" folded",
                b"no colon",
            ]
        ),
        max_size=4,
    ),
)
bodies = st.sampled_from([b"", b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"zz\r\n"])


@given(st.lists(st.one_of(heads, bodies), max_size=8), st.lists(st.integers(0, 40_000), max_size=4))
def test_arbitrary_requests_raise_nothing(parts: list[bytes], cuts: list[int]) -> None:
    """For any sequence of requests on a connection."""
    data, bounds = b"".join(parts), [0, *sorted(cuts), None]
    data = data.replace(b"X: long", b"X: " + b"x" * MAX_HEAD_BYTES)
    pieces = [data[bounds[i] : bounds[i + 1]] for i in range(len(bounds) - 1)]
    sent = trio.run(Site().respond, *pieces, clock=MockClock(autojump_threshold=0))
    assert not sent or sent.startswith(b"HTTP/1.1 ")
