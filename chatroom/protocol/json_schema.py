"""JSON Schema (draft 7) of the protocol's shapes, from the same declarations as the codec.

Parameters are closed: the server refuses unknown ones. Results and events are open: clients ignore
unknown fields. Knows shapes, but not which call has which.
"""

from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import attrs

from . import results
from .converters import may_be_absent
from .declaration import Choice, camel, given_type
from .declaring import Call
from .field_constraints import CONSTRAINTS

Schema: TypeAlias = dict[str, Any]
NAMED: Final = "#/components/schemas/"
_PLAIN: Final = {str: "string", int: "integer", bool: "boolean", NoneType: "null"}


class Schemas:
    """The schemas requested so far, by name. They refer to each other with :data:`NAMED`."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def params(self, call: type[Call[Any]]) -> Schema:
        """Return the schema of a call's parameters. Fields with a default are optional."""
        return self._object(call, call.declared.choice, incoming=True)

    def parameter(self, field: "attrs.Attribute[Any]", *, in_query: bool = False) -> Schema:
        """Return the schema of one parameter of a call or request.

        :param in_query: it is in the query of an address, which has no null: it is left out.
        """
        kind = given_type(field.type) if in_query else field.type
        schema = self._value(kind)
        if field.default in (attrs.NOTHING, None):
            return schema
        # In draft 7, keywords beside a $ref are ignored.
        return {**({"allOf": [schema]} if "$ref" in schema else schema), "default": field.default}

    def shown(self, shape: type[attrs.AttrsInstance]) -> Schema:
        """Return the schema of a result or event. A field is optional or null as in the codec."""
        return self._object(shape, None, incoming=False)

    def _object(
        self, shape: type[attrs.AttrsInstance], choice: Choice | None, *, incoming: bool
    ) -> Schema:
        schema: Schema = {"type": "object"}
        # Only docstrings of results are written for clients. That of a call is its summary.
        if shape.__module__ == results.__name__ and shape.__doc__:
            schema["description"] = cleandoc(shape.__doc__)
        properties, required = {}, []
        for field in filter(lambda field: field.init, attrs.fields(shape)):
            absent = may_be_absent(shape, field)
            if incoming:
                properties[camel(field.name)] = self.parameter(field)
            else:
                properties[camel(field.name)] = self._value(
                    given_type(field.type) if absent else field.type
                )
            if field.default is attrs.NOTHING or not (incoming or absent):
                required.append(camel(field.name))
        schema["properties"] = properties
        if required:
            schema["required"] = required
        if choice is not None:
            schema["oneOf"] = _one_of(choice)
        if incoming:
            schema["additionalProperties"] = False
        return self._name(shape.__name__, schema)

    def _value(self, kind: Any) -> Schema:
        if kind in CONSTRAINTS:
            return self._name(kind.__name__, dict(CONSTRAINTS[kind].schema))
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if attrs.has(kind):
            return self.shown(kind)
        arguments = get_args(kind)
        if get_origin(kind) is Literal:
            return {"type": "string", "enum": list(arguments)}
        if get_origin(kind) is tuple and arguments[1:] == (...,):
            return {"type": "array", "items": self._value(arguments[0])}
        if get_origin(kind) in (UnionType, Union):
            return {"anyOf": [self._value(argument) for argument in arguments]}
        raise TypeError(f"{kind}: no such thing on the wire")

    def _name(self, name: str, schema: Schema) -> Schema:
        if self.named.setdefault(name, schema) != schema:
            raise TypeError(f"{name}: two schemas of that name")
        return {"$ref": NAMED + name}


def _one_of(choice: Choice) -> list[Schema]:
    names = [camel(name) for name in choice.names]
    given: list[Schema] = [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names
    ]
    return given if choice.needed else [*given, {"not": {"anyOf": given}}]
