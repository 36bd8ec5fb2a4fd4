"""How a rule is registered for the call that it decides. Pure. Knows no call."""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_type_hints, overload

import attrs

from ..model import Member, Room
from ..protocol.declaring import Call, MemberCall, ModeratorCall, OpenCall, RoomCall
from .draft import Draft

P = TypeVar("P", bound=OpenCall[Any])
M = TypeVar("M", bound=MemberCall[Any])

OpenRule: TypeAlias = Callable[[Draft, str, P], object]
"""Is given the name of the caller, and checks what they may do."""
MemberRule: TypeAlias = Callable[[Draft, Room, Member, M], object]
"""Is given the caller as a member of the room, a moderator if the call needs one."""
Needs: TypeAlias = Literal["nothing", "member", "moderator"]


@attrs.frozen
class Rule:
    """``function`` returns the reply, or None where the caller's inbox gives it. It raises Refused
    before it has added anything to the draft.
    """

    function: Callable[..., object]
    needs: Needs


class Rules:
    """The rules of a module, by the call that each decides; :meth:`decides` registers one. A rule
    that is annotated to return anything but the declared reply is refused.
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
            self.by_call[call] = Rule(function, _needs(call))
            return function

        return register


def _needs(call: type[RoomCall[Any]]) -> Needs:
    if issubclass(call, ModeratorCall):
        return "moderator"
    return "member" if issubclass(call, MemberCall) else "nothing"
