"""The converters between shapes and plain data, by cattrs. Nothing is coerced.

``FAST`` finds out whether a value has a shape; ``DETAILED`` finds out where it has not;
``LENIENT`` ignores unknown fields.
"""

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

import attrs
import orjson
from cattrs import override
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.preconf.orjson import OrjsonConverter, make_converter

from ..model import Attachment, JsonObject, Message, Quoted, Settings, User
from . import results
from .declaration import camel
from .encoded_messages import EncodedMessages
from .field_constraints import CONSTRAINTS

_SPARSE: Final = (Message, Attachment, Quoted, User, results.ListedMember)
"""Classes of which False and () are omitted too."""


def may_be_absent(shape: type[attrs.AttrsInstance], field: "attrs.Attribute[Any]") -> bool:
    """Return whether the server omits a field that has its default value.

    Only None is omitted, and in some classes False and () too. Fields in ``NULLABLE`` are sent as
    null.
    """
    return (
        field.default in (None, (), False)
        and (field.default is None or issubclass(shape, _SPARSE))
        and camel(field.name) not in results.NULLABLE
    )


def _make_converter(*, detailed: bool, strict: bool = True) -> OrjsonConverter:
    converter = make_converter(forbid_extra_keys=strict, detailed_validation=detailed)

    def overrides(shape: type[attrs.AttrsInstance]) -> dict[str, Any]:
        return {
            field.name: override(
                rename=camel(field.name),
                omit_if_default=may_be_absent(shape, field),
            )
            for field in attrs.fields(shape)
        }

    converter.register_structure_hook_factory(
        attrs.has, lambda shape: make_dict_structure_fn(shape, converter, **overrides(shape))
    )
    converter.register_unstructure_hook_factory(
        attrs.has, lambda shape: make_dict_unstructure_fn(shape, converter, **overrides(shape))
    )
    for kind, word in ((str, "a string"), (int, "an integer"), (bool, "true or false")):
        converter.register_structure_hook(kind, _exactly(kind, word))
    converter.register_structure_hook_factory(_is_literal, lambda kind: _one_of(get_args(kind)))
    # They are stored as JSON already.
    converter.register_unstructure_hook_func(
        lambda kind: kind in (JsonObject | None, Settings),
        lambda value: None if value is None else orjson.Fragment(value),
    )
    converter.register_structure_hook_factory(
        lambda kind: kind in CONSTRAINTS, lambda kind: _checked(CONSTRAINTS[kind].check)
    )
    converter.register_structure_hook_factory(_is_optional, lambda kind: _optional(converter, kind))
    return converter


def _exactly(kind: type, word: str) -> Callable[[object, object], Any]:
    def structure(value: object, _: object) -> Any:
        # `type() is`, since isinstance(True, int) holds. cattrs by itself would call int("5").
        if type(value) is not kind:
            raise ValueError(f"must be {word}")
        return value

    return structure


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _one_of(words: tuple[str, ...]) -> Callable[[object, object], Any]:
    def structure(value: object, _: object) -> Any:
        if type(value) is not str or value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return structure


def _checked(check: Callable[[Any], Any]) -> Callable[[object, object], Any]:
    return lambda value, _: check(value)


def _is_optional(kind: Any) -> bool:
    arguments = get_args(kind)
    return len(arguments) == 2 and arguments[1] is NoneType


def _optional(converter: OrjsonConverter, kind: Any) -> Callable[[object, object], Any]:
    """Return the hook for None or another type. cattrs' own finds the other type's hook anew for
    each value."""
    some = get_args(kind)[0]
    if some in CONSTRAINTS:
        check = CONSTRAINTS[some].check
        return lambda value, _: None if value is None else check(value)
    structure = converter.get_structure_hook(some)
    return lambda value, _: None if value is None else structure(value, some)


def message_json(message: Message) -> bytes:
    return orjson.dumps(_MESSAGES.unstructure(message))


def _joined(messages: Iterable[Message]) -> orjson.Fragment:
    """Encode the messages of a page together. Encoding each by itself takes three times as long."""
    if isinstance(messages, EncodedMessages):
        return orjson.Fragment(b"[%b]" % b",".join(messages.encoded))
    return orjson.Fragment(b"[%b]" % b",".join([m.encoded(message_json) for m in messages]))


_MESSAGES: Final = _make_converter(detailed=False)
FAST: Final = _make_converter(detailed=False)
FAST.register_unstructure_hook(
    Message, lambda message: orjson.Fragment(message.encoded(message_json))
)
FAST.register_unstructure_hook_func(lambda shape: shape == tuple[Message, ...], _joined)
DETAILED: Final = _make_converter(detailed=True)
LENIENT: Final = _make_converter(detailed=True, strict=False)
