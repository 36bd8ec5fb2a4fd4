"""Validation by the published AsyncAPI document: which frames and parameters it allows.

Uses the document only, not the code from which it was generated.
"""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema_rs import Draft7Validator

from chatroom.model import direct_pair
from chatroom.names.invisible import has_invisible

Json = dict[str, Any]


class DocumentValidator:
    """A document. ``closed``: allow only properties that are described; see :func:`close`."""

    def __init__(self, document: Json, *, closed: bool = False) -> None:
        self.document: Final = document
        self.calls: Final = self._operations("receive")
        self.events: Final = self._operations("send")
        self._components = document["components"]
        if closed:
            self._components = close(self._components)
        self._validators: dict[str, Draft7Validator] = {}

    def follow(self, reference: str) -> Any:
        """Resolve a reference within the document, through further references."""
        place: Any = self.document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
        return self.follow(place["$ref"]) if isinstance(place, dict) and "$ref" in place else place

    def schema(self, name: str) -> Draft7Validator:
        """Return the validator of a schema, by its name among the components."""
        return self._validator(f"#/components/schemas/{name}")

    def params(self, method: str) -> Draft7Validator:
        return self._validator(f"#/components/messages/{method}/payload/properties/params")

    def is_call(self, frame: object) -> bool:
        """Return whether a frame is a valid call."""
        return (
            isinstance(frame, dict)
            and frame.get("method") in self.calls
            and self._is(frame["method"], frame)
        )

    def is_event(self, frame: Json) -> bool:
        """Return whether a frame is a valid event."""
        return frame["method"] in self.events and self._is(frame["method"], frame)

    def is_reply(self, method: str | None, frame: Json) -> bool:
        """Return whether a frame is a valid reply to a call; None: to a frame that is not a
        call."""
        if method is None:
            return self._is("error", frame)
        replies = [
            self.follow(message["$ref"])["name"]
            for message in self.calls[method]["reply"]["messages"]
        ]
        # AsyncAPI 3.0: it must be valid against exactly one.
        return [self._is(name, frame) for name in replies].count(True) == 1

    def _is(self, message: str, frame: Json) -> bool:
        return self._validator(f"#/components/messages/{message}/payload").is_valid(frame)

    def _operations(self, action: str) -> dict[str, Json]:
        return {
            name: operation
            for name, operation in self.document["operations"].items()
            if operation["action"] == action
        }

    def _validator(self, reference: str) -> Draft7Validator:
        if reference not in self._validators:
            whole = {"components": self._components, "allOf": [{"$ref": reference}]}
            self._validators[reference] = Draft7Validator(whole)
        return self._validators[reference]


def close(schema: Any) -> Any:
    """Return a schema that forbids properties that are not described, but for objects in which
    the document allows any."""
    if isinstance(schema, list):
        return [close(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(part) for name, part in schema.items()}
    if closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def parts(value: Any) -> Iterator[Json]:
    """Yield all objects in a JSON value, outer ones first."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from parts(part)


def beyond_schema(name: str | None, value: object) -> bool:
    """Return whether a value is valid by JSON Schema, but invalid by a rule that the document
    states in words. ``name`` is that of the field or of its type."""
    if name in ("emoji", "Emoji", "data", "JsonObject", "settings", "Settings"):
        return True
    if name in ("status", "NewStatus") and isinstance(value, dict):
        return any(beyond_schema(key, part) for key, part in value.items())
    if isinstance(value, str) and has_invisible(value):
        return True
    if isinstance(value, str) and value.startswith("@"):
        names = value[1:].split(":")
        return names != sorted(names) and direct_pair(f"@{':'.join(sorted(names))}") is not None
    return isinstance(value, float) and value.is_integer()
