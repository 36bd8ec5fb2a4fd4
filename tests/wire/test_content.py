"""``data`` of messages: its canonical form, its bounds, and its way through the codec."""

from typing import Any

import orjson
import pytest

from chatroom.errors import Refused
from chatroom.model import JsonObject, Message
from chatroom.protocol.calls import SendMessage
from chatroom.protocol.codec import decode_call, decode_result, encode_message, encode_params
from chatroom.protocol.constraints import MAX_DATA_BYTES


def sent(data: object) -> JsonObject | None:
    call = decode_call(SendMessage, {"room": "a", "text": "a", "data": data})
    assert (encode_params(call).get("data") is None) is (data is None)
    return call.data


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        ({}, "{}"),
        ({"b": 1, "a": [1.0, None, True]}, '{"a":[1.0,null,true],"b":1}'),
        ({"\u00fc": {"z": "\n", "y": "</script>"}}, '{"\u00fc":{"y":"</script>","z":"\\n"}}'),
    ],
)
def test_the_canonical_form_is_embedded_as_it_is(data: Any, canonical: str) -> None:
    stored = sent(data)
    assert stored == canonical
    message = Message("a", 1, 1, "b", "text", 0, type="poll", data=stored)
    encoded = encode_message(message)
    assert b'"data":' + canonical.encode() in encoded
    assert orjson.loads(encoded)["data"] == data
    assert decode_result(Message, orjson.loads(encoded)) == message


def test_no_data_is_absent() -> None:
    assert sent(None) is None
    assert b"data" not in encode_message(Message("a", 1, 1, "b", "text", 0))


def nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    "data",
    [[], "a", 1, True, {"a": "x" * MAX_DATA_BYTES}, {"a": "\u00fc" * 4096}, nested(400)],
)
def test_anything_else_is_refused(data: object) -> None:
    with pytest.raises(Refused, match="data: must"):
        sent(data)


def test_the_greatest_size_is_counted_in_bytes() -> None:
    assert sent({"a": "x" * (MAX_DATA_BYTES - 8)})
    with pytest.raises(Refused):
        sent({"a": "x" * (MAX_DATA_BYTES - 7)})
