"""Registration of rules for the calls that they decide. Pure."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar, get_type_hints, overload

import attrs

from ..model import Member, Room
from ..protocol.declaring import Call, MemberCall, OpenCall, RoomCall
from .draft import Draft
from .permissions import PERMISSIONS, Permission

P = TypeVar("P", bound=OpenCall[Any])
M = TypeVar("M", bound=MemberCall[Any])

OpenRule: TypeAlias = Callable[[Draft, str, P], object]
"""Receives the caller's name, and checks the caller's permissions itself."""
MemberRule: TypeAlias = Callable[[Draft, Room, Member, M], object]
"""Receives the caller as a member of the room, with the permission to make the call."""


@attrs.frozen
class Rule:
    """A registered rule.

    :ivar function: returns the reply, or None if the caller's inbox replies. It may raise Refused,
        but only before it adds anything to the draft.
    :ivar for_outsiders: it is an OpenRule.
    :ivar for_all: all members may make the call, so that the role needs no check.
    """

    function: Callable[..., object]
    permission: Permission
    for_outsiders: bool = attrs.field(init=False)
    for_all: bool = attrs.field(init=False)

    @for_outsiders.default
    def _is_for_outsiders(self) -> bool:
        return self.permission.role is None

    @for_all.default
    def _is_for_all(self) -> bool:
        return self.permission.for_all_members


class Rules:
    """The rules of a module by call. :meth:`decides` registers one.

    :raises TypeError: a rule's return annotation is not the declared reply, or the call has a rule
        already.
    """

    def __init__(self) -> None:
        self.by_call: Final[dict[type[Call[Any]], Rule]] = {}

    @overload
    def decides(self, call: type[P]) -> Callable[[OpenRule[P]], OpenRule[P]]: ...

    @overload
    def decides(self, call: type[M]) -> Callable[[MemberRule[M]], MemberRule[M]]: ...

    def decides(self, call: type[RoomCall[Any]]) -> Callable[[Any], Any]:
        declared = call.declared
        reply = declared.reply if declared.reply_from == call.handler else type(None)

        def register(function: Any) -> Any:
            if get_type_hints(function).get("return") is not reply:
                raise TypeError(f"{declared.name}: its rule must return {reply.__name__}")
            if call in self.by_call:
                raise TypeError(f"{declared.name}: it has a rule already")
            self.by_call[call] = Rule(function, PERMISSIONS[call])
            return function

        return register


def merge(*modules: Rules) -> Mapping[type[Call[Any]], Rule]:
    """Return the rules of all modules by call.

    :raises TypeError: a call has a rule in two of them.
    """
    merged: dict[type[Call[Any]], Rule] = {}
    for module in modules:
        for call, rule in module.by_call.items():
            if call in merged:
                raise TypeError(f"{call.declared.name}: it has a rule already")
            merged[call] = rule
    return MappingProxyType(merged)
