"""Calls on the devices that are notified of what one person has not read."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, get_args

from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..model import PushEndpoint
from ..protocol import results
from ..protocol.calls import (
    AddPushEndpoint,
    GetPushKey,
    ListPushEndpoints,
    PushTest,
    RemovePushEndpoint,
)
from ..protocol.declaring import Call
from ..push.service import Push
from .ordered_calls import OrderedCalls

PushCall: TypeAlias = (
    AddPushEndpoint | GetPushKey | ListPushEndpoints | RemovePushEndpoint | PushTest
)


class PushCalls:
    """The calls of one person, in order of arrival.

    :param clock: returns ms since the epoch.
    """

    calls: Final[tuple[type[Call[Any]], ...]] = get_args(PushCall)

    def __init__(self, user: str, push: Push, hub: Hub, clock: Callable[[], int]) -> None:
        self._user = user
        self._push = push
        self._sessions = hub.sessions
        self._clock = clock
        self.handle: Final = OrderedCalls(user, "push", hub, self._answer).handle

    async def _answer(self, envelope: Envelope[PushCall]) -> object:
        """:raises Refused: the call cannot be answered."""
        match envelope.call:
            case GetPushKey():
                return results.PushKey(await self._push.public_key())
            case AddPushEndpoint(url, p256dh, auth):
                token_id = self._sessions.token(envelope.reply_to.session).id
                await self._push.add(
                    PushEndpoint(self._user, url, p256dh, auth, token_id, self._clock())
                )
            case RemovePushEndpoint(url):
                await self._push.remove(self._user, url)
            case ListPushEndpoints():
                return await self._list(self._sessions.token(envelope.reply_to.session).id)
            case PushTest(url):
                tested = await self._push.test(self._user, url)
                return results.PushTested(tested.outcome, tested.status)
        return results.Empty()

    async def _list(self, current: str) -> results.PushEndpoints:
        found = await self._push.endpoints(self._user)
        return results.PushEndpoints(
            tuple(
                results.ListedEndpoint(
                    endpoint=each.url,
                    created_at=each.created_at,
                    label=each.label,
                    current=each.token_id == current,
                    failing=each.failing,
                )
                for each in found
            )
        )
