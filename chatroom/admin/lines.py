"""The lines that a command exchanges with :class:`.Operations`: one of JSON-RPC 2.0 each way."""

from typing import Any, TypeVar

from ..errors import Refused
from ..protocol.codec import decode_json, decode_params, encode_json

T = TypeVar("T")


def encode_request(method: str, params: object) -> bytes:
    """:raises Refused: ``invalid_params``: a text is not valid Unicode."""
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    try:
        return encode_json(call)
    except TypeError:
        raise Refused("invalid_params", "a text is not UTF-8") from None


def decode_reply(line: bytes | bytearray, shape: type[T]) -> T:
    """Return an operation's result. :raises Refused: if the operation was refused."""
    return decode_params(shape, result_of(line))


def result_of(line: bytes | bytearray) -> Any:
    """Return an operation's result as it was sent. :raises Refused: the operation was refused."""
    reply = decode_json(line)
    if "error" in reply:
        error = reply["error"]
        raise Refused(error["data"]["reason"], error["message"])
    return reply["result"]
