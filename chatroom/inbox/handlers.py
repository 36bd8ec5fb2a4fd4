"""Who handles the calls that an inbox does not answer from its counts."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

import trio

from ..hub.envelope import Envelope
from ..protocol.calls import GetInbox
from ..protocol.declaring import Call, require_handled
from .blocking import BlockList
from .lists import InboxLists
from .people import PeopleCalls
from .push_calls import PushCalls
from .searching import Searcher
from .server_calls import ServerCalls


class CallHandler(Protocol):
    """Handles some calls of one person. An inbox makes it when the first of them comes."""

    def handle(self, envelope: Envelope[Any], nursery: trio.Nursery) -> None:
        """Handle the call, and send one reply."""


HANDLERS: Final = (BlockList, InboxLists, PeopleCalls, PushCalls, Searcher, ServerCalls)
HANDLER_OF: Final[Mapping[type[Call[Any]], type[CallHandler]]] = {
    call: handler for handler in HANDLERS for call in handler.calls
}
Makers: TypeAlias = Mapping[type[CallHandler], Callable[[str], CallHandler]]
"""For each class of handlers, the function that makes the handler of a user."""

require_handled("userInbox", [GetInbox, *HANDLER_OF])
