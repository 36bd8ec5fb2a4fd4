"""The published document is valid AsyncAPI, and describes what the codec enforces."""

import json
import re
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from jsonschema_rs import Draft7Validator

from chatroom.errors import CODES, TEMPORARY, CloseCode, Refused
from chatroom.protocol.asyncapi import document, encoded
from chatroom.protocol.calls import CALLS, Connect
from chatroom.protocol.codec import Malformed, decode_call, decode_request
from chatroom.protocol.events import EVENTS
from chatroom.protocol.json_schema import Schemas

from ..server.process import complete
from ..session.calls import CALLS as EXAMPLES
from .document_validator import DocumentValidator, beyond_schema, parts

ASYNCAPI: Final = Path(__file__).parent / "asyncapi" / "3.0.0.json"
DESCRIBED: Final = DocumentValidator(document())


def refusal(method: str, params: object) -> str | None:
    """Return the error of the codec; None if it accepts the call."""
    try:
        decode_call(CALLS[method], params)
    except Refused as refused:
        return f"{refused.reason}: {refused.message}"
    return None


def test_document_is_valid_asyncapi() -> None:
    validator = Draft7Validator(json.loads(ASYNCAPI.read_text()))
    assert [error.message for error in validator.iter_errors(document())] == []
    assert not validator.is_valid(document() | {"operations": {"x": {"action": "listen"}}})


def test_references_resolve_and_every_component_is_used() -> None:
    used = {part["$ref"] for part in parts(document()) if "$ref" in part}
    for reference in used:
        assert DESCRIBED.follow(reference), reference
    for kind, components in document()["components"].items():
        assert used >= {f"#/components/{kind}/{name}" for name in components}


def test_command_prints_the_document() -> None:
    """Runs in another process, where sets have another order."""
    printed = complete("protocol")
    assert (printed.code, printed.error) == (0, "")
    assert printed.out.encode() == encoded()
    assert json.loads(printed.out) == document()


def test_document_has_all_calls_and_events() -> None:
    assert list(DESCRIBED.calls) == list(CALLS)
    assert list(DESCRIBED.events) == list(EVENTS)


def test_document_has_all_reasons_and_close_codes() -> None:
    reasons = document()["x-reasons"]
    assert {reason: entry["code"] for reason, entry in reasons.items()} == CODES
    assert {reason for reason, entry in reasons.items() if entry["temporary"]} == TEMPORARY
    codes = document()["x-close-codes"]
    assert {int(code) for code in codes} == set(CloseCode)
    away = {int(code) for code, entry in codes.items() if not entry["comeBack"]}
    assert away == {4500, 4501, 4502, 4503, 4504}


def test_unsupported_types_and_duplicate_names_are_errors() -> None:
    @attrs.frozen
    class Shape:
        size: float

    schemas = Schemas()
    with pytest.raises(TypeError, match="float"):
        schemas.shown(Shape)
    schemas.params(Connect)
    with pytest.raises(TypeError, match="Connect"):
        schemas.shown(Connect)


@pytest.mark.parametrize("method", EXAMPLES)
def test_examples_of_calls(method: str) -> None:
    """Examples from docs/protocol.md: the document and the codec agree on them."""
    described, call = DESCRIBED.params(method), EXAMPLES[method]
    choice = {"room"} if method == "sendMessage" else set()
    nulls = [name for name, param in call.params.items() if param.nullable and name not in choice]
    for params in (*call.good_params(), *(call.good | {name: None} for name in nulls)):
        assert described.is_valid(params), params
        assert refusal(method, params) is None, params
    for field, params in call.bad_params():
        assert beyond_schema(params.get(field)) or not described.is_valid(params), params
        assert re.match(f"invalid_params: .*{field}", refusal(method, params) or ""), params


@pytest.mark.parametrize(
    ("method", "params", "good"),
    [
        ("sendMessage", {"text": "a", "room": "a"}, True),
        ("sendMessage", {"text": "a", "to": "a"}, True),
        ("sendMessage", {"text": "a", "to": "a", "room": None}, True),
        ("sendMessage", {"text": "a"}, False),
        ("sendMessage", {"text": "a", "to": None, "room": None}, False),
        ("sendMessage", {"text": "a", "to": "a", "room": "a"}, False),
        ("getHistory", {"room": "a"}, True),
        ("getHistory", {"room": "a", "before": None, "after": None}, True),
        ("getHistory", {"room": "a", "before": 1}, True),
        ("getHistory", {"room": "a", "around": 1, "after": None}, True),
        ("getHistory", {"room": "a", "before": 1, "after": 1}, False),
        ("getHistory", {"room": "a", "before": 0, "after": 0, "around": 0}, False),
    ],
)
def test_choices(method: str, params: dict[str, Any], good: bool) -> None:
    assert DESCRIBED.params(method).is_valid(params) is good
    assert (refusal(method, params) is None) is good


def test_params_are_left_out_where_none_is_required() -> None:
    for name in CALLS:
        frame = {"jsonrpc": "2.0", "method": name}
        assert DESCRIBED.is_call(frame) is (refusal(name, {}) is None), name


@pytest.mark.parametrize(
    ("frame", "good"),
    [
        ({"id": 7}, True),
        ({"id": "x" * 64}, True),
        ({}, True),
        ({"id": "x" * 65}, False),
        ({"id": None}, False),
        ({"id": True}, False),
        ({"id": 1.5}, False),
        ({"jsonrpc": "1.0"}, False),
        ({"method": "nonsense"}, False),
        ({"method": None}, False),
        ({"params": []}, False),
        ({"params": None}, False),
        ({"nonsense": 1}, True),
    ],
)
def test_the_envelope(frame: dict[str, Any], good: bool) -> None:
    whole = {"jsonrpc": "2.0", "method": "getInbox"} | frame
    assert DESCRIBED.is_call(whole) is good
    try:
        call = decode_request(json.dumps(whole).encode())
    except Malformed:
        assert not good
    else:
        assert (call.method in CALLS and refusal(call.method, call.params) is None) is good
