"""Encoding: names of fields, omitted fields, and null."""

import json

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
    encode_reply,
    message_size,
)
from chatroom.protocol.declaring import camel
from chatroom.protocol.events import MemberChanged, NewMessageEvent

MESSAGE = Message("general", 3, 4, "alice", "hi", 1700000000000)
USER = User("bob", "Bob")


def test_field_names_are_camel_case() -> None:
    assert [camel(name) for name in ("room", "read_seq", "with_", "has_more_before")] == [
        "room",
        "readSeq",
        "with",
        "hasMoreBefore",
    ]


def test_reply() -> None:
    assert json.loads(encode_reply("a", results.Empty())) == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": {},
    }


def test_absent_fields_are_omitted_and_zero_is_not() -> None:
    entry = results.InboxEntry("a", "room", "A", 0, 0, 0, 0, "all")
    shown = json.loads(encode_json(results.Inbox(0, 0, (entry,), None)))
    assert shown == {
        "unread": 0,
        "mentions": 0,
        "rooms": [
            {
                "room": "a",
                "kind": "room",
                "title": "A",
                "headSeq": 0,
                "readSeq": 0,
                "unread": 0,
                "mentions": 0,
                "notifications": "all",
            }
        ],
        "next": None,
    }


def test_present_fields_are_encoded() -> None:
    entry = results.InboxEntry("@a:b", "direct", "", 1, 0, 1, 0, "all", USER, MESSAGE.preview())
    shown = json.loads(encode_json(entry))
    assert shown["with"] == {"name": "bob", "displayName": "Bob"}
    assert shown["lastMessage"] == json.loads(encode_json(MESSAGE))


def test_truncated_preview_is_flagged() -> None:
    message = attrs.evolve(MESSAGE, text="x" * 201)
    assert json.loads(encode_json(message.preview())) == {
        **json.loads(encode_json(message)),
        "text": "x" * 200,
        "truncated": True,
    }


def test_lost_membership_is_null() -> None:
    event = json.loads(encode_event(MemberChanged("a", "bob", None)))
    assert event == {
        "jsonrpc": "2.0",
        "method": "memberChanged",
        "params": {"room": "a", "user": "bob", "role": None},
    }


def test_message() -> None:
    shown = {
        "room": "general",
        "seq": 3,
        "rev": 4,
        "sender": "alice",
        "text": "hi",
        "timestamp": 1700000000000,
    }
    assert json.loads(encode_json(MESSAGE)) == shown
    assert message_size(MESSAGE) == len(encode_json(MESSAGE))
    event = json.loads(encode_message_event(NewMessageEvent, MESSAGE, "e1"))
    assert event == {"jsonrpc": "2.0", "method": "newMessage", "params": {**shown, "epoch": "e1"}}
    whole = attrs.evolve(
        MESSAGE,
        client_id="1",
        reply_to=2,
        edited_at=5,
        deleted=True,
        mentions=("bob",),
    )
    assert json.loads(encode_json(whole)) == shown | {
        "clientId": "1",
        "replyTo": 2,
        "editedAt": 5,
        "deleted": True,
        "mentions": ["bob"],
    }


@pytest.mark.parametrize("reason", CODES)
def test_refusals(reason: str) -> None:
    error = json.loads(encode_refusal(1, Refused(reason, "why")))["error"]
    temporary = reason in {"internal", "rate_limited", "storage_full", "busy"}
    assert error == {
        "code": CODES[reason],
        "message": "why",
        "data": {"reason": reason, "temporary": temporary},
    }


def test_retry_after_is_encoded() -> None:
    refusal = Refused("rate_limited", "why", retry_after_ms=0)
    shown = json.loads(encode_refusal(None, refusal))
    assert shown["id"] is None
    assert shown["error"]["data"]["retryAfterMs"] == 0
    assert json.loads(encode_http_error(refusal))["error"]["retryAfterMs"] == 0
    assert json.loads(encode_http_error(Refused("conflict", "why"))) == {
        "error": {"reason": "conflict", "message": "why"}
    }
