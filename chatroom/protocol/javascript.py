"""The protocol for JavaScript, generated from the same declarations as the AsyncAPI document.

:func:`types` has TypeScript's declarations of all parameters, results, events and errors,
:func:`constants` a module with what a client needs at run time.
"""

import textwrap
from typing import Any, Final

import orjson

from ..errors import CODES, TEMPORARY, CloseCode, may_reconnect
from .asyncapi import document
from .calls import CALLS
from .events import EVENTS
from .json_schema import NAMED, Schema
from .results import FEATURES, FRAME_BYTES, INBOX_PAGE, MAX_PAGE, PAGE, SUBPROTOCOL

_HEAD: Final = (
    "// Generated from the declarations of the protocol by `python -m tests.js.generated`.\n"
)
_OF_SESSIONS: Final = ("connect", "subscribe", "unsubscribe")
"""Calls that only the client itself makes."""
_LINE: Final = 118


def types() -> str:
    """Return the module ``types.d.ts``."""
    schemas: dict[str, Schema] = document()["components"]["schemas"]
    parts = [_HEAD.rstrip()]
    parts += [_declaration(name, schema) for name, schema in schemas.items() if name != "Error"]
    parts.append(_union("Refusal", CODES, "Why the server refuses a call."))
    parts.append(_union("Feature", FEATURES, "What a server has."))
    members = [
        f"  {name}: {{ params: {call.__name__}; result: {call.declared.reply.__name__} }};"
        for name, call in CALLS.items()
    ]
    parts.append("/** All calls, by method. */\n" + _block("interface CallMap", members))
    methods = [
        f"{_comment(call.declared.summary, '  ')}  {name}({_parameter(call, schemas)}, "
        f"options?: CallOptions): Promise<{call.declared.reply.__name__}>;"
        for name, call in CALLS.items()
        if name not in _OF_SESSIONS
    ]
    parts.append(
        "/** How long a call may take, and how to give it up. */\n"
        + _block("interface CallOptions", ["  signal?: AbortSignal;", "  deadlineMs?: number;"])
    )
    parts.append("/** A method for each call. */\n" + _block("interface Calls", methods))
    events = [
        f"{_comment(event.summary, '  ')}  {name}: {event.__name__};"
        for name, event in EVENTS.items()
    ]
    parts.append("/** The parameters of all events. */\n" + _block("interface EventMap", events))
    return "\n\n".join(parts) + "\n"


def constants() -> str:
    """Return the module ``protocol.js``."""
    values = {
        "SUBPROTOCOL": SUBPROTOCOL,
        "FRAME_BYTES": FRAME_BYTES,
        "PAGE": PAGE,
        "MAX_PAGE": MAX_PAGE,
        "INBOX_PAGE": INBOX_PAGE,
        "TEMPORARY": sorted(TEMPORARY),
        "CLOSE_CODES": {
            code.value: {"name": code.name.lower(), "comeBack": may_reconnect(code)}
            for code in CloseCode
        },
        "METHODS": [name for name in CALLS if name not in _OF_SESSIONS],
    }
    return _HEAD + "".join(
        f"export const {name} = {_literal(value)};\n" for name, value in values.items()
    )


def _declaration(name: str, schema: Schema) -> str:
    comment = _comment(schema.get("description", ""))
    if "properties" not in schema:
        return f"{comment}export type {name} = {_type(schema)};"
    required = schema.get("required", ())
    members = [
        f"  {key}{'' if key in required else '?'}: {_type(value)};"
        for key, value in schema["properties"].items()
    ]
    return comment + _block(f"interface {name}", members)


def _block(head: str, members: list[str]) -> str:
    return "\n".join([f"export {head} {{", *members, "}"])


def _union(name: str, values: Any, summary: str) -> str:
    alternatives = " | ".join(f"'{value}'" for value in values)
    lines = textwrap.wrap(alternatives, _LINE, subsequent_indent="  ")
    return f"/** {summary} */\nexport type {name} =\n  " + "\n".join(lines) + ";"


def _parameter(call: Any, schemas: dict[str, Schema]) -> str:
    optional = "?" if "required" not in schemas[call.__name__] else ""
    choice = call.declared.choice
    if choice is not None and choice.needed:
        optional = ""
    return f"params{optional}: {call.__name__}"


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": reference}:
            return str(reference).removeprefix(NAMED)
        case {"allOf": [one]}:
            return _type(one)
        case {"anyOf": alternatives}:
            return " | ".join(dict.fromkeys(map(_type, alternatives)))
        case {"enum": values}:
            return " | ".join(f"'{value}'" for value in values)
        case {"type": "array", "items": items}:
            item = _type(items)
            return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
        case {"type": "object", "properties": properties}:
            members = "; ".join(f"{key}?: {_type(value)}" for key, value in properties.items())
            return f"{{ {members} }}"
        case {"type": "object", "additionalProperties": True}:
            return "Record<string, unknown>"
        case {"type": "integer"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as plain}:
            return str(plain)
        case _:
            raise TypeError(f"{schema}: no type of TypeScript")


def _comment(text: str, indent: str = "") -> str:
    if not text:
        return ""
    words = " ".join(text.split())
    lines = textwrap.wrap(words, _LINE - len(indent))
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "\n".join([f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */\n"])


def _literal(value: object) -> str:
    if isinstance(value, list):
        items = ", ".join(f"'{item}'" for item in value)
        lines = textwrap.wrap(items, _LINE, initial_indent="  ", subsequent_indent="  ")
        return "Object.freeze([\n" + "\n".join(lines) + ",\n])"
    if isinstance(value, dict):
        lines = [
            f"  {key}: {{ name: '{each['name']}', comeBack: {str(each['comeBack']).lower()} }},"
            for key, each in value.items()
        ]
        return "Object.freeze({\n" + "\n".join(lines) + "\n})"
    return f"'{value}'" if isinstance(value, str) else orjson.dumps(value).decode()
