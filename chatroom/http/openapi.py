"""The administration by HTTP as an OpenAPI 3.1 document, generated from its rows."""

from functools import cache
from typing import Any, Final

import orjson
from attrs import NOTHING

from .. import __version__
from ..errors import CODES
from ..protocol.declaration import camel
from ..protocol.json_schema import NAMED, Schema, Schemas
from .admin_row import Row
from .admin_table import ROWS
from .refusals import STATUS

_DESCRIPTION: Final = """\
For admins of the server, with the bearer token of their account (`POST /api/login`). Each request
is a call of the protocol that the admin's account makes, or an operation that commands of the
server do too. In rooms an admin may do what the role there allows. Times are in ms since 1970.
Unknown parameters are refused. `next` in a reply is `after` of the next page.
"""
_JSON: Final = "application/json"


@cache
def encoded() -> bytes:
    """Return the document as served and printed."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document() -> dict[str, Any]:
    schemas = Schemas()
    paths: dict[str, Any] = {}
    for row in ROWS:
        paths.setdefault(row.address, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chatroom administration",
            "version": __version__,
            "description": _DESCRIPTION,
        },
        "paths": paths,
        "security": [{"bearer": []}],
        "components": {
            "schemas": {**schemas.named, "Error": _error()},
            "responses": {
                "refused": {
                    "description": "The request was refused, or failed.",
                    "content": {_JSON: {"schema": {"$ref": f"{NAMED}Error"}}},
                }
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(row: Row, schemas: Schemas) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schemas.parameter(field)}
        for name, field in row.in_path.items()
    ]
    found: dict[str, Any] = {
        "operationId": row.operation or row.shape.declared.name,
        "summary": row.summary,
        "parameters": parameters,
        "responses": {
            str(row.status): {
                "description": "Done.",
                "content": {_JSON: {"schema": schemas.shown(row.reply)}},
            },
            **{
                str(status): {"$ref": "#/components/responses/refused"}
                for status in sorted({400, 405, 413, 415, *STATUS.values()})
            },
        },
    }
    if row.has_body:
        found["requestBody"] = {
            "required": any(_is_required(field) for field in row.others),
            "content": {_JSON: {"schema": _body(row, schemas)}},
        }
    else:
        parameters += [
            {
                "name": camel(field.name),
                "in": "query",
                "required": _is_required(field),
                "schema": schemas.parameter(field, in_query=True),
            }
            for field in row.others
        ]
    return found


def _is_required(field: Any) -> bool:
    return field.default is NOTHING


def _body(row: Row, schemas: Schemas) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {camel(field.name): schemas.parameter(field) for field in row.others},
        "additionalProperties": False,
    }
    if required := [camel(field.name) for field in row.others if _is_required(field)]:
        schema["required"] = required
    if row.one_of:
        schema["anyOf"] = [
            {"required": [name], "properties": {name: {"not": {"enum": [None, False]}}}}
            for name in map(camel, row.one_of)
        ]
    return schema


def _error() -> Schema:
    return {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "reason": {"type": "string", "enum": list(CODES)},
                    "message": {"type": "string", "description": "For people."},
                    "retryAfterMs": {"type": "integer", "minimum": 0},
                },
                "required": ["reason", "message"],
            }
        },
        "required": ["error"],
    }
