"""Encoding: names of fields, omitted fields, and null."""

import json
from typing import Any

import attrs
import pytest

from chatroom.errors import CODES, Refused
from chatroom.model import Message, User
from chatroom.protocol import results
from chatroom.protocol.codec import (
    encode_event,
    encode_http_error,
    encode_json,
    encode_message_event,
    encode_refusal,
    message_size,
)
from chatroom.protocol.declaring import camel
from chatroom.protocol.events import MemberChanged, NewMessageEvent

MESSAGE = Message("general", 3, 4, "alice", "hi", 1700000000000)
SHOWN: dict[str, Any] = {
    "room": "general", "seq": 3, "rev": 4, "sender": "alice", "text": "hi",
    "timestamp": 1700000000000,
}  # fmt: skip
BOB = User("bob", "Bob")


def test_field_names_are_camel_case() -> None:
    names = {"room": "room", "read_seq": "readSeq", "with_": "with", "has_more": "hasMore"}
    assert {name: camel(name) for name in names} == names


def test_absent_fields_are_omitted_and_zero_is_not() -> None:
    entry = results.InboxEntry("a", "room", "A", 0, 0, 0, 0, "all")
    shown = {
        "room": "a", "kind": "room", "title": "A", "headSeq": 0, "readSeq": 0, "unread": 0,
        "mentions": 0, "notifications": "all",
    }  # fmt: skip
    inbox = json.loads(encode_json(results.Inbox(0, 0, (entry,), None)))
    assert inbox == {"unread": 0, "mentions": 0, "rooms": [shown], "next": None}
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
    temporary = reason in {"internal", "rate_limited", "storage_full", "busy"}
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
