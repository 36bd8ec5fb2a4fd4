"""Account administration by operators: add, disable, set passwords, issue tokens in bulk."""

import logging
from collections.abc import Sequence
from typing import Final

from ..errors import Refused
from ..model import Account, ServerRole, Token, User
from ..store.administration import Act, Denial
from .identities import user_of
from .issuing import Issuing, checked_label, life_ms
from .name_rules import checked_display_name, folded, new_account
from .passwords import check_password
from .tokens import mint

logger = logging.getLogger(__name__)

MAX_PER_COMMIT: Final = 1000


class Operators(Issuing):
    async def add(
        self, name: str, password: str | None = None, display_name: str | None = None
    ) -> User:
        return user_of(await self._create(name, password, display_name))

    async def set_password(self, name: str, password: str, by: str | None = None) -> None:
        """Set a password, delete all tokens of the account and end its sessions. ``by`` as for
        :meth:`disable`.

        :raises Refused: as :meth:`set_role`; ``invalid_params``: no good password.
        """
        check_password(password, name)
        act = Act(self._now(), by)
        _require(await self._store.denial(name, act, stays_admin=True), name)
        hashed = await self._passwords.hash(password)
        async with self._changing:
            with self.identities.revoking_all(name):
                denial = await self._store.reset_password_of(name, hashed, act)
        _require(denial, name)
        logger.info("password set", extra={"user": name, "by": by})

    async def rename(self, name: str, display_name: str, by: str | None = None) -> None:
        """Set an account's display name. ``by`` as for :meth:`disable`.

        :raises Refused: as :meth:`set_role`; ``invalid_params``: no good name.
        """
        shown = checked_display_name(display_name)
        _require(await self._store.rename(name, shown, Act(self._now(), by)), name)
        self._profile_set(name)

    async def end_log_ins(self, name: str, by: str | None = None) -> None:
        """Delete all tokens of an account and end its sessions. ``by`` as for :meth:`disable`.

        :raises Refused: as :meth:`set_role`.
        """
        act = Act(self._now(), by)
        # Before the sessions end: an act that is denied ends none.
        if (denial := await self._store.denial(name, act, stays_admin=True)) is None:
            with self.identities.revoking_all(name):
                denial = await self._store.end_log_ins(name, act)
        _require(denial, name)
        logger.info("log-ins ended", extra={"user": name, "by": by})

    async def end_log_in(self, name: str, token_id: str, by: str | None = None) -> None:
        """Delete one token of an account and end its sessions. ``by`` as for :meth:`disable`.

        :raises Refused: as :meth:`set_role`; ``not_found``, also for another account's token.
        """
        act = Act(self._now(), by)
        _require(await self._store.denial(name, act, stays_admin=True), name)
        # Repeat, since the token may be renewed between the look-up and the commit.
        while (token := await self._store.own_token(name, token_id)) is not None:
            with self.identities.revoking(token.digest):
                denial = await self._store.end_log_ins(name, act, token)
            if denial != "not_found":
                _require(denial, name)
                logger.info("log-in ended", extra={"user": name, "token": token_id, "by": by})
                return
        raise Refused("not_found", "id: no such log-in")

    async def log_ins(self, name: str) -> list[Token]:
        """Return an account's tokens that have not expired, newest first."""
        await self._existing(name)
        return await self._store.tokens(name, self._due(), MAX_PER_COMMIT)

    async def require_admin(self, name: str) -> str:
        """Return the name of an account, which is an admin.

        :raises Refused: ``not_found``, ``forbidden``.
        """
        account = await self._existing(folded(name))
        if account.disabled or account.role != "admin":
            raise Refused("forbidden", f"{account.name}: is no admin of the server")
        return account.name

    async def set_role(self, name: str, role: ServerRole, by: str | None = None) -> None:
        """Set an account's role on the server. ``by`` as for :meth:`disable`.

        :raises Refused: ``forbidden``, ``not_found``; ``conflict``: no admin would be left.
        """
        async with self._changing:
            with self.identities.changing(name):
                denial = await self._store.set_server_role(name, role, Act(self._now(), by))
        _require(denial, name)
        logger.info("role set", extra={"user": name, "role": role, "by": by})

    async def disable(self, name: str, by: str | None = None) -> None:
        """Disable an account, delete its tokens and end its sessions.

        :param by: an account, which must be an admin when the commit is made; None: the operator.
        :raises Refused: as :meth:`set_role`.
        """
        async with self._changing:
            act = Act(self._now(), by)
            # Before the sessions end: an act that is denied ends none.
            if (denial := await self._store.denial(name, act, stays_admin=False)) is None:
                with self.identities.revoking_all(name):
                    denial = await self._store.set_disabled(name, True, act)
        _require(denial, name)
        self._hand_on()
        logger.info("account disabled", extra={"user": name, "by": by})

    async def enable(self, name: str, by: str | None = None) -> None:
        """Enable a disabled account. Its password is unchanged; deleted tokens stay deleted.

        :raises Refused: as :meth:`set_role`.
        """
        _require(await self._store.set_disabled(name, False, Act(self._now(), by)), name)
        self._hand_on()
        logger.info("account enabled", extra={"user": name, "by": by})

    async def erase(self, name: str, by: str | None = None, *, own: bool = False) -> None:
        """Erase an account at once, and what the person has left in rooms soon after it. The name
        is never given away again.

        :param by: as for :meth:`disable`.
        :param own: it is the account itself, which need not be an admin.
        :raises Refused: as :meth:`set_role`.
        """
        act = Act(self._now(), by)
        async with self._changing:
            # Before the sessions end: an act that is denied ends none.
            if (denial := await self._store.erasure_denial(name, act, own=own)) is None:
                with self.identities.revoking_all(name):
                    denial = await self._store.erase_account(name, act, own=own)
        _require(denial, name)
        self._erased(name)
        logger.info("account erased", extra={"user": name, "by": by})

    async def revoke_invitation(self, invitation_id: str, by: str | None = None) -> None:
        """Revoke an invitation that the account sees, or for the operator any.

        :raises Refused: ``not_found``
        """
        act = Act(self._now(), by)
        if not await self._store.revoke_invitation(invitation_id, act):
            raise Refused("not_found", "id: there is no such invitation")
        logger.info("invitation revoked", extra={"invitation": invitation_id, "by": by})

    async def listing(self, after: str = "", limit: int = MAX_PER_COMMIT) -> list[Account]:
        """Return accounts whose name follows ``after``, sorted by name."""
        return await self._store.accounts(after, limit)

    async def check_names(self, names: Sequence[str], create: bool = False) -> list[Account]:
        """Check that tokens can be issued. Returns the accounts to be created, if ``create``.

        :raises Refused: names the accounts that are disabled or missing.
        """
        wanted = list(dict.fromkeys(names))
        known: dict[str, Account] = {}
        for start in range(0, len(wanted), MAX_PER_COMMIT):
            for account in await self._store.existing_accounts(
                wanted[start : start + MAX_PER_COMMIT]
            ):
                known[account.name] = account
        if disabled := [name for name in wanted if name in known and known[name].disabled]:
            raise Refused("forbidden", f"disabled: {_some(disabled)}")
        missing = [name for name in wanted if name not in known]
        if missing and not create:
            raise Refused("not_found", f"no such user: {_some(missing)}")
        now = self._now()
        return [new_account(name, None, None, now) for name in missing]

    async def issue_tokens(
        self,
        names: Sequence[str],
        create: bool = False,
        *,
        label: str | None = None,
        days: int | None = None,
    ) -> list[tuple[str, str]]:
        """Issue a token for each name. Returns (name, token) pairs in the order of the names.

        There is one commit per :data:`MAX_PER_COMMIT` names.

        :param create: create missing accounts, without a password.
        :raises Refused: names the accounts for which it is impossible; no token is issued.
        """
        life = self._full_life_ms if days is None else life_ms(days)
        checked = checked_label(label)
        missing = {account.name: account for account in await self.check_names(names, create)}
        issued: list[tuple[str, str]] = []
        for start in range(0, len(names), MAX_PER_COMMIT):
            part = names[start : start + MAX_PER_COMMIT]
            created = [missing.pop(name) for name in part if name in missing]
            minted = [mint(name, self._now(), life, checked) for name in part]
            await self._store.add_accounts(created, [record for _, record in minted])
            issued += [(record.user, token) for token, record in minted]
            extra = {"tokens": len(minted), "new_accounts": len(created)}
            logger.info("tokens issued", extra=extra)
        return issued

    async def _existing(self, name: str) -> Account:
        account = await self._store.account(name)
        if account is None:
            raise Refused("not_found", f"no such user: {name}")
        if account.erased_at is not None:
            _require("erased", name)
        return account


def _require(denial: Denial | None, name: str) -> None:
    """:raises Refused: the act on this account was denied."""
    match denial:
        case None:
            pass
        case "forbidden":
            raise Refused(denial, "only admins of the server may do this")
        case "not_found":
            raise Refused(denial, f"no such user: {name}")
        case "conflict":
            raise Refused(denial, "you are the last admin; make another one first")
        case "erased":
            raise Refused("conflict", f"{name} was erased, for ever")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:64] for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
