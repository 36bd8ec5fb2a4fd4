"""The codec. Nothing is coerced, unsafe input is refused, and absent fields are omitted."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.errors import CODES, Refused
from chatroom.model import Message, User
from chatroom.protocol import account_bodies, calls, results
from chatroom.protocol.codec import (
    InvalidUtf8,
    Malformed,
    Request,
    decode_json,
    decode_params,
    decode_request,
    encode_event,
    encode_http_error,
    encode_json,
    encode_message_event,
    encode_refusal,
    encode_reply,
    message_size,
)
from chatroom.protocol.constraints import free_text
from chatroom.protocol.declaration import camel
from chatroom.protocol.events import MemberChanged, NewMessageEvent
from chatroom.protocol.results import FRAME_BYTES, Empty

MESSAGE = Message("general", 3, 4, "alice", "hi", 1700000000000)
SHOWN: dict[str, Any] = {
    "room": "general", "seq": 3, "rev": 4, "sender": "alice", "text": "hi",
    "timestamp": 1700000000000,
}  # fmt: skip
BOB = User("bob", "Bob")
TEXT: dict[str, object] = {"text": "x"}
NO_IDS: tuple[object, ...] = (None, True, 1.0, 1.5, "x" * 65, [1], {})
NO_OBJECTS: tuple[object, ...] = (None, [], "x", 1, [{"room": "a"}])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def call(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "method": "getInbox", **members}).encode()


def test_call() -> None:
    assert decode_request(call(id=7, params={"limit": 1})) == Request(7, "getInbox", {"limit": 1})
    assert decode_request(call()) == Request(None, "getInbox", {})
    assert decode_request(bytearray(call(id="a"))) == Request("a", "getInbox", {})


@pytest.mark.parametrize("call_id", [0, -1, 2**53, "", "7", "ü😀" * 32])
def test_ids_come_back_as_they_were(call_id: int | str) -> None:
    assert decode_request(call(id=call_id)).id == call_id
    reply = json.loads(encode_reply(call_id, Empty()))
    assert reply == {"jsonrpc": "2.0", "id": call_id, "result": {}}


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
        *(call(id=invalid) for invalid in NO_IDS),
    ],
)
def test_json_that_is_not_a_call_is_invalid(frame: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode_request(frame)
    assert (caught.value.refused.reason, caught.value.id) == ("invalid_request", None)


def test_error_reply_has_the_id_of_the_call() -> None:
    for call_id in (7, "mine"):
        with pytest.raises(Malformed) as caught:
            decode_request(json.dumps({"jsonrpc": "2.0", "id": call_id}).encode())
        assert caught.value.id == call_id


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
        rb'{"\udfff":1}',
        b"{}{}",
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


@pytest.mark.parametrize(
    ("shape", "params", "message"),
    [
        *((calls.LeaveRoom, params, "params: must be an object") for params in NO_OBJECTS),
        (calls.LeaveRoom, {}, "room: is missing"),
        (calls.SendMessage, TEXT | {"client_id": "1", "shout": []}, "unknown: client_id, shout"),
        # The examples of test_asyncapi have the other invalid values.
        (calls.SendMessage, {"text": "x" * (FRAME_BYTES + 1)}, "text: "),
        (calls.MarkRead, {"room": "a", "seq": 2**53 + 1}, "seq: "),
        (calls.EditMessage, TEXT | {"room": "a", "seq": 2**53 + 1}, "seq: "),
        (calls.GetHistory, {"room": "a", "before": 2**53 + 1}, "before: "),
        (calls.Connect, {"token": 5}, "token: "),
        (calls.Connect, {"token": "a" * 257}, "token: "),
        (account_bodies.SignUp, {"name": "a", "password": "x", "displayName": 3}, "displayName: "),
    ],
)
def test_refusals_of_params_name_the_field(shape: type, params: object, message: str) -> None:
    with pytest.raises(Refused, match=f"^{message}") as caught:
        decode_params(shape, params)
    assert caught.value.reason == "invalid_params"


def test_parameters_are_decoded() -> None:
    """Null counts as absent. Titles are trimmed here, texts by the session."""
    params = {"text": " x ", "to": "bob", "room": None, "clientId": "1", "replyTo": 5}
    call = decode_params(calls.SendMessage, params)
    assert attrs.asdict(call) == {
        "text": " x ",
        "room": None,
        "to": "bob",
        "client_id": "1",
        "reply_to": 5,
        "thread": None,
        "format": "markdown",
        "type": None,
        "data": None,
        "attachments": None,
    }
    params = {"room": "a", "visibility": "private", "title": " T ", "topic": " "}
    assert attrs.astuple(decode_params(calls.CreateRoom, params)) == ("a", "private", "T", "")


def test_free_text_has_no_control_characters_and_is_measured_after_trimming() -> None:
    for character in ("\n", "\x7f", "\x85", "\u2028", "\0"):
        with pytest.raises(ValueError, match="control"):
            free_text(f"a{character}b", 80)
    assert free_text(" " * 40 + "x" * 80, 80) == "x" * 80


# ---- encoding


def test_field_names_are_camel_case() -> None:
    names = {"room": "room", "read_seq": "readSeq", "with_": "with", "has_more": "hasMore"}
    assert {name: camel(name) for name in names} == names


def test_absent_fields_are_omitted_and_zero_is_not() -> None:
    entry = results.InboxEntry("a", "room", "A", "public", 0, 0, 0, 0, "all")
    shown = {
        "room": "a", "kind": "room", "title": "A", "visibility": "public", "headSeq": 0,
        "readSeq": 0, "unread": 0, "mentions": 0, "notifications": "all",
    }  # fmt: skip
    inbox = json.loads(encode_json(results.Inbox(0, 0, results.ThreadSums(1, 0), (entry,), None)))
    threads = {"unread": 1, "mentions": 0}
    assert inbox == {"unread": 0, "mentions": 0, "threads": threads, "rooms": [shown], "next": None}
    entry = attrs.evolve(entry, with_=BOB, last_message=MESSAGE.preview())
    present = {"with": {"name": "bob", "displayName": "Bob"}, "lastMessage": SHOWN}
    assert json.loads(encode_json(entry)) == shown | present


def test_truncated_preview_is_flagged() -> None:
    preview = attrs.evolve(MESSAGE, text="x" * 201).preview()
    assert json.loads(encode_json(preview)) == SHOWN | {"text": "x" * 200, "truncated": True}


def test_lost_membership_is_null() -> None:
    event = json.loads(encode_event(MemberChanged("a", "bob", None)))
    params = {"room": "a", "user": "bob", "role": None}
    assert event == {"jsonrpc": "2.0", "method": "memberChanged", "params": params}


def test_message() -> None:
    assert json.loads(encode_json(MESSAGE)) == SHOWN
    assert message_size(MESSAGE) == len(encode_json(MESSAGE))
    event = json.loads(encode_message_event(NewMessageEvent, MESSAGE, "e1"))
    assert event == {"jsonrpc": "2.0", "method": "newMessage", "params": {**SHOWN, "epoch": "e1"}}
    whole = attrs.evolve(
        MESSAGE, client_id="1", reply_to=2, edited_at=5, deleted=True, mentions=("bob",)
    )
    more = {"clientId": "1", "replyTo": 2, "editedAt": 5, "deleted": True, "mentions": ["bob"]}
    assert json.loads(encode_json(whole)) == SHOWN | more


@pytest.mark.parametrize("reason", CODES)
def test_refusals(reason: str) -> None:
    error = json.loads(encode_refusal(1, Refused(reason, "why")))["error"]
    temporary = reason in {"internal", "rate_limited", "storage_full", "read_only", "busy"}
    data = {"reason": reason, "temporary": temporary}
    assert error == {"code": CODES[reason], "message": "why", "data": data}


def test_retry_after_is_encoded() -> None:
    refusal = Refused("rate_limited", "why", retry_after_ms=0)
    shown = json.loads(encode_refusal(None, refusal))
    assert shown["id"] is None
    assert shown["error"]["data"]["retryAfterMs"] == 0
    assert json.loads(encode_http_error(refusal))["error"]["retryAfterMs"] == 0
    plain = json.loads(encode_http_error(Refused("conflict", "why")))
    assert plain == {"error": {"reason": "conflict", "message": "why"}}
