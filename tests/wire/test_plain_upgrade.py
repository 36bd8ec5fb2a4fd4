"""Plain upgrades: what the short parser accepts has the same meaning to h11; h11 gets the rest."""

import re
from typing import Final

import h11
import pytest
import trio
from hypothesis import example, given
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.errors import Refused
from chatroom.net import plain_upgrade
from chatroom.net.heads import fields_of, head_size
from chatroom.net.http import MAX_HEAD_BYTES, Response

from .clients import UPGRADE, head
from .http_server import GET, Site

PLAIN: Final = head("/ws", UPGRADE)
BROWSER: Final = {
    **UPGRADE,
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "*/*",
    "Accept-Language": "de,en-US;q=0.7,en;q=0.3",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Origin": "https://chat.example",
    "Sec-WebSocket-Extensions": "permessage-deflate",
    "Cookie": "a=b; c=d",
    "Pragma": "no-cache",
    "X-Forwarded-For": "192.0.2.1, 198.51.100.7",
    "Authorization": "Bearer abc.def",
}

# Some of these lines are valid everywhere, some nowhere, and on some parsers disagree.
LINES: Final = [
    b"",
    b"Host: x",
    b"host:x",
    b"Connection: Upgrade",
    b"Connection: close, Upgrade",
    b"Connection: keep-alive",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Content_Length: 5",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"Content-Length : 5",
    b"content-length:5",
    b"Content-Length: +5",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding : chunked",
    b"Expect: 100-continue",
    b"TE: trailers",
    b"Trailer: X",
    b"X:",
    b"X: ",
    b"X: a  b",
    b"X: a b ",
    b"X:  a",
    b"X: a\tb",
    b"X: \xff",
    b"X: \0",
    b"X: a\rb",
    b"X: a\nContent-Length: 5",
    b"X\0: a",
    b"X Y: a",
    b": a",
    b" folded",
    b"\tfolded",
    b"no colon",
]
UNUSUAL: Final = LINES[LINES.index(b"Content-Length: 0") :]
STARTS: Final = [
    *[b"GET /ws HTTP/1.1"] * 8,
    *(b"get /ws HTTP/1.1", b"GET  /ws HTTP/1.1", b"GET /ws HTTP/1.0", b"GET /ws  HTTP/1.1"),
    *(b"HEAD /ws HTTP/1.1", b"POST /ws HTTP/1.1", b"GET /ws?x HTTP/1.1", b"GET /wss HTTP/1.1"),
    *(b"GET http://x/ws HTTP/1.1", b"\r\nGET /ws HTTP/1.1", b" GET /ws HTTP/1.1", b"GET /ws"),
]
ENDS: Final = [*[b"\r\n"] * 12, b"\n", b"\r", b"\r\r\n"]
AFTER: Final = [b"", b"hello", b"\x81\x80\0\0\0\0", GET, b"0\r\n\r\n", b"\r\n"]


@st.composite
def data_of_clients(draw: st.DrawFn) -> bytes:
    """A head with any of these lines, or a changed plain one, and what follows it."""
    if draw(st.booleans()):
        lines = [*PLAIN.split(b"\r\n")[:-2]]
        for line in draw(st.lists(st.sampled_from(LINES), max_size=2)):
            lines.insert(draw(st.integers(1, len(lines))), line)
    else:
        lines = [draw(st.sampled_from(STARTS)), *draw(st.lists(st.sampled_from(LINES)))]
    data = b"".join(line + draw(st.sampled_from(ENDS)) for line in lines) + b"\r\n"
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=2)) + data[at + draw(st.integers(0, 2)) :]
    return data + draw(st.sampled_from(AFTER))


@given(data_of_clients())
@example(PLAIN + b"\r\n")
def test_what_is_accepted_has_the_same_meaning_to_h11(data: bytes) -> None:
    if (plain := plain_upgrade.parse(data)) is None:
        return
    fields, after = plain
    full = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    full.receive_data(data)
    request = full.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target, request.http_version) == (b"GET", b"/ws", b"1.1")
    assert fields_of(request) == fields
    assert head_size(request) <= len(data)
    assert isinstance(full.next_event(), h11.EndOfMessage)
    assert full.trailing_data == (after, False)


@given(data_of_clients(), st.booleans())
@example(PLAIN + GET, True)
def test_a_connection_answers_as_if_h11_parsed_all(data: bytes, refuses: bool) -> None:
    """A request whose first byte comes by itself is parsed by h11."""
    refusal = Response.json_error(401, Refused("unauthenticated", "who?"))
    sites = [Site(upgrade_to=refusal if refuses else None) for _ in range(2)]
    clock = MockClock(autojump_threshold=0)
    at_once = trio.run(sites[0].respond, data, clock=clock)
    split = trio.run(sites[1].respond, data[:1], data[1:], clock=clock)
    assert re.sub(b"date: .*", b"", at_once) == re.sub(b"date: .*", b"", split)
    assert sites[0] == sites[1]


@pytest.mark.parametrize(
    "headers",
    [UPGRADE, BROWSER, {name.lower(): value for name, value in BROWSER.items()}],
    ids=["plain", "browser", "lower-case"],
)
def test_ordinary_upgrades_are_accepted(headers: dict[str, str]) -> None:
    fields = {name.lower(): value for name, value in headers.items()}
    assert plain_upgrade.parse(head("/ws", headers) + b"frames") == (fields, b"frames")


@pytest.mark.parametrize("line", UNUSUAL, ids=repr)
def test_a_head_that_may_hide_another_request_is_left_to_h11(line: bytes) -> None:
    assert plain_upgrade.parse(PLAIN[:-2] + line + b"\r\n\r\n") is None


@pytest.mark.parametrize("start", sorted({*STARTS} - {STARTS[0]}), ids=repr)
def test_other_requests_are_left_to_h11(start: bytes) -> None:
    assert plain_upgrade.parse(PLAIN.replace(STARTS[0], start)) is None


@pytest.mark.parametrize("name", ["Host", "Upgrade", "Authorization", "Origin", "Cookie"])
def test_repeated_fields_are_left_to_h11(name: str) -> None:
    line = f"{name.lower()}: {BROWSER[name]}\r\n\r\n".encode()
    assert plain_upgrade.parse(head("/ws", BROWSER)[:-2] + line) is None


def test_a_head_without_host_is_left_to_h11() -> None:
    headers = {name: value for name, value in UPGRADE.items() if name != "Host"}
    assert plain_upgrade.parse(head("/ws", headers)) is None


def test_an_incomplete_head_is_left_to_h11() -> None:
    assert not any(plain_upgrade.parse(PLAIN[:cut]) for cut in range(len(PLAIN)))


async def test_h11_parses_no_plain_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(h11, "Connection")
    assert (await Site().respond(PLAIN)).endswith(b"taken over")
