"""The administration by HTTP: finds the row of a request, decodes it, and makes its call."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from ..accounts.identities import Identity
from ..admin.operations import Operations
from ..admin.server_state import ServerStateKeeper
from ..errors import Refused
from ..net.http_messages import Request, Response
from ..protocol.codec import decode_json, decode_params, encode_json
from ..protocol.declaration import camel, given_type
from ..protocol.field_constraints import CONSTRAINTS
from .admin_row import BODY_METHODS, PREFIX, Row
from .admin_table import ROWS
from .refusals import not_json

MAX_QUERY_CHARS: Final = 4096


def is_admin_request(path: str) -> bool:
    return path.startswith(PREFIX)


class AdminRoutes:
    """:param identity: authenticates a request, and counts it."""

    def __init__(
        self,
        operations: Operations,
        identity: Callable[[Request], Awaitable[Identity]],
        server: ServerStateKeeper,
    ) -> None:
        self._operations = operations
        self._identity = identity
        self._server = server
        self._rows = [(row.pattern(), row) for row in ROWS]

    async def answer(self, request: Request) -> Response:
        """Answer a request below :data:`.admin_row.PREFIX`.

        :raises Refused: ``unauthenticated``, ``forbidden`` for those who are no admins, or as the
            call.
        """
        identity = await self._identity(request)
        if identity.role != "admin":
            raise Refused("forbidden", "only admins of the server may do this")
        found = [
            (row, match.groups())
            for pattern, row in self._rows
            if (match := pattern.fullmatch(request.path)) is not None
        ]
        if not found:
            return Response.json_error(404, Refused("not_found", "not found"))
        for row, places in found:
            if row.method == request.method:
                if request.body and row.method not in BODY_METHODS:
                    refused = Refused("invalid_request", "a body is not allowed here")
                    return Response.json_error(413, refused)
                if request.body and not request.is_json:
                    return not_json()
                params = _params(row, places, request)
                if not row.when_read_only:
                    self._server.require_writable()
                reply = await self._do(row, params, identity.user.name)
                return Response(row.status, reply)
        allowed = ", ".join(sorted({row.method for row, _ in found}))
        refused = Refused("invalid_request", f"the method must be {allowed}")
        return Response.json_error(405, refused, {"Allow": allowed})

    async def _do(self, row: Row, params: Any, user: str) -> bytes:
        if row.operation is not None:
            return encode_json(await self._operations.perform(row.operation, params, user))
        return encode_json(await self._operations.call(params, user))


def _params(row: Row, places: tuple[str, ...], request: Request) -> Any:
    """:raises Refused: ``invalid_params``; ``not_found``: a word in the path cannot be a name."""
    named = zip(row.in_path.items(), map(unquote, places), strict=True)
    values = {camel(field.name): _in_path(name, field, text) for (name, field), text in named}
    if row.has_body:
        body = decode_json(request.body or b"{}")
        if type(body) is not dict:
            raise Refused("invalid_params", "the body must be an object")
        for name in values.keys() & body.keys():
            raise Refused("invalid_params", f"{name}: is in the path")
        values |= {name: _whole(value) for name, value in body.items()}
    else:
        values |= _query(row, request.query)
    params = decode_params(row.shape, values)
    if row.operation is None and (choice := row.shape.declared.choice) is not None:
        choice.check(params)
    return params


def _in_path(name: str, field: Any, text: str) -> object:
    """Return a word of the path in the type of its field.

    :raises Refused: ``not_found``
    """
    kind = given_type(field.type)
    try:
        value = _typed(field, text)
        return CONSTRAINTS[kind].check(value) if kind in CONSTRAINTS else value
    except Refused as refused:
        raise Refused("not_found", refused.message) from None
    except ValueError as error:
        raise Refused("not_found", f"{name}: {error}") from None


def _whole(value: Any) -> Any:
    """Return a number without fraction as an integer, which it is in JSON Schema: 5.0 is 5."""
    return int(value) if type(value) is float and value.is_integer() else value


def _query(row: Row, query: str) -> dict[str, Any]:
    if len(query) > MAX_QUERY_CHARS:
        raise Refused("invalid_params", "the query is too long")
    fields = {camel(field.name): field for field in row.others}
    values: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in fields:
            raise Refused("invalid_params", f"{name[:64]}: there is no such parameter")
        if name in values:
            raise Refused("invalid_params", f"{name}: is given twice")
        values[name] = _typed(fields[name], text)
    return values


def _typed(field: Any, text: str) -> object:
    """Return a text of the path or the query in the type of its field."""
    kind = given_type(field.type)
    schema = CONSTRAINTS[kind].schema if kind in CONSTRAINTS else {}
    if kind is int or schema.get("type") == "integer":
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19):
            raise Refused("invalid_params", f"{camel(field.name)}: must be an integer")
        return int(text)
    if "\0" in text:
        raise Refused("invalid_params", f"{camel(field.name)}: has a NUL character")
    return text
