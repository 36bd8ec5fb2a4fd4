"""The way of one session's calls to rooms.

A member's call goes straight to the room. The call of a person who does not follow the room is
judged by the store first, in the same way whether the room is in use, asleep or not there: neither
the time nor the order of the replies tells an outsider which (I5).
"""

from ..errors import StorageUnavailable, unavailable
from ..hub.line import Line
from ..model import direct_pair
from ..room import mail
from ..room.non_members import answer_outsider
from ..room.permissions import no_such_room
from ..store.access import AccessStore


class RoomGate:
    """Calls of the session must be given to :meth:`let_in` one after another: that keeps the order
    of its messages to each room.
    """

    def __init__(self, line: Line, store: AccessStore) -> None:
        self._line = line
        self._store = store
        # The last call by which the session may become a member of a room.
        self._entering: dict[str, int] = {}

    async def let_in(self, room: str, request: mail.Asked) -> bool:
        """Whether the call of somebody who does not follow the room is for the room to answer; else
        it is answered.
        """
        line, call = self._line, request.reply_to.call
        if request.user in (direct_pair(room) or ()):
            return True
        if line.is_waiting(self._entering.get(room)):
            return True  # the earlier call decides about this one too
        client_id = request.client_id if isinstance(request, mail.Send) else None
        if room.startswith("@") and client_id is None:
            line.answer(call, no_such_room())
            return False
        try:
            standing = await self._store.standing(room, request.user, client_id)
        except StorageUnavailable as error:
            line.answer(call, unavailable(error))
            return False
        answer = answer_outsider(room, request, standing)
        if answer is not None:
            line.answer(call, answer)
            return False
        if isinstance(request, mail.Join | mail.Create):
            self._entering = {r: c for r, c in self._entering.items() if line.is_waiting(c)}
            self._entering[room] = call
        return True
