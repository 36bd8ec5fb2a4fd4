"""The published document is valid AsyncAPI, and describes what the codec enforces."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from jsonschema_rs import Draft7Validator

import chatroom
from chatroom.errors import CODES, TEMPORARY, CloseCode, Refused
from chatroom.protocol.asyncapi import document, encoded
from chatroom.protocol.calls import CALLS, Connect
from chatroom.protocol.codec import (
    Malformed,
    decode_call,
    decode_request,
)
from chatroom.protocol.declaring import camel
from chatroom.protocol.events import EVENTS
from chatroom.protocol.json_schema import Schemas

from ..session.calls import CALLS as EXAMPLES
from ..session.calls import WRONG_TYPES
from .document_validator import DocumentValidator, beyond_schema, parts

ASYNCAPI: Final = Path(__file__).parent / "asyncapi" / "3.0.0.json"
DESCRIBED: Final = DocumentValidator(document())


def accepted(method: str, params: object) -> bool:
    """Return whether the codec accepts a call."""
    reason = ""
    try:
        decode_call(CALLS[method], params)
    except Refused as refused:
        reason = refused.reason
    assert reason in ("", "invalid_params")
    return not reason


def allows_null(method: str, param: str) -> bool:
    fields = {camel(field.name): field for field in attrs.fields(CALLS[method])}
    return fields[param].default is None


# ---- the document itself


def test_document_is_valid_asyncapi() -> None:
    validator = Draft7Validator(json.loads(ASYNCAPI.read_text()))
    assert [error.message for error in validator.iter_errors(document())] == []
    assert not validator.is_valid(document() | {"operations": {"x": {"action": "listen"}}})


def test_every_reference_resolves() -> None:
    for part in parts(document()):
        if "$ref" in part:
            assert DESCRIBED.follow(part["$ref"]), part


def test_every_component_is_used() -> None:
    used = {part["$ref"] for part in parts(document()) if "$ref" in part}
    for kind, components in document()["components"].items():
        for name in components:
            assert f"#/components/{kind}/{name}" in used


def test_command_prints_the_document() -> None:
    """Runs in another process, where sets have another order."""
    environment = {**os.environ, "PYTHONPATH": str(Path(chatroom.__file__).parent.parent)}
    printed = subprocess.run(
        [sys.executable, "-m", "chatroom.cli", "protocol"],
        env=environment,
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert printed.stdout == encoded()
    assert json.loads(printed.stdout) == document()
    assert printed.stderr == b""


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


def test_unsupported_field_type_is_an_error() -> None:
    @attrs.frozen
    class Shape:
        size: float

    with pytest.raises(TypeError, match="float"):
        Schemas().shown(Shape)


def test_duplicate_schema_name_is_an_error() -> None:
    schemas = Schemas()
    schemas.params(Connect)
    with pytest.raises(TypeError, match="Connect"):
        schemas.shown(Connect)


# ---- the schemas and the codec agree


def good_params(method: str) -> list[dict[str, Any]]:
    call = EXAMPLES[method]
    choice = {"room"} if method == "sendMessage" else set()
    return [
        call.good,
        call.good | call.extra,
        *({**call.good, name: value} for name, value in call.extra.items()),
        *({**call.good, p: None} for p in call.params.keys() - choice if allows_null(method, p)),
    ]


def bad_params(method: str) -> list[dict[str, Any]]:
    call = EXAMPLES[method]
    bad = [call.good | {"nonsense": 1}, call.good | {"sender": "alice"}]
    for name, param in call.params.items():
        if param.required:
            bad.append({key: value for key, value in call.good.items() if key != name})
        values = [*WRONG_TYPES[param.type], *param.bad]
        if allows_null(method, name):
            values.remove(None)
        bad += [call.good | {name: value} for value in values if not beyond_schema(value)]
    return bad


@pytest.mark.parametrize("method", EXAMPLES)
def test_examples_of_calls(method: str) -> None:
    """Examples from docs/protocol.md: the document and the codec agree on them."""
    described = DESCRIBED.params(method)
    for params in good_params(method):
        assert described.is_valid(params), params
        assert accepted(method, params), params
    for params in bad_params(method):
        assert not described.is_valid(params), params
        assert not accepted(method, params), params


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
    assert accepted(method, params) is good


def test_optional_parameters() -> None:
    for name, call in CALLS.items():
        schema = DESCRIBED.follow(f"#/components/schemas/{call.__name__}")
        fields = attrs.fields(call)
        needed = {camel(field.name) for field in fields if field.default is attrs.NOTHING}
        assert set(schema.get("required", [])) == needed, name
        assert schema["additionalProperties"] is False
        frame: dict[str, Any] = {"jsonrpc": "2.0", "method": name}
        assert DESCRIBED.is_call(frame) is accepted(name, {}), name


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
        assert (call.method in CALLS and accepted(call.method, call.params)) is good
