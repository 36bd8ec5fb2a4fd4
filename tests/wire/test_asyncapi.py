"""The published document is valid AsyncAPI, and describes what the codec enforces."""

import json
import re
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft7Validator

from chatroom.errors import CODES, TEMPORARY, CloseCode, Refused
from chatroom.http import openapi
from chatroom.protocol.asyncapi import document, encoded
from chatroom.protocol.calls import CALLS, Connect
from chatroom.protocol.codec import Malformed, decode_call, decode_params, decode_request
from chatroom.protocol.events import EVENTS
from chatroom.protocol.field_constraints import CONSTRAINTS
from chatroom.protocol.json_schema import Schemas
from chatroom.protocol.results import FRAME_BYTES

from ..server.commands import complete
from ..session.calls import CALLS as EXAMPLES
from .document_validator import DocumentValidator, beyond_schema, parts

ASYNCAPI: Final = Path(__file__).parent / "asyncapi" / "3.0.0.json"
DESCRIBED: Final = DocumentValidator(document())
ADMINISTRATION: Final = openapi.document()["components"]["schemas"]


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
        assert beyond_schema(field, params.get(field)) or not described.is_valid(params), params
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


# ---- constraints of values

NORMALISED: Final = frozenset(
    {"Title", "Topic", "ServerName", "ReadOnlyReason", "AnnouncementText", "Reason", "Emoji"}
)
"""The types of which a value may become valid by being normalised."""
RULE_NAMES: Final = {kind.__name__: kind for kind in CONSTRAINTS}
SHAPES: Final = {
    name: attrs.make_class(name, {"value": attrs.field(type=kind)})
    for name, kind in RULE_NAMES.items()
}

SEPARATORS: Final = st.sampled_from(
    ["", "\n", " ", ".", "-", "@", ":", "\0", "\x85", "\u2028", "A"]
)
NAMES: Final = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,70}", fullmatch=True)
TEXTS: Final = st.one_of(
    st.text(max_size=8),
    NAMES,
    st.builds("@{}:{}".format, NAMES, NAMES),
    st.builds("{}{}{}".format, SEPARATORS, NAMES, SEPARATORS),
    # About as long as the limit of a constraint.
    st.builds(
        lambda text, most, more: (text * most)[: most + more],
        st.text(min_size=1, max_size=3),
        st.sampled_from([64, 80, 160, 250, 256, FRAME_BYTES]),
        st.integers(-1, 1),
    ),
)
VALUES: Final = st.one_of(
    TEXTS,
    st.integers(),
    st.sampled_from([-1, 0, 1, 200, 201, 2**53 - 1, 2**53, 2**53 + 1]),
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    st.lists(TEXTS, max_size=2),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)


def checked(name: str, value: object) -> object:
    """Return the value decoded by the codec; None if it is refused."""
    try:
        return decode_params(SHAPES[name], {"value": value}).value
    except Refused:
        return None


def schema_of(name: str) -> Draft7Validator:
    """Return the schema of a type. Some are of the administration alone."""
    if name in DESCRIBED.document["components"]["schemas"]:
        return DESCRIBED.schema(name)
    return Draft7Validator(ADMINISTRATION[name])


@pytest.mark.parametrize("name", RULE_NAMES)
@given(value=VALUES)
def test_constraints_match_the_document(name: str, value: object) -> None:
    result, schema = checked(name, value), schema_of(name)
    if schema.is_valid(value):
        assert result is not None or beyond_schema(name, value)
    elif result is not None:
        # Valid after normalisation.
        assert result != value
        assert name in NORMALISED
        assert schema.is_valid(result)
