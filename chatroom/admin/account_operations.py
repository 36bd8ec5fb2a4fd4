"""The operations on accounts and invitations: see :mod:`.operations`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from ..accounts.accounts import Accounts
from ..accounts.invitations import link
from ..accounts.operators import MAX_PER_COMMIT
from ..config import Config
from ..errors import Refused
from ..model import User
from ..protocol.results import Empty, Invitations
from .shapes import (
    AccountRef,
    AddUser,
    CheckNames,
    CreateInvitation,
    InvitationRef,
    IssueTokens,
    ListedUser,
    ListInvitations,
    ListUsers,
    LogIn,
    LogInRef,
    LogIns,
    MadeInvitation,
    NamedTokens,
    RenameUser,
    SetPassword,
    SetServerRole,
    Users,
)

Operate: TypeAlias = Callable[[Any, str | None], Awaitable[object]]
"""Takes the parameters, and the admin who does it; None: an operator."""
USERS_PER_PAGE: Final = 10_000
"""Page size of ``listUsers`` and ``listFileSizes``."""
INVITATIONS_PER_PAGE: Final = 1000
"""Page size of ``listInvitations``."""


class AccountOperations:
    """
    :param erase_people: begins to erase what people have left in rooms who were erased.

    :ivar url: the address that people open.
    """

    def __init__(
        self, config: Config, accounts: Accounts, erase_people: Callable[[], Awaitable[None]]
    ) -> None:
        self.url = config.url(config.listen)
        self._accounts = accounts
        self._erase_people = erase_people
        self.table: Final[Mapping[str, tuple[type[Any], Operate]]] = {
            "addUser": (AddUser, self._add),
            "setPassword": (SetPassword, self._set_password),
            "disableUser": (AccountRef, self._disable),
            "enableUser": (AccountRef, self._enable),
            "eraseUser": (AccountRef, self._erase),
            "renameUser": (RenameUser, self._rename),
            "endLogIns": (AccountRef, self._end_log_ins),
            "endLogIn": (LogInRef, self._end_log_in),
            "listLogIns": (AccountRef, self._list_log_ins),
            "setServerRole": (SetServerRole, self._set_role),
            "createInvitation": (CreateInvitation, self._create_invitation),
            "listInvitations": (ListInvitations, self._list_invitations),
            "revokeInvitation": (InvitationRef, self._revoke_invitation),
            "listUsers": (ListUsers, self._list),
            "checkNames": (CheckNames, self._check),
            "issueTokens": (IssueTokens, self._issue),
        }

    async def _add(self, params: AddUser, by: str | None) -> User:
        return await self._accounts.add(params.name, params.password, params.display_name)

    async def _set_password(self, params: SetPassword, by: str | None) -> Empty:
        await self._accounts.set_password(params.name, params.password, by)
        return Empty()

    async def _disable(self, params: AccountRef, by: str | None) -> Empty:
        await self._accounts.disable(params.name, by)
        return Empty()

    async def _enable(self, params: AccountRef, by: str | None) -> Empty:
        await self._accounts.enable(params.name, by)
        return Empty()

    async def _erase(self, params: AccountRef, by: str | None) -> Empty:
        await self._accounts.erase(params.name, by)
        await self._erase_people()
        return Empty()

    async def _set_role(self, params: SetServerRole, by: str | None) -> Empty:
        await self._accounts.set_role(params.name, params.role, by)
        return Empty()

    async def _create_invitation(self, params: CreateInvitation, by: str | None) -> MadeInvitation:
        code, _ = await self._accounts.invitations.create(
            None,
            server=params.server or params.room is None,
            room=params.room,
            expires_at=params.expires_at,
            max_uses=params.max_uses,
        )
        return MadeInvitation(link(self.url, code))

    async def _list_invitations(self, params: ListInvitations, by: str | None) -> Invitations:
        return await self._accounts.invitations.listing(
            None, None, params.after, INVITATIONS_PER_PAGE
        )

    async def _revoke_invitation(self, params: InvitationRef, by: str | None) -> Empty:
        await self._accounts.revoke_invitation(params.id, by)
        return Empty()

    async def _list(self, params: ListUsers, by: str | None) -> Users:
        accounts = await self._accounts.listing(params.after or "", USERS_PER_PAGE)
        users = tuple(
            ListedUser(
                name=each.name,
                display_name=each.display_name,
                disabled=each.disabled,
                created_at=each.created_at,
                lookalike=each.lookalike,
                role=each.role,
                erased_at=each.erased_at,
            )
            for each in accounts
        )
        return Users(users, users[-1].name if len(users) == USERS_PER_PAGE else None)

    async def _issue(self, params: IssueTokens, by: str | None) -> NamedTokens:
        if len(params.names) > MAX_PER_COMMIT:
            raise Refused("invalid_params", f"names: at most {MAX_PER_COMMIT} per call")
        issued = await self._accounts.issue_tokens(
            params.names, params.create, label=params.label, days=params.days
        )
        return NamedTokens(tuple(issued))

    async def _check(self, params: CheckNames, by: str | None) -> Empty:
        await self._accounts.check_names(params.names, params.create)
        return Empty()

    async def _rename(self, params: RenameUser, by: str | None) -> Empty:
        await self._accounts.rename(params.name, params.display_name, by)
        return Empty()

    async def _end_log_ins(self, params: AccountRef, by: str | None) -> Empty:
        await self._accounts.end_log_ins(params.name, by)
        return Empty()

    async def _end_log_in(self, params: LogInRef, by: str | None) -> Empty:
        await self._accounts.end_log_in(params.name, params.id, by)
        return Empty()

    async def _list_log_ins(self, params: AccountRef, by: str | None) -> LogIns:
        tokens = await self._accounts.log_ins(params.name)
        return LogIns(
            tuple(
                LogIn(each.id, each.label, each.created_at, each.expires_at, each.last_used_at)
                for each in tokens
            )
        )
