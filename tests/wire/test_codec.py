"""Decoding: nothing is coerced, unsafe input is refused, and errors name the field."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.errors import Refused
from chatroom.model import Message
from chatroom.protocol import account_bodies, calls, field_types
from chatroom.protocol.codec import (
    InvalidUtf8,
    Malformed,
    Request,
    decode_json,
    decode_params,
    decode_request,
    encode_message_event,
)
from chatroom.protocol.constraints import free_text
from chatroom.protocol.events import NewMessageEvent

MESSAGE = Message("general", 3, 4, "alice", "hi", 1700000000000)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def call(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "method": "getInbox", **members}).encode()


def refused(shape: type, params: object) -> str:
    with pytest.raises(Refused) as caught:
        decode_params(shape, params)
    assert caught.value.reason == "invalid_params"
    return caught.value.message


# ---- frames to calls


def test_call() -> None:
    assert decode_request(call(id=7, params={"limit": 1})) == Request(7, "getInbox", {"limit": 1})
    assert decode_request(call()) == Request(None, "getInbox", {})
    assert decode_request(bytearray(call(id="a"))) == Request("a", "getInbox", {})


@pytest.mark.parametrize("call_id", [0, -1, 2**53, "", "x", "ü" * 64])
def test_ids(call_id: int | str) -> None:
    assert decode_request(call(id=call_id)).id == call_id


@pytest.mark.parametrize("call_id", [None, True, 1.0, 1.5, "x" * 65, [1], {}])
def test_invalid_ids(call_id: object) -> None:
    with pytest.raises(Malformed) as caught:
        decode_request(call(id=call_id))
    assert (caught.value.refused.reason, caught.value.id) == ("invalid_request", None)


@pytest.mark.parametrize(
    "frame",
    [
        b"[]",
        b"[%s]" % call(id=7),
        b"1",
        b'"call"',
        b"null",
        b"{}",
        b'{"method":"getInbox"}',
        b'{"jsonrpc":"1.0","method":"getInbox"}',
        b'{"jsonrpc":2.0,"method":"getInbox"}',
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","method":1}',
        b'{"jsonrpc":"2.0","result":{}}',
    ],
)
def test_json_that_is_not_a_call_is_invalid(frame: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode_request(frame)
    assert caught.value.refused.reason == "invalid_request"


def test_error_reply_has_the_id_of_the_call() -> None:
    with pytest.raises(Malformed) as caught:
        decode_request(b'{"jsonrpc":"2.0","id":7}')
    assert caught.value.id == 7


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"hello",
        b"{",
        b"[1,]",
        b"NaN",
        b"\xef\xbb\xbf{}",
        b'"a\x00b"',
        rb'{"a":"\u0000"}',
        rb'{"\u0000":1}',
        rb'[[{"a":["x\u0000"]}]]',
        rb'"\ud800"',
        rb'"\ude00\ud83d"',
        b"[9007199254740993]",
        b"[-9007199254740993]",
        b"[18446744073709551616]",
        b"[123456789012345678901234567890]",
        b"[1e17]",
        b"[1E+17]",
        b"[1e400]",
        b'{"id":{"a":[9007199254740993]}}',
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b"[" * 5_000 + b"]" * 5_000,
    ],
)
def test_parse_errors(frame: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode_json(frame)
    assert (caught.value.refused.reason, caught.value.id) == ("parse_error", None)


@pytest.mark.parametrize(
    ("frame", "value"),
    [
        (b"[9007199254740992]", [2**53]),
        (b"[-9007199254740992, 0.1e1]", [-(2**53), 1.0]),
        (b'"1234567890123456789"', "1234567890123456789"),
        (rb'"\\u0000"', r"\u0000"),
        (rb'"\ud83d\ude00"', "😀"),
    ],
)
def test_unusual_json_that_parses(frame: bytes, value: object) -> None:
    assert decode_json(frame) == value


@pytest.mark.parametrize("frame", [b"\xff", b'"\xc3"', b'"\xed\xa0\x80"', b'{"a":"\xc0\x80"}'])
def test_invalid_utf8(frame: bytes) -> None:
    with pytest.raises(InvalidUtf8):
        decode_request(frame)


@given(texts)
def test_text_is_decoded_unchanged(text: str) -> None:
    for escaped in (True, False):
        frame = json.dumps({"text": text, "room": "a"}, ensure_ascii=escaped).encode()
        assert decode_params(calls.SendMessage, decode_json(frame)).text == text
    message = attrs.evolve(MESSAGE, text=text)
    event = json.loads(encode_message_event(NewMessageEvent, message, "e"))
    assert event["params"]["text"] == text


@given(st.binary(max_size=50))
def test_arbitrary_bytes_raise_nothing(frame: bytes) -> None:
    try:
        decode_request(frame)
    except InvalidUtf8:
        with pytest.raises(UnicodeDecodeError):
            frame.decode()
    except Malformed:
        frame.decode()


# ---- parameters


@pytest.mark.parametrize("params", [None, [], "x", 1, [{"room": "a"}]])
def test_params_must_be_an_object(params: object) -> None:
    assert refused(calls.LeaveRoom, params) == "params: must be an object"


@pytest.mark.parametrize(
    ("shape", "params", "field"),
    [
        (calls.SendMessage, {}, "text"),
        (calls.SendMessage, {"text": 1}, "text"),
        (calls.SendMessage, {"text": None}, "text"),
        (calls.SendMessage, {"text": ["x"]}, "text"),
        (calls.SendMessage, {"text": "x", "clientId": ""}, "clientId"),
        (calls.SendMessage, {"text": "x", "clientId": "x" * 65}, "clientId"),
        (calls.SendMessage, {"text": "x", "clientId": 5}, "clientId"),
        (calls.SendMessage, {"text": "x", "replyTo": True}, "replyTo"),
        (calls.SendMessage, {"text": "x", "replyTo": "5"}, "replyTo"),
        (calls.SendMessage, {"text": "x", "replyTo": 5.0}, "replyTo"),
        (calls.SendMessage, {"text": "x", "replyTo": 0}, "replyTo"),
        (calls.SendMessage, {"text": "x", "to": "Bob"}, "to"),
        (calls.Subscribe, {"room": "a", "sinceRev": -1}, "sinceRev"),
        (calls.Subscribe, {"room": "a", "sinceRev": False}, "sinceRev"),
        (calls.Subscribe, {"room": "a", "epoch": 5}, "epoch"),
        (calls.GetHistory, {"room": "a", "limit": 0}, "limit"),
        (calls.GetHistory, {"room": "a", "limit": 201}, "limit"),
        (calls.GetHistory, {"room": "a", "before": 2**53 + 1}, "before"),
        (calls.CreateRoom, {"room": "a"}, "visibility"),
        (calls.CreateRoom, {"room": "a", "visibility": "secret"}, "visibility"),
        (calls.CreateRoom, {"room": "a", "visibility": ["public"]}, "visibility"),
        (calls.CreateRoom, {"room": "a", "visibility": "public", "title": " "}, "title"),
        (calls.CreateRoom, {"room": "a", "visibility": "public", "title": "a\nb"}, "title"),
        (calls.CreateRoom, {"room": "a", "visibility": "public", "title": "x" * 81}, "title"),
        (calls.CreateRoom, {"room": "a", "visibility": "public", "topic": "x" * 251}, "topic"),
        (calls.JoinRoom, {"room": "A"}, "room"),
        (calls.JoinRoom, {"room": ""}, "room"),
        (calls.JoinRoom, {"room": "a" * 65}, "room"),
        (calls.JoinRoom, {"room": "a\n"}, "room"),
        (calls.JoinRoom, {"room": "@a:b"}, "room"),
        (calls.JoinRoom, {"room": "a", "create": 1}, "create"),
        (calls.JoinRoom, {"room": "a", "create": "true"}, "create"),
        (calls.LeaveRoom, {"room": "@b:a"}, "room"),
        (calls.LeaveRoom, {"room": "@a"}, "room"),
        (calls.LeaveRoom, {"room": 5}, "room"),
        (calls.Connect, {"token": 5}, "token"),
        (account_bodies.SignUp, {"name": "a", "password": "x", "displayName": 3}, "displayName"),
    ],
)
def test_error_message_names_the_field(shape: type, params: dict[str, Any], field: str) -> None:
    assert refused(shape, params).startswith(f"{field}: ")


def test_unknown_parameters() -> None:
    params = {"text": "x", "client_id": "1", "attachments": []}
    assert refused(calls.SendMessage, params) == "unknown: attachments, client_id"


def test_missing_parameters() -> None:
    assert refused(calls.LeaveRoom, {}) == "room: is missing"


def test_null_counts_as_absent() -> None:
    params = {"text": "x", "clientId": None, "room": "a"}
    assert decode_params(calls.SendMessage, params) == calls.SendMessage(
        field_types.Text("x"), field_types.RoomName("a")
    )


def test_all_parameters() -> None:
    params = {"text": " x ", "to": "bob", "clientId": "1", "replyTo": 5}
    assert attrs.asdict(decode_params(calls.SendMessage, params)) == {
        "text": " x ",
        "room": None,
        "to": "bob",
        "client_id": "1",
        "reply_to": 5,
    }
    params = {"room": "a", "visibility": "private", "title": " T ", "topic": " "}
    assert attrs.astuple(decode_params(calls.CreateRoom, params)) == ("a", "private", "T", "")


@pytest.mark.parametrize("character", ["\n", "\x7f", "\x85", "\u2028", "\0"])
def test_control_characters_in_free_text_are_refused(character: str) -> None:
    with pytest.raises(ValueError, match="control"):
        free_text(f"a{character}b", 80)


def test_length_of_free_text_is_measured_after_trimming() -> None:
    assert free_text(" " * 40 + "x" * 80, 80) == "x" * 80
