"""The operators' calls: one line of JSON-RPC 2.0 in, one line out, over any transport.

A command sends its line to the server's control socket. If no server runs, it passes the line to
its own :class:`Operations` on the same directory. The shapes are not part of the public protocol,
since client and server come from one installation.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from ..accounts.accounts import Accounts
from ..clock import Clock
from ..config import Config
from ..errors import Refused, StorageUnavailable, unavailable
from ..model import ServerState, direct_pair, is_name
from ..protocol.calls import CALLS, Announce, SetServer
from ..protocol.codec import (
    InvalidUtf8,
    Malformed,
    decode_call,
    decode_json,
    decode_params,
    decode_request,
    encode_refusal,
    encode_reply,
)
from ..protocol.declaring import Call
from ..protocol.results import Empty
from ..store.administration import Act
from ..store.audit import AuditFilter, AuditStore
from ..store.clock_keeper import ClockKeeper
from ..store.housekeeping import HousekeepingStore, Kept, RoomSize
from .account_operations import USERS_PER_PAGE, AccountOperations, Operate
from .server_state import ServerStateKeeper
from .shapes import (
    AuditEntries,
    DeleteRoom,
    FileSizes,
    ListRetention,
    ListRooms,
    ListUsers,
    MakeCall,
    MetricsText,
    OnlineUser,
    OnlineUsers,
    ReadAudit,
    Retentions,
    RoomRef,
    RoomRetention,
    Rooms,
    SetRetention,
)

ROOMS_PER_PAGE: Final = 1000
"""Page size of ``listRooms``, which reads some messages of each room."""
AUDIT_PER_PAGE: Final = 1000
"""Page size of ``readAudit``."""
RETENTION_PER_PAGE: Final = 100
"""Page size of ``listRetention``, which looks for the messages to prune in each room."""


class AdministeredStore(AuditStore, HousekeepingStore, Protocol):
    """What operations read and write beside accounts."""


class RoomOperations(Protocol):
    """Lists rooms and deletes them."""

    async def sizes(self, after: str, limit: int) -> list[RoomSize]: ...

    async def delete(self, name: str) -> None:
        """:raises Refused: ``not_found``, or the room cannot be deleted now."""

    async def erase_people(self) -> None:
        """Begin to erase what people have left in rooms who were erased."""


class Operations:
    """
    :ivar on_accounts: the operations on accounts and invitations.
    :ivar metrics: returns the metrics; None where no server runs, as the following.
    :ivar make_call: makes a call of the protocol as an account.
    :ivar online: returns who is online, sorted.
    """

    def __init__(
        self,
        config: Config,
        accounts: Accounts,
        timekeeper: ClockKeeper,
        rooms: RoomOperations,
        server: ServerStateKeeper,
        store: AdministeredStore,
        clock: Clock,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self.on_accounts: Final = AccountOperations(config, accounts, rooms.erase_people)
        self.metrics: Callable[[], Awaitable[bytes]] | None = None
        self.make_call: Callable[[Call[Any], str], Awaitable[object]] | None = None
        self.online: Callable[[], list[str]] | None = None
        self._accounts = accounts
        self._timekeeper = timekeeper
        self._rooms = rooms
        self._server = server
        self._operations: Mapping[str, tuple[type[Any], Operate]] = {
            **self.on_accounts.table,
            "listFileSizes": (ListUsers, self._list_file_sizes),
            "getMetrics": (Empty, self._get_metrics),
            "makeCall": (MakeCall, self._make_call),
            "listOnline": (ListUsers, self._list_online),
            "acceptTime": (Empty, self._accept_time),
            "listRooms": (ListRooms, self._list_rooms),
            "deleteRoom": (DeleteRoom, self._delete_room),
            "listRetention": (ListRetention, self._list_retention),
            "getRetention": (RoomRef, self._get_retention),
            "setRetention": (SetRetention, self._set_retention),
            "readAudit": (ReadAudit, self._read_audit),
            "getServer": (Empty, self._get_server),
            "setServer": (SetServer, self._server.set),
            "announce": (Announce, self._server.announce),
        }

    async def perform(self, name: str, params: object, by: str | None) -> object:
        """Do an operation. The acts on others are judged by the role of ``by`` in their commits.

        :raises Refused: it is denied.
        """
        return await self._operations[name][1](params, by)

    async def answer(self, line: bytes | bytearray) -> bytes:
        call_id: int | str | None = None
        try:
            call = decode_request(line)
            call_id = call.id
            if call.method not in self._operations:
                raise Refused("unknown_method", f"unknown operation: {call.method[:64]}")
            shape, operate = self._operations[call.method]
            result = await operate(decode_params(shape, call.params), None)
        except InvalidUtf8:
            return encode_refusal(None, Refused("parse_error", "not UTF-8"))
        except Malformed as malformed:
            return encode_refusal(malformed.id, malformed.refused)
        except Refused as refused:
            return encode_refusal(call_id, refused)
        except StorageUnavailable as error:
            return encode_refusal(call_id, unavailable(error))
        return encode_reply(call_id or 0, result)

    async def call(self, call: Call[Any], account: str) -> object:
        """Make a call of the protocol as an account. :raises Refused:"""
        if self.make_call is None:
            raise _no_server()
        return await self.make_call(call, account)

    async def _make_call(self, params: MakeCall, by: str | None) -> object:
        kind = CALLS.get(params.method)
        if kind is None or kind.handler == "session":
            raise Refused("unknown_method", f"unknown call: {params.method[:64]}")
        call = decode_call(kind, decode_json(params.params.encode()))
        account = await self._accounts.require_admin(params.account)
        if not kind.declared.when_read_only:
            self._server.require_writable()
        return await self.call(call, account)

    async def _list_online(self, params: ListUsers, by: str | None) -> OnlineUsers:
        if self.online is None:
            raise _no_server()
        after = params.after or ""
        users = [user for user in self.online() if user > after]
        page = tuple(map(OnlineUser, users[:USERS_PER_PAGE]))
        return OnlineUsers(page, page[-1].user if len(users) > USERS_PER_PAGE else None)

    async def _get_metrics(self, _: Empty, by: str | None) -> MetricsText:
        if self.metrics is None:
            raise _no_server()
        return MetricsText((await self.metrics()).decode())

    async def _accept_time(self, _: Empty, by: str | None) -> Empty:
        await self._timekeeper.accept()
        return Empty()

    async def _list_rooms(self, params: ListRooms, by: str | None) -> Rooms:
        rooms = tuple(await self._rooms.sizes(params.after, ROOMS_PER_PAGE))
        return Rooms(rooms, rooms[-1].name if len(rooms) == ROOMS_PER_PAGE else None)

    async def _delete_room(self, params: DeleteRoom, by: str | None) -> Empty:
        if not is_name(params.name) and direct_pair(params.name) is None:
            raise Refused("invalid_params", "name: not the name of a room")
        await self._rooms.delete(params.name)
        return Empty()

    async def _list_retention(self, params: ListRetention, by: str | None) -> Retentions:
        config, given = self._config, (params.messages, params.days) != (None, None)
        kept = Kept(
            params.messages if given else config.keep_messages,
            params.days if given else config.keep_days,
            self._clock.due(),
        )
        rooms, after = await self._store.retention(kept, params.after, RETENTION_PER_PAGE)
        return Retentions(tuple(rooms), after)

    async def _get_retention(self, params: RoomRef, by: str | None) -> RoomRetention:
        own = await self._store.own_retention(params.room)
        if own is None:
            raise Refused("not_found", "there is no such room")
        return RoomRetention(*own, self._config.keep_days, self._config.keep_messages)

    async def _set_retention(self, params: SetRetention, by: str | None) -> Empty:
        act = Act(self._clock(), by)
        match await self._store.set_retention(params.room, params.days, params.messages, act):
            case None:
                return Empty()
            case "not_found":
                raise Refused("not_found", "there is no such room")
            case _:
                raise Refused("forbidden", "only admins of the server may do this")

    async def _list_file_sizes(self, params: ListUsers, by: str | None) -> FileSizes:
        users = tuple(await self._store.file_sizes(params.after or "", USERS_PER_PAGE))
        return FileSizes(users, users[-1].user if len(users) == USERS_PER_PAGE else None)

    async def _read_audit(self, params: ReadAudit, by: str | None) -> AuditEntries:
        wanted = AuditFilter(params.by, params.user, params.act, params.since, params.until)
        page = await self._store.audit(None, params.room, params.before, AUDIT_PER_PAGE, wanted)
        return AuditEntries(page.entries, page.next)

    async def _get_server(self, _: Empty, by: str | None) -> ServerState:
        return await self._server.read()


def _no_server() -> Refused:
    return Refused("busy", "no server runs on this data directory: start it first")
