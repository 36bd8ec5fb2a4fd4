"""Admission of one session's calls to rooms.

A subscriber's call goes straight to the room. A call to a room that the session does not follow is
checked against the store first, in the same way whether the room is awake, asleep or missing.
Neither the timing nor the order of the replies tells a non-member which it is (I5).
"""

from ..errors import StorageUnavailable, unavailable
from ..hub.envelope import AnyEnvelope
from ..hub.pending_calls import PendingCalls
from ..model import direct_pair
from ..protocol.calls import EntryCall, SendMessage
from ..room.non_members import answer_outsider
from ..room.permissions import no_such_room
from ..store.access import AccessStore


class RoomGate:
    """Admits calls of one session. Pass them to :meth:`admit` one after another, which keeps the
    order of the session's messages to each room.
    """

    def __init__(self, calls: PendingCalls, store: AccessStore, *, admins_make_rooms: bool) -> None:
        self._calls = calls
        self._store = store
        self._admins_make_rooms = admins_make_rooms
        # By room: the session's last call that may make it a member.
        self._entering: dict[str, int] = {}

    async def admit(self, room: str, envelope: AnyEnvelope) -> bool:
        """Return whether the room must answer the call. If not, it has been answered here."""
        calls, number = self._calls, envelope.reply_to.call
        call = envelope.call
        if envelope.user in (direct_pair(room) or ()):
            return True
        if self._entering.get(room) in calls:
            return True  # the room decides this one after the earlier call
        client_id = call.client_id if isinstance(call, SendMessage) else None
        if room.startswith("@") and client_id is None:
            calls.answer(number, no_such_room())
            return False
        try:
            access = await self._store.room_access(room, envelope.user, client_id)
        except StorageUnavailable as error:
            calls.answer(number, unavailable(error))
            return False
        answer = answer_outsider(room, call, access, admins_make_rooms=self._admins_make_rooms)
        if answer is not None:
            calls.answer(number, answer)
            return False
        if isinstance(call, EntryCall):
            self._entering = {r: c for r, c in self._entering.items() if c in calls}
            self._entering[room] = number
        return True
