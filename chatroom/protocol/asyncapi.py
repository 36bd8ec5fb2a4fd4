"""The protocol as an AsyncAPI 3.0 document, generated from the declarations of calls and events.

It has the server's view: the server receives calls with their replies, and sends events. All
servers of a version publish the same document; settings are in the reply to ``connect``. Knows
nothing of the routes that serve it.
"""

from functools import cache
from typing import Any, Final

import orjson

from .. import __version__
from ..config import Config
from ..errors import CODES, TEMPORARY, CloseCode, may_reconnect
from .calls import CALLS
from .constraints import ID_CHARS, MAX_INT
from .declaring import Call, Event
from .events import EVENTS
from .json_schema import NAMED, Schema, Schemas
from .results import (
    FEATURES,
    FRAME_BYTES,
    PROTOCOL,
    SUBPROTOCOL,
)

_DESCRIPTION: Final = f"""\
JSON-RPC 2.0 over one WebSocket. Each text frame is one object of at most {FRAME_BYTES} bytes: a
call, its reply with the same `id`, or an event, which has a `method` and no `id`. A call without an
`id` is done and not answered. Replies may come out of the order of calls.

`connect` is the first call. A token comes from `POST /api/signup` or `POST /api/login` with
`{{"name": ..., "password": ...}}`.

Clients ignore fields, events and reasons that they don't know; the server refuses parameters that
it doesn't know. Where a parameter may be null, that is as good as leaving it out. An integer is
written as one (`1`, not `1.0`), no number is past 2^53, and there is no NUL and no lone surrogate
in a frame. What `connect` answers as `limits` bounds a message's text further.

A message's `rev` is that of its last change. Its `mentions` are people's names, and `room` for
everyone. A deleted one keeps its `seq`, with an empty text. Timestamps are milliseconds since the
Unix epoch.

An error's `reason` is what clients switch on. After a temporary one the same call may be tried
again, `sendMessage` with the same `clientId`. Text that is not JSON, or no call, is answered with
an error whose `id` is null, or the call's if it has one. `x-reasons` lists the reasons,
`x-close-codes` the close codes of the WebSocket, and after which of them a client comes back.
"""
_JSONRPC: Final[Schema] = {"const": "2.0"}
_ID: Final[Schema] = {
    "type": ["integer", "string"],
    "minimum": -MAX_INT,
    "maximum": MAX_INT,
    "maxLength": ID_CHARS,
}
_CHANNEL: Final = "#/channels/session"


@cache
def encoded() -> bytes:
    """Return the document as served and printed: JSON, indented for human readers."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document() -> dict[str, Any]:
    """Return the document. It is in the order of definition, so that versions can be compared."""
    schemas = Schemas()
    messages: dict[str, Any] = {}
    for name, call in CALLS.items():
        messages |= _call_messages(name, call, schemas)
    messages["error"] = _error_message(schemas)
    for name, event in EVENTS.items():
        messages[name] = _event_message(name, event, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "chatroom",
            "version": __version__,
            "description": _DESCRIPTION,
        },
        "x-protocol": PROTOCOL,
        "x-features": list(FEATURES),
        "x-reasons": {
            reason: {"code": code, "temporary": reason in TEMPORARY}
            for reason, code in CODES.items()
        },
        "x-close-codes": {
            str(code.value): {"name": code.name.lower(), "comeBack": may_reconnect(code)}
            for code in CloseCode
        },
        "defaultContentType": "application/json",
        "servers": {protocol: _server(protocol) for protocol in ("ws", "wss")},
        "channels": {
            "session": {
                "address": "/ws",
                "description": "One connection: a session of one person, who may have several.",
                "messages": {name: {"$ref": _message(name)} for name in messages},
                "bindings": {"ws": _upgrade()},
            }
        },
        "operations": {
            **{name: _call_operation(name, call) for name, call in CALLS.items()},
            **{name: _event_operation(name, event) for name, event in EVENTS.items()},
        },
        "components": {
            "schemas": schemas.named,
            "messages": messages,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "In the upgrade request; or the token goes with `connect`.",
                }
            },
        },
    }


# ---- servers and the upgrade


def _server(protocol: str) -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": protocol,
        "description": "Behind a proxy that adds TLS." if protocol == "wss" else "As it listens.",
        "variables": {"host": {"default": Config().listen}},
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    }


def _upgrade() -> dict[str, Any]:
    what = f"{SUBPROTOCOL}, or none."
    offered = {"type": "string", "description": what, "examples": [SUBPROTOCOL]}
    return {
        "method": "GET",
        "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": offered}},
        "bindingVersion": "0.1.0",
    }


# ---- frames


def _call_messages(name: str, call: type[Call[Any]], schemas: Schemas) -> dict[str, Any]:
    params, result = schemas.params(call), schemas.shown(call.declared.reply)
    needed = ["params"] if "required" in _named(params, schemas) else []
    asked: Schema = {"jsonrpc": _JSONRPC, "id": _ID, "method": {"const": name}, "params": params}
    replied: Schema = {"jsonrpc": _JSONRPC, "id": _ID, "result": result}
    return {
        name: _frame(name, asked, ["jsonrpc", "method", *needed], correlated=True),
        f"{name}Reply": _frame(f"{name}Reply", replied, list(replied), correlated=True),
    }


def _error_message(schemas: Schemas) -> dict[str, Any]:
    properties: Schema = {
        "jsonrpc": _JSONRPC,
        "id": {**_ID, "type": [*_ID["type"], "null"]},
        "error": {"$ref": f"{NAMED}Error"},
    }
    schemas.named["Error"] = {
        "type": "object",
        "properties": {
            "code": {"type": "integer", "enum": sorted(set(CODES.values()))},
            "message": {"type": "string", "description": "For people."},
            "data": {
                "type": "object",
                "properties": {
                    "reason": {"type": "string", "enum": list(CODES)},
                    "temporary": {"type": "boolean"},
                    "retryAfterMs": {"type": "integer", "minimum": 0},
                },
                "required": ["reason", "temporary"],
            },
        },
        "required": ["code", "message", "data"],
    }
    return _frame("error", properties, list(properties), correlated=True)


def _event_message(name: str, event: type[Event], schemas: Schemas) -> dict[str, Any]:
    params = schemas.shown(event)
    properties = {"jsonrpc": _JSONRPC, "method": {"const": name}, "params": params}
    return _frame(name, properties, list(properties), correlated=False)


def _frame(
    name: str, properties: Schema, required: list[str], *, correlated: bool
) -> dict[str, Any]:
    payload = {"type": "object", "properties": properties, "required": required}
    message: dict[str, Any] = {"name": name, "payload": payload}
    if correlated:
        message["correlationId"] = {"location": "$message.payload#/id"}
    return message


def _named(reference: Schema, schemas: Schemas) -> Schema:
    named: Schema = schemas.named[reference["$ref"].removeprefix(NAMED)]
    return named


# ---- operations


def _call_operation(name: str, call: type[Call[Any]]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": _CHANNEL},
        "summary": call.declared.summary,
        "messages": [{"$ref": _in_channel(name)}],
        "reply": {
            "channel": {"$ref": _CHANNEL},
            "messages": [{"$ref": _in_channel(f"{name}Reply")}, {"$ref": _in_channel("error")}],
        },
    }


def _event_operation(name: str, event: type[Event]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": _CHANNEL},
        "summary": event.summary,
        "messages": [{"$ref": _in_channel(name)}],
    }


def _message(name: str) -> str:
    return f"#/components/messages/{name}"


def _in_channel(name: str) -> str:
    return f"{_CHANNEL}/messages/{name}"
