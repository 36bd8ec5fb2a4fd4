"""Decode calls and encode replies and events: JSON by orjson, shapes by cattrs. Nothing is coerced.

The fast converter decodes each call. If it fails, the detailed one decodes the call again to name
the invalid field. Knows declarations and constraints, but not what the calls do.
"""

from typing import Any, TypeVar

import orjson
from cattrs import ClassValidationError, transform_error

from ..errors import CODES, TEMPORARY, Refused
from ..frozen import frozen
from ..model import Message
from .constraints import ID_CHARS, MAX_DIGITS, MAX_INT
from .converters import DETAILED, FAST, LENIENT, message_json
from .declaration import camel
from .declaring import Call, Event
from .events import MessageEvent

T = TypeVar("T")
C = TypeVar("C", bound=Call[Any])


class InvalidUtf8(ValueError):
    """A text frame is not UTF-8. The connection is closed with 1007 (RFC 6455, section 8.1)."""


class Malformed(Exception):
    """A frame is not a call. ``id`` is the call's id, if the frame has one."""

    def __init__(self, reason: str, message: str, call_id: int | str | None = None) -> None:
        super().__init__(message)
        self.refused = Refused(reason, message)
        self.id = call_id


@frozen
class Request:
    """A call from a frame. Without an ``id`` it is handled but not answered."""

    id: int | str | None
    method: str
    params: Any


def decode_request(frame: bytes | bytearray) -> Request:
    """Decode a frame.

    :raises InvalidUtf8: it is not UTF-8.
    :raises Malformed: it is not a JSON-RPC 2.0 call.
    """
    value = decode_json(frame)
    if not isinstance(value, dict):
        raise Malformed("invalid_request", "a call is a JSON object")
    call_id = value.get("id")
    if "id" in value and not _is_id(call_id):
        raise Malformed(
            "invalid_request", f"id: an integer or a string of up to {ID_CHARS} characters"
        )
    method = value.get("method")
    if value.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Malformed("invalid_request", 'a call has "jsonrpc": "2.0" and a method', call_id)
    return Request(call_id, method, value.get("params", {}))


def decode_json(data: bytes | bytearray) -> Any:
    """Decode JSON, and refuse values that not every JSON reader keeps.

    :raises InvalidUtf8: it is not UTF-8.
    :raises Malformed: ``parse_error``; it is not JSON, or has a NUL or a number above 2^53.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        try:
            data.decode()
        except UnicodeDecodeError:
            raise InvalidUtf8 from None
        raise Malformed("parse_error", f"not JSON: {error}") from None
    # In JSON, a NUL can only be an escape.
    _refuse_unsafe(value, b"\\u0000" in data)
    return value


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= ID_CHARS
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_unsafe(value: object, has_escape: bool) -> None:
    """Check the decoded values, in which orjson turns integers above 64 bits into floats.

    :param has_escape: whether a string may have a NUL: the JSON has its escape, perhaps as a text
        with an escaped backslash.
    """
    # `type() is`, and a list that grows during the loop, are for speed.
    waiting: list[Any] = [value]
    for item in waiting:
        kind = type(item)
        if kind is str:
            if has_escape and "\0" in item:
                raise Malformed("parse_error", "a NUL character")
        elif kind is dict:
            if has_escape:
                waiting += item
            waiting += item.values()
        elif kind is list:
            waiting += item
        elif (kind is int or kind is float) and abs(item) > MAX_INT:
            raise Malformed("parse_error", "a number past 2^53")


def decode_call(kind: type[C], params: object) -> C:
    """Decode the parameters of a call.

    :raises Refused: ``invalid_params``; the message names the invalid fields.
    """
    call = decode_params(kind, params)
    choice = kind.declared.choice
    if choice is not None:
        choice.check(call)
    return call


def decode_params(shape: type[T], params: object) -> T:
    """Decode parameters, or an HTTP body, to the given shape.

    :raises Refused: ``invalid_params``; the message names the first invalid field.
    """
    if not isinstance(params, dict):
        raise Refused("invalid_params", "params: must be an object")
    try:
        return FAST.structure(params, shape)
    except Exception:  # cattrs raises any exception of a hook; the detailed converter explains it
        try:
            return DETAILED.structure(params, shape)
        except ClassValidationError as error:
            raise Refused("invalid_params", _explain(error)) from None


def _explain(error: ClassValidationError) -> str:
    first = transform_error(error, path="", format_exception=_describe)[0]
    what, _, where = first.rpartition(" @ ")
    field = camel(where.lstrip("."))
    return f"{field}: {what}" if field else what


def _describe(error: BaseException, _type: type | None) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    if extra := getattr(error, "extra_fields", None):
        return f"unknown: {', '.join(sorted(extra))[:100]}"
    return str(error)


def decode_result(shape: type[T], value: object) -> T:
    """Decode a result, for clients. Unknown fields are ignored, so that servers can add some.

    :raises ValueError: it does not have the shape. cattrs raises it in exception groups.
    """
    return LENIENT.structure(value, shape)


def parse_number(cursor: str) -> int:
    """Return the number that a cursor consists of.

    :raises Refused: ``invalid_params``; the cursor is not from a reply.
    """
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= MAX_DIGITS):
        raise Refused("invalid_params", "after: not from a reply's next")
    return int(cursor)


# ---- encoding


def encode_params(call: Call[Any]) -> Any:
    """Return a call's parameters as plain data, without those that are None. For clients."""
    return FAST.unstructure(call)


def encode_reply(call_id: int | str, result: object) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": call_id, "result": FAST.unstructure(result)})


def encode_refusal(call_id: int | str | None, refused: Refused) -> bytes:
    error = {
        "code": CODES[refused.reason],
        "message": refused.message,
        "data": _error_data(refused),
    }
    return orjson.dumps({"jsonrpc": "2.0", "id": call_id, "error": error})


def encode_event(event: Event) -> bytes:
    params = FAST.unstructure(event)
    return orjson.dumps({"jsonrpc": "2.0", "method": event.event, "params": params})


def encode_message_event(kind: type[MessageEvent], message: Message, epoch: str) -> bytes:
    """Encode a message as an event of this kind, using the JSON cached in the message."""
    fields = message.encoded(message_json).removesuffix(b"}")
    return b'{"jsonrpc":"2.0","method":"%b","params":%b,"epoch":%b}}' % (
        kind.event.encode(),
        fields,
        orjson.dumps(epoch),
    )


def encode_json(value: object) -> bytes:
    """Encode any shape as plain JSON, for an HTTP body."""
    return orjson.dumps(FAST.unstructure(value))


def encode_http_error(refused: Refused) -> bytes:
    body: dict[str, object] = {"reason": refused.reason, "message": refused.message}
    if refused.retry_after_ms is not None:
        body["retryAfterMs"] = refused.retry_after_ms
    return orjson.dumps({"error": body})


def encode_message(message: Message) -> bytes:
    """Return the message's JSON, which is cached in the message."""
    return message.encoded(message_json)


def message_size(message: Message) -> int:
    """Return the bytes of the message in a page, nearly exactly."""
    return len(message.encoded(message_json))


def _error_data(refused: Refused) -> dict[str, object]:
    data: dict[str, object] = {
        "reason": refused.reason,
        "temporary": refused.reason in TEMPORARY,
    }
    if refused.retry_after_ms is not None:
        data["retryAfterMs"] = refused.retry_after_ms
    return data
