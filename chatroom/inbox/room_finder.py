"""Rooms that a person may find: all public rooms, and private ones of which they are a member."""

import logging

from ..errors import StorageUnavailable, failed, unavailable
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import ListRooms
from ..store.inboxes import InboxStore, RoomList

logger = logging.getLogger(__name__)


class RoomFinder:
    """Lists and searches rooms for one person, whose inbox is awake."""

    def __init__(self, user: str, store: InboxStore, hub: Hub) -> None:
        self._user = user
        self._store = store
        self._hub = hub

    async def answer(self, envelope: Envelope[ListRooms]) -> None:
        """Read a page from the store, and reply."""
        call = envelope.call
        result: object = failed()
        try:
            found = await self._store.rooms(self._user, call.query, call.after or "", call.limit)
            result = self._listed(found)
        except StorageUnavailable as error:
            result = unavailable(error)
        except Exception:
            logger.exception("listing rooms failed", extra={"user": self._user})
        finally:
            # Also if the inbox fails, which cancels this task.
            self._hub.reply(envelope.reply_to, result)

    def _listed(self, found: RoomList) -> results.Rooms:
        """Convert a list from the store. It may be out of date, so the hub decides about membership
        (I5).
        """
        rooms = tuple(
            results.ListedRoom(
                room=room.name,
                title=room.title,
                topic=room.topic,
                visibility=room.visibility,
                members=room.members,
                head_seq=room.head_seq,
                member=self._follows(room.name),
                archived=room.policy.archived,
            )
            for room in found.rooms
            if self._follows(room.name)
            or (room.visibility == "public" and not self._hub.is_private(room.name))
        )
        return results.Rooms(rooms, found.next)

    def _follows(self, room: str) -> bool:
        return self._hub.follows(self._user, room)
