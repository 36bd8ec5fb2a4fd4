"""The published document at work: what frames and parameters it allows.

Knows the document only, not the code that it was made from.
"""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema_rs import Draft7Validator

from chatroom.model import direct_pair
from chatroom.names.invisible import has_invisible

Json = dict[str, Any]


class Described:
    """``closed``: as if nothing beside what is described were allowed; see :func:`close`."""

    def __init__(self, document: Json, *, closed: bool = False) -> None:
        self.document: Final = document
        self.calls: Final = self._operations("receive")
        self.events: Final = self._operations("send")
        self._components = document["components"]
        if closed:
            self._components = close(self._components)
        self._validators: dict[str, Draft7Validator] = {}

    def follow(self, reference: str) -> Any:
        """What a reference within the document means, through further references."""
        place: Any = self.document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
        return self.follow(place["$ref"]) if isinstance(place, dict) and "$ref" in place else place

    def schema(self, name: str) -> Draft7Validator:
        """Of a schema by its name among the components."""
        return self._validator(f"#/components/schemas/{name}")

    def params(self, method: str) -> Draft7Validator:
        return self._validator(f"#/components/messages/{method}/payload/properties/params")

    def takes(self, frame: object) -> bool:
        """Whether this is a call as described."""
        return (
            isinstance(frame, dict)
            and frame.get("method") in self.calls
            and self._is(frame["method"], frame)
        )

    def tells(self, frame: Json) -> bool:
        """Whether this is an event as described."""
        return frame["method"] in self.events and self._is(frame["method"], frame)

    def answers(self, method: str | None, frame: Json) -> bool:
        """Whether this is a reply to that call as described; None: to what is no call."""
        if method is None:
            return self._is("error", frame)
        replies = [
            self.follow(message["$ref"])["name"]
            for message in self.calls[method]["reply"]["messages"]
        ]
        # AsyncAPI 3.0: valid against one, and only one.
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
    """No object may have properties that are not described."""
    if isinstance(schema, list):
        return [close(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(part) for name, part in schema.items()}
    if closed.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def parts(value: Any) -> Iterator[Json]:
    """All objects in a piece of JSON, the outer ones first."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from parts(part)


def beyond_schema(value: object) -> bool:
    """Refused, though valid: what JSON Schema cannot say, and the document says in words."""
    if isinstance(value, str) and has_invisible(value):
        return True
    if isinstance(value, str) and value.startswith("@"):
        names = value[1:].split(":")
        return names != sorted(names) and direct_pair(f"@{':'.join(sorted(names))}") is not None
    return isinstance(value, float) and value.is_integer()
