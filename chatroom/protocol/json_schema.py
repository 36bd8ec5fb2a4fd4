"""JSON Schema (draft 7) of the wire's shapes, from the declarations that the codec goes by.

What a server takes is closed: unknown parameters are refused. What it shows is open: clients
ignore what they don't know. Knows shapes, not which call has which.
"""

from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import attrs

from . import results
from .codec import may_be_absent
from .constraints import CONSTRAINTS
from .declaring import Call, Choice, camel

Schema: TypeAlias = dict[str, Any]
NAMED: Final = "#/components/schemas/"
_PLAIN: Final = {str: "string", int: "integer", bool: "boolean", NoneType: "null"}


class Schemas:
    """Schemas of what is asked for, by name; each refers to others by :data:`NAMED`."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def params(self, call: type[Call[Any]]) -> Schema:
        """What comes in: a field with a default may be left out, others may not."""
        return self._object(call, call.declared.choice, incoming=True)

    def shown(self, shape: type[attrs.AttrsInstance]) -> Schema:
        """What goes out: a field is left out, or null, where the codec does so."""
        return self._object(shape, None, incoming=False)

    def _object(
        self, shape: type[attrs.AttrsInstance], choice: Choice | None, *, incoming: bool
    ) -> Schema:
        schema: Schema = {"type": "object"}
        # Only these are written for clients; the docstring of a call is shown as its summary.
        if shape.__module__ == results.__name__ and shape.__doc__:
            schema["description"] = cleandoc(shape.__doc__)
        properties, required = {}, []
        for field in filter(lambda field: field.init, attrs.fields(shape)):
            absent = may_be_absent(shape, field)
            if incoming:
                properties[camel(field.name)] = self._parameter(field)
            else:
                properties[camel(field.name)] = self._value(_given(field.type, absent=absent))
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

    def _parameter(self, field: "attrs.Attribute[Any]") -> Schema:
        schema = self._value(field.type)
        if field.default in (attrs.NOTHING, None):
            return schema
        # In draft 7 a $ref hides what stands beside it.
        return {**({"allOf": [schema]} if "$ref" in schema else schema), "default": field.default}

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


def _given(kind: Any, *, absent: bool) -> Any:
    """The type of a field that is there: what would be null is left out instead, or not."""
    if absent and get_origin(kind) in (UnionType, Union):
        [kind] = [argument for argument in get_args(kind) if argument is not NoneType]
    return kind


def _one_of(choice: Choice) -> list[Schema]:
    names = [camel(name) for name in choice.names]
    given: list[Schema] = [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names
    ]
    return given if choice.needed else [*given, {"not": {"anyOf": given}}]
